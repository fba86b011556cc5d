/** Numbers as the judge's sentences say them. */
import type { Verdict } from '../results/conclusions-schema.js';
import type { Interval } from '../results/schema.js';
import { formatMetricValue, parseMetric, type Metric, type MetricKind } from '../vocabulary/metrics.js';
import { formatChange, formatShare } from '../vocabulary/units.js';
import { isUpperLimit } from './operators.js';

/** A confidence level: "95%", "98.3%". */
export const formatLevel = (level: number): string => formatShare(level).replace(/\.0+%$/, '%');

/**
 * A value beside a limit. Three digits can hide on which side of the limit it is; then it says so:
 * "just over 10.0 ms".
 */
export const formatBeside = (kind: MetricKind, value: number, limit: number): string => {
  const text = formatMetricValue(kind, value);
  if (value === limit || text !== formatMetricValue(kind, limit)) return text;
  return `just ${value > limit ? 'over' : 'under'} ${text}`;
};

/** "throughput 1.23k/s". */
export const formatNamed = (metric: Metric, value: number): string =>
  `${metric.name} ${formatMetricValue(metric.kind, value)}`;

/** "95%: 1.20k/s to 1.26k/s". */
export const formatInterval = (kind: MetricKind, interval: Interval): string =>
  `${formatLevel(interval.level)}: ${formatMetricValue(kind, interval.low)} to ${formatMetricValue(kind, interval.high)}`;

/** A ratio as a change, with its interval: "+22.0%, 95%: +18.0% to +26.0%". */
export const formatRatio = (ratio: number, interval: Interval | null): string => {
  const change = formatChange(ratio - 1);
  if (interval === null) return change;
  const ends = `${formatChange(interval.low - 1)} to ${formatChange(interval.high - 1)}`;
  return `${change}, ${formatLevel(interval.level)}: ${ends}`;
};

const at = ({ workload = '' }: { readonly workload?: string }): string =>
  workload === '' ? '' : ` at ${workload}`;

/** What a verdict that did not pass lacks, in few words: "p99 12.3 ms, limit 10.0 ms". */
export const shortfall = (verdict: Verdict & { readonly workload?: string }): string => {
  const kind = parseMetric(verdict.metric)?.kind;
  if (verdict.actual === null || kind === undefined || verdict.status === 'no-data')
    return `${verdict.metric}: no data${at(verdict)}`;
  const actual = `${verdict.metric} ${formatBeside(kind, verdict.actual, verdict.expected)}${at(verdict)}`;
  const limit = `limit ${formatMetricValue(kind, verdict.expected)}`;
  switch (verdict.status) {
    case 'invalid':
      return `${actual}, invalid`;
    case 'inconclusive':
      return `${actual}, ${limit}, inconclusive`;
    default:
      return `${actual}, ${limit}`;
  }
};

/** What a cell needs to satisfy a rule it does not satisfy, as a full sentence. */
export const missing = (verdict: Verdict & { readonly workload?: string }): string => {
  const metric = parseMetric(verdict.metric);
  if (
    metric === null ||
    verdict.actual === null ||
    verdict.status === 'no-data' ||
    verdict.status === 'invalid'
  ) {
    return verdict.message;
  }
  const { actual, expected } = verdict;
  const is = `${metric.name} is ${formatBeside(metric.kind, actual, expected)}${at(verdict)}`;
  const must = `${isUpperLimit(verdict.operator) ? 'at most' : 'at least'} ${formatMetricValue(metric.kind, expected)}`;
  if (verdict.status === 'inconclusive') return `${is}, and that it is ${must} is not shown.`;
  const change = actual === 0 || expected === 0 ? '' : `: a change of ${formatChange(expected / actual - 1)}`;
  return `${is} and must be ${must}${change}.`;
};

/** "a, b and c". */
export const listOf = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
