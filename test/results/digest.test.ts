import { describe, expect, it } from 'vitest';
import { digestRound, failedRound, type RawRound } from '../../src/results/digest.js';
import { roundSchema } from '../../src/results/schema.js';
import { LatencyHistogram } from '../../src/stats/histogram.js';
import { createRandom } from '../../src/stats/random.js';
import { MS, rawRound, US } from '../helpers/results.js';

const meta = { index: 2, order: 7, startedAt: '2026-01-05T12:00:00.000Z' };

const withDurations = (durations: readonly number[], change: Partial<RawRound> = {}): RawRound => {
  const starts: number[] = [];
  let clock = 0;
  for (const duration of durations) {
    starts.push(clock);
    clock += duration;
  }
  return {
    ...rawRound({}, 1, 0),
    durations: Float64Array.from(durations),
    starts: Float64Array.from(starts),
    elapsed: clock,
    ...change,
  };
};

const noise = (n: number, seed = 3): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => Math.round(2 * MS * Math.exp(0.3 * random.normal())));
};

describe('digestRound', () => {
  it('gives a round that fits the schema, with what the parent knows', () => {
    const round = digestRound(withDurations(noise(400)), meta);
    expect(roundSchema.parse(round)).toEqual(round);
    expect(round).toMatchObject({
      index: 2,
      order: 7,
      startedAt: meta.startedAt,
      state: 'completed',
      n: 400,
    });
  });

  it('takes percentiles from the histogram, and extremes and moments from the samples', () => {
    const durations = noise(400);
    const round = digestRound(withDurations(durations), meta);
    const histogram = LatencyHistogram.of(durations);
    expect(round.latency?.p50).toBe(histogram.quantile(0.5));
    expect(round.latency?.p95).toBe(histogram.quantile(0.95));
    expect(round.latency?.p99).toBe(histogram.quantile(0.99));
    expect(round.latency?.min).toBe(Math.min(...durations));
    expect(round.latency?.max).toBe(Math.max(...durations));
    const mean = durations.reduce((sum, value) => sum + value, 0) / 400;
    const variance = durations.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399;
    expect(round.latency?.mean).toBeCloseTo(mean, 2);
    expect(round.latency?.stdev).toBeCloseTo(Math.sqrt(variance), 2);
    expect(
      LatencyHistogram.decode(round.histogram ?? '', { min: histogram.min, max: histogram.max }).count,
    ).toBe(400);
  });

  it.each([
    ['p50', 5],
    ['p90', 29],
    ['p95', 59],
    ['p99', 299],
    ['p999', 2995],
  ] as const)('refuses %s under %i requests', (stat, need) => {
    expect(digestRound(withDurations(noise(need - 1)), meta).latency?.[stat]).toBeNull();
    expect(digestRound(withDurations(noise(need)), meta).latency?.[stat]).toBeGreaterThan(0);
  });

  it('knows no deviation of a single request', () => {
    const { latency } = digestRound(withDurations([5 * US]), meta);
    expect(latency).toMatchObject({ min: 5 * US, mean: 5 * US, max: 5 * US, stdev: null, p50: null });
  });

  it('leaves idle gaps out of busy and in elapsed', () => {
    const round = digestRound(withDurations(noise(100), { elapsed: 900 * MS }), meta);
    expect(round.elapsed).toBe(900 * MS);
    expect(round.busy).toBe(noise(100).reduce((sum, value) => sum + value, 0));
  });

  it('tells drift and the worth of dependent requests', () => {
    const rising = Array.from({ length: 600 }, (_, index) => MS * (1 + index / 600));
    const round = digestRound(withDurations(rising), meta);
    expect(round.drift).toBeGreaterThan(0.4);
    expect(round.effective?.p50).toBeLessThan(0.1);
    const steady = digestRound(withDurations(noise(600)), meta);
    expect(Math.abs(steady.drift ?? 1)).toBeLessThan(0.1);
    expect(steady.effective?.p50).toBeGreaterThan(0.5);
    expect(digestRound(withDurations(noise(100)), meta).effective?.p99).toBeNull();
  });

  it('sums stages up by their means, and refuses their p99 like any other', () => {
    const n = 100;
    const stage = (level: number): Float64Array =>
      Float64Array.from({ length: n }, (_, index) => level + index);
    const stages = { preprocess: stage(1000), inference: stage(5000), postprocess: stage(200) };
    const round = digestRound(withDurations(noise(n), { stages }), meta);
    expect(round.stages.map(({ name, n: count, mean, p50, p99 }) => [name, count, mean, p50, p99])).toEqual([
      ['preprocess', n, 1049.5, 1049, null],
      ['inference', n, 5049.5, 5049, null],
      ['postprocess', n, 249.5, 249, null],
    ]);
  });

  it('calls a round without a single answer a failed one', () => {
    const round = digestRound(withDurations([], { errors: 4 }), meta);
    expect(round).toMatchObject({ state: 'failed', n: 0, errors: 4, latency: null, histogram: null });
    expect(round.reason).toMatchObject({ kind: 'no-samples' });
    expect(round.reason?.message).toContain('4 failed');
  });

  it('refuses durations that are none', () => {
    expect(() => digestRound(withDurations([MS, Number.NaN]), meta)).toThrow(RangeError);
    expect(() => digestRound(withDurations([MS, -1]), meta)).toThrow(RangeError);
  });
});

describe('failedRound', () => {
  it('says why and holds no number', () => {
    const reason = { kind: 'deadline', message: 'no answer within 60.0 s', phase: 'warm-up' };
    const round = failedRound('timed-out', reason, meta);
    expect(roundSchema.parse(round)).toEqual(round);
    expect(round).toMatchObject({
      state: 'timed-out',
      reason,
      n: 0,
      latency: null,
      histogram: null,
      windows: [],
    });
  });
});
