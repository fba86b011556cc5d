import { describe, expect, it } from 'vitest';
import { arrangePool, distinctBatches, shareOut } from '../../src/model/pool.js';
import { createRandom } from '../../src/stats/random.js';

describe('shareOut', () => {
  it.each([
    [[2, 1], 6, [4, 2]],
    [[2, 1], 32, [21, 11]],
    [[1, 1, 1], 10, [4, 3, 3]],
    [[0.5, 0.3, 0.2], 10, [5, 3, 2]],
    [[3], 7, [7]],
    // The example of largest remainders: exact shares 7.4, 2.3, 0.3 of 10.
    [[74, 23, 3], 10, [7, 2, 1]],
    [[1000, 1, 1], 8, [6, 1, 1]],
    [[1, 1], 2, [1, 1]],
  ])('shares by %j in %i', (weights, total, expected) => {
    expect(shareOut(weights, total)).toEqual(expected);
  });

  it('adds up and leaves no part without any, whatever the weights', () => {
    const random = createRandom(7);
    for (let trial = 0; trial < 200; trial += 1) {
      const weights = Array.from({ length: 1 + random.int(8) }, () => 10 ** (4 * random.next()));
      const total = weights.length + random.int(40);
      const counts = shareOut(weights, total);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total);
      expect(Math.min(...counts)).toBeGreaterThan(0);
    }
  });
});

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe('arrangePool', () => {
  it('holds the shares in an order that only the seed decides', () => {
    const arrange = (seed: number) => arrangePool([2, 1], 12, createRandom(seed));
    expect(ascending(arrange(1))).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(arrange(1)).toEqual(arrange(1));
    expect(arrange(1)).not.toEqual(arrange(2));
    expect(arrange(1)).not.toEqual(ascending(arrange(1)));
  });

  it('has at least one request for each part', () => {
    expect(ascending(arrangePool([5, 1, 1], 2, createRandom(1)))).toEqual([0, 1, 2]);
  });
});

it('counts the batches until items repeat', () => {
  expect(distinctBatches(100, 10)).toBe(10);
  expect(distinctBatches(100, 8)).toBe(25);
  expect(distinctBatches(7, 3)).toBe(7);
  expect(distinctBatches(3, 8)).toBe(3);
  expect(distinctBatches(4, 8)).toBe(1);
});
