/**
 * The decision: the best cell by the objective among those that meet the SLA (satisfice, then
 * optimise), how sure that is, and what would change it.
 */
import type { Alternative, Decision, Verdict } from '../results/conclusions-schema.js';
import { environmentOf, machineNames } from '../results/machines.js';
import type { CellResult, Results } from '../results/schema.js';
import { parseMetric } from '../vocabulary/metrics.js';
import type { Objective } from '../vocabulary/rules.js';
import { alphaOf } from './bounds.js';
import {
  bestFirst,
  candidatesOf,
  contrast,
  isRanked,
  isShare,
  simplest,
  violationOf,
  type Candidate,
  type Contrast,
  type DecisionContext,
  type Ranked,
} from './candidates.js';
import { configurationsOf } from './configurations.js';
import { qualified } from './extent.js';
import { openCells, relaxations, tieFlip, tightenings } from './flips.js';
import { objectiveOf } from './objective.js';
import { holds } from './operators.js';
import { missing, shortfall } from './phrases.js';
import { deploySentence, noneMeetsSentence, tieSentence, undecidedSentence } from './sentences.js';

/** The decision of a document with at least one cell; null without cells. */
export const decide = (
  results: Results,
  verdicts: readonly Verdict[],
  invalid: ReadonlyMap<string, string>,
): Decision | null =>
  results.cells.length === 0 ? null : qualified(results, decideAmong(results, verdicts, invalid));

const decideAmong = (
  results: Results,
  verdicts: readonly Verdict[],
  invalid: ReadonlyMap<string, string>,
): Decision => {
  const objective = objectiveOf(results);
  const metric = parseMetric(objective.metric);
  if (metric === null) {
    return noData(objective, `No decision: this mlat knows no metric ${objective.metric}.`);
  }
  const candidates = candidatesOf(results, metric, verdicts, invalid);
  const context: DecisionContext = {
    results,
    objective,
    metric,
    candidates,
    total: configurationsOf(results.cells, metric, machineNames(results)).length,
    level: 1 - alphaOf(results.scenario.rounds),
    cpus: results.environment.cpu.allowed,
  };
  const ranked = bestFirst(candidates.filter(isRanked), objective);
  const [best, ...rest] = ranked.filter((candidate) => candidate.meets === 'yes');
  if (best !== undefined) return choose(context, [best, ...rest]);
  const [likely, ...open] = likelyFirst(ranked.filter((candidate) => candidate.meets === 'unknown'));
  if (likely !== undefined) return undecided(context, likely, open[0]);
  const judged =
    results.scenario.rules.length > 0 && candidates.some((candidate) => candidate.meets === 'no');
  if (judged) return noneMeets(context);
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
  if (lacking !== undefined) return lacking.reason ?? 'every measurement is invalid';
  const broken = results.cells.find((cell) => cell.reason !== undefined);
  return broken?.reason === undefined
    ? 'no cell was measured'
    : `no cell was measured; ${broken.label}: ${broken.reason.message.replace(/\.$/, '')}`;
};

/** Some cells meet the SLA. `able` holds them, best first. */
const choose = (given: DecisionContext, able: readonly [Ranked, ...Ranked[]]): Decision => {
  const [best, ...rest] = able;
  // Only cells of the best one's machine are told apart by what they need.
  const context = { ...given, cpus: environmentOf(given.results, best.cell).cpu.allowed };
  // Without an interval nothing says that a difference is more than chance, and nothing that it is none.
  const contrasts = rest.map((other) => ({ other, seen: contrast(other, best, context.level) }));
  const ties = contrasts.filter(({ seen }) => !seen.apart);
  const measuredTies = ties
    .filter(({ seen }) => seen.interval !== null || isShare(best))
    .map(({ other }) => other);
  const chosen = simplest([best, ...measuredTies], context.cpus);
  const runnerUp = chosen === best ? (ties[0]?.other ?? rest[0]) : best;
  const status = ties.length > 0 ? 'tie' : 'deploy';
  const rivals = [best, ...ties.map(({ other }) => other)].filter((rival) => rival !== chosen);
  const flips = [
    ...rivals
      .map((rival) => tieFlip(context, rival, chosen))
      .filter((flip) => flip !== null)
      .slice(0, 2),
    ...openCells(context, chosen),
    ...relaxations(context, chosen),
    ...tightenings(context, chosen),
  ];
  return {
    ...alternatives(context, chosen.cell, chosen, runnerUp),
    status,
    sentence: (status === 'deploy' ? deploySentence : tieSentence)(context, chosen, runnerUp, able.length),
    missing: [],
    flips,
  };
};

/** Cells whose measured values are all within their limits come before those that need luck to be. */
const likelyFirst = (unknown: readonly Ranked[]): Ranked[] => {
  const within = ({ verdicts }: Ranked): boolean =>
    verdicts.every(({ actual, operator, expected }) => actual !== null && holds(actual, operator, expected));
  return [...unknown.filter(within), ...unknown.filter((candidate) => !within(candidate))];
};

const undecided = (context: DecisionContext, likely: Ranked, runnerUp: Ranked | undefined): Decision => {
  const open = likely.verdicts.filter((verdict) => verdict.status === 'inconclusive');
  return {
    ...alternatives(context, likely.cell, likely, runnerUp),
    status: 'undecided',
    sentence: undecidedSentence(context, likely),
    missing: open.map(missing),
    flips: [...openCells(context, likely), ...relaxations(context, likely)],
  };
};

const noneMeets = (context: DecisionContext): Decision => {
  const { candidates, objective } = context;
  const ranked = bestFirst(candidates.filter(isRanked), objective);
  // The sort is stable, so cells equally far from the SLA stay in the order of the objective.
  const [nearest] = [...ranked, ...candidates.filter((candidate) => !isRanked(candidate))].toSorted(
    (a, b) => violationOf(a) - violationOf(b),
  );
  if (nearest === undefined) return noData(objective, 'No decision: no cell was judged.');
  const open = nearest.verdicts.filter((verdict) => verdict.status !== 'pass');
  return {
    ...alternatives(context, nearest.cell, isRanked(nearest) ? nearest : null, undefined),
    status: 'none-meets',
    sentence: noneMeetsSentence(context, nearest),
    missing: open.map(missing),
    flips: relaxations(context, null),
  };
};

type Ranking = Pick<Decision, 'objective' | 'metric' | 'cell' | 'value' | 'runnerUp' | 'others'>;

/** The chosen cell, the runner-up and the rest, best first; cells without a value come last. */
const alternatives = (
  context: DecisionContext,
  cell: CellResult,
  chosen: Ranked | null,
  runnerUp: Ranked | undefined,
): Ranking => {
  const names = machineNames(context.results);
  const nameOf = ({ machine }: CellResult): string => names.get(machine ?? '') ?? '?';
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
      note: `${noteOf(other, context.results)}${seen.unequal === true ? `; on machine ${nameOf(other.cell)}` : ''}`,
    };
  };
  const ranked = bestFirst(context.candidates.filter(isRanked), context.objective);
  const unranked = context.candidates.filter((candidate) => !isRanked(candidate));
  const measured = new Set(context.candidates.flatMap((candidate) => candidate.cells.map((own) => own.id)));
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
  const failed = candidate.cells.find((cell) => cell.state === 'failed' || cell.state === 'timed-out');
  if (failed !== undefined) return `${failed.label} ${failed.state}`;
  if (candidate.meets !== 'yes') return 'its measurement is invalid';
  if (results.scenario.rules.length === 0) return 'no SLA was asked';
  return candidate.verdicts.length === 0 ? 'no SLA rule is about it' : 'meets the SLA';
};
