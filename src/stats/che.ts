/** The hit rate of an LRU cache before it is measured. */
import { zipfShares } from './zipf.js';

/** Bisections of the characteristic time; each halves its error. */
const STEPS = 60;

/**
 * The share of requests that an LRU cache of `size` entries answers, for independent requests whose
 * items have a Zipf popularity. In steady state item i is in the cache when it was asked for within
 * the last T requests, where T, the same for all items, is the time in which `size` distinct items
 * are asked for: sum of 1 - exp(-p_i T) = size. The hit rate is the sum of p_i (1 - exp(-p_i T)).
 *
 * Source: Che, Tung and Wang, "Hierarchical Web caching systems: modeling, design and experimental
 * results", IEEE JSAC 20(7), 2002; why it is so exact: Fricker, Robert and Roberts, "A versatile and
 * accurate approximation for LRU cache performance", ITC 24, 2012.
 */
export const cheHitRate = (alpha: number, catalogue: number, size: number): number => {
  if (size <= 0) return 0;
  if (size >= catalogue) return 1;
  const shares = zipfShares(alpha, catalogue);
  const distinct = (time: number): number =>
    shares.reduce((sum, share) => sum - Math.expm1(-share * time), 0);
  let low = 0;
  let high = size;
  while (distinct(high) < size) high *= 2;
  for (let step = 0; step < STEPS && high - low > 1e-9 * high; step++) {
    const middle = (low + high) / 2;
    if (distinct(middle) < size) low = middle;
    else high = middle;
  }
  return shares.reduce((sum, share) => sum - share * Math.expm1(-share * high), 0);
};
