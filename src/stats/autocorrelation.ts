/**
 * How much a series of dependent values is worth. Slow requests come in bursts, so a thousand
 * requests can hold the information of fifty. For a percentile the dependence that counts is that
 * of the indicator "above the percentile", not of the values.
 */

/** Lags looked at before the series is halved. */
const MAX_LAG = 64;

/** The mean product of deviations `lag` apart, over n (the biased estimate, which keeps sums bounded). */
const autocovariance = (deviations: Float64Array, length: number, lag: number): number => {
  let sum = 0;
  for (let index = lag; index < length; index++) {
    sum += (deviations[index] as number) * (deviations[index - lag] as number);
  }
  return sum / length;
};

/**
 * The long-run variance: n times the variance of the mean of n dependent values. Sum of
 * autocovariances by Geyer's initial monotone positive sequence ("Practical Markov chain Monte
 * Carlo", Statistical Science 7(4), 1992): pairs of neighbouring lags are added while positive, and
 * none may exceed the pair before. A dependence longer than MAX_LAG is found by adding neighbours,
 * which halves its length (as in Goodman's ACOR), so that the cost stays proportional to n.
 */
const longRunVariance = (deviations: Float64Array, length: number): number => {
  const variance = autocovariance(deviations, length, 0);
  let sum = -variance;
  let previous = Infinity;
  for (let lag = 0; lag < Math.min(MAX_LAG, length - 1); lag += 2) {
    const pair = autocovariance(deviations, length, lag) + autocovariance(deviations, length, lag + 1);
    if (pair <= 0) return Math.max(sum, 0);
    previous = Math.min(previous, pair);
    sum += 2 * previous;
  }
  const half = Math.floor(length / 2);
  if (half <= MAX_LAG) return sum;
  const halved = Float64Array.from(
    { length: half },
    (_, index) => (deviations[2 * index] as number) + (deviations[2 * index + 1] as number),
  );
  return longRunVariance(halved, half) / 2;
};

/**
 * The effective sample size over n, in (0, 1], of the share of values above `threshold`: 1 for
 * independent values, 1/50 where it takes fifty values to learn what one independent value tells.
 * Never above 1: a series that alternates is not credited. 1 when all values are on one side,
 * where nothing can be said.
 */
export const effectiveShare = (values: ArrayLike<number>, threshold: number): number => {
  const n = values.length;
  const deviations = new Float64Array(n);
  let above = 0;
  for (let index = 0; index < n; index++) if ((values[index] as number) > threshold) above++;
  if (above === 0 || above === n) return 1;
  const share = above / n;
  for (let index = 0; index < n; index++)
    deviations[index] = ((values[index] as number) > threshold ? 1 : 0) - share;
  const ratio = (share * (1 - share)) / longRunVariance(deviations, n);
  return Math.min(1, Math.max(1 / n, ratio));
};
