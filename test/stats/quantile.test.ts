import { describe, expect, it } from 'vitest';
import {
  medianOf,
  nearestRank,
  orderStatisticInterval,
  rankOf,
  samplesNeeded,
} from '../../src/stats/quantile.js';
import { createRandom } from '../../src/stats/random.js';

describe('rankOf', () => {
  it('is ceil(p*n), not moved by the rounding of the product', () => {
    expect(0.07 * 100).toBeGreaterThan(7);
    expect(rankOf(0.07, 100)).toBe(7);
    expect(rankOf(0.071, 100)).toBe(8);
    expect(rankOf(0.5, 4)).toBe(2);
    expect(rankOf(0.5, 5)).toBe(3);
    expect(rankOf(0.999, 1000)).toBe(999);
    expect(rankOf(0.999, 1001)).toBe(1000);
  });

  it('agrees with whole-number arithmetic for every percentile of every n', () => {
    const wrong: string[] = [];
    for (let n = 1; n <= 2000; n++) {
      for (let permille = 1; permille < 1000; permille++) {
        const exact = Math.floor((permille * n + 999) / 1000);
        if (rankOf(permille / 1000, n) !== exact) wrong.push(`${permille}/1000 of ${n}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('stays in 1..n', () => {
    expect(rankOf(0, 10)).toBe(1);
    expect(rankOf(1, 10)).toBe(10);
    expect(rankOf(1e-9, 1)).toBe(1);
    expect(() => rankOf(0.5, 0)).toThrow(RangeError);
    expect(() => rankOf(1.01, 5)).toThrow(RangeError);
    expect(() => rankOf(Number.NaN, 5)).toThrow(RangeError);
  });
});

describe('nearestRank', () => {
  it('is always a measured value', () => {
    // The example of the nearest-rank method in Wikipedia's article on percentiles.
    const sorted = [15, 20, 35, 40, 50];
    expect([0.05, 0.3, 0.4, 0.5, 1].map((p) => nearestRank(sorted, p))).toEqual([15, 20, 20, 35, 50]);
  });

  it('does with one value, with ties, and not without values', () => {
    expect(nearestRank([7], 0.99)).toBe(7);
    expect(nearestRank([1, 2, 2, 2, 3], 0.5)).toBe(2);
    expect(() => nearestRank([], 0.5)).toThrow(RangeError);
  });
});

describe('medianOf', () => {
  it('sorts as numbers and leaves its argument alone', () => {
    const values = [10, 9, 100];
    expect(medianOf(values)).toBe(10);
    expect(values).toEqual([10, 9, 100]);
    expect(medianOf(Float64Array.of(4, 1, 3, 2))).toBe(2);
  });
});

describe('samplesNeeded', () => {
  it('gives the published numbers', () => {
    expect([0.95, 0.99, 0.999].map((p) => samplesNeeded(p, { sided: 'one' }))).toEqual([59, 299, 2995]);
    expect([0.95, 0.99, 0.999].map((p) => samplesNeeded(p, { sided: 'two' }))).toEqual([72, 368, 3688]);
    expect(samplesNeeded(0.9, { sided: 'one', level: 0.9 })).toBe(22);
    expect(samplesNeeded(0.5, { sided: 'two' })).toBe(6);
  });

  it('is the smallest such n', () => {
    for (const p of [0.5, 0.9, 0.95, 0.99, 0.999]) {
      const one = samplesNeeded(p, { sided: 'one' });
      expect(1 - p ** one).toBeGreaterThanOrEqual(0.95);
      expect(1 - p ** (one - 1)).toBeLessThan(0.95);
      const two = samplesNeeded(p, { sided: 'two' });
      expect(orderStatisticInterval(two, p, 0.95)).not.toBeNull();
      expect(orderStatisticInterval(two - 1, p, 0.95)).toBeNull();
    }
  });

  it('needs as many for a low percentile as for its mirror, with two sides', () => {
    expect(samplesNeeded(0.01, { sided: 'two' })).toBe(368);
  });
});

describe('orderStatisticInterval', () => {
  // [stats.quantile_test(range(1, n + 1), p=p, q=0).confidence_interval(level) for n, p, level in ...]
  it.each([
    [6, 0.5, 0.95, 1, 6],
    [10, 0.5, 0.95, 2, 9],
    [20, 0.5, 0.95, 6, 15],
    [100, 0.5, 0.95, 40, 61],
    [100, 0.9, 0.95, 84, 96],
    [1000, 0.99, 0.95, 983, 997],
    [100000, 0.999, 0.99, 99873, 99926],
    [368, 0.99, 0.95, 360, 368],
  ])('n = %d, p = %d, level %d', (n, p, level, lower, upper) => {
    expect(orderStatisticInterval(n, p, level)).toEqual({ lower, upper });
  });

  it('refuses a sample that is too small', () => {
    expect(orderStatisticInterval(1, 0.5, 0.95)).toBeNull();
    expect(orderStatisticInterval(5, 0.5, 0.95)).toBeNull();
    expect(orderStatisticInterval(299, 0.99, 0.95)).toBeNull();
  });

  it('covers the quantile of independent samples', () => {
    const random = createRandom(11);
    const n = 100;
    const ranks = orderStatisticInterval(n, 0.9, 0.95);
    if (ranks === null) throw new Error('100 values are enough for p90');
    let covered = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const sorted = Float64Array.from({ length: n }, () => random.next()).sort();
      if ((sorted[ranks.lower - 1] ?? 1) <= 0.9 && (sorted[ranks.upper - 1] ?? 0) >= 0.9) covered++;
    }
    // The exact coverage of ranks 84 and 96 is 0.9557; three standard errors are 0.01.
    expect(covered / 4000).toBeGreaterThan(0.945);
    expect(covered / 4000).toBeLessThan(0.966);
  });
});
