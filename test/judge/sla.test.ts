import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import type { Verdict } from '../../src/results/conclusions-schema.js';
import type { Results } from '../../src/results/schema.js';
import { proportionInterval, roundsBounds } from '../../src/stats/intervals.js';
import type { Operator, Rule } from '../../src/vocabulary/rules.js';
import {
  batchSweep,
  buildResults,
  MS,
  rule,
  type SyntheticCell,
  type SyntheticRun,
} from '../helpers/results.js';

const verdictsOf = (results: Results): Verdict[] => judge(results).verdicts;

/** The only verdict of one cell and one rule. */
const verdictOf = (cell: SyntheticCell, asked: Rule, run: Partial<SyntheticRun> = {}): Verdict => {
  const verdicts = verdictsOf(buildResults({ cells: [cell], rules: [asked], ...run }));
  expect(verdicts).toHaveLength(1);
  return verdicts[0]!;
};

const boundsOfCell = (cell: SyntheticCell, alpha: number): { lower: number; upper: number } => {
  const built = buildResults({ cells: [cell] }).cells[0]!;
  const values = built.rounds.map((round) => round.latency?.p99 ?? 0);
  return roundsBounds(values, { alpha, pooled: built.latency?.p99.value ?? 0 })!;
};

describe('a rule on a percentile', () => {
  const cell: SyntheticCell = { p50: 5 * MS };
  const { lower, upper } = boundsOfCell(cell, 0.05);

  // At a bound itself, the operator decides; one ns beyond it, the other verdict.
  it.each<[Operator, number, Verdict['status']]>([
    ['<=', upper, 'pass'],
    ['<=', upper - 1e-3, 'inconclusive'],
    ['<', upper, 'inconclusive'],
    ['<', upper + 1e-3, 'pass'],
    ['<=', lower, 'inconclusive'],
    ['<=', lower - 1e-3, 'fail'],
    ['<', lower, 'fail'],
    ['<', lower + 1e-3, 'inconclusive'],
    ['>=', lower, 'pass'],
    ['>=', lower + 1e-3, 'inconclusive'],
    ['>', lower, 'inconclusive'],
    ['>=', upper, 'inconclusive'],
    ['>=', upper + 1e-3, 'fail'],
    ['>', upper, 'fail'],
  ])('p99 %s %d is %s', (operator, limit, status) => {
    const verdict = verdictOf(cell, rule('p99', operator, limit));
    expect(verdict.status).toBe(status);
    expect(verdict.interval).toMatchObject({ low: lower, high: upper, level: 0.95 });
    expect(verdict).toMatchObject({ n: 2000, rounds: 5, metric: 'p99', operator, expected: limit });
  });

  it('splits the error over planned looks', () => {
    const looks = { looks: [5, 10, 20] };
    const wide = boundsOfCell(cell, 0.05 / 3);
    expect(wide.upper).toBeGreaterThan(upper);
    const between = (upper + wide.upper) / 2;
    expect(verdictOf(cell, rule('p99', '<=', between)).status).toBe('pass');
    const verdict = verdictOf(cell, rule('p99', '<=', between), { policy: looks });
    expect(verdict.status).toBe('inconclusive');
    expect(verdict.interval?.level).toBeCloseTo(0.98333, 4);
    expect(verdict.message).toContain('at 98.3%');
  });

  it('carries where the rule was written, and how much of the limit is left', () => {
    const verdict = verdictOf(cell, rule('p99', '<=', 20 * MS));
    expect(verdict.location).toEqual({ file: 'scenario.yaml', line: 12, column: 5 });
    expect(verdict.headroom).toBeCloseTo(1 - (verdict.actual ?? 0) / (20 * MS), 10);
    expect(verdictOf(cell, rule('throughput', '>=', 1)).headroom).toBeGreaterThan(100);
    expect(verdictOf(cell, rule('p99', '<=', MS)).headroom).toBeLessThan(-4);
  });

  it('is inconclusive with one round, however far the limit is', () => {
    for (const limit of [1, 1000 * MS]) {
      const verdict = verdictOf(cell, rule('p99', '<=', limit), { policy: { fixed: 1 } });
      expect(verdict).toMatchObject({ status: 'inconclusive', interval: null, rounds: 1 });
      expect(verdict.message).toContain('one process has no bounds');
    }
  });

  it('can name any percentile', () => {
    expect(verdictOf(cell, rule('p72.5', '<=', 20 * MS)).status).toBe('pass');
    expect(verdictOf(cell, rule('p72.5', '<=', 2 * MS)).status).toBe('fail');
  });
});

describe('missing data is never a pass', () => {
  it('with too few requests, and says how many it needs', () => {
    const verdict = verdictOf({ samples: 298 }, rule('p99', '<=', 1000 * MS));
    expect(verdict).toMatchObject({ status: 'no-data', actual: null, interval: null });
    expect(verdict.message).toBe(
      'p99 <= 1.00 s, digits: no data, because p99 needs 299 requests in each round, and a round has 298.',
    );
    expect(verdictOf({ samples: 299 }, rule('p99', '<=', 1000 * MS)).status).toBe('pass');
  });

  it('when no cell matches', () => {
    const [verdict] = verdictsOf(batchSweep({ rules: [rule('p99', '<=', 1000 * MS, { batch: '2' })] }));
    expect(verdict).toMatchObject({ status: 'no-data', cell: null, actual: null });
    expect(verdict?.message).toBe(
      'p99 <= 1.00 s where batch = 2: no data, because no cell matches the rule.',
    );
  });

  it.each<[NonNullable<SyntheticCell['state']>, string]>([
    ['failed', 'no data, because the cell failed: the process died of SIGSEGV during sampling.'],
    ['timed-out', 'no data, because the cell ran out of time: no answer within 60.0 s.'],
    [
      'aborted',
      'no data, because the cell was not measured: the run was interrupted before this cell was measured.',
    ],
    ['pending', 'no data, because the cell was not measured.'],
    ['skipped', 'no data, because this machine has no CUDA device, and the rule matches no other cell.'],
  ])('on a cell that is %s', (state, message) => {
    const verdict = verdictOf({ state }, rule('p99', '<=', 1000 * MS));
    expect(verdict.status).toBe('no-data');
    expect(verdict.message).toBe(`p99 <= 1.00 s, digits: ${message}`);
  });

  it('on a cell that failed after good rounds', () => {
    expect(verdictOf({ state: 'failed', rounds: 4 }, rule('p99', '<=', 1000 * MS)).status).toBe('no-data');
  });

  it('for accuracy without labels, memory that is not told, and a metric of another mlat', () => {
    expect(verdictOf({}, rule('accuracy', '>=', 0.5)).message).toContain('no labels');
    const untold = { raw: () => ({ memory: { beforeModel: null, afterLoad: null, peak: null } }) };
    expect(verdictOf(untold, rule('memory', '<=', 2 ** 40)).status).toBe('no-data');
    expect(verdictOf({}, rule('beauty', '<=', 1)).status).toBe('no-data');
  });

  it('but a cell for which the hardware is missing is left out where the rule has other cells', () => {
    const results = buildResults({
      cells: [{ params: { batch: 1 } }, { params: { batch: 4 }, state: 'skipped' }],
      rules: [rule('p99', '<=', 1000 * MS), rule('p99', '<=', 1000 * MS, { batch: '4' })],
    });
    expect(verdictsOf(results).map((verdict) => verdict.status)).toEqual([
      'pass',
      'not-applicable',
      'no-data',
    ]);
    expect(verdictsOf(results)[1]?.message).toContain('this machine has no CUDA device');
  });

  it('and a cell skipped for another reason is not', () => {
    const results = buildResults({
      cells: [
        { params: { batch: 1 } },
        { params: { batch: 4 }, state: 'skipped', reason: { kind: 'other', message: 'not now' } },
      ],
      rules: [rule('p99', '<=', 1000 * MS)],
    });
    expect(verdictsOf(results).map((verdict) => verdict.status)).toEqual(['pass', 'no-data']);
  });
});

describe('where', () => {
  const results = buildResults({
    cells: [
      { params: { batch: 1, threads: 1, dims: { sequence: 16 } } },
      { params: { batch: 4, threads: 1, dims: { sequence: 16 } } },
      { params: { batch: 4, threads: 0, dims: { sequence: 128 } } },
    ],
    rules: [
      rule('p99', '<=', 1000 * MS),
      rule('p99', '<=', 1000 * MS, { batch: '4' }),
      rule('p99', '<=', 1000 * MS, { batch: '4', threads: 'auto' }),
      rule('p99', '<=', 1000 * MS, { sequence: '16' }),
      rule('p99', '<=', 1000 * MS, { nothing: '16' }),
    ],
  });

  it('picks cells by axis and by dimension, and all its conditions hold', () => {
    const [a, b, c] = results.cells.map((cell) => cell.id);
    expect(verdictsOf(results).map((verdict) => verdict.cell)).toEqual([a, b, c, b, c, c, a, b, null]);
  });
});

describe('a rule on the largest or smallest latency', () => {
  const cell: SyntheticCell = {};
  const built = buildResults({ cells: [cell] }).cells[0]!;
  const max = built.latency?.max.value ?? 0;

  it('is broken by a single request over the limit', () => {
    expect(verdictOf(cell, rule('max', '<=', max - 1)).status).toBe('fail');
    expect(verdictOf(cell, rule('max', '<=', max)).status).toBe('pass');
    expect(verdictOf(cell, rule('max', '<=', max), { policy: { fixed: 1 } }).status).toBe('inconclusive');
    expect(verdictOf(cell, rule('min', '>=', (built.latency?.min.value ?? 0) + 1)).status).toBe('fail');
  });

  it('claims no confidence: nothing bounds the slowest of requests to come', () => {
    expect(verdictOf(cell, rule('max', '<=', 1000 * MS)).message).toMatch(
      /^max <= 1\.00 s, digits: pass, the slowest of 2000 requests took 2\.\d\d ms\.$/,
    );
  });
});

describe('a rule on errors', () => {
  const cell: SyntheticCell = { errors: 2 };
  const { high } = proportionInterval(10, 2010, 0.9);

  it('is judged by the exact bound for a share', () => {
    expect(verdictOf(cell, rule('errors', '<=', high)).status).toBe('pass');
    expect(verdictOf(cell, rule('errors', '<=', high * 0.99)).status).toBe('inconclusive');
    expect(verdictOf(cell, rule('errors', '<=', 0.001)).status).toBe('fail');
    expect(verdictOf(cell, rule('errors', '<=', high)).interval).toMatchObject({
      level: 0.95,
      method: 'Clopper-Pearson',
    });
  });

  it('cannot show a small share with few requests', () => {
    expect(verdictOf({}, rule('errors', '<=', 0.001)).status).toBe('inconclusive');
    expect(verdictOf({ samples: 700 }, rule('errors', '<=', 0.001)).status).toBe('pass');
  });

  it('of exactly none is judged by what was seen', () => {
    expect(verdictOf({}, rule('errors', '<=', 0))).toMatchObject({ status: 'pass', headroom: null });
    expect(verdictOf(cell, rule('errors', '<=', 0)).status).toBe('fail');
  });

  it('makes the other rules valid, which they are not without it', () => {
    const fast = rule('p99', '<=', 1000 * MS);
    const [invalid] = verdictsOf(buildResults({ cells: [cell], rules: [fast] }));
    expect(invalid?.status).toBe('invalid');
    expect(invalid?.message).toBe(
      'p99 <= 1.00 s, digits: invalid, because 10 of 2010 requests failed (0.498%), and no rule on errors says how many may.',
    );
    const judged = verdictsOf(buildResults({ cells: [cell], rules: [fast, rule('errors', '<=', 0.02)] }));
    expect(judged.map((verdict) => verdict.status)).toEqual(['pass', 'pass']);
    const elsewhere = verdictsOf(
      buildResults({
        cells: [{ ...cell, params: { batch: 1 } }, { params: { batch: 2 } }],
        rules: [fast, rule('errors', '<=', 0.02, { batch: '2' })],
      }),
    );
    expect(elsewhere.map((verdict) => verdict.status)).toEqual(['invalid', 'pass', 'pass']);
  });

  it('and muting the finding does not make the measurement valid', () => {
    const run = { cells: [cell], rules: [rule('p99', '<=', 1000 * MS)], mute: ['request-errors'] };
    expect(verdictsOf(buildResults(run))[0]?.status).toBe('invalid');
  });
});

describe('rules on what was observed', () => {
  it('take the peak memory of all rounds as it is', () => {
    const peak = 120 * 2 ** 20 + 4 * 4096;
    expect(verdictOf({}, rule('memory', '<=', peak)).status).toBe('pass');
    expect(verdictOf({}, rule('memory', '<=', peak - 1)).status).toBe('fail');
    expect(verdictOf({}, rule('memory', '<=', peak), { policy: { fixed: 1 } }).status).toBe('pass');
  });

  it('take accuracy as a share of the labelled inputs', () => {
    const cell: SyntheticCell = { accuracy: { correct: 985, n: 1000 } };
    const { low, high } = proportionInterval(985, 1000, 0.9);
    expect(verdictOf(cell, rule('accuracy', '>=', low)).status).toBe('pass');
    expect(verdictOf(cell, rule('accuracy', '>=', 0.985)).status).toBe('inconclusive');
    expect(verdictOf(cell, rule('accuracy', '>=', high + 1e-6)).status).toBe('fail');
    expect(verdictOf({ accuracy: { correct: 50, n: 50 } }, rule('accuracy', '>=', 1)).status).toBe('pass');
  });
});

describe('messages', () => {
  const cell: SyntheticCell = { p50: 5 * MS };
  const { upper } = boundsOfCell(cell, 0.05);

  it('give one sentence with the numbers', () => {
    expect(verdictOf(cell, rule('p99', '<=', 20 * MS)).message).toMatch(
      /^p99 <= 20\.0 ms, digits: pass, 6\.\d\d ms measured, at most 6\.\d\d ms with 95% confidence\.$/,
    );
    expect(verdictOf(cell, rule('p99', '<=', 2 * MS)).message).toMatch(
      /^p99 <= 2\.00 ms, digits: fail, 6\.\d\d ms measured, at least 6\.\d\d ms with 95% confidence\.$/,
    );
    expect(verdictOf(cell, rule('throughput', '>=', 1e4)).message).toMatch(
      /^throughput >= 10\.0k\/s, digits: fail, 19\d\/s measured, at most 2\d\d\/s with 95% confidence\.$/,
    );
    expect(verdictOf(cell, rule('memory', '<=', 2 ** 30)).message).toBe(
      'memory <= 1.00 GiB, digits: pass, 120 MiB measured.',
    );
  });

  it('never print a bound beyond the limit as the limit itself', () => {
    const just = verdictOf(cell, rule('p99', '<=', upper + 10));
    expect(just.status).toBe('pass');
    expect(just.message).toMatch(/at most just under 6\.\d\d ms with/);
    const over = verdictOf(cell, rule('p99', '<=', upper - 10));
    expect(over.status).toBe('inconclusive');
    expect(over.message).toMatch(/to just over 6\.\d\d ms at 95%/);
  });
});
