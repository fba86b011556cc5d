/** The whole percentile spectrum of one cell, each step with its interval or what it lacks. */
import { readMetric } from '../../judge/reading.js';
import { measuredRounds, pooledHistogram } from '../../results/rounds.js';
import type { CellResult, Estimate, LatencyStat } from '../../results/schema.js';
import { LATENCY_STATS } from '../../results/schema.js';
import { INTERVAL_LEVEL } from '../../results/summarise.js';
import type { LatencyHistogram } from '../../stats/histogram.js';
import { roundsInterval } from '../../stats/intervals.js';
import { parseMetric } from '../../vocabulary/metrics.js';
import { formatDuration } from '../../vocabulary/units.js';
import { bar } from './chart.js';
import { statName } from './footnotes.js';
import { integer, range, spread } from './format.js';
import type { Column } from './layout.js';
import { section, table } from './layout.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

/** The ladder: closer together where the tail is. */
const LADDER = [
  'min',
  'p5',
  'p25',
  'p50',
  'p75',
  'p90',
  'p95',
  'p99',
  'p99.5',
  'p99.9',
  'p99.99',
  'max',
] as const;
const MOMENTS = ['mean', 'stdev'] as const;

const COLUMNS: readonly Column[] = [
  { heading: '', align: 'left' },
  { heading: '', align: 'left', gap: 1 },
  { heading: 'latency', align: 'right' },
  { heading: '', align: 'left', gap: 1 },
  { heading: `${INTERVAL_LEVEL * 100}% interval`, align: 'left' },
  { heading: 'above', align: 'right' },
  { heading: '', align: 'left', optional: true },
];

/** Columns of the longest bar. */
const BAR = 20;

/** The section; empty when the cell has no measured round. */
export const percentilesSection = (cell: CellResult, look: Look): string[] => {
  const histogram = pooledHistogram(measuredRounds(cell));
  if (histogram === null || histogram.count === 0) return [];
  const rows = [...LADDER, ...MOMENTS].map((name) => rowOf(cell, histogram, name, look));
  return section(
    'Percentiles',
    'all rounds together, nearest rank; above: requests that took longer',
    table(COLUMNS, rows, look),
    look,
  );
};

const rowOf = (cell: CellResult, histogram: LatencyHistogram, name: string, look: Look): string[] => {
  const { value, interval, reason, need } = estimateOf(cell, name);
  if (value === null) {
    const why = need === undefined ? clean(reason ?? '') : `needs ${integer(need)} a round`;
    return ['', name, '-', '', look.paint.dim(why), '', ''];
  }
  const isRank = !MOMENTS.some((moment) => moment === name);
  return [
    '',
    name,
    formatDuration(value),
    interval === null ? '' : look.paint.dim(spread(value, interval, look)),
    interval === null ? '-' : range(interval, 'duration', look),
    isRank ? integer(requestsAbove(histogram, value)) : '',
    isRank ? look.paint.dim(bar(value / histogram.max, BAR, look.unicode)) : '',
  ];
};

/** The document's own estimate where it has one; the same by the same means where it has none. */
const estimateOf = (
  cell: CellResult,
  name: string,
): Pick<Estimate, 'value' | 'interval' | 'reason' | 'need'> => {
  const stat = LATENCY_STATS.find((candidate: LatencyStat) => statName(candidate) === name);
  if (stat !== undefined && cell.latency !== null) return cell.latency[stat];
  const metric = parseMetric(name);
  if (metric === null) return { value: null, interval: null };
  const { value, rounds, reason, need } = readMetric(cell, metric);
  const missing = { ...(reason === undefined ? {} : { reason }), ...(need === undefined ? {} : { need }) };
  if (value === null) return { value, interval: null, ...missing };
  return { value, interval: roundsInterval(rounds, { level: INTERVAL_LEVEL, pooled: value }) };
};

const requestsAbove = (histogram: LatencyHistogram, value: number): number => {
  let above = 0;
  for (const { from, count } of histogram.entries()) if (from > value) above += count;
  return above;
};
