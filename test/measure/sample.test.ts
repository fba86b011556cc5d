/** The timed loops around a model that takes as long as it is told, on a clock that stands still otherwise. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MeasureTask } from '../../src/measure/messages.js';
import {
  capacityFor,
  MAX_SAMPLES,
  MIN_WARMUP,
  RepeatedFailure,
  sample,
  warmUp,
  type Serve,
} from '../../src/measure/sample.js';

const MS = 1e6;
let clock: number;

beforeEach(() => {
  clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock / MS);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A model whose request `index` takes so many ns, and throws when that is negative. */
const model = (takes: (index: number) => number): { serve: Serve; asked: number[] } => {
  const asked: number[] = [];
  return {
    asked,
    serve: async (index) => {
      asked.push(index);
      const duration = takes(index);
      clock += Math.abs(duration);
      if (duration < 0) throw new Error(`request ${index} failed`);
    },
  };
};

const bySamples = (samples: number): MeasureTask['sampling'] => ({
  samples,
  duration: null,
  minSamples: samples,
});
const byTime = (duration: number, minSamples: number): MeasureTask['sampling'] => ({
  samples: null,
  duration,
  minSamples,
});

describe('sample', () => {
  it('takes exactly so many samples, with the time of each and when it began', async () => {
    const { serve, asked } = model((index) => (index + 1) * MS);
    const sampled = await sample(serve, bySamples(4), 0, 4);
    expect(asked).toEqual([0, 1, 2, 3]);
    expect([...sampled.durations]).toEqual([1, 2, 3, 4].map((ms) => ms * MS));
    expect([...sampled.starts]).toEqual([0, 1, 3, 6].map((ms) => ms * MS));
    expect(sampled).toMatchObject({ elapsed: 10 * MS, errors: 0 });
  });

  it('by time: until the duration is over and the least number is taken', async () => {
    const enough = await sample(model(() => MS).serve, byTime(20 * MS, 5), 0, 1000);
    expect(enough.durations).toHaveLength(20);
    const few = await sample(model(() => 10 * MS).serve, byTime(20 * MS, 5), 0, 1000);
    expect(few.durations).toHaveLength(5);
  });

  it('by time: at the latest after ten durations', async () => {
    const sampled = await sample(model(() => 50 * MS).serve, byTime(20 * MS, 300), 0, 1000);
    expect(sampled.durations).toHaveLength(4);
    expect(sampled.elapsed).toBe(200 * MS);
  });

  it('by time: when there is no more room', async () => {
    const sampled = await sample(model(() => 1000).serve, byTime(20 * MS, 5), 0, 7);
    expect(sampled.durations).toHaveLength(7);
  });

  it('counts failed requests, leaves them out of the samples, and takes others instead', async () => {
    const { serve, asked } = model((index) => (index % 3 === 1 ? -2 * MS : MS));
    const sampled = await sample(serve, bySamples(4), 0, 4);
    expect(asked).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...sampled.durations]).toEqual([MS, MS, MS, MS]);
    expect([...sampled.starts]).toEqual([0, 3 * MS, 4 * MS, 7 * MS]);
    expect(sampled).toMatchObject({ errors: 2, elapsed: 8 * MS });
    expect(sampled.lastError).toEqual(new Error('request 4 failed'));
  });

  it('gives up after five failures in a row, with the last of them', async () => {
    const { serve, asked } = model((index) => (index < 2 ? MS : -MS));
    const failure: unknown = await sample(serve, bySamples(100), 0, 100).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RepeatedFailure);
    expect((failure as RepeatedFailure).cause).toEqual(new Error('request 6 failed'));
    expect(asked).toHaveLength(7);
  });

  it('goes on when failures are not in a row', async () => {
    const sampled = await sample(model((index) => (index % 5 === 4 ? MS : -MS)).serve, bySamples(3), 0, 3);
    expect(sampled).toMatchObject({ errors: 12 });
    expect(sampled.durations).toHaveLength(3);
  });

  it('pauses before every request: the pause is in the elapsed time and in no sample', async () => {
    vi.restoreAllMocks();
    const gap = 3 * MS;
    const sampled = await sample(async () => undefined, bySamples(4), gap, 4);
    expect(sampled.elapsed).toBeGreaterThan(4 * gap * 0.99);
    expect(sampled.durations.reduce((sum, value) => sum + value, 0)).toBeLessThan(sampled.elapsed / 2);
    expect(sampled.starts[0]).toBeGreaterThan(gap * 0.99);
  });
});

describe('warmUp', () => {
  it('so many requests as asked for, and tests nothing', async () => {
    const { serve, asked } = model(() => 2 * MS);
    const { warmup, typical } = await warmUp(serve, { requests: 7, maxDuration: 1000 * MS }, 0, 9 * MS);
    expect(asked).toHaveLength(7);
    expect(warmup).toEqual({
      requests: 7,
      elapsed: 14 * MS,
      first: 9 * MS,
      steady: null,
      rule: '7 requests, as asked for',
    });
    expect(typical).toBe(2 * MS);
  });

  it('none at all: the first request is all that is known of the time', async () => {
    const { warmup, typical } = await warmUp(
      model(() => MS).serve,
      { requests: 0, maxDuration: MS },
      0,
      9 * MS,
    );
    expect(warmup).toMatchObject({ requests: 0, elapsed: 0 });
    expect(typical).toBe(9 * MS);
  });

  it('until it is steady, and not before V8 had its time', async () => {
    const { warmup } = await warmUp(model(() => 10_000).serve, { requests: null, maxDuration: 1e12 }, 0, MS);
    expect(warmup.steady).toBe(true);
    expect(warmup.elapsed).toBeGreaterThanOrEqual(MIN_WARMUP);
    expect(warmup.elapsed).toBeLessThan(2 * MIN_WARMUP);
    expect(warmup.rule).toContain('steady when');
  });

  it('until its time is over, when it never is', async () => {
    // Each request takes longer than the last.
    const { warmup } = await warmUp(
      model((index) => (index + 1) * MS).serve,
      { requests: null, maxDuration: 3000 * MS },
      0,
      MS,
    );
    expect(warmup.steady).toBe(false);
    expect(warmup.elapsed).toBeGreaterThan(3000 * MS);
    expect(warmup.elapsed).toBeLessThan(3100 * MS);
  });

  it('takes as typical the median of the latest requests, not of the slow first ones', async () => {
    const { typical } = await warmUp(
      model((index) => (index < 40 ? 100 * MS : MS)).serve,
      { requests: 80, maxDuration: 1e12 },
      0,
      MS,
    );
    expect(typical).toBe(MS);
  });

  it('a failure is one of the round', async () => {
    await expect(warmUp(model(() => -MS).serve, { requests: 3, maxDuration: MS }, 0, MS)).rejects.toThrow(
      'request 0 failed',
    );
  });
});

describe('capacityFor', () => {
  it('is the number of samples asked for, as far as memory goes', () => {
    expect(capacityFor(bySamples(500), 0, MS)).toBe(500);
    expect(capacityFor(bySamples(MAX_SAMPLES + 1), 0, MS)).toBe(MAX_SAMPLES);
  });

  it('by time: room for requests four times as fast as in the warm-up', () => {
    const capacity = capacityFor(byTime(1000 * MS, 300), 0, MS);
    expect(capacity).toBeGreaterThanOrEqual(4000);
    expect(capacity).toBeLessThan(10_000);
  });

  it('by time: pauses make fewer requests; the least number always fits', () => {
    expect(capacityFor(byTime(1000 * MS, 300), 99 * MS, MS)).toBeLessThan(2000);
    expect(capacityFor(byTime(MS, 50_000), 0, MS)).toBe(50_000);
  });

  it('by time: a request that takes no time does not ask for endless room', () => {
    expect(capacityFor(byTime(1e12, 300), 0, 0)).toBe(MAX_SAMPLES);
  });
});
