import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { reporters } from '../../src/report/registry.js';
import { renderText } from '../../src/report/text.js';
import type { ReportOptions } from '../../src/report/types.js';
import { parseResults } from '../../src/results/document.js';
import type { Results } from '../../src/results/schema.js';
import { UserError } from '../../src/vocabulary/errors.js';
import { batchSweep } from '../helpers/results.js';
import { failures, hostile, oneCell, sixty, typical } from './documents.js';

const DOCUMENTS: Readonly<Record<string, () => Results>> = { oneCell, typical, failures, sixty, hostile };

const files = [
  {
    path: 'reports/batching-2026-01-05T12-00-00/results.json',
    describe: 'everything measured; mlat report reads it',
  },
  { path: 'reports/batching-2026-01-05T12-00-00/*.hgrm', describe: 'percentile distributions (6)' },
];

/** Snapshots are text files, to be looked at: test/report/__snapshots__/. */
const snapshots: readonly (readonly [string, () => Results, ReportOptions])[] = [
  ['one-cell.80', oneCell, { files }],
  ['typical.80', typical, { width: 80, files }],
  ['typical.120', typical, { width: 120, files }],
  ['typical.ascii', typical, { width: 80, unicode: false, files }],
  ['typical.colour', typical, { width: 100, color: true, files }],
  ['failures.80', failures, { width: 80 }],
  ['sixty.80', sixty, { width: 80 }],
  ['sixty.120', sixty, { width: 120 }],
  ['hostile.80', hostile, { width: 80 }],
  ['cell.80', typical, { width: 80, cell: 'bda8' }],
  ['cell.failed.80', failures, { width: 80, cell: 'batch 8' }],
];

describe('the text report', () => {
  it.each(snapshots)('%s', async (name, document, options) => {
    await expect(renderText(document(), options)).toMatchFileSnapshot(`./__snapshots__/${name}.txt`);
  });

  const widths = [60, 72, 80, 100, 120, 160];

  it.each(Object.entries(DOCUMENTS))('%s: no line is wider than the terminal', (_name, make) => {
    const document = make();
    const measured = document.cells.find((cell) => cell.n > 0)!.id;
    for (const width of widths) {
      const more =
        width <= 80
          ? [
              { width, unicode: false },
              { width, cell: measured },
            ]
          : [];
      for (const options of [{ width }, ...more]) {
        const lines = renderText(document, options).split('\n');
        expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
      }
    }
  });

  it.each(Object.entries(DOCUMENTS))('%s: nothing in it can control a terminal', (_name, make) => {
    const document = make();
    const ids = [undefined, ...document.cells.slice(0, 10).map((cell) => cell.id)];
    for (const cell of ids) {
      const text = renderText(document, cell === undefined ? {} : { cell });
      expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u);
    }
  });

  it('says the same without colour', () => {
    const plain = renderText(typical(), { width: 100 });
    const coloured = renderText(typical(), { width: 100, color: true });
    expect(coloured).not.toBe(plain);
    // The badge is the one thing that takes more room: its blanks are its ground.
    const words = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
    expect(words(stripVTControlCharacters(coloured))).toBe(words(plain));
  });

  it('is ASCII where it has to be', () => {
    const text = renderText(typical(), { unicode: false });
    expect(text).toMatch(/^[\n\u0020-\u007E]*$/);
    const cell = renderText(typical(), { unicode: false, cell: 'bda8' });
    expect(cell).toMatch(/^[\n\u0020-\u007E]*$/);
  });

  it('takes 80 columns, no colour and Unicode when nobody says otherwise', () => {
    expect(renderText(typical())).toBe(renderText(typical(), { width: 80, color: false, unicode: true }));
  });

  it('marks the chosen cell in its row', () => {
    const row = renderText(typical())
      .split('\n')
      .find((line) => line.includes('1.08k ±'));
    expect(row).toMatch(/^► {5}8 {8}2 /);
  });

  it('says what a refused percentile needs', () => {
    expect(renderText(typical())).toContain('p99.9 is "-": it needs 2,995 requests a round, these had 1,000');
  });

  it('shows all cells up to the limit, and then the best and how many are hidden', () => {
    const rowsOf = (text: string): number =>
      text.split('\n').filter((line) => /±\d.*(?:pass|FAIL|open)/.test(line)).length;
    expect(rowsOf(renderText(sixty(), { rows: 60 }))).toBe(44);
    const some = renderText(sixty(), { rows: 12 });
    expect(rowsOf(some)).toBe(8);
    expect(some).toContain('and 36 measured cells more (30 pass, 2 inconclusive, 4 fail)');
    expect(some).toContain('✗ 15 cells failed in load');
  });

  it('gives each value its own unit where one unit would make small numbers of some', () => {
    const wide = batchSweep({
      cells: [{ p50: 12e3, samples: 3000, spread: 2 }],
      rules: [],
    });
    const text = renderText(wide);
    expect(text).not.toContain('latency in');
    expect(text).toMatch(/^ .*\d us .*\d ms /m);
    expect(renderText(typical())).toContain('latency in ms');
  });

  it('reads a document that nobody has judged yet, and one without cells', () => {
    const unjudged = batchSweep();
    expect(renderText(unjudged)).toContain('Nothing was judged yet.');
    const empty = renderText({ ...unjudged, cells: [] });
    expect(empty).toContain('0 cells');
    expect(empty).not.toContain('undefined');
  });

  it.each([
    ['running', 'The run has not ended'],
    ['bailed', 'The run stopped at the first failure'],
    ['out-of-budget', 'The time budget ran out'],
    ['interrupted', '--resume'],
  ] as const)('says how a run ended that is %s', (state, words) => {
    expect(renderText({ ...typical(), state })).toContain(words);
  });

  it('finds a cell by id, the start of its id, or its label', () => {
    const whole = renderText(typical(), { cell: 'bda8f296a4' });
    expect(renderText(typical(), { cell: 'bda8' })).toBe(whole);
    expect(renderText(typical(), { cell: 'batch 8, threads 2' })).toBe(whole);
    expect(whole).toContain('cell bda8f296a4 of batching');
  });

  it.each([
    ['nope', 'no cell has the id or label "nope". Cells: 19d5279184 (batch 1, threads 1)'],
    ['', 'no cell has the id or label "". Cells:'],
    [
      '8',
      '"8" starts the id of 2 cells. Cells: 8739955fea (batch 1, threads 2), 8af688f8c2 (batch 32, threads 2).',
    ],
  ])('refuses the cell "%s" and lists those there are', (cell, message) => {
    expect(() => renderText(typical(), { cell })).toThrow(UserError);
    expect(() => renderText(typical(), { cell })).toThrow(message);
  });

  it('stays short with 400 cells', () => {
    const cells = sixty().cells;
    const [first] = cells;
    const many = Array.from({ length: 400 }, (_, index) => ({
      ...first!,
      id: `c${index}`,
      label: `cell ${index}`,
    }));
    const text = renderText({ ...sixty(), cells: many, verdicts: [], findings: [] });
    expect(text.split('\n').length).toBeLessThan(120);
    expect(text).toContain('and 384 measured cells more');
  });
});

describe('the registry', () => {
  it('names every reporter by its key', () => {
    for (const [key, reporter] of Object.entries(reporters)) expect(reporter.name).toBe(key);
    expect(Object.keys(reporters)).toEqual(['text', 'json', 'hgrm', 'hlog']);
  });

  it('gives every reporter an extension of its own', () => {
    const extensions = Object.values(reporters).map((reporter) => reporter.extension);
    expect(new Set(extensions).size).toBe(extensions.length);
  });

  it('json is the document itself', () => {
    expect(parseResults(reporters.json.render(typical()), 'x.json')).toEqual(typical());
  });
});
