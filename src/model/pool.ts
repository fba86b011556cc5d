/** How many requests a pool has, and which sizes each of them has. Pure. */
import type { Random } from '../stats/random.js';

/**
 * Shares out `total` by weight so that the counts add up and each is within one of its exact share
 * (largest remainder, Hamilton's method), and no part gets none: `total` is at least their number.
 */
export const shareOut = (weights: readonly number[], total: number): number[] => {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const exact = weights.map((weight) => (weight / sum) * total);
  const counts = exact.map(Math.floor);
  const left = total - counts.reduce((all, count) => all + count, 0);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, left)) counts[index] = (counts[index] ?? 0) + 1;
  for (let index = counts.indexOf(0); index >= 0; index = counts.indexOf(0)) {
    counts[counts.indexOf(Math.max(...counts))] = Math.max(...counts) - 1;
    counts[index] = 1;
  }
  return counts;
};

/** For each request of a pool, the part of the mix it belongs to: shares by weight, in random order. */
export const arrangePool = (weights: readonly number[], size: number, random: Random): number[] => {
  const total = Math.max(size, weights.length);
  const parts = shareOut(weights, total).flatMap((count, part) => Array.from({ length: count }, () => part));
  return weights.length > 1 ? random.shuffle(parts) : parts;
};

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Requests of `batch` items that can be taken from `count` items in order before the first comes again. */
export const distinctBatches = (count: number, batch: number): number => count / gcd(count, batch);
