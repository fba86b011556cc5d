/** What would change a decision: computed from the bounds the verdicts were judged by. */
import type { Verdict } from '../results/conclusions-schema.js';
import { formatMetricValue, parseMetric, type Metric, type MetricKind } from '../vocabulary/metrics.js';
import type { Objective } from '../vocabulary/rules.js';
import { formatChange } from '../vocabulary/units.js';
import {
  bestFirst,
  contrast,
  isRanked,
  type DecisionContext,
  type JudgedVerdict,
  type Ranked,
} from './candidates.js';
import { isUpperLimit, worseEnd } from './operators.js';
import { listOf, shortfall } from './phrases.js';

/** A decision has one message; more flips of a kind than this would hide it. */
const MAX_OF_A_KIND = 2;

/** A limit this many times away is another service, not another choice for this one. */
const FAR = 3;

const MIB = 2 ** 20;

/**
 * A limit that a bound is within, as a person would write it: three digits, rounded away from the
 * bound; sizes in whole MiB.
 */
export const roundLimit = (kind: MetricKind, bound: number, upper: boolean): number => {
  const away = upper ? Math.ceil : Math.floor;
  if (bound === 0) return 0;
  if (kind === 'size') return away(bound / MIB) * MIB;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(bound))) - 2);
  return Number((away(Number((bound / step).toPrecision(12))) * step).toPrecision(12));
};

/** "a p99 limit of 12.3 ms instead of 10.0 ms"; null when no limit is known that the cell would satisfy. */
const otherLimit = (verdict: Verdict): string | null => {
  const kind = parseMetric(verdict.metric)?.kind;
  if (kind === undefined || verdict.interval === null) return null;
  const limit = roundLimit(
    kind,
    worseEnd(verdict.interval, verdict.operator),
    isUpperLimit(verdict.operator),
  );
  return `${article(verdict.metric).toLowerCase()} ${verdict.metric} limit of ${formatMetricValue(kind, limit)} instead of ${formatMetricValue(kind, verdict.expected)}`;
};

const article = (noun: string): string => (/^[aeiou]/.test(noun) ? 'An' : 'A');

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const gain = (cell: Ranked, over: Ranked | null, metric: Metric): string =>
  over === null || over.value === 0 || over.cell.machine !== cell.cell.machine
    ? `${metric.name} ${formatMetricValue(metric.kind, cell.value)}`
    : `${metric.name} ${formatChange(cell.value / over.value - 1)}`;

const isBetter = (a: Ranked, b: Ranked, objective: Objective): boolean =>
  objective.direction === 'maximize' ? a.value > b.value : a.value < b.value;

/**
 * Limits that would let in a cell that breaks the SLA now and is better by the objective than
 * `chosen` (any cell, when nothing is chosen), nearest first by the objective.
 */
export const relaxations = (context: DecisionContext, chosen: Ranked | null): string[] => {
  const { objective, metric, candidates } = context;
  const out = candidates
    .filter(isRanked)
    .filter((candidate) => candidate.meets === 'no')
    .filter((candidate) => chosen === null || isBetter(candidate, chosen, objective));
  const flips = bestFirst(out, objective).flatMap((candidate): { text: string; needs: number }[] => {
    const open = worstPerRule(candidate.verdicts.filter((verdict) => verdict.status !== 'pass'));
    const limits = open.map(otherLimit);
    // A cell that is invalid or lacks data is let in by no limit.
    if (
      open.length === 0 ||
      open.some((verdict) => verdict.status !== 'fail' && verdict.status !== 'inconclusive')
    )
      return [];
    if (!limits.every((limit) => limit !== null)) return [];
    const needs = Math.max(...open.map((verdict) => Math.abs(Math.log(worseOf(verdict) / verdict.expected))));
    if (chosen !== null && needs > Math.log(FAR)) return [];
    return [
      {
        text: `${capital(listOf(limits))} would allow ${candidate.label}: ${gain(candidate, chosen, metric)}.`,
        needs,
      },
    ];
  });
  // The smallest change of a limit is the one a team would think about first.
  return flips
    .toSorted((a, b) => a.needs - b.needs)
    .slice(0, MAX_OF_A_KIND)
    .map((flip) => flip.text);
};

const worseOf = (verdict: Verdict): number =>
  verdict.interval === null ? Number.NaN : worseEnd(verdict.interval, verdict.operator);

/** Of the verdicts of one rule at several workloads, the one with the worst bound. */
const worstPerRule = (verdicts: readonly JudgedVerdict[]): JudgedVerdict[] => {
  const kept = new Map<string, JudgedVerdict>();
  for (const verdict of verdicts) {
    const before = kept.get(verdict.rule);
    const upper = isUpperLimit(verdict.operator);
    // A verdict without bounds stays: it says that no limit is known.
    const worse =
      before === undefined ||
      Number.isNaN(worseOf(verdict)) ||
      (upper ? worseOf(verdict) > worseOf(before) : worseOf(verdict) < worseOf(before));
    if (worse) kept.set(verdict.rule, verdict);
  }
  return [...kept.values()];
};

/** Limits that would rule out the chosen cell, the tightest first, and what would be chosen then. */
export const tightenings = (context: DecisionContext, chosen: Ranked): string[] => {
  const { objective, metric } = context;
  const others = bestFirst(context.candidates.filter(isRanked), objective).filter(
    (candidate) => candidate.meets === 'yes' && candidate.cell.id !== chosen.cell.id,
  );
  return worstPerRule(chosen.verdicts)
    .filter((verdict) => verdict.status === 'pass' && verdict.interval !== null && verdict.expected !== 0)
    .toSorted((a, b) => (a.headroom ?? Infinity) - (b.headroom ?? Infinity))
    .slice(0, MAX_OF_A_KIND)
    .flatMap((verdict) => {
      const kind = parseMetric(verdict.metric)?.kind;
      const bound = worseOf(verdict);
      if (kind === undefined || !(Math.abs(Math.log(bound / verdict.expected)) <= Math.log(FAR))) return [];
      const upper = isUpperLimit(verdict.operator);
      const left = others.find((other) => {
        const [same] = worstPerRule(other.verdicts.filter((theirs) => theirs.rule === verdict.rule));
        return same === undefined || (upper ? worseOf(same) < bound : worseOf(same) > bound);
      });
      const side = upper ? 'under' : 'over';
      const then =
        left === undefined
          ? 'would leave no cell that is shown to meet the SLA'
          : `would change the choice to ${left.label}: ${gain(left, chosen, metric)}`;
      return [
        `${article(verdict.metric)} ${verdict.metric} limit ${side} ${formatMetricValue(kind, bound)} instead of ${formatMetricValue(kind, verdict.expected)} ${then}.`,
      ];
    });
};

/** Better cells of which it is not known yet whether they meet the SLA. */
export const openCells = (context: DecisionContext, chosen: Ranked | null): string[] => {
  const { objective, metric } = context;
  const open = context.candidates
    .filter(isRanked)
    .filter((candidate) => candidate.meets === 'unknown')
    .filter((candidate) => chosen === null || isBetter(candidate, chosen, objective));
  return bestFirst(open, objective)
    .slice(0, MAX_OF_A_KIND)
    .map((candidate) => {
      const lacks = candidate.verdicts.filter((verdict) => verdict.status === 'inconclusive').map(shortfall);
      return `Whether ${candidate.label} meets the SLA is open (${lacks.join('; ')}); if it does, it is the choice: ${gain(candidate, chosen, metric)}.`;
    });
};

/** By how much a cell that cannot be told apart from the chosen one may be better after all; null when it can't be. */
export const tieFlip = (context: DecisionContext, other: Ranked, chosen: Ranked): string | null => {
  const { objective, metric, level } = context;
  const { interval } = contrast(other, chosen, level);
  if (interval === null) return null;
  const end = objective.direction === 'maximize' ? interval.high : interval.low;
  const better = objective.direction === 'maximize' ? end > 1 : end < 1;
  if (!better) return null;
  return `${other.label} may be the better one: its ${metric.name} may differ by as much as ${formatChange(end - 1)}.`;
};
