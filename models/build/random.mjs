/** Seeded random numbers: the same on every machine. */

/** mulberry32 (Tommy Ettinger's public-domain generator, 2017). */
export const createRandom = (seed) => {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    /** Uniform in [0, 1). */
    next,
    /** A whole number from 0 to n - 1. */
    int: (n) => Math.floor(next() * n),
    /** Uniform with mean 0 and this standard deviation. */
    spread: (stdev) => (2 * next() - 1) * Math.sqrt(3) * stdev,
  };
};

/** The numbers 0 to n - 1 in random order (Fisher and Yates). */
export const permutation = (n, random) => {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = random.int(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
};
