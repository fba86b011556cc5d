import { describe, expect, it } from 'vitest';
import { effectiveShare } from '../../src/stats/autocorrelation.js';
import { createRandom } from '../../src/stats/random.js';

/** A chain of 0 and 1 that goes up with probability `up` and down with `down`, from its stationary state. */
const chain = (seed: number, n: number, up: number, down: number): Float64Array => {
  const random = createRandom(seed);
  let state = random.next() < up / (up + down) ? 1 : 0;
  return Float64Array.from({ length: n }, () => {
    const value = state;
    if (random.next() < (state === 1 ? down : up)) state = 1 - state;
    return value;
  });
};

const medianShare = (n: number, up: number, down: number): number => {
  const shares = Array.from({ length: 21 }, (_, seed) => effectiveShare(chain(seed, n, up, down), 0.5));
  return shares.toSorted((a, b) => a - b)[10] ?? NaN;
};

describe('effectiveShare', () => {
  // The autocorrelation of such a chain at lag k is r^k with r = 1 - up - down, so that
  // 1 + 2 (r + r^2 + ...) = (1 + r) / (1 - r) requests tell what one independent request tells.
  it.each([
    [10_000, 0.05, 0.05],
    [10_000, 0.01, 0.1],
    [20_000, 0.002, 0.02],
    [100_000, 0.0005, 0.005],
  ])('finds the known value of a Markov chain: n = %d, up %d, down %d', (n, up, down) => {
    const r = 1 - up - down;
    const exact = (1 - r) / (1 + r);
    const found = medianShare(n, up, down);
    expect(found / exact).toBeGreaterThan(0.8);
    expect(found / exact).toBeLessThan(1.3);
  });

  it('is close to 1 for independent values, at any percentile', () => {
    const random = createRandom(1);
    const values = Float64Array.from({ length: 20_000 }, () => Math.exp(random.normal()));
    for (const threshold of [1, 3.6, 10.2]) expect(effectiveShare(values, threshold)).toBeGreaterThan(0.93);
  });

  it('looks at the indicator, not at the values', () => {
    const random = createRandom(2);
    // A slow wave that never crosses the threshold, and independent spikes that do.
    const values = Float64Array.from({ length: 5000 }, (_, index) =>
      random.next() < 0.01 ? 100 : 1 + 0.5 * Math.sin(index / 200),
    );
    expect(effectiveShare(values, 50)).toBeGreaterThan(0.8);
    expect(effectiveShare(values, 1.2)).toBeLessThan(0.05);
  });

  it('does not credit what alternates', () => {
    expect(
      effectiveShare(
        Float64Array.from({ length: 1000 }, (_, index) => index % 2),
        0.5,
      ),
    ).toBe(1);
  });

  it('is 1 where all values are on one side, and for nothing', () => {
    expect(effectiveShare([1, 1, 1, 1], 1)).toBe(1);
    expect(effectiveShare([2, 2, 2], 1)).toBe(1);
    expect(effectiveShare([3], 1)).toBe(1);
    expect(effectiveShare([], 1)).toBe(1);
  });

  it('stays within (0, 1] for one long step, the worst there is', () => {
    for (const n of [2, 3, 10, 1000, 5000]) {
      const share = effectiveShare(
        Float64Array.from({ length: n }, (_, index) => (index < n / 2 ? 0 : 1)),
        0.5,
      );
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThanOrEqual(1);
      if (n >= 1000) expect(share).toBeLessThan(0.02);
    }
  });
});
