/**
 * Percentiles. One definition everywhere in mlat: nearest rank, the ceil(p*n)-th smallest of n
 * values (definition 1 of Hyndman and Fan, "Sample quantiles in statistical packages", The
 * American Statistician 50(4), 1996). It is always a value that was measured.
 */
import { incompleteBeta } from './student.js';

const checkShare = (p: number, name: string): void => {
  if (!(p > 0 && p < 1)) throw new RangeError(`${name} must lie between 0 and 1, got ${p}`);
};

/**
 * The rank ceil(p*n) in 1..n. A product that misses a whole number by rounding alone counts as
 * that number: 0.07*100 is 7.000000000000001 in binary, and its rank is 7.
 * Throws RangeError unless n is a positive whole number and p is in [0, 1].
 */
export const rankOf = (p: number, n: number): number => {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p must be in [0, 1], got ${p}`);
  if (!Number.isInteger(n) || n < 1)
    throw new RangeError(`a percentile needs at least one value, got n = ${n}`);
  const product = p * n;
  const nearest = Math.round(product);
  // p and the product are each rounded by at most half an ulp; four leaves room for a computed p.
  const whole = Math.abs(product - nearest) <= 4 * Number.EPSILON * product;
  return Math.min(n, Math.max(1, whole ? nearest : Math.ceil(product)));
};

/**
 * The p-quantile of values in ascending order, by nearest rank.
 * Throws RangeError when there are no values or p is outside [0, 1].
 */
export const nearestRank = (sorted: ArrayLike<number>, p: number): number =>
  sorted[rankOf(p, sorted.length) - 1] as number;

/** A copy in ascending order, as numbers. */
export const ascending = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();

/** The median by nearest rank: the lower of the middle two when n is even. */
export const medianOf = (values: ArrayLike<number>): number => nearestRank(ascending(values), 0.5);

/**
 * How many independent samples a confidence bound for the p-quantile needs: the smallest n for
 * which the largest value (one-sided) or the smallest and the largest (two-sided, equal tails)
 * bound it at `level` (0.95 by default).
 *
 * The largest of n lies above the quantile with probability 1 - p^n (Wilks, Annals of
 * Mathematical Statistics 12(1), 1941; Hahn and Meeker, Statistical Intervals, section 5.2).
 */
export const samplesNeeded = (
  p: number,
  { sided, level = 0.95 }: { readonly sided: 'one' | 'two'; readonly level?: number },
): number => {
  checkShare(p, 'p');
  checkShare(level, 'level');
  const tail = sided === 'one' ? 1 - level : (1 - level) / 2;
  const far = sided === 'one' ? p : Math.max(p, 1 - p);
  return Math.max(1, Math.ceil(Math.log(tail) / Math.log(far) - 1e-9));
};

/** P(B <= k) for B binomial(n, p), by the incomplete beta function (Abramowitz and Stegun 26.5.24). */
const binomialCdf = (k: number, n: number, p: number): number =>
  k < 0 ? 0 : k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1);

/** The smallest k in low..high for which `holds`, which must turn from false to true once; high + 1 if none. */
const firstWhere = (low: number, high: number, holds: (k: number) => boolean): number => {
  let from = low;
  let to = high + 1;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
};

/**
 * The distribution-free confidence interval for the p-quantile of n independent values: the
 * 1-based ranks of its ends, each tail holding at most (1 - level)/2. Null when n is too small
 * (see samplesNeeded with two sides). It says nothing of values that depend on each other.
 *
 * Source: Hahn and Meeker, Statistical Intervals, section 5.2; SciPy's quantile_test gives the same.
 */
export const orderStatisticInterval = (
  n: number,
  p: number,
  level: number,
): { readonly lower: number; readonly upper: number } | null => {
  checkShare(p, 'p');
  checkShare(level, 'level');
  if (n < 1) return null;
  const tail = (1 - level) / 2;
  // The value of rank r lies above the quantile when fewer than r values are at or below it.
  const lower = firstWhere(1, n, (rank) => binomialCdf(rank - 1, n, p) > tail) - 1;
  const upper = firstWhere(1, n, (rank) => 1 - binomialCdf(rank - 1, n, p) <= tail);
  return lower < 1 || upper > n ? null : { lower, upper };
};

/**
 * The two one-sided bounds for the p-quantile of n independent values, as 1-based ranks: the quantile
 * lies below the lower (above the upper) one with probability at most `alpha`. Null where n is too
 * small for a bound; the upper one exists from samplesNeeded(p, one-sided) on.
 *
 * Source: as for orderStatisticInterval.
 */
export const orderStatisticBounds = (
  n: number,
  p: number,
  alpha: number,
): { readonly lower: number | null; readonly upper: number | null } => {
  checkShare(p, 'p');
  checkShare(alpha, 'alpha');
  if (n < 1) return { lower: null, upper: null };
  const lower = firstWhere(1, n, (rank) => binomialCdf(rank - 1, n, p) > alpha) - 1;
  // 1 - p^n against alpha at the very edge: samplesNeeded allows for the same rounding.
  const upper = firstWhere(1, n, (rank) => 1 - binomialCdf(rank - 1, n, p) <= alpha + 1e-12);
  return { lower: lower < 1 ? null : lower, upper: upper > n ? null : upper };
};
