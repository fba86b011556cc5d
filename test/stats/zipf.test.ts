import { describe, expect, it } from 'vitest';
import { cheHitRate } from '../../src/stats/che.js';
import { createRandom } from '../../src/stats/random.js';
import { createZipf, zipfShares } from '../../src/stats/zipf.js';

describe('zipfShares', () => {
  it('is uniform at 0, and 1/r over the harmonic number at 1', () => {
    expect([...zipfShares(0, 4)]).toEqual([0.25, 0.25, 0.25, 0.25]);
    const harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4;
    const shares = zipfShares(1, 4);
    [1, 2, 3, 4].forEach((rank) => expect(shares[rank - 1]).toBeCloseTo(1 / rank / harmonic, 12));
  });

  it('refuses what is no distribution', () => {
    expect(() => zipfShares(-1, 4)).toThrow(RangeError);
    expect(() => zipfShares(Number.NaN, 4)).toThrow(RangeError);
    expect(() => zipfShares(1, 0)).toThrow(RangeError);
  });
});

describe('createZipf', () => {
  it.each([0, 0.64, 0.99, 1.2])('draws ranks as often as their shares say, at %f', (alpha) => {
    const draws = 400_000;
    const counts = new Float64Array(50);
    const draw = createZipf(alpha, 50);
    const random = createRandom(7);
    for (let index = 0; index < draws; index++) {
      const rank = draw(random);
      counts[rank] = (counts[rank] ?? 0) + 1;
    }
    const shares = zipfShares(alpha, 50);
    // Pearson's statistic over 49 degrees of freedom: over 85.4 in one of a thousand runs.
    const statistic = counts.reduce((sum, count, rank) => {
      const expected = (shares[rank] ?? 0) * draws;
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    expect(statistic).toBeLessThan(85.4);
  });

  it('draws the same from the same seed', () => {
    const draw = createZipf(0.8, 1000);
    const list = (seed: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: 100 }, () => draw(random));
    };
    expect(list(3)).toEqual(list(3));
    expect(list(3)).not.toEqual(list(4));
  });
});

describe('cheHitRate', () => {
  it('is the share of the catalogue when all items are as popular', () => {
    expect(cheHitRate(0, 1000, 100)).toBeCloseTo(0.1, 6);
  });

  it('is none without a cache, and all when everything fits', () => {
    expect(cheHitRate(0.9, 1000, 0)).toBe(0);
    expect(cheHitRate(0.9, 1000, 1000)).toBe(1);
  });

  it('grows with the size and with the popularity of the first items', () => {
    const rates = [10, 100, 500].map((size) => cheHitRate(0.8, 1000, size));
    expect(rates).toEqual(rates.toSorted((a, b) => a - b));
    const alphas = [0, 0.5, 1, 1.5].map((alpha) => cheHitRate(alpha, 1000, 50));
    expect(alphas).toEqual(alphas.toSorted((a, b) => a - b));
  });

  it('of two items and one entry is the chance of the same item twice', () => {
    // The approximation is rough for a cache of one entry: 2 points or so.
    const [first, second] = zipfShares(1, 2);
    const exact = (first ?? 0) ** 2 + (second ?? 0) ** 2;
    expect(Math.abs(cheHitRate(1, 2, 1) - exact)).toBeLessThan(0.05);
  });
});
