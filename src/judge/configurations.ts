/**
 * A decision chooses a configuration, and the users bring the workload: sizes of inputs, pauses
 * between requests. So cells that differ in their workload alone belong together. They meet the SLA
 * together, and one of them, the same workload for all configurations, ranks them.
 */
import type { CellResult } from '../results/schema.js';
import type { Metric } from '../vocabulary/metrics.js';
import { isMix } from '../vocabulary/mix.js';
import { axesOfRole, cellLabel, configurationKey, varyingAxes, workloadKey } from '../vocabulary/params.js';
import { isMeasured, readMetric } from './reading.js';

export interface Configuration {
  /** Every cell of it, measured or not, in the document's order. */
  readonly cells: readonly CellResult[];
  /** The measured cell that ranks it; null when none was measured. */
  readonly representative: CellResult | null;
  /** What sets it apart from the other configurations: "batch 8, threads 1". */
  readonly label: string;
}

const groupBy = (
  cells: readonly CellResult[],
  key: (cell: CellResult) => string,
): Map<string, CellResult[]> => {
  const groups = new Map<string, CellResult[]>();
  for (const cell of cells) groups.set(key(cell), [...(groups.get(key(cell)) ?? []), cell]);
  return groups;
};

/** Smaller is better, whichever way the metric goes; null when the cell has no value above zero. */
const costOf = (cell: CellResult, metric: Metric): number | null => {
  const { value } = readMetric(cell, metric);
  if (value === null || value <= 0) return null;
  return metric.better === 'lower' ? Math.log(value) : -Math.log(value);
};

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The workload that ranks configurations: among those that every configuration was measured at, the
 * mix where there is one, for it is what the users were said to send; else the one that costs the
 * most on average (geometric mean of the metric). Null when no workload is common to all.
 */
const referenceWorkload = (groups: readonly (readonly CellResult[])[], metric: Metric): string | null => {
  const measured = groups.map((cells) => cells.filter(isMeasured)).filter((cells) => cells.length > 0);
  const byWorkload = groupBy(measured.flat(), (cell) => workloadKey(cell.params));
  const common = [...byWorkload].filter(([, cells]) => cells.length === measured.length);
  const mixes = common.filter(([, [first]]) => first !== undefined && isMix(first.params.dims));
  const ranked = (mixes.length > 0 ? mixes : common)
    .map(([key, cells]) => ({
      key,
      costs: cells.map((cell) => costOf(cell, metric)).filter((cost) => cost !== null),
    }))
    // A workload without a value everywhere could only rank some of them.
    .filter(({ costs }) => costs.length === measured.length)
    .toSorted((a, b) => meanOf(b.costs) - meanOf(a.costs));
  return ranked[0]?.key ?? null;
};

const worst = (cells: readonly CellResult[], metric: Metric): CellResult | null => {
  const costs = cells.map((cell) => ({ cell, cost: costOf(cell, metric) ?? Number.NEGATIVE_INFINITY }));
  return costs.toSorted((a, b) => b.cost - a.cost)[0]?.cell ?? null;
};

/** The cells as configurations, in the document's order. */
export const configurationsOf = (cells: readonly CellResult[], metric: Metric): Configuration[] => {
  const groups = [...groupBy(cells, (cell) => configurationKey(cell.params)).values()];
  const reference = referenceWorkload(groups, metric);
  const varying = axesOfRole(varyingAxes(cells.map((cell) => cell.params)), 'configuration');
  return groups.map((group): Configuration => {
    const measured = group.filter(isMeasured);
    const representative =
      measured.find((cell) => workloadKey(cell.params) === reference) ?? worst(measured, metric);
    const [first] = group;
    const label =
      group.length === 1 && first !== undefined
        ? first.label
        : first === undefined
          ? ''
          : cellLabel(first.params, varying);
    return { cells: group, representative, label };
  });
};

/** What sets a cell's workload apart from the others of the document; "" when workloads don't vary. */
export const workloadLabel = (cell: CellResult, cells: readonly CellResult[]): string => {
  const varying = axesOfRole(varyingAxes(cells.map((other) => other.params)), 'workload');
  return varying.length === 0 ? '' : cellLabel(cell.params, varying);
};
