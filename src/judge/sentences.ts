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
      : `; next is ${runnerUp.label} (against it ${formatRatio(seen.ratio, seen.interval)})`;
  return `Deploy ${chosen.label}: ${valueOf(context, chosen)}, ${standing(context, chosen, able, 'the best')}${next}.`;
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
    seen.unequal === true
      ? 'they were measured on unequal machines'
      : seen.interval === null && !isShare(chosen)
        ? 'there are too few rounds for an interval'
        : reasonToTake(context, chosen, other);
  return (
    `Deploy ${chosen.label}: ${valueOf(context, chosen)}, ${standing(context, chosen, able, 'one of the best')}; ` +
    `it cannot be told apart from ${other.label} in ${context.metric.name}${difference}, and ${why}.`
  );
};

/** No cell is shown to meet the SLA, and `likely` is the best of those that may. */
export const undecidedSentence = (context: DecisionContext, likely: Ranked): string => {
  const open = likely.verdicts
    .filter((verdict) => verdict.status === 'inconclusive')
    .map((verdict) => verdict.rule);
  const value = formatNamed(context.metric, likely.value);
  return `Undecided: no ${nounOf(context)} is shown to meet the SLA; the best that may is ${likely.label} with ${value}, and open is ${listOf(open)}.`;
};

/** Every cell breaks the SLA or lacks data for it. */
export const noneMeetsSentence = (context: DecisionContext, nearest: Candidate): string => {
  const open = nearest.verdicts.filter((verdict) => verdict.status !== 'pass');
  const lacks = open.length === 0 ? 'its measurement is invalid' : listOf(open.map(shortfall));
  const shown = nearest.verdicts.some((verdict) => verdict.status === 'fail');
  const noun = nounOf(context);
  return `${shown ? `No ${noun} meets the SLA` : `No ${noun} is shown to meet the SLA`}; the nearest is ${nearest.label}: ${lacks}.`;
};

/** Where workloads vary, several cells are one configuration. */
const nounOf = ({ total, results }: DecisionContext): string =>
  total === results.cells.length ? 'cell' : 'configuration';

/** "throughput 1.23k/s (95%: 1.20k/s to 1.26k/s)". */
const valueOf = ({ metric }: DecisionContext, chosen: Ranked): string => {
  const interval = isShare(chosen)
    ? null
    : roundsInterval(chosen.reading.rounds, { level: 0.95, pooled: chosen.value });
  const place = chosen.workload === '' ? '' : ` at ${chosen.workload}`;
  const text = `${formatNamed(metric, chosen.value)}${place}`;
  return interval === null ? text : `${text} (${formatInterval(metric.kind, interval)})`;
};

/** Where the chosen cell stands among the others, and to the rule with the least headroom. */
const standing = (
  context: DecisionContext,
  chosen: Ranked,
  able: number,
  claim: 'the best' | 'one of the best',
): string => {
  const { total, results } = context;
  const unit = nounOf(context);
  if (results.scenario.rules.length === 0) {
    return `${total === 1 ? `the only ${unit}` : `${claim} of ${total} ${unit}s`}; no SLA was asked`;
  }
  const everywhere = chosen.cells.length > 1 ? ` at all ${chosen.cells.length} workloads` : '';
  const place =
    total === 1
      ? `the only ${unit}, and it meets the SLA${everywhere}`
      : able === 1
        ? `the only one of ${total} ${unit}s that meets the SLA${everywhere}`
        : `${claim} of the ${able} of ${total} ${unit}s that meet the SLA${everywhere}`;
  const [tightest] = chosen.verdicts.toSorted((a, b) => (a.headroom ?? Infinity) - (b.headroom ?? Infinity));
  const kind = tightest === undefined ? undefined : parseMetric(tightest.metric)?.kind;
  if (tightest === undefined || kind === undefined || tightest.actual === null)
    return `${place}; no rule is about it`;
  const actual = formatMetricValue(kind, tightest.actual);
  const at = tightest.workload === undefined ? '' : ` at ${tightest.workload}`;
  return `${place}, with ${tightest.metric} ${actual}${at} where the limit is ${formatMetricValue(kind, tightest.expected)}`;
};

const reasonToTake = ({ cpus, metric }: DecisionContext, chosen: Ranked, other: Ranked): string => {
  const count = (threads: number): number => (threads === 0 ? cpus : threads);
  const [mine, theirs] = [chosen.cell.params, other.cell.params];
  if (count(mine.threads) < count(theirs.threads)) return 'it needs fewer threads';
  if (count(mine.threads) === count(theirs.threads) && mine.batch < theirs.batch)
    return 'its batch is smaller';
  return `its measured ${metric.name} is the better one`;
};
