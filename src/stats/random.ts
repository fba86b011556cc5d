/**
 * Seeded random numbers: the same seed gives the same numbers on every machine and in every
 * later version, so that a run can be repeated from its document. Not for secrets.
 *
 * Generator: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", ACM TOMS 47(4), 2021; reference code at prng.di.unimi.it). Seeding: SplitMix32, as
 * the authors advise to seed from a generator of another kind.
 */

/** A stream of random numbers. Every method advances it. */
export interface Random {
  /** Uniform in [0, 1), with 53 random bits. */
  next(): number;
  /** Uniform whole number in 0..n-1, without modulo bias. Throws RangeError unless n is in 1..2^32. */
  int(n: number): number;
  /** Standard normal. */
  normal(): number;
  /** A shuffled copy; every order is equally likely. */
  shuffle<T>(items: readonly T[]): T[];
}

const TWO_32 = 2 ** 32;

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** The bit mixer that ends MurmurHash3 (Appleby, public domain): every input bit moves every output bit. */
const mix32 = (value: number): number => {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
};

/** The bare generator over 32-bit words, from four words of state that are not all zero. */
export const xoshiro128ss = (state: readonly [number, number, number, number]): (() => number) => {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
};

const seedState = (seed: number): [number, number, number, number] => {
  let counter = seed >>> 0;
  const word = (): number => {
    counter = (counter + 0x9e3779b9) >>> 0;
    return mix32(counter);
  };
  // mix32 is a bijection and the four counters differ, so at most one word is zero.
  return [word(), word(), word(), word()];
};

/** A random stream from a seed; of `seed`, the low 32 bits count. */
export const createRandom = (seed: number): Random => {
  const word = xoshiro128ss(seedState(seed));
  let spare: number | null = null;

  const next = (): number => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;

  const int = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32)
      throw new RangeError(`int(n) needs n in 1..2^32, got ${n}`);
    // Words past the last whole multiple of n are drawn again: they would favour small results.
    const end = TWO_32 - (TWO_32 % n);
    let drawn = word();
    while (drawn >= end) drawn = word();
    return drawn % n;
  };

  // Polar method: Marsaglia and Bray, SIAM Review 6(3), 1964. It yields two at a time.
  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const u = 2 * next() - 1;
      const v = 2 * next() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        spare = v * factor;
        return u * factor;
      }
    }
  };

  // Durstenfeld's form of the Fisher-Yates shuffle (CACM 7(7), 1964, algorithm 235).
  const shuffle = <T>(items: readonly T[]): T[] => {
    const copy = items.slice();
    for (let last = copy.length - 1; last > 0; last--) {
      const other = int(last + 1);
      const moved = copy[last] as T;
      copy[last] = copy[other] as T;
      copy[other] = moved;
    }
    return copy;
  };

  return { next, int, normal, shuffle };
};

/**
 * A seed for one part of a run, from the run's seed and what names the part: `deriveSeed(seed,
 * 'order')`, `deriveSeed(seed, cell, round)`. Whole number in 0..2^32-1. FNV-1a over the parts
 * (Fowler, Noll and Vo), tagged by type so that 1 and "1" differ, then mixed.
 */
export const deriveSeed = (seed: number, ...parts: (string | number)[]): number => {
  let hash = 0x811c9dc5;
  const byte = (value: number): void => {
    hash = Math.imul(hash ^ value, 0x01000193);
  };
  for (const part of [seed, ...parts]) {
    const text = String(part);
    byte(typeof part === 'number' ? 1 : 2);
    // The length keeps parts from running together: ('ab', 'c') and ('a', 'bc') differ.
    for (let shift = 0; shift < 32; shift += 8) byte((text.length >>> shift) & 0xff);
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      byte(unit & 0xff);
      byte(unit >>> 8);
    }
  }
  return mix32(hash);
};
