/**
 * The decision: the best cell by the objective among those that meet the SLA (satisfice, then
 * optimise), how sure that is, and what would change it.
 */
import type { Alternative, Decision, Verdict } from '../results/conclusions-schema.js';
import type { CellResult, Results } from '../results/schema.js';
import { roundsInterval } from '../stats/intervals.js';
import { formatMetricValue, parseMetric } from '../vocabulary/metrics.js';
import type { Objective } from '../vocabulary/rules.js';
import { formatChange } from '../vocabulary/units.js';
import { alphaOf } from './bounds.js';
import {
  bestFirst,
  candidatesOf,
  contrast,
  isRanked,
  simplest,
  violationOf,
  type Candidate,
  type Contrast,
  type Ranked,
} from './candidates.js';
import { objectiveOf } from './objective.js';
import { openCells, relaxations, tightenings, type FlipContext } from './flips.js';
import { formatInterval, formatNamed, formatRatio, listOf, missing, shortfall } from './phrases.js';

interface Context extends FlipContext {
  /** Two-sided level at which cells are told apart; with planned looks the error is split over them. */
  readonly level: number;
  readonly cpus: number;
}

/** The decision of a document with at least one cell; null without cells. */
export const decide = (
  results: Results,
  verdicts: readonly Verdict[],
  invalid: ReadonlyMap<string, string>,
): Decision | null => {
  if (results.cells.length === 0) return null;
  const objective = objectiveOf(results);
  const metric = parseMetric(objective.metric);
  if (metric === null) {
    return noData(objective, `No decision: this mlat knows no metric ${objective.metric}.`);
  }
  const candidates = candidatesOf(results, metric, verdicts, invalid);
  const context: Context = {
    results,
    objective,
    metric,
    candidates,
    level: 1 - alphaOf(results.scenario.rounds),
    cpus: results.environment.cpu.allowed,
  };
  const ranked = bestFirst(candidates.filter(isRanked), objective);
  const [best, ...rest] = ranked.filter((candidate) => candidate.meets === 'yes');
  if (best !== undefined) return choose(context, [best, ...rest]);
  const likely = ranked.find((candidate) => candidate.meets === 'unknown');
  if (likely !== undefined) return undecided(context, likely);
  if (candidates.some((candidate) => candidate.meets === 'no')) return noneMeets(context);
  return noData(objective, `No decision: ${whyNothing(results, candidates)}.`);
};

const noData = (objective: Objective, sentence: string): Decision => ({
  status: 'no-data',
  objective: objective.text,
  metric: objective.metric,
  cell: null,
  value: null,
  sentence,
  runnerUp: null,
  others: [],
  missing: [],
  flips: [],
});

const whyNothing = (results: Results, candidates: readonly Candidate[]): string => {
  const lacking = candidates[0]?.reading;
  if (lacking !== undefined) return lacking.reason ?? `no cell has a value for ${lacking.metric.name}`;
  const broken = results.cells.find((cell) => cell.reason !== undefined);
  return broken?.reason === undefined
    ? 'no cell was measured'
    : `no cell was measured; ${broken.label}: ${broken.reason.message.replace(/\.$/, '')}`;
};

/** Some cells meet the SLA. `able` holds them, best first. */
const choose = (context: Context, able: readonly [Ranked, ...Ranked[]]): Decision => {
  const [best, ...rest] = able;
  // Without an interval nothing says that a difference is more than chance, and nothing that it is none.
  const contrasts = rest.map((other) => ({ other, seen: contrast(other, best, context.level) }));
  const ties = contrasts.filter(({ seen }) => !seen.apart);
  const measuredTies = ties.filter(({ seen }) => seen.interval !== null || isShare(best)).map(({ other }) => other);
  const chosen = simplest([best, ...measuredTies], context.cpus);
  const runnerUp = chosen === best ? (ties[0]?.other ?? rest[0]) : best;
  const status = ties.length > 0 ? 'tie' : 'deploy';
  const flips = [
    ...ties.flatMap(({ other }) => (other === chosen ? [] : tieFlip(context, other, chosen))).slice(0, 2),
    ...(chosen === best ? [] : tieFlip(context, best, chosen)),
    ...openCells(context, chosen),
    ...relaxations(context, chosen),
    ...tightenings(context, chosen),
  ];
  return {
    ...alternatives(context, chosen.cell, chosen, runnerUp),
    status,
    sentence:
      status === 'deploy' ? deploySentence(context, chosen, runnerUp, able.length) : tieSentence(context, chosen, runnerUp, able.length),
    missing: [],
    flips: [...new Set(flips)],
  };
};

const isShare = (candidate: Ranked): boolean => candidate.reading.evidence.kind === 'proportion';

const undecided = (context: Context, likely: Ranked): Decision => {
  const { objective, metric } = context;
  const runnerUp = bestFirst(context.candidates.filter(isRanked), objective).filter((other) => other.meets === 'unknown')[1];
  const open = likely.verdicts.filter((verdict) => verdict.status === 'inconclusive');
  return {
    ...alternatives(context, likely.cell, likely, runnerUp),
    status: 'undecided',
    sentence: `Undecided: no cell is shown to meet the SLA; the best that may is ${likely.cell.label} (${formatNamed(metric, likely.value)}), where ${listOf(open.map(shortfall))}.`,
    missing: open.map(missing),
    flips: [...openCells(context, null), ...relaxations(context, likely)],
  };
};

const noneMeets = (context: Context): Decision => {
  const { candidates, objective } = context;
  const ranked = bestFirst(candidates.filter(isRanked), objective);
  const all: Candidate[] = [...ranked, ...candidates.filter((candidate) => !isRanked(candidate))];
  const [nearest] = all.filter((candidate) => candidate.meets === 'no').toSorted((a, b) => violationOf(a) - violationOf(b));
  if (nearest === undefined) return noData(objective, 'No decision: no cell was judged.');
  const open = nearest.verdicts.filter((verdict) => verdict.status !== 'pass');
  const lacks = open.length === 0 ? 'its measurement is invalid' : listOf(open.map(shortfall));
  const shown = nearest.verdicts.some((verdict) => verdict.status === 'fail');
  const verb = shown ? 'No cell meets the SLA' : 'No cell is shown to meet the SLA';
  return {
    ...alternatives(context, nearest.cell, isRanked(nearest) ? nearest : null, undefined),
    status: 'none-meets',
    sentence: `${verb}; the nearest is ${nearest.cell.label}: ${lacks}.`,
    missing: open.map(missing),
    flips: relaxations(context, null),
  };
};

type Ranking = Pick<Decision, 'objective' | 'metric' | 'cell' | 'value' | 'runnerUp' | 'others'>;

/** The chosen cell, the runner-up and the rest, best first; cells without a value come last. */
const alternatives = (context: Context, cell: CellResult, chosen: Ranked | null, runnerUp: Ranked | undefined): Ranking => {
  const describe = (other: Candidate): Alternative => {
    const seen: Contrast =
      chosen !== null && isRanked(other)
        ? contrast(other, chosen, context.level)
        : { ratio: null, interval: null, apart: false };
    return {
      cell: other.cell.id,
      value: other.reading.value,
      ratio: seen.ratio,
      interval: seen.interval,
      meetsSla: other.meets,
      note: noteOf(other, context.results),
    };
  };
  const ranked = bestFirst(context.candidates.filter(isRanked), context.objective);
  const unranked = context.candidates.filter((candidate) => !isRanked(candidate));
  const measured = new Set(context.candidates.map((candidate) => candidate.cell.id));
  const absent = context.results.cells.filter((other) => !measured.has(other.id));
  return {
    objective: context.objective.text,
    metric: context.metric.name,
    cell: cell.id,
    value: chosen?.value ?? null,
    runnerUp: runnerUp === undefined ? null : describe(runnerUp),
    others: [
      ...[...ranked, ...unranked]
        .filter((other) => other.cell.id !== cell.id && other.cell.id !== runnerUp?.cell.id)
        .map(describe),
      ...absent.map((other): Alternative => ({
        cell: other.id,
        value: null,
        ratio: null,
        interval: null,
        meetsSla: 'no',
        note: other.reason === undefined ? other.state : `${other.state}: ${other.reason.message}`,
      })),
    ],
  };
};

const noteOf = (candidate: Candidate, results: Results): string => {
  if (candidate.reading.value === null) return candidate.reading.reason ?? 'no value';
  const open = candidate.verdicts.filter((verdict) => verdict.status !== 'pass');
  if (open.length > 0) return open.map(shortfall).join('; ');
  if (candidate.meets !== 'yes') return 'its measurement is invalid';
  if (results.scenario.rules.length === 0) return 'no SLA was asked';
  return candidate.verdicts.length === 0 ? 'no SLA rule is about it' : 'meets the SLA';
};

/** "throughput 1.23k/s (95%: 1.20k/s to 1.26k/s)". */
const valueOf = (context: Context, chosen: Ranked): string => {
  const { metric } = context;
  const interval = roundsInterval(chosen.reading.rounds, { level: 0.95, pooled: chosen.value });
  const text = formatNamed(metric, chosen.value);
  return interval === null || isShare(chosen) ? text : `${text} (${formatInterval(metric.kind, interval)})`;
};

/** How the chosen cell stands to the SLA, by the rule with the least headroom. */
const slaOf = (context: Context, chosen: Ranked, able: number): string => {
  const cells = context.results.cells.length;
  if (context.results.scenario.rules.length === 0) {
    return `${cells === 1 ? 'the only cell' : `the best of ${cells} cells`}; no SLA was asked`;
  }
  const among =
    cells === 1 ? 'the only cell' : able === 1 ? `the only one of ${cells} cells that meets the SLA` : `the best of the ${able} of ${cells} cells that meet the SLA`;
  const [tightest] = chosen.verdicts.toSorted((a, b) => (a.headroom ?? Infinity) - (b.headroom ?? Infinity));
  const kind = tightest === undefined ? undefined : parseMetric(tightest.metric)?.kind;
  if (tightest === undefined || kind === undefined || tightest.actual === null) return `${among}; no SLA rule is about it`;
  const meets = cells === 1 ? ', and it meets the SLA' : '';
  return `${among}${meets}, with ${tightest.metric} ${formatMetricValue(kind, tightest.actual)} where the limit is ${formatMetricValue(kind, tightest.expected)}`;
};

const deploySentence = (context: Context, chosen: Ranked, runnerUp: Ranked | undefined, able: number): string => {
  const seen = runnerUp === undefined ? null : contrast(chosen, runnerUp, context.level);
  const next =
    runnerUp === undefined || seen === null || seen.ratio === null
      ? ''
      : `; next is ${runnerUp.cell.label}, against which it is ${formatRatio(seen.ratio, seen.interval)}`;
  return `Deploy ${chosen.cell.label}: ${valueOf(context, chosen)}, ${slaOf(context, chosen, able)}${next}.`;
};

const tieSentence = (context: Context, chosen: Ranked, other: Ranked | undefined, able: number): string => {
  const { metric } = context;
  if (other === undefined) return deploySentence(context, chosen, other, able);
  const seen = contrast(chosen, other, context.level);
  const difference = seen.ratio === null ? '' : `, ${formatRatio(seen.ratio, seen.interval)}`;
  const why = seen.interval === null && !isShare(chosen) ? 'with one round each there is no interval' : reasonToTake(context, chosen, other);
  return `Deploy ${chosen.cell.label}: ${valueOf(context, chosen)}, ${slaTail(context, chosen, able)}; it cannot be told apart from ${other.cell.label} in ${metric.name}${difference}, and ${why}.`;
};

/** As slaOf, without a claim of being the best. */
const slaTail = (context: Context, chosen: Ranked, able: number): string =>
  slaOf(context, chosen, able).replace('the best of', 'one of the best of');

const reasonToTake = (context: Context, chosen: Ranked, other: Ranked): string => {
  const count = (threads: number): number => (threads === 0 ? context.cpus : threads);
  const [mine, theirs] = [chosen.cell.params, other.cell.params];
  if (count(mine.threads) < count(theirs.threads)) return 'it needs fewer threads';
  if (count(mine.threads) === count(theirs.threads) && mine.batch < theirs.batch) return 'its batch is smaller';
  return `its measured ${context.metric.name} is the better one`;
};

const tieFlip = (context: Context, other: Ranked, chosen: Ranked): string[] => {
  const seen = contrast(other, chosen, context.level);
  if (seen.interval === null) return [];
  const end = context.objective.direction === 'maximize' ? seen.interval.high : seen.interval.low;
  const better = context.objective.direction === 'maximize' ? end > 1 : end < 1;
  if (!better) return [];
  return [`${other.cell.label} may be the better one: its ${context.metric.name} may differ by as much as ${formatChange(end - 1)}.`];
};
