/** The decision in one sentence that a team can act on. */
import { roundsInterval } from '../stats/intervals.js';
import { formatMetricValue, parseMetric } from '../vocabulary/metrics.js';
import { contrast, isShare, type Candidate, type DecisionContext, type Ranked } from './candidates.js';
import { formatInterval, formatNamed, formatRatio, listOf, shortfall } from './phrases.js';

/** One cell is the best of those that meet the SLA, and the data tell it from the next. `able` counts them. */
export const deploySentence = (
  context: DecisionContext,
  chosen: Ranked,
  runnerUp: Ranked | undefined,
  able: number,
): string => {
  const seen = runnerUp === undefined ? null : contrast(chosen, runnerUp, context.level);
  const next =
    runnerUp === undefined || seen === null || seen.ratio === null
      ? ''
      : `; next is ${runnerUp.cell.label} (against it ${formatRatio(seen.ratio, seen.interval)})`;
  return `Deploy ${chosen.cell.label}: ${valueOf(context, chosen)}, ${standing(context, chosen, able, 'the best')}${next}.`;
};

/** Several cells are the best as far as the data tell; `chosen` is the one to take. */
export const tieSentence = (
  context: DecisionContext,
  chosen: Ranked,
  other: Ranked | undefined,
  able: number,
): string => {
  if (other === undefined) return deploySentence(context, chosen, other, able);
  const seen = contrast(chosen, other, context.level);
  const difference = seen.ratio === null ? '' : ` (against it ${formatRatio(seen.ratio, seen.interval)})`;
  const why =
    seen.interval === null && !isShare(chosen)
      ? 'there are too few rounds for an interval'
      : reasonToTake(context, chosen, other);
  return (
    `Deploy ${chosen.cell.label}: ${valueOf(context, chosen)}, ${standing(context, chosen, able, 'one of the best')}; ` +
    `it cannot be told apart from ${other.cell.label} in ${context.metric.name}${difference}, and ${why}.`
  );
};

/** No cell is shown to meet the SLA, and `likely` is the best of those that may. */
export const undecidedSentence = (context: DecisionContext, likely: Ranked): string => {
  const open = likely.verdicts
    .filter((verdict) => verdict.status === 'inconclusive')
    .map((verdict) => verdict.rule);
  const value = formatNamed(context.metric, likely.value);
  return `Undecided: no cell is shown to meet the SLA; the best that may is ${likely.cell.label} with ${value}, and open is ${listOf(open)}.`;
};

/** Every cell breaks the SLA or lacks data for it. */
export const noneMeetsSentence = (nearest: Candidate): string => {
  const open = nearest.verdicts.filter((verdict) => verdict.status !== 'pass');
  const lacks = open.length === 0 ? 'its measurement is invalid' : listOf(open.map(shortfall));
  const shown = nearest.verdicts.some((verdict) => verdict.status === 'fail');
  return `${shown ? 'No cell meets the SLA' : 'No cell is shown to meet the SLA'}; the nearest is ${nearest.cell.label}: ${lacks}.`;
};

/** "throughput 1.23k/s (95%: 1.20k/s to 1.26k/s)". */
const valueOf = ({ metric }: DecisionContext, chosen: Ranked): string => {
  const interval = isShare(chosen)
    ? null
    : roundsInterval(chosen.reading.rounds, { level: 0.95, pooled: chosen.value });
  const text = formatNamed(metric, chosen.value);
  return interval === null ? text : `${text} (${formatInterval(metric.kind, interval)})`;
};

/** Where the chosen cell stands among the others, and to the rule with the least headroom. */
const standing = (
  context: DecisionContext,
  chosen: Ranked,
  able: number,
  claim: 'the best' | 'one of the best',
): string => {
  const { cells, scenario } = context.results;
  if (scenario.rules.length === 0) {
    return `${cells.length === 1 ? 'the only cell' : `${claim} of ${cells.length} cells`}; no SLA was asked`;
  }
  const place =
    cells.length === 1
      ? 'the only cell, and it meets the SLA'
      : able === 1
        ? `the only one of ${cells.length} cells that meets the SLA`
        : `${claim} of the ${able} of ${cells.length} cells that meet the SLA`;
  const [tightest] = chosen.verdicts.toSorted((a, b) => (a.headroom ?? Infinity) - (b.headroom ?? Infinity));
  const kind = tightest === undefined ? undefined : parseMetric(tightest.metric)?.kind;
  if (tightest === undefined || kind === undefined || tightest.actual === null)
    return `${place}; no rule is about it`;
  const actual = formatMetricValue(kind, tightest.actual);
  return `${place}, with ${tightest.metric} ${actual} where the limit is ${formatMetricValue(kind, tightest.expected)}`;
};

const reasonToTake = ({ cpus, metric }: DecisionContext, chosen: Ranked, other: Ranked): string => {
  const count = (threads: number): number => (threads === 0 ? cpus : threads);
  const [mine, theirs] = [chosen.cell.params, other.cell.params];
  if (count(mine.threads) < count(theirs.threads)) return 'it needs fewer threads';
  if (count(mine.threads) === count(theirs.threads) && mine.batch < theirs.batch)
    return 'its batch is smaller';
  return `its measured ${metric.name} is the better one`;
};
