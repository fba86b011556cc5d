/**
 * The percentile distribution of each cell as HdrHistogram's tools print and plot it: the columns and
 * the steps of `outputPercentileDistribution` with five ticks per half distance, values in ms.
 * Where Java prints the upper edge of the last bucket, this prints the exact maximum.
 */
import { pooledHistogram, measuredRounds, poolMoments, roundMoments } from '../results/rounds.js';
import type { CellResult, Results } from '../results/schema.js';
import type { LatencyHistogram } from '../stats/histogram.js';
import { NS_PER_MS } from '../vocabulary/units.js';
import { fileStem, findCell } from './select.js';
import type { CellReporter } from './types.js';

/** Steps until the distance to 100% has halved; HdrHistogram's default. */
const TICKS = 5;

/** Decimals of a ms that show a whole ns: a small model takes tens of microseconds. */
const DECIMALS = 6;

interface Step {
  /** ns. */
  readonly value: number;
  /** From 0 to 1. */
  readonly percentile: number;
  /** Requests at or under `value`. */
  readonly total: number;
}

/**
 * The steps of HdrHistogram's PercentileIterator (HdrHistogram 2.1, PercentileIterator.java): five for
 * every halving of the distance to 100%, each at the bucket in which it is reached.
 */
export const percentileSteps = (histogram: LatencyHistogram): Step[] => {
  const steps: Step[] = [];
  let total = 0;
  let level = 0;
  let lastPercentile = -1;
  for (const { to, count } of histogram.entries()) {
    total += count;
    const reached = (100 * total) / histogram.count;
    while (level <= reached && lastPercentile < 100) {
      steps.push({ value: to, percentile: level / 100, total });
      lastPercentile = level;
      if (total === histogram.count) break;
      // Java truncates the exponent to a whole number before it takes the power.
      const halvings = Math.trunc(Math.log2(100 / (100 - level))) + 1;
      level += 100 / (TICKS * 2 ** halvings);
    }
  }
  if (histogram.count > 0) steps.push({ value: histogram.max, percentile: 1, total: histogram.count });
  return steps;
};

const ms = (ns: number): string => (ns / NS_PER_MS).toFixed(DECIMALS).padStart(12);

const line = ({ value, percentile, total }: Step): string => {
  const start = `${ms(value)} ${percentile.toFixed(12).padStart(14)} ${String(total).padStart(10)}`;
  // At 100% the last column would be infinite; HdrHistogram leaves it out.
  return percentile === 1 ? start : `${start} ${(1 / (1 - percentile)).toFixed(2).padStart(14)}`;
};

const distribution = (cell: CellResult): string | null => {
  const rounds = measuredRounds(cell);
  const histogram = pooledHistogram(rounds);
  if (histogram === null || histogram.count === 0) return null;
  const moments = poolMoments(rounds.map(roundMoments));
  return [
    '       Value     Percentile TotalCount 1/(1-Percentile)',
    '',
    ...percentileSteps(histogram).map(line),
    `#[Mean    = ${ms(moments?.mean ?? 0)}, StdDeviation   = ${ms(moments?.stdev ?? 0)}]`,
    `#[Max     = ${ms(histogram.max)}, Total count    = ${String(histogram.count).padStart(12)}]`,
    `#[Buckets = ${'32'.padStart(12)}, SubBuckets     = ${'2048'.padStart(12)}]`,
    '',
  ].join('\n');
};

/** The cells a per-cell reporter writes: the one that is asked for, or all. */
export const chosenCells = (results: Results, cell: string | undefined): readonly CellResult[] =>
  cell === undefined ? results.cells : [findCell(results, cell)];

export const hgrm: CellReporter = {
  name: 'hgrm',
  describe: "percentile distribution for HdrHistogram's plotter, in ms",
  extension: 'hgrm',
  perCell: true,
  files: (results, options) =>
    chosenCells(results, options?.cell).flatMap((cell) => {
      const content = distribution(cell);
      return content === null ? [] : [{ name: `${fileStem(cell)}.hgrm`, content }];
    }),
};
