/** Reading the project's own pages: their blocks of code, headings and links. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The text of a page; `path` counts from the root of the project. */
export const page = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

export interface Block {
  /** What follows the fence: "yaml", "yaml fragment". */
  readonly info: string;
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

/** The fenced blocks of code of a page. Throws when a fence is not closed. */
export const blocksOf = (markdown: string): Block[] => {
  const blocks: Block[] = [];
  let open: { info: string; line: number; lines: string[] } | null = null;
  markdown.split('\n').forEach((line, index) => {
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === null) open = { info: (fence[1] ?? '').trim(), line: index + 2, lines: [] };
    else {
      blocks.push({ info: open.info, line: open.line, text: `${open.lines.join('\n')}\n` });
      open = null;
    }
  });
  if (open !== null) throw new Error('a block of code is not closed');
  return blocks;
};

/** A page without its blocks of code. */
export const proseOf = (markdown: string): string => markdown.replaceAll(/^```[\s\S]*?^```$/gm, '');

/** What stands in `code` in the prose of a page, each once. */
export const codeSpans = (markdown: string): Set<string> =>
  new Set(Array.from(proseOf(markdown).matchAll(/`([^`\n]+)`/g), ([, text = '']) => text));

/** The anchors that GitHub gives to the headings of a page. */
export const anchorsOf = (markdown: string): string[] =>
  Array.from(proseOf(markdown).matchAll(/^#{1,6} (.+)$/gm), ([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );

/** The targets of a page's links that lead to other places of the project. */
export const linksOf = (markdown: string): string[] =>
  Array.from(proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target).filter(
    (target) => !/^[a-z]+:/.test(target),
  );
