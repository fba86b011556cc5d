import { describe, expect, it } from 'vitest';
import { failedRound } from '../../src/results/digest.js';
import { cellSchema, LATENCY_STATS, type CellResult } from '../../src/results/schema.js';
import { summariseCell } from '../../src/results/summarise.js';
import { LatencyHistogram } from '../../src/stats/histogram.js';
import { roundsInterval } from '../../src/stats/intervals.js';
import { deriveSeed } from '../../src/stats/random.js';
import { buildResults, MS, rawRound, type SyntheticCell } from '../helpers/results.js';

const build = (cell: SyntheticCell, rounds = 5): CellResult =>
  buildResults({ cells: [cell], policy: { fixed: rounds }, seed: 11 }).cells[0]!;

const samplesOf = (spec: SyntheticCell, cell: CellResult): number[] =>
  cell.rounds.flatMap((round) => [...rawRound(spec, deriveSeed(11, cell.id), round.index).durations]);

describe('summariseCell', () => {
  const spec: SyntheticCell = { p50: 3 * MS, samples: 400, params: { batch: 2 } };
  const cell = build(spec);
  const all = samplesOf(spec, cell);

  it('fits the schema', () => {
    expect(cellSchema.parse(cell)).toEqual(cell);
    expect(Object.keys(cell.latency ?? {})).toEqual([...LATENCY_STATS]);
  });

  it('pools all rounds for the value', () => {
    const pooled = LatencyHistogram.of(all);
    expect(cell.n).toBe(2000);
    expect(cell.latency?.p50.value).toBe(pooled.quantile(0.5));
    expect(cell.latency?.p99.value).toBe(pooled.quantile(0.99));
    expect(cell.latency?.min.value).toBe(Math.min(...all));
    expect(cell.latency?.max.value).toBe(Math.max(...all));
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    expect(cell.latency?.mean.value).toBeCloseTo(mean, 1);
    const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1);
    expect(cell.latency?.stdev.value).toBeCloseTo(Math.sqrt(variance), 1);
    expect(
      LatencyHistogram.decode(cell.histogram ?? '', { min: Math.min(...all), max: Math.max(...all) }).count,
    ).toBe(2000);
  });

  it('takes the interval from the rounds and not from the requests', () => {
    for (const stat of LATENCY_STATS.filter((name) => name !== 'p999')) {
      const estimate = cell.latency?.[stat];
      const values = cell.rounds.map((round) => round.latency?.[stat] ?? 0);
      expect(estimate?.interval).toEqual(
        roundsInterval(values, { level: 0.95, pooled: estimate?.value ?? 0 }),
      );
      expect(estimate).toMatchObject({ n: 2000, rounds: 5 });
      expect(estimate?.reason).toBeUndefined();
    }
  });

  it('refuses a percentile that one round is too small for, and says what it needs', () => {
    expect(cell.latency?.p999).toEqual({
      value: null,
      n: 2000,
      rounds: 5,
      interval: null,
      reason: 'a round has 400 requests, p99.9 needs 2995',
      need: 2995,
    });
    const uneven = build({
      raw: (round, raw) => (round === 3 ? { durations: raw.durations.slice(0, 298) } : {}),
    });
    expect(uneven.latency?.p99).toMatchObject({ value: null, interval: null, need: 299 });
    expect(uneven.latency?.p99.reason).toContain('298 requests');
    expect(uneven.latency?.p95.value).toBeGreaterThan(0);
  });

  it('has no interval for one process, and says so', () => {
    const one = build(spec, 1);
    expect(one.latency?.p50.value).toBe(one.rounds[0]?.latency?.p50);
    expect(one.latency?.p50).toMatchObject({ interval: null, rounds: 1, reason: 'one process: no interval' });
    expect(one.throughput).toMatchObject({ interval: null, reason: 'one process: no interval' });
  });

  it('counts throughput in items over all of the time, idle gaps included', () => {
    const idle = build({ ...spec, idle: 2 * MS });
    const elapsed = idle.rounds.reduce((sum, round) => sum + round.elapsed, 0);
    expect(idle.throughput?.value).toBeCloseTo((2000 * 2 * 1e9) / elapsed, 6);
    const each = idle.rounds.map((round) => (round.n * 2 * 1e9) / round.elapsed);
    expect(idle.throughput?.interval?.low).toBeLessThan(Math.min(...each) * 1.05);
    expect(idle.throughput?.value).toBeLessThan((cell.throughput?.value ?? 0) * 0.7);
  });

  it('shows the windows of the round with the median p50', () => {
    const middle = cell.rounds.toSorted((a, b) => (a.latency?.p50 ?? 0) - (b.latency?.p50 ?? 0))[2];
    expect(cell.windows).toEqual(middle?.windows);
    expect(cell.windows.length).toBeGreaterThan(5);
  });

  it('adds up warm-up and memory', () => {
    const warm = build({
      raw: (round, raw) => ({
        warmup: { ...raw.warmup, requests: 10 * (round + 1), steady: round > 1 },
      }),
      peak: 100 * 2 ** 20,
    });
    expect(warm.warmup).toEqual({ requests: 30, neverSteady: 2 });
    expect(warm.memory).toEqual({ peak: 100 * 2 ** 20 + 4 * 4096 });
    const unknown = build({ raw: () => ({ memory: { beforeModel: null, afterLoad: null, peak: null } }) });
    expect(unknown.memory).toEqual({ peak: null });
  });

  it('does not count a fixed warm-up as never steady', () => {
    const fixed = build({ raw: (_, raw) => ({ warmup: { ...raw.warmup, steady: null } }) });
    expect(fixed.warmup?.neverSteady).toBe(0);
  });

  it('adds stages up over rounds: means by requests, percentiles as the median of the rounds', () => {
    const staged = build({
      samples: 100,
      raw: (round) => {
        const part = (level: number): Float64Array => new Float64Array(100).fill(level * (round + 1));
        return { stages: { preprocess: part(100), inference: part(1000), postprocess: part(10) } };
      },
    });
    expect(staged.stages).toEqual([
      { name: 'preprocess', n: 500, mean: 300, p50: 300, p99: null },
      { name: 'inference', n: 500, mean: 3000, p50: 3000, p99: null },
      { name: 'postprocess', n: 500, mean: 30, p50: 30, p99: null },
    ]);
    expect(cell.stages).toEqual([]);
  });

  it('is the same when done again', () => {
    expect(summariseCell(cell)).toEqual(cell);
  });
});

describe('the state of a cell', () => {
  const base = build({});
  const broken = failedRound(
    'timed-out',
    { kind: 'deadline', message: 'no answer within 60.0 s' },
    { index: 5, order: 5, startedAt: '' },
  );

  it('is completed with a measured round, and the reason of an interruption goes', () => {
    expect(base.state).toBe('completed');
    const resumed = summariseCell({
      ...base,
      state: 'aborted',
      reason: { kind: 'interrupted', message: 'x' },
    });
    expect(resumed.state).toBe('completed');
    expect(resumed.reason).toBeUndefined();
  });

  it('is as it was without one', () => {
    expect(summariseCell({ ...base, state: 'pending', rounds: [] })).toMatchObject({
      state: 'pending',
      n: 0,
      latency: null,
      throughput: null,
      histogram: null,
      warmup: null,
      memory: null,
      windows: [],
    });
    expect(buildResults({ cells: [{ state: 'skipped' }] }).cells[0]).toMatchObject({
      state: 'skipped',
      reason: { kind: 'no-hardware' },
    });
  });

  it('is that of a failed round, whose reason it takes; what was measured before stays', () => {
    const cell = summariseCell({ ...base, rounds: [...base.rounds, broken] });
    expect(cell).toMatchObject({ state: 'timed-out', reason: { kind: 'deadline' }, n: 2000 });
    expect(cell.latency).toEqual(base.latency);
  });

  it('keeps a failure that was set explicitly', () => {
    const reason = { kind: 'killed', message: 'killed by SIGKILL' };
    expect(summariseCell({ ...base, state: 'failed', reason })).toMatchObject({ state: 'failed', reason });
  });

  it('counts the failed requests of all rounds', () => {
    expect(build({ errors: 3 })).toMatchObject({ errors: 15, n: 2000 });
  });
});
