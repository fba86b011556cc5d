/** Widths, wrapping and tables for text in a terminal. All widths are columns, colours left out. */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { Look } from './look.js';
import { PROSE_WIDTH } from './look.js';

/** Columns that a line takes in a terminal: wide characters count two, colours nothing. */
export const widthOf = (text: string): number => stringWidth(text);

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Uncoloured text cut to `width` columns, its last one then the ellipsis. */
export const truncate = (text: string, width: number, look: Look): string => {
  if (widthOf(text) <= width) return text;
  const room = width - widthOf(look.sign.ellipsis);
  let cut = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const size = widthOf(segment);
    if (used + size > room) break;
    cut += segment;
    used += size;
  }
  return cut.trimEnd() + look.sign.ellipsis;
};

/** Text filled with blanks to `width` columns, on the right unless `side` says otherwise. */
export const pad = (text: string, width: number, side: 'left' | 'right' = 'right'): string => {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'right' ? text + blanks : blanks + text;
};

/** Uncoloured text broken into lines of at most `width` columns, between words where it can. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = breakWord(word, width);
    line = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
};

const breakWord = (word: string, width: number): string[] => {
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of graphemes.segment(word)) {
    if (piece !== '' && widthOf(piece) + widthOf(segment) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...pieces, piece];
};

/** Uncoloured text for a table cell: wrapped to `width`, and cut after `lines` lines. */
export const fit = (text: string, width: number, lines: number, look: Look): string => {
  const wrapped = wrap(text, width);
  if (wrapped.length <= lines) return wrapped.join('\n');
  return [...wrapped.slice(0, lines - 1), truncate(wrapped.slice(lines - 1).join(' '), width, look)].join(
    '\n',
  );
};

/** As `fit`, for the label of a cell ("batch 8, threads 2"): broken after its commas where it can be. */
export const fitLabel = (label: string, width: number, lines: number, look: Look): string =>
  fit(label.replace(/(?<!,) /g, '\u00A0'), width, lines, look).replaceAll('\u00A0', ' ');

/** Prose as lines: wrapped to the room there is, the first after `first`, the others after blanks as wide. */
export const paragraph = (
  text: string,
  look: Look,
  options: { first?: string; style?: (line: string) => string; max?: number } = {},
): string[] => {
  const first = options.first ?? '';
  const style = options.style ?? ((line: string) => line);
  const indent = widthOf(first);
  const lines = wrap(text, Math.min(look.width, options.max ?? PROSE_WIDTH) - indent);
  return lines.map((line, index) => (index === 0 ? first : ' '.repeat(indent)) + style(line));
};

/** A section: its title, what it says beside the title, and its lines after an empty one. */
export const section = (title: string, aside: string, lines: readonly string[], look: Look): string[] => {
  const heading = look.paint.title(title);
  if (aside === '') return ['', heading, ...lines];
  const [head = '', ...rest] = paragraph(aside, look, {
    first: ' '.repeat(widthOf(title) + 2),
    style: look.paint.dim,
  });
  return ['', `${heading}  ${head.trimStart()}`, ...rest, ...lines];
};

export interface Column {
  readonly heading: string;
  readonly align: 'left' | 'right';
  /** Blanks between it and the column before; 2 when left out. */
  readonly gap?: number;
  /** Left out where the table would be wider than there is room; the last such column first. */
  readonly optional?: boolean;
}

/** A row of cells, or whole lines in place of one. Cells may have several lines. */
export type Row = readonly string[] | { readonly span: readonly string[] };

const isSpan = (row: Row): row is { readonly span: readonly string[] } => !Array.isArray(row);

const NO_BORDERS = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

const GAP = 2;

/** Blanks before each column. */
const gapsOf = (columns: readonly Column[]): number[] =>
  columns.map((column, index) => (index === 0 ? 0 : (column.gap ?? GAP)));

const columnWidths = (columns: readonly Column[], rows: readonly Row[]): number[] =>
  columns.map((column, index) =>
    // cli-table3 takes a width of 0 for no width.
    Math.max(
      1,
      widthOfLines(column.heading),
      ...rows.map((row) => (isSpan(row) ? 0 : widthOfLines(row[index] ?? ''))),
    ),
  );

const widthOfLines = (text: string): number => Math.max(...text.split('\n').map(widthOf));

/** Columns of the terminal that a table takes; rows that are whole lines don't count. */
export const tableWidth = (columns: readonly Column[], rows: readonly Row[]): number =>
  [...columnWidths(columns, rows), ...gapsOf(columns)].reduce((sum, width) => sum + width, 0);

/** A table without borders as lines, its headings dim. Without a heading there is no heading row. */
export const table = (columns: readonly Column[], rows: readonly Row[], look: Look): string[] => {
  const spare = columns.findLastIndex((column) => column.optional === true);
  if (spare === -1 || tableWidth(columns, rows) <= look.width) return drawTable(columns, rows, look);
  const without = rows.map((row) => (isSpan(row) ? row : row.toSpliced(spare, 1)));
  return table(columns.toSpliced(spare, 1), without, look);
};

const drawTable = (columns: readonly Column[], rows: readonly Row[], look: Look): string[] => {
  const gaps = gapsOf(columns);
  const widths = columnWidths(columns, rows);
  const cellsOf = (texts: readonly string[]) =>
    texts.map((content, index) => ({
      content,
      style: { 'padding-left': gaps[index] ?? 0, 'padding-right': 0 },
    }));
  const draw = (part: readonly (readonly string[])[]): string[] => {
    if (part.length === 0) return [];
    const drawn = new Table({
      chars: NO_BORDERS,
      // The library paints headings and borders by itself unless these are empty.
      style: { head: [], border: [], compact: true },
      colWidths: widths.map((width, index) => width + (gaps[index] ?? 0)),
      colAligns: columns.map((column) => column.align),
    });
    drawn.push(...part.map(cellsOf));
    return drawn
      .toString()
      .split('\n')
      .map((line) => line.trimEnd());
  };
  const headings = columns.map(({ heading }) => heading);
  const lines = headings.some((heading) => heading !== '')
    ? draw([headings.map((text) => look.paint.dim(text))])
    : [];
  let part: (readonly string[])[] = [];
  for (const row of rows) {
    if (isSpan(row)) {
      lines.push(...draw(part), ...row.span);
      part = [];
    } else {
      part.push(row);
    }
  }
  return [...lines, ...draw(part)];
};
