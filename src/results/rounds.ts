/**
 * Reading the rounds of a cell: which count, their histograms, and what they add up to. summarise.ts
 * and the judge read rounds through this module only, so that both see the same numbers.
 */
import { LatencyHistogram } from '../stats/histogram.js';
import { samplesNeeded } from '../stats/quantile.js';
import type { CellResult, RoundResult } from './schema.js';

/** A round that was measured: its latency and its histogram are there. */
export type MeasuredRound = RoundResult & {
  readonly latency: NonNullable<RoundResult['latency']>;
  readonly histogram: string;
};

const isMeasured = (round: RoundResult): round is MeasuredRound =>
  round.state === 'completed' && round.latency !== null && round.histogram !== null;

/**
 * Documents are never changed in place, so what is read from one is kept beside it: judging asks for
 * the same histograms many times, and decoding them is most of its cost.
 */
const measured = new WeakMap<readonly RoundResult[], readonly MeasuredRound[]>();
const decoded = new WeakMap<RoundResult, LatencyHistogram>();
const pooled = new WeakMap<readonly MeasuredRound[], LatencyHistogram>();

const kept = <K extends object, V>(store: WeakMap<K, V>, key: K, make: () => V): V => {
  const known = store.get(key);
  if (known !== undefined) return known;
  const made = make();
  store.set(key, made);
  return made;
};

/** The rounds of a cell that were measured, in the order of their index. */
export const measuredRounds = ({ rounds }: Pick<CellResult, 'rounds'>): readonly MeasuredRound[] =>
  kept(measured, rounds, () => rounds.filter(isMeasured).toSorted((a, b) => a.index - b.index));

/** The histogram of a measured round, in ns. Throws when the text in the document is damaged. */
export const roundHistogram = (round: MeasuredRound): LatencyHistogram =>
  kept(decoded, round, () => {
    const { min, max } = round.latency;
    if (min === null || max === null) {
      throw new RangeError(`round ${round.index} has a histogram but no minimum or maximum`);
    }
    return LatencyHistogram.decode(round.histogram, { min, max });
  });

/** All these rounds in one histogram; null when there is none. */
export const pooledHistogram = (rounds: readonly MeasuredRound[]): LatencyHistogram | null =>
  rounds.length === 0 ? null : kept(pooled, rounds, () => LatencyHistogram.merge(rounds.map(roundHistogram)));

/** Requests that a round needs before mlat gives its p-quantile: a one-sided 95% bound must exist. */
export const requestsNeeded = (p: number): number => samplesNeeded(p, { sided: 'one', level: 0.95 });

/** The p-quantile of a round in ns by nearest rank, or null when the round has too few requests for it. */
export const roundQuantile = (round: MeasuredRound, p: number): number | null =>
  round.n < requestsNeeded(p) ? null : roundHistogram(round).quantile(p);

/** Means and deviations carry thousandths of a nanosecond, and no digits that are only noise. */
export const roundMoment = (value: number): number => Math.round(value * 1000) / 1000;

/** Count, mean and standard deviation of a sample; the deviation is null under two values. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly stdev: number | null;
}

/** Mean and sample standard deviation (n - 1), in two passes; null without values. */
export const momentsOf = (values: ArrayLike<number>): Moments | null => {
  const n = values.length;
  if (n === 0) return null;
  let sum = 0;
  for (let index = 0; index < n; index++) sum += values[index] as number;
  const mean = sum / n;
  let squares = 0;
  for (let index = 0; index < n; index++) squares += ((values[index] as number) - mean) ** 2;
  return { n, mean, stdev: n < 2 ? null : Math.sqrt(squares / (n - 1)) };
};

/**
 * Mean and standard deviation of several samples taken together, from those of each: the sums of
 * squares add, plus each group's distance from the common mean (Chan, Golub and LeVeque, "Updating
 * formulae and a pairwise algorithm for computing sample variances", 1979).
 */
export const poolMoments = (groups: readonly Moments[]): Moments | null => {
  const n = groups.reduce((sum, group) => sum + group.n, 0);
  if (n === 0) return null;
  const mean = groups.reduce((sum, group) => sum + group.mean * group.n, 0) / n;
  const squares = groups.reduce(
    (sum, group) => sum + (group.stdev ?? 0) ** 2 * (group.n - 1) + group.n * (group.mean - mean) ** 2,
    0,
  );
  return { n, mean, stdev: n < 2 ? null : Math.sqrt(squares / (n - 1)) };
};

/** The moments of a measured round, as the document keeps them. */
export const roundMoments = (round: MeasuredRound): Moments => ({
  n: round.n,
  mean: round.latency.mean ?? 0,
  stdev: round.latency.stdev,
});

/** Items per second of a round: `batch` items a request over its wall time, idle gaps included. */
export const roundThroughput = (round: MeasuredRound, batch: number): number | null =>
  round.elapsed > 0 ? (round.n * batch * 1e9) / round.elapsed : null;
