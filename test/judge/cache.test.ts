/** Break-even and verdicts of a cache, on rounds served at known costs. */
import { describe, expect, it } from 'vitest';
import { breakEvenRate, cachePatterns, patternVerdict } from '../../src/judge/cache.js';
import { judge } from '../../src/judge/judge.js';
import type { Pattern } from '../../src/results/cache-schema.js';
import type { RawRound } from '../../src/results/digest.js';
import type { Results } from '../../src/results/schema.js';
import { cachedCell as cell, served, type Costs } from '../helpers/cache.js';
import { buildResults, minimize, rule, US, type SyntheticCell } from '../helpers/results.js';

const documentOf = (costs: Costs, rates: readonly (number | null)[]): Results =>
  buildResults({ cells: rates.map((rate) => cell(costs, rate)), objective: minimize('mean') });

const onlyPattern = (results: Results): Pattern => {
  const [pattern, ...others] = cachePatterns(results);
  if (pattern === undefined || others.length > 0) throw new Error('not one pattern');
  return pattern;
};

const verdictsOf = ({ arms }: Pattern, metric: string): string[] =>
  arms.map((arm) => arm.verdicts.find((own) => own.metric === metric)?.verdict ?? '');

/** A cheap key before a slow model, and a key that costs more than the model. */
const SLOW: Costs = { key: 2 * US, insert: 8 * US, beyond: 1 * US, service: 93 * US };
const TINY: Costs = { key: 60 * US, insert: 10 * US, beyond: 1 * US, service: 40 * US };

describe('breakEvenRate', () => {
  it('is (k + i) / (S + i - f) where a missing item runs as fast as without a cache', () => {
    expect(breakEvenRate({ ...SLOW, run: SLOW.service })).toBeCloseTo(10 / 100, 12);
  });

  it('is where both means are equal', () => {
    const costs = { key: 3, insert: 5, beyond: 2, service: 50, run: 61 };
    const h = breakEvenRate(costs) ?? Number.NaN;
    const withCache = costs.key + h * costs.beyond + (1 - h) * (costs.run + costs.insert);
    expect(withCache).toBeCloseTo(costs.service, 12);
  });

  it('is over 1 where keys cost more than the model, and none where a hit saves nothing', () => {
    expect(breakEvenRate({ ...TINY, run: TINY.service })).toBeGreaterThan(1);
    expect(breakEvenRate({ key: 1, insert: 1, run: 5, beyond: 7, service: 5 })).toBeNull();
  });
});

describe('patternVerdict', () => {
  it.each([
    [0.5, 0.9, 'pays'],
    [0.97, 0.99, 'pays'],
    [0.96, 1.2, 'does-not-pay'],
    [1.1, 1.4, 'does-not-pay'],
    [0.8, 1.1, 'undecided'],
    [0.9, 1, 'undecided'],
  ])('%f to %f: %s', (low, high, expected) => {
    expect(patternVerdict({ low, high })).toBe(expected);
  });
});

describe('a cache in front of a slow model', () => {
  const rates = [null, 0, 0.05, 0.15, 0.5, 0.9, 0.995];
  const pattern = onlyPattern(documentOf(SLOW, rates));

  it('breaks even where its costs say', () => {
    const { breakEven } = pattern;
    expect(breakEven?.hitRate).toBeCloseTo(0.1, 2);
    expect(breakEven?.interval?.low).toBeLessThanOrEqual(0.1005);
    expect(breakEven?.interval?.high).toBeGreaterThanOrEqual(0.0995);
    expect(breakEven?.key).toBeCloseTo(SLOW.key, -2);
    expect(breakEven?.service).toBeCloseTo(SLOW.service, -3);
  });

  it('has a lower mean above that rate, and a higher one below', () => {
    const signs = pattern.arms.map((arm) => {
      const ratio = arm.verdicts.find(({ metric }) => metric === 'mean')?.ratio ?? 1;
      return [Math.sign(ratio - 1), Math.sign((pattern.breakEven?.hitRate ?? 0) - arm.observed)];
    });
    for (const [measured, predicted] of signs) expect(measured).toBe(predicted);
    expect(new Set(signs.map(([measured]) => measured))).toEqual(new Set([-1, 1]));
  });

  it('pays for the mean from the break-even on, for p50 with half of the hits, for p99 with 99%', () => {
    const [no, yes] = ['does-not-pay', 'pays'];
    expect(verdictsOf(pattern, 'mean')).toEqual([no, no, yes, yes, yes, yes]);
    expect(verdictsOf(pattern, 'p50').slice(4)).toEqual([yes, yes]);
    expect(verdictsOf(pattern, 'p99')).toEqual([no, no, no, no, no, yes]);
  });

  it('says why it cannot help p99 while hits are rarer', () => {
    const reasons = pattern.arms.map(
      ({ verdicts }) => verdicts.find(({ metric }) => metric === 'p99')?.reason,
    );
    expect(reasons[4]).toMatch(/90\.0% of requests are answered by the cache alone, so p99 is that of one/);
    expect(reasons[5]).toBeUndefined();
    expect(pattern.sentence).toMatch(/While under 99% of requests are answered by the cache alone/);
    expect(pattern.sentence).toMatch(
      /mean PAYS at 15% hits, 50% hits, 90% hits and 99\.5% hits, DOES NOT PAY/,
    );
  });
});

describe('a cache in front of a model that is quicker than a key', () => {
  const pattern = onlyPattern(documentOf(TINY, [null, 0, 0.5, 0.99]));

  it('pays at no rate, and says so', () => {
    expect(verdictsOf(pattern, 'mean')).toEqual(['does-not-pay', 'does-not-pay', 'does-not-pay']);
    expect(pattern.breakEven?.hitRate).toBeGreaterThan(1);
    expect(pattern.sentence).toMatch(/No hit rate makes up for what keys cost/);
  });
});

describe('a model that runs slower behind a cache', () => {
  it('moves the break-even to where the means are equal', () => {
    const costs = { ...SLOW, run: 120 * US };
    const pattern = onlyPattern(documentOf(costs, [null, 0, 0.2, 0.4, 0.6]));
    expect(pattern.breakEven?.hitRate).toBeCloseTo((2 + 8 + 27) / (120 + 8 - 1), 2);
    expect(verdictsOf(pattern, 'mean')).toEqual(['does-not-pay', 'does-not-pay', 'pays', 'pays']);
  });
});

describe('without what it needs', () => {
  it('a cache without a control is undecided, and a finding', () => {
    const results = documentOf(SLOW, [0, 0.9]);
    const { patterns, findings } = judge(results);
    expect(patterns[0]).toMatchObject({ control: null, breakEven: null });
    expect(patterns[0]?.arms[1]?.verdicts[0]).toMatchObject({ verdict: 'undecided', ratio: null });
    expect(findings.map(({ id }) => id)).toContain('cache-without-control');
  });

  it('a cache that was never hit has no break-even', () => {
    expect(onlyPattern(documentOf(SLOW, [null, 0])).breakEven).toBeNull();
  });

  it('a document without a cache has no pattern', () => {
    expect(judge(documentOf(SLOW, [null])).patterns).toEqual([]);
  });
});

describe('the decision', () => {
  it('ranks a cache by the traffic with the fewest hits, the control left out', () => {
    const { decision } = judge(documentOf(SLOW, [null, 0, 0.5, 0.9]));
    expect(decision).toMatchObject({ status: 'deploy', metric: 'mean' });
    expect(decision?.sentence).toMatch(/^Deploy cache 1000: mean .* at 50% hits/);
    expect(decision?.sentence).toMatch(/The mean breaks even at \d+(\.\d+)?% hits/);
    expect(decision?.flips.at(-1)).toMatch(
      /^With under .*% hits the mean would be lower without the cache\.$/,
    );
  });

  it('chooses no cache where none pays', () => {
    const { decision } = judge(documentOf(TINY, [null, 0, 0.5, 0.9]));
    expect(decision?.sentence).toMatch(/^Deploy cache off/);
    expect(decision?.sentence).toMatch(/mean DOES NOT PAY at/);
  });

  it('tells from which rate on a cache would be better than none', () => {
    const { decision } = judge(documentOf(SLOW, [null, 0, 0.03]));
    expect(decision?.sentence).toMatch(/^Deploy cache off/);
    expect(decision?.flips).toContainEqual(
      expect.stringMatching(/^With over .*% hits the mean would be lower with cache 1000\.$/),
    );
  });
});

describe('hit rate in rules', () => {
  it('is about the cells that can be hit, and judged over rounds', () => {
    const results = buildResults({
      cells: [null, 0, 0.5, 0.9].map((rate) => cell(SLOW, rate)),
      rules: [rule('hit rate', '>=', 0.8)],
      objective: minimize('mean'),
    });
    const { verdicts } = judge(results);
    expect(verdicts.map(({ status }) => status)).toEqual(['fail', 'pass']);
    expect(verdicts[1]?.actual).toBeCloseTo(0.9, 3);
  });
});

describe('findings', () => {
  const findingsOf = (synthetic: SyntheticCell): string[] =>
    judge(buildResults({ cells: [cell(SLOW, null), synthetic] })).findings.map(({ id }) => id);

  const changed = (change: Partial<NonNullable<RawRound['cache']>>): SyntheticCell => ({
    ...cell(SLOW, 0.9),
    raw: (round) => {
      const raw = served(SLOW, 0.9, round);
      return { ...raw, ...(raw.cache == null ? {} : { cache: { ...raw.cache, ...change } }) };
    },
  });

  it('keep quiet about a cache as it was asked for, two kinds of requests included', () => {
    const ids = findingsOf(cell(SLOW, 0.9));
    for (const id of [
      'hit-rate-off',
      'cache-not-filled',
      'cache-without-control',
      'bimodal',
      'outliers',
      'drift',
    ])
      expect(ids).not.toContain(id);
  });

  it('see another rate than was asked for', () => {
    expect(findingsOf(changed({ expected: 0.92 }))).toContain('hit-rate-off');
    expect(findingsOf(changed({ expected: 0.905 }))).not.toContain('hit-rate-off');
  });

  it('see a cache that was still filling', () => {
    expect(findingsOf(changed({ fill: { requests: 10, complete: false } }))).toContain('cache-not-filled');
  });
});
