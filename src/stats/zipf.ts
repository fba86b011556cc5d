/** Drawing from a Zipf distribution: item r of n (0-based) with probability proportional to (r + 1)^-alpha. */
import type { Random } from './random.js';

/**
 * The probabilities of a catalogue of `items`, the most popular first; alpha 0 is uniform. Throws
 * RangeError unless alpha is a finite number of at least 0 and `items` a whole number of at least 1.
 */
export const zipfShares = (alpha: number, items: number): Float64Array => {
  if (!Number.isFinite(alpha) || alpha < 0) throw new RangeError(`alpha must be at least 0, not ${alpha}`);
  if (!Number.isInteger(items) || items < 1) throw new RangeError(`a catalogue cannot have ${items} items`);
  const shares = new Float64Array(items);
  let total = 0;
  // The rarest first, so that small terms are added while the sum is small.
  for (let rank = items - 1; rank >= 0; rank--) {
    const weight = (rank + 1) ** -alpha;
    shares[rank] = weight;
    total += weight;
  }
  for (let rank = 0; rank < items; rank++) shares[rank] = (shares[rank] as number) / total;
  return shares;
};

/**
 * Draws ranks from 0 to items - 1, each in constant time.
 *
 * Source: Vose, "A linear algorithm for generating random numbers with a given distribution", IEEE
 * Transactions on Software Engineering 17(9), 1991: every column of a table holds at most two ranks.
 */
export const createZipf = (alpha: number, items: number): ((random: Random) => number) => {
  const keep = zipfShares(alpha, items);
  const alias = new Int32Array(items);
  const small: number[] = [];
  const large: number[] = [];
  for (let rank = 0; rank < items; rank++) {
    keep[rank] = (keep[rank] as number) * items;
    ((keep[rank] as number) < 1 ? small : large).push(rank);
  }
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop() as number;
    const rich = large.at(-1) as number;
    alias[poor] = rich;
    keep[rich] = (keep[rich] as number) + (keep[poor] as number) - 1;
    if (keep[rich] < 1) {
      large.pop();
      small.push(rich);
    }
  }
  // What is left is a full column but for rounding.
  for (const rank of [...small, ...large]) keep[rank] = 1;
  return (random) => {
    const column = random.int(items);
    return random.next() < (keep[column] as number) ? column : (alias[column] as number);
  };
};
