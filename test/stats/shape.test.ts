import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../src/stats/histogram.js';
import { createRandom, type Random } from '../../src/stats/random.js';
import { bimodality, driftOf, outlierLimit, outlierShare } from '../../src/stats/shape.js';

const MS = 1_000_000;

const histogramOf = (seed: number, n: number, draw: (random: Random) => number): LatencyHistogram => {
  const random = createRandom(seed);
  return LatencyHistogram.of(Float64Array.from({ length: n }, () => MS * draw(random)));
};

const lognormal =
  (sigma: number) =>
  (random: Random): number =>
    Math.exp(sigma * random.normal());

/** Two ways of being served: a share of the requests takes `factor` as long. */
const mix =
  (share: number, factor: number, sigma: number) =>
  (random: Random): number =>
    (random.next() < share ? factor : 1) * Math.exp(sigma * random.normal());

describe('driftOf', () => {
  const series = (n: number, at: (position: number) => number): Float64Array =>
    Float64Array.from({ length: n }, (_, index) => MS * at(index / (n - 1)));

  it('is the relative change of the median from the first to the last third', () => {
    expect(driftOf(series(300, () => 3))).toBe(0);
    // A line from 1 to 2: the medians of the outer thirds are 7/6 and 11/6.
    expect(driftOf(series(3000, (position) => 1 + position))).toBeCloseTo(4 / 7, 2);
    expect(driftOf(series(3000, (position) => 2 - position))).toBeCloseTo(-4 / 11, 2);
  });

  it('is not moved by the middle, nor by outliers', () => {
    expect(driftOf(series(300, (position) => (position > 0.4 && position < 0.6 ? 9 : 1)))).toBe(0);
    const values = series(300, () => 1);
    for (let index = 200; index < 240; index++) values[index] = 100 * MS;
    expect(driftOf(values)).toBe(0);
  });

  it('says nothing of a short round, nor of durations of 0', () => {
    expect(driftOf(series(59, () => 1))).toBeNull();
    expect(driftOf(series(60, () => 1))).toBe(0);
    expect(driftOf(new Float64Array(0))).toBeNull();
    expect(driftOf(new Float64Array(90))).toBeNull();
  });
});

describe('bimodality', () => {
  it('finds two modes, where they are and how many requests are in the slow one', () => {
    for (const n of [300, 1000, 10_000]) {
      const found = bimodality(histogramOf(n, n, mix(0.3, 2, 0.1)));
      if (found === null) throw new Error(`none found among ${n}`);
      expect(found.modes[0] / MS).toBeGreaterThan(0.9);
      expect(found.modes[0] / MS).toBeLessThan(1.1);
      expect(found.modes[1] / MS).toBeGreaterThan(1.8);
      expect(found.modes[1] / MS).toBeLessThan(2.2);
      expect(found.valley / MS).toBeGreaterThan(1.2);
      expect(found.valley / MS).toBeLessThan(1.7);
      expect(Math.abs(found.share - 0.3)).toBeLessThan(0.08);
    }
  });

  it.each([
    ['70/30, 2x apart, even', mix(0.3, 2, 0.05)],
    ['70/30, 2x apart, spread 15%', mix(0.3, 2, 0.15)],
    ['85/15, 2x apart', mix(0.15, 2, 0.1)],
    ['half and half, 20% apart', mix(0.5, 1.2, 0.03)],
    ['three modes', (random: Random) => (1 << random.int(3)) * Math.exp(0.05 * random.normal())],
  ] as const)('finds %s', (_, draw) => {
    const found = Array.from({ length: 20 }, (__, seed) => bimodality(histogramOf(seed, 1000, draw)));
    expect(found.filter((result) => result !== null)).toHaveLength(20);
  });

  it.each([
    ['a lognormal of sigma 0.3', lognormal(0.3)],
    ['a lognormal of sigma 0.01', lognormal(0.01)],
    ['a wide lognormal', lognormal(0.6)],
    ['1% outliers', mix(0.01, 10, 0.05)],
    ['5% outliers', mix(0.05, 3, 0.05)],
    ['an exponential tail', (random: Random) => 1 - 0.2 * Math.log(1 - random.next())],
    ['an even spread', (random: Random) => 1 + random.next()],
    ['modes too close to matter', mix(0.5, 1.07, 0.01)],
    ['one value', () => 1],
  ] as const)('finds none in %s', (_, draw) => {
    for (const n of [300, 1000, 5000]) {
      const found = Array.from({ length: 20 }, (__, seed) => bimodality(histogramOf(seed, n, draw)));
      // By chance, one in a hundred rounds of 300 may show a valley.
      expect(found.filter((result) => result !== null).length).toBeLessThanOrEqual(n < 1000 ? 1 : 0);
    }
  });

  it('does not judge under 100 requests', () => {
    expect(bimodality(histogramOf(1, 99, mix(0.3, 2, 0.05)))).toBeNull();
    expect(bimodality(histogramOf(1, 100, mix(0.3, 2, 0.05)))).not.toBeNull();
    expect(bimodality(LatencyHistogram.of([]))).toBeNull();
  });
});

describe('outliers', () => {
  it('are beyond the median and 14.826 median absolute deviations', () => {
    // Median 100, deviations 0, 10, 10, 20, 20, ...: the fourth of seven is 20.
    const histogram = LatencyHistogram.of([70, 80, 90, 100, 110, 120, 500]);
    expect(outlierLimit(histogram)).toBeCloseTo(100 + 14.826 * 20, 9);
    expect(outlierShare(histogram)).toBeCloseTo(1 / 7, 12);
  });

  it('count the share of far out requests, the slow ones only', () => {
    expect(outlierShare(histogramOf(1, 10_000, mix(0.01, 10, 0.05)))).toBeCloseTo(0.01, 2);
    expect(outlierShare(histogramOf(2, 10_000, mix(0.01, 0.1, 0.05)))).toBe(0);
    expect(outlierShare(histogramOf(3, 10_000, lognormal(0.3)))).toBe(0);
  });

  it('are not what a very even latency has a little off', () => {
    // Over half of the values are equal, so that the deviation is 0 and counts as 1%.
    const histogram = LatencyHistogram.of([...new Array<number>(99).fill(1000), 1100]);
    expect(outlierLimit(histogram)).toBeCloseTo(1148.26, 9);
    expect(outlierShare(histogram)).toBe(0);
  });

  it('ask for values', () => {
    expect(() => outlierShare(LatencyHistogram.of([]))).toThrow(RangeError);
  });
});
