/** The columns of numbers in the table of cells: values in one unit, each with its interval's reach. */
import type { CellResult, Results } from '../../results/schema.js';
import {
  formatCount,
  formatDuration,
  formatDurationIn,
  sharedUnit,
  type DurationUnit,
} from '../../vocabulary/units.js';
import { statName } from './footnotes.js';
import { spread } from './format.js';
import { widthOf } from './layout.js';
import type { Look } from './look.js';

export const TABLE_STATS = ['p50', 'p90', 'p99', 'p999'] as const;
export type TableStat = (typeof TABLE_STATS)[number];
type Figure = TableStat | 'throughput';

/** A column of numbers. `beside`: intervals stand beside their values, not on a line below. */
export interface FigureColumn {
  readonly heading: (beside: boolean) => string;
  readonly text: (cell: CellResult, beside: boolean) => string;
}

export interface Figures {
  /** The unit that all latencies share; null when each value says its own. */
  readonly unit: DurationUnit | null;
  readonly columns: Readonly<Record<Figure, FigureColumn>>;
}

/**
 * A shared unit that leaves values under a tenth is worse than a unit beside each value. A unit for
 * each column would be worst: a p50 and a p99 that stand side by side would not compare.
 */
const SMALLEST = 0.1;

/** The columns for the cells that a table shows. */
export const figuresOf = (results: Results, cells: readonly CellResult[], look: Look): Figures => {
  const valuesOf = (stat: TableStat): number[] =>
    cells.flatMap((cell) => {
      const value = cell.latency?.[stat].value;
      return value === undefined || value === null ? [] : [value];
    });
  const all = TABLE_STATS.flatMap(valuesOf);
  const common = sharedUnit(all);
  const unit = common !== null && Math.min(...all) / common.ns >= SMALLEST ? common : null;
  // A rule on p99 that a cell breaks colours that number; the SLA column says it in words.
  const broken = new Set(
    results.verdicts
      .filter(({ status }) => status === 'fail')
      .map(({ cell, metric }) => `${cell}\n${metric}`),
  );
  const columnFor = (stat: TableStat): FigureColumn => {
    const format = (value: number): string =>
      unit === null ? formatDuration(value) : formatDurationIn(value, unit);
    return column(stat, statName(stat), format, { cells, look, broken });
  };
  return {
    unit,
    columns: {
      p50: columnFor('p50'),
      p90: columnFor('p90'),
      p99: columnFor('p99'),
      p999: columnFor('p999'),
      throughput: column('throughput', 'items/s', formatCount, { cells, look, broken }),
    },
  };
};

interface ColumnContext {
  readonly cells: readonly CellResult[];
  readonly look: Look;
  readonly broken: ReadonlySet<string>;
}

const column = (
  stat: Figure,
  heading: string,
  format: (value: number) => string,
  { cells, look, broken }: ColumnContext,
): FigureColumn => {
  const { paint } = look;
  const parts = (cell: CellResult): { value: string; reach: string } => {
    const estimate = stat === 'throughput' ? cell.throughput : cell.latency?.[stat];
    if (estimate === undefined || estimate === null || estimate.value === null)
      return { value: '-', reach: '' };
    const { value, interval } = estimate;
    return { value: format(value), reach: interval === null ? '' : spread(value, interval, look) };
  };
  // Values and intervals each line up, so a column is as wide as the widest of both.
  const valueRoom = Math.max(0, ...cells.map((cell) => widthOf(parts(cell).value)));
  const reachRoom = Math.max(0, ...cells.map((cell) => widthOf(parts(cell).reach)));
  const metric = stat === 'throughput' ? stat : statName(stat);
  return {
    heading: (beside) => {
      if (!beside || reachRoom === 0) return heading;
      // Over the values, not over their intervals, as far as the column's width allows.
      const spare = valueRoom + 1 + reachRoom - widthOf(heading);
      return heading + ' '.repeat(Math.max(0, Math.min(reachRoom + 1, spare)));
    },
    text: (cell, beside) => {
      const { value, reach } = parts(cell);
      const isBroken = broken.has(`${cell.id}\n${metric}`);
      const painted = isBroken ? paint.bad(value) : value === '-' ? paint.dim(value) : value;
      if (!beside) return reach === '' ? painted : `${painted}\n${paint.dim(reach)}`;
      return reachRoom === 0
        ? painted
        : `${painted} ${paint.dim(reach)}${' '.repeat(reachRoom - widthOf(reach))}`;
    },
  };
};
