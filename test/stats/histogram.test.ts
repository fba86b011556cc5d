import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../src/stats/histogram.js';
import { nearestRank } from '../../src/stats/quantile.js';
import { createRandom } from '../../src/stats/random.js';

const lognormal = (seed: number, n: number, median: number, sigma: number): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length: n }, () => Math.round(median * Math.exp(sigma * random.normal())));
};

const PERCENTILES = [0.001, 0.01, 0.07, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

describe('quantile', () => {
  it('is nearest rank within one bucket: never below the value, at most 0.1% above', () => {
    for (const median of [300, 17_000, 2_500_000, 400_000_000, 20_000_000_000]) {
      const values = lognormal(median, 999, median, 0.4);
      const histogram = LatencyHistogram.of(values);
      const sorted = values.toSorted();
      for (const p of PERCENTILES) {
        const exact = nearestRank(sorted, p);
        expect(histogram.quantile(p)).toBeGreaterThanOrEqual(exact);
        expect(histogram.quantile(p)).toBeLessThanOrEqual(exact * 1.001);
      }
    }
  });

  it('uses the rank ceil(p*n), where the library asks one rank more', () => {
    const histogram = LatencyHistogram.of(Float64Array.from({ length: 100 }, (_, index) => index + 1));
    expect(histogram.quantile(0.07)).toBe(7);
    expect(histogram.quantile(0.071)).toBe(8);
    expect(histogram.quantile(0)).toBe(1);
  });

  it('never leaves [min, max]', () => {
    const histogram = LatencyHistogram.of([1_000_001, 1_000_003]);
    expect(histogram.quantile(0.5)).toBe(1_000_001);
    expect(histogram.quantile(0.99)).toBe(1_000_003);
    expect(LatencyHistogram.of([123_456_789]).quantile(0.5)).toBe(123_456_789);
  });

  it('refuses an empty histogram and a level that is none', () => {
    expect(() => LatencyHistogram.of([]).quantile(0.5)).toThrow(RangeError);
    expect(() => LatencyHistogram.of([1]).quantile(1.5)).toThrow(RangeError);
  });
});

describe('of', () => {
  it('keeps count, min and max exactly', () => {
    const histogram = LatencyHistogram.of([5_000_017, 1_234_567, 987_654_321]);
    expect([histogram.count, histogram.min, histogram.max]).toEqual([3, 1_234_567, 987_654_321]);
  });

  it('rounds to whole nanoseconds, at least 1', () => {
    const histogram = LatencyHistogram.of([0, 0.4, 1.6]);
    expect([...histogram.entries()]).toEqual([
      { from: 1, to: 1, count: 2 },
      { from: 2, to: 2, count: 1 },
    ]);
    expect([histogram.min, histogram.max]).toEqual([1, 2]);
  });

  it('refuses what is no duration', () => {
    for (const bad of [Number.NaN, -1, Infinity, 2 ** 54]) {
      expect(() => LatencyHistogram.of([1, bad])).toThrow(RangeError);
    }
  });

  it('holds more than an hour', () => {
    const twoHours = 7_200_000_000_000;
    const histogram = LatencyHistogram.of([1, twoHours]);
    expect(histogram.quantile(1)).toBe(twoHours);
    const read = LatencyHistogram.decode(histogram.encode(), histogram);
    expect(read.quantile(1)).toBe(twoHours);
  });

  it('of nothing is empty', () => {
    const histogram = LatencyHistogram.of([]);
    expect(histogram.count).toBe(0);
    expect([...histogram.entries()]).toEqual([]);
    expect(histogram.min).toBeNaN();
    expect(LatencyHistogram.decode(histogram.encode(), { min: 0, max: 0 }).count).toBe(0);
  });
});

describe('entries', () => {
  it('adds up to the values, in order, without gaps in what they hold', () => {
    const values = lognormal(5, 5000, 2_000_000, 1);
    const entries = [...LatencyHistogram.of(values).entries()];
    expect(entries.reduce((sum, entry) => sum + entry.count, 0)).toBe(5000);
    let before = 0;
    for (const { from, to, count } of entries) {
      expect(from).toBeGreaterThan(before);
      expect(to).toBeGreaterThanOrEqual(from);
      expect(values.filter((value) => value >= from && value <= to).length).toBe(count);
      before = to;
    }
  });
});

describe('merge', () => {
  it('equals recording all the values at once, to the byte of its encoding', () => {
    const rounds = [1, 2, 3].map((seed) => lognormal(seed, 700, seed * 1_000_000, 0.5));
    const merged = LatencyHistogram.merge(rounds.map((round) => LatencyHistogram.of(round)));
    const whole = LatencyHistogram.of(rounds.flatMap((round) => [...round]));
    expect(merged.encode()).toBe(whole.encode());
    expect([merged.count, merged.min, merged.max]).toEqual([whole.count, whole.min, whole.max]);
    for (const p of PERCENTILES) expect(merged.quantile(p)).toBe(whole.quantile(p));
  });

  it('takes histograms of different range, after decoding too', () => {
    const long = LatencyHistogram.of([7_300_000_000_000]);
    const short = LatencyHistogram.of([100, 200]);
    const merged = LatencyHistogram.merge(
      [long, short].map((part) => LatencyHistogram.decode(part.encode(), part)),
    );
    expect(merged.encode()).toBe(LatencyHistogram.of([100, 200, 7_300_000_000_000]).encode());
    expect([merged.min, merged.max]).toEqual([100, 7_300_000_000_000]);
  });

  it('leaves out empty ones, and of none is empty', () => {
    const merged = LatencyHistogram.merge([LatencyHistogram.of([]), LatencyHistogram.of([42])]);
    expect([merged.count, merged.min, merged.max]).toEqual([1, 42, 42]);
    expect(LatencyHistogram.merge([]).count).toBe(0);
  });
});

describe('encode and decode', () => {
  it('round-trip', () => {
    const histogram = LatencyHistogram.of(lognormal(9, 3000, 40_000_000, 0.3));
    const { min, max } = histogram;
    const read = LatencyHistogram.decode(histogram.encode(), { min, max });
    expect([...read.entries()]).toEqual([...histogram.entries()]);
    for (const p of PERCENTILES) expect(read.quantile(p)).toBe(histogram.quantile(p));
    expect(read.encode()).toBe(histogram.encode());
  });

  it('stay small: under 4 kB for ten thousand values', () => {
    expect(LatencyHistogram.of(lognormal(10, 10_000, 5_000_000, 0.3)).encode().length).toBeLessThan(4096);
  });

  it('refuse what is no histogram, and a min or max of another one', () => {
    const histogram = LatencyHistogram.of([1000, 5000]);
    const text = histogram.encode();
    expect(() => LatencyHistogram.decode('not base64!', { min: 1, max: 2 })).toThrow(RangeError);
    expect(() => LatencyHistogram.decode(text.slice(0, 40), histogram)).toThrow(RangeError);
    expect(() => LatencyHistogram.decode('', histogram)).toThrow(RangeError);
    expect(() => LatencyHistogram.decode(text, { min: 900, max: 5000 })).toThrow(
      'are not those of this histogram',
    );
    expect(() => LatencyHistogram.decode(text, { min: 1000, max: 6000 })).toThrow(
      'are not those of this histogram',
    );
  });
});
