import { describe, expect, it } from 'vitest';
import { isMeasured, moreRoundsHelp, readMetric } from '../../src/judge/reading.js';
import type { CellResult } from '../../src/results/schema.js';
import { LatencyHistogram } from '../../src/stats/histogram.js';
import { deriveSeed } from '../../src/stats/random.js';
import { METRIC_NAMES, parseMetric, type Metric } from '../../src/vocabulary/metrics.js';
import { buildResults, MS, rawRound, type SyntheticCell } from '../helpers/results.js';
import { cachedCell } from '../helpers/cache.js';

const metric = (name: string): Metric => parseMetric(name)!;
const spec: SyntheticCell = {
  params: { batch: 2 },
  errors: 1,
  accuracy: { correct: 985, n: 1000 },
  idle: MS,
};
const cell = buildResults({ cells: [spec] }).cells[0]!;

describe('readMetric', () => {
  it('agrees with the summary of the document on every metric the document has', () => {
    for (const stat of ['min', 'mean', 'stdev', 'p50', 'p90', 'p95', 'p99', 'max'] as const) {
      const reading = readMetric(cell, metric(stat));
      expect(reading.value).toBeCloseTo(cell.latency?.[stat].value ?? -1, 2);
      expect(reading.rounds).toEqual(cell.rounds.map((round) => round.latency?.[stat]));
      expect(reading).toMatchObject({ n: 2000, processes: 5 });
    }
    expect(readMetric(cell, metric('throughput')).value).toBe(cell.throughput?.value);
  });

  it('reads any percentile from the histograms', () => {
    const samples = cell.rounds.map((round) => rawRound(spec, deriveSeed(1, cell.id), round.index).durations);
    const reading = readMetric(cell, metric('p97.5'));
    expect(reading.value).toBe(LatencyHistogram.of(samples.flatMap((values) => [...values])).quantile(0.975));
    expect(reading.rounds).toEqual(samples.map((values) => LatencyHistogram.of(values).quantile(0.975)));
  });

  it('refuses a percentile that any round is too small for', () => {
    expect(readMetric(cell, metric('p99.9'))).toMatchObject({
      value: null,
      rounds: [],
      need: 2995,
      reason: 'p99.9 needs 2995 requests in each round, and a round has 400',
    });
  });

  it('knows what each metric is uncertain of', () => {
    expect(readMetric(cell, metric('p50')).evidence).toEqual({ kind: 'rounds' });
    expect(readMetric(cell, metric('max')).evidence).toEqual({ kind: 'extreme', side: 'high' });
    expect(readMetric(cell, metric('min')).evidence).toEqual({ kind: 'extreme', side: 'low' });
    expect(readMetric(cell, metric('memory'))).toMatchObject({
      value: 120 * 2 ** 20 + 4 * 4096,
      evidence: { kind: 'observed' },
    });
    expect(readMetric(cell, metric('accuracy'))).toMatchObject({
      value: 0.985,
      n: 1000,
      evidence: { kind: 'proportion', successes: 985, trials: 1000 },
    });
  });

  it('counts failed requests among all requests, and they have no latency', () => {
    const reading = readMetric(cell, metric('errors'));
    expect(reading.value).toBe(5 / 2005);
    expect(reading.evidence).toEqual({ kind: 'proportion', successes: 5, trials: 2005 });
  });

  it('says what is missing', () => {
    const blind = buildResults({
      cells: [{ raw: () => ({ memory: { beforeModel: null, afterLoad: null, peak: null } }) }],
    }).cells[0]!;
    expect(readMetric(blind, metric('memory'))).toMatchObject({
      value: null,
      reason: expect.stringContaining('peak memory'),
    });
    expect(readMetric(blind, metric('accuracy'))).toMatchObject({
      value: null,
      reason: expect.stringContaining('labels'),
    });
    const single = buildResults({ cells: [{ samples: 1 }] }).cells[0]!;
    expect(readMetric(single, metric('stdev')).value).toBeGreaterThan(0);
    const lone = buildResults({ cells: [{ samples: 1, rounds: 1 }] }).cells[0]!;
    expect(readMetric(lone, metric('stdev'))).toMatchObject({ value: null, need: 2 });
  });

  it('reads every metric that rules can name', () => {
    for (const name of METRIC_NAMES.filter((known) => known !== 'pNN' && known !== 'hit rate')) {
      expect(readMetric(cell, metric(name)).value, name).not.toBeNull();
    }
  });

  it('reads a hit rate over rounds, where there is a cache', () => {
    const costs = { key: 2_000, insert: 8_000, beyond: 1_000, service: 90_000 };
    const [cached] = buildResults({ cells: [cachedCell(costs, 0.75)] }).cells;
    expect(cached === undefined ? null : readMetric(cached, metric('hit rate'))).toMatchObject({
      value: 0.75,
      rounds: [0.75, 0.75, 0.75, 0.75, 0.75],
    });
    expect(readMetric(cell, metric('hit rate'))).toMatchObject({
      value: null,
      reason: 'the cell has no cache',
    });
  });
});

describe('isMeasured', () => {
  const of = (change: Partial<CellResult>): boolean => isMeasured({ ...cell, ...change });

  it('asks for a measured round of a cell that did not fail', () => {
    expect(of({})).toBe(true);
    expect(of({ state: 'pending' })).toBe(true);
    expect(of({ state: 'aborted' })).toBe(true);
    expect(of({ rounds: [] })).toBe(false);
    expect(of({ state: 'failed' })).toBe(false);
    expect(of({ state: 'timed-out' })).toBe(false);
    expect(of({ state: 'skipped' })).toBe(false);
  });
});

describe('moreRoundsHelp', () => {
  it('is so where rounds differ', () => {
    expect(
      ['p99', 'throughput', 'errors', 'max', 'mean'].map((name) => moreRoundsHelp(metric(name))),
    ).toEqual(Array.from({ length: 5 }, () => true));
    expect(['accuracy', 'memory'].map((name) => moreRoundsHelp(metric(name)))).toEqual([false, false]);
  });
});
