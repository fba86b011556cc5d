/**
 * Reading cold starts: which rounds are, what their phases took, and estimates over processes. The
 * summary of a cell and the judge read them through this module, so that both see the same numbers.
 */
import { meanBounds } from '../stats/intervals.js';
import { ascending, nearestRank, orderStatisticBounds } from '../stats/quantile.js';
import { ANSWER_PHASES, type ColdPhase } from '../vocabulary/cold.js';
import type { ColdRound } from './cold-schema.js';
import type { Interval } from './estimate-schema.js';
import { measuredRounds, requestsNeeded } from './rounds.js';
import type { CellResult, RoundResult } from './schema.js';

/** A round that is a measured cold start. */
export type ColdMeasured = RoundResult & { readonly cold: ColdRound };

const isCold = (round: RoundResult): round is ColdMeasured =>
  round.state === 'completed' && round.cold !== undefined;

/** The cold starts of a cell that were measured, in the order of their index. */
export const coldRounds = ({ rounds }: Pick<CellResult, 'rounds'>): readonly ColdMeasured[] =>
  rounds.filter(isCold).toSorted((a, b) => a.index - b.index);

/** Every round that was measured, of whichever kind its cell is. */
export const completedRounds = (cell: Pick<CellResult, 'params' | 'rounds'>): readonly RoundResult[] =>
  cell.params.start === 'cold' ? coldRounds(cell) : measuredRounds(cell);

/** What a phase took in one process, ns; null where it is part of another. "answer": all until the first answer. */
export const phaseTime = ({ cold }: ColdMeasured, phase: ColdPhase | 'answer'): number | null =>
  phase === 'answer'
    ? ANSWER_PHASES.reduce((sum, name) => sum + (cold.phases[name] ?? 0), 0)
    : cold.phases[phase];

/** A statistic over processes: the mean, or a percentile by its level. */
export type ColdStatistic = 'mean' | number;

/** Processes that a statistic needs for a one-sided 95% bound. */
export const processesNeeded = (statistic: ColdStatistic): number =>
  statistic === 'mean' ? 2 : requestsNeeded(statistic);

/** Of values, one a process, that are enough for it. */
export const coldValue = (values: readonly number[], statistic: ColdStatistic): number =>
  statistic === 'mean'
    ? values.reduce((sum, value) => sum + value, 0) / values.length
    : nearestRank(ascending(values), statistic);

/**
 * The bounds of a statistic, each one-sided at 1 - alpha. A process is one sample, so a percentile has
 * the exact binomial bounds by order statistics, and the mean those of Student. A time is never under 0,
 * so that is the lower bound of a percentile for which there are too few processes. Null where no upper
 * bound exists.
 */
export const coldBounds = (
  values: readonly number[],
  statistic: ColdStatistic,
  alpha: number,
): Pick<Interval, 'low' | 'high' | 'method'> | null => {
  if (statistic === 'mean') {
    if (values.length < 2) return null;
    const [low, high] = meanBounds(values, alpha);
    return { low: Math.max(0, low), high, method: 't over processes' };
  }
  if (values.length === 0) return null;
  const { lower, upper } = orderStatisticBounds(values.length, statistic, alpha);
  if (upper === null) return null;
  const sorted = ascending(values);
  return {
    low: lower === null ? 0 : (sorted[lower - 1] as number),
    high: sorted[upper - 1] as number,
    method: 'order statistics over processes',
  };
};
