/**
 * Confidence intervals over rounds. A round is a fresh process, and processes differ from one
 * another more than requests do, so the rounds' own values are the sample: n is the number of
 * rounds, not of requests. What is estimated is the typical process's value, its mean on the log
 * scale.
 */
import { betaQuantile, tQuantile } from './student.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Two-sided confidence level, 0.95 for 95%. */
  readonly level: number;
  readonly method: string;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The sample variance, with n - 1. */
const varianceOf = (values: readonly number[], mean: number): number =>
  values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);

/**
 * The two-sided interval over the rounds' own values (two or more, in any unit), widened to hold
 * `pooled`, the value of all rounds together, when that is given. Null under two rounds.
 */
export const roundsInterval = (
  values: readonly number[],
  { level, pooled }: { readonly level: number; readonly pooled?: number },
): Interval | null => {
  const bounds = roundsBounds(values, { alpha: (1 - level) / 2, ...(pooled === undefined ? {} : { pooled }) });
  return bounds === null ? null : { low: bounds.lower, high: bounds.upper, level, method: bounds.method };
};

/**
 * The lower and the upper bound over rounds, each one-sided: the value lies beyond it with
 * probability at most `alpha`. Null under two rounds.
 */
export const roundsBounds = (
  values: readonly number[],
  { alpha, pooled }: { readonly alpha: number; readonly pooled?: number },
): { readonly lower: number; readonly upper: number; readonly level: number; readonly method: string } | null => {
  if (values.length < 2) return null;
  const logs = values.every((value) => value > 0);
  const scaled = logs ? values.map(Math.log) : values;
  const mean = meanOf(scaled);
  const half = tQuantile(1 - alpha, values.length - 1) * Math.sqrt(varianceOf(scaled, mean) / values.length);
  const [lower, upper] = logs ? [Math.exp(mean - half), Math.exp(mean + half)] : [mean - half, mean + half];
  return {
    lower: Math.min(lower, pooled ?? lower),
    upper: Math.max(upper, pooled ?? upper),
    level: 1 - alpha,
    method: logs ? 't over rounds, log scale' : 't over rounds',
  };
};

/**
 * The ratio of the typical values of `a` over `b`, with its two-sided interval: Welch's t on the
 * logs of the rounds' values. Null with under two rounds on a side, or a value that is not positive.
 *
 * Source: Welch, "The generalization of Student's problem when several different population
 * variances are involved", Biometrika 34, 1947; degrees of freedom by Satterthwaite, 1946.
 */
export const ratioInterval = (
  a: readonly number[],
  b: readonly number[],
  level: number,
): (Interval & { readonly ratio: number }) | null => {
  if (a.length < 2 || b.length < 2 || ![...a, ...b].every((value) => value > 0)) return null;
  const [logA, logB] = [a.map(Math.log), b.map(Math.log)];
  const [meanA, meanB] = [meanOf(logA), meanOf(logB)];
  const [partA, partB] = [varianceOf(logA, meanA) / a.length, varianceOf(logB, meanB) / b.length];
  const total = partA + partB;
  const df = total ** 2 / (partA ** 2 / (a.length - 1) + partB ** 2 / (b.length - 1));
  // Without any spread the degrees of freedom are 0/0 and the interval is a point.
  const half = total === 0 ? 0 : tQuantile((1 + level) / 2, df) * Math.sqrt(total);
  const difference = meanA - meanB;
  return {
    ratio: Math.exp(difference),
    low: Math.exp(difference - half),
    high: Math.exp(difference + half),
    level,
    method: 'Welch t over rounds, log scale',
  };
};

/**
 * The exact interval for a share, from `successes` out of `n` independent trials; the whole of
 * 0 to 1 when n is 0. Throws RangeError unless 0 <= successes <= n, both whole.
 *
 * Source: Clopper and Pearson, Biometrika 26, 1934, in its beta form.
 */
export const proportionInterval = (successes: number, n: number, level: number): Interval => {
  if (!Number.isInteger(successes) || !Number.isInteger(n) || successes < 0 || successes > n) {
    throw new RangeError(`a share needs whole numbers 0 <= successes <= n, got ${successes} of ${n}`);
  }
  const tail = (1 - level) / 2;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1),
    high: successes === n ? 1 : betaQuantile(1 - tail, successes + 1, n - successes),
    level,
    method: 'Clopper-Pearson',
  };
};
