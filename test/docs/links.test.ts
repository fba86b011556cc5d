/** Links between the project's pages lead to files and headings that exist. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf, page, ROOT } from './markdown.js';

const docs = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
const PAGES = ['README.md', 'CONTRIBUTING.md', ...docs.map((file) => `docs/${file}`)];

describe.each(PAGES)('%s', (path) => {
  it('links to what exists', () => {
    const dead = linksOf(page(path)).filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(page(target)).includes(anchor);
    });
    expect(dead).toEqual([]);
  });
});

it('docs/README.md links to every page of docs/', () => {
  const linked = linksOf(page('docs/README.md'));
  expect(docs.filter((file) => file !== 'README.md' && !linked.includes(file))).toEqual([]);
});
