import { describe, expect, it } from 'vitest';
import { parseResults, serialiseResults, type Migration } from '../../src/results/document.js';
import { SCHEMA_VERSION, type Results } from '../../src/results/schema.js';
import { UserError } from '../../src/vocabulary/errors.js';
import { batchSweep, buildResults } from '../helpers/results.js';

const results = buildResults({
  cells: [
    { params: { batch: 1 } },
    { params: { batch: 2 }, state: 'failed', rounds: 1 },
    { params: { batch: 4 }, state: 'skipped' },
  ],
});
const text = serialiseResults(results);

/** The document with values set at paths ("cells.0.n"); undefined takes the key out. */
const change = (changes: Readonly<Record<string, unknown>>): string => {
  const document = JSON.parse(text) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, document);
    parent[last] = value;
  }
  return JSON.stringify(document);
};

const refusal = (read: () => Results): UserError => {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('it was accepted');
};

describe('parseResults', () => {
  it('reads back what serialiseResults wrote', () => {
    expect(parseResults(text, 'results.json')).toEqual(results);
    expect(serialiseResults(parseResults(text, 'results.json'))).toBe(text);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('bears a byte-order mark', () => {
    expect(parseResults(`\uFEFF${text}`, 'results.json')).toEqual(results);
  });

  it.each([
    ['', 'results.json: the file is empty. Give the results.json that a run wrote.'],
    [
      text.slice(0, text.length / 2),
      'results.json: this is not JSON, or it was cut off. Give the results.json that a run wrote.',
    ],
    [
      '{"kind": "other"}',
      'results.json: this is JSON, but not the results of an mlat run. Give the results.json that a run wrote.',
    ],
    [
      '[1]',
      'results.json: this is JSON, but not the results of an mlat run. Give the results.json that a run wrote.',
    ],
    [
      'null',
      'results.json: this is JSON, but not the results of an mlat run. Give the results.json that a run wrote.',
    ],
  ])('refuses what is no results document in one line (%#)', (input, message) => {
    const error = refusal(() => parseResults(input, 'results.json'));
    expect(error.message).toBe(message);
    expect(error.exitCode).toBe(2);
  });

  it('refuses a newer document and says which mlat wrote it', () => {
    const newer = change({ schemaVersion: SCHEMA_VERSION + 1, mlat: '7.1.0', cells: undefined });
    expect(refusal(() => parseResults(newer, 'old/results.json')).message).toBe(
      `old/results.json: written by mlat 7.1.0 with schema version ${SCHEMA_VERSION + 1}; this mlat reads up to ${SCHEMA_VERSION}. Update mlat to read it.`,
    );
  });

  it('refuses an older document for which there is no migration', () => {
    const older = change({ schemaVersion: 0 });
    expect(refusal(() => parseResults(older, 'results.json')).message).toContain(
      'which this mlat no longer reads',
    );
  });

  it('names the damaged places, at most ten of them', () => {
    const damaged = change({ 'cells.0.rounds.0.n': 'many', 'environment.cpu.model': undefined });
    const error = refusal(() => parseResults(damaged, 'results.json'));
    expect(error.problems.map((problem) => problem.message)).toEqual([
      expect.stringContaining('damaged results: environment.cpu.model: '),
      expect.stringContaining('damaged results: cells.0.rounds.0.n: '),
    ]);
    const broken = change({ 'cells.0.windows': Array.from({ length: 30 }, () => 'no window') });
    const many = refusal(() => parseResults(broken, 'results.json'));
    expect(many.problems).toHaveLength(11);
    expect(many.problems.at(-1)?.message).toMatch(/^\d+ more of this kind\.$/);
  });

  it('refuses a histogram that is damaged or not that of its round', () => {
    const unreadable = change({ 'cells.0.rounds.1.histogram': 'SGVsbG8=' });
    expect(refusal(() => parseResults(unreadable, 'results.json')).message).toContain(
      'round 1: its histogram cannot be read',
    );
    const miscounted = change({ 'cells.0.rounds.2.n': 399 });
    expect(refusal(() => parseResults(miscounted, 'results.json')).message).toContain(
      'round 2: its histogram holds 400 requests, and n says 399',
    );
  });
});

describe('migrations', () => {
  // An imagined past: version 0 kept its cells under "results".
  const table: readonly Migration[] = [
    { from: 0, migrate: ({ results: cells, ...rest }) => ({ ...rest, cells }) },
  ];
  const old = change({ schemaVersion: 0, results: results.cells, cells: undefined });

  it('bring an older document up to date', () => {
    expect(parseResults(old, 'results.json', table)).toEqual(results);
  });

  it('are checked: what they make must fit the schema', () => {
    const wrong: readonly Migration[] = [{ from: 0, migrate: (document) => document }];
    expect(refusal(() => parseResults(old, 'results.json', wrong)).message).toContain(
      'damaged results: cells: ',
    );
  });

  it('do not touch a document of this version', () => {
    const never: readonly Migration[] = [
      {
        from: 0,
        migrate: () => {
          throw new Error('called');
        },
      },
    ];
    expect(parseResults(text, 'results.json', never)).toEqual(results);
  });
});

describe('serialiseResults', () => {
  it('never writes a number that is none', () => {
    const sweep = batchSweep();
    const [first, ...rest] = sweep.cells;
    const broken: Results = { ...sweep, cells: [{ ...first!, n: Number.NaN }, ...rest] };
    expect(() => serialiseResults(broken)).toThrow(/break their schema at cells\.0\.n/);
    expect(() => serialiseResults(broken)).not.toThrow(UserError);
  });
});
