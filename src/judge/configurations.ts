/**
 * A decision chooses a configuration, and the users bring the workload: sizes of inputs, pauses
 * between requests. So cells that differ in their workload alone belong together. They meet the SLA
 * together, and one of them, the same workload for all configurations, ranks them.
 */
import { baseId } from '../results/runs.js';
import type { CellResult } from '../results/schema.js';
import type { Metric } from '../vocabulary/metrics.js';
import { isMix } from '../vocabulary/mix.js';
import { axesOfRole, cellLabel, configurationKey, varyingAxes, workloadKey } from '../vocabulary/params.js';
import { isControlTraffic } from '../vocabulary/traffic.js';
import { isMeasured, readMetric } from './reading.js';

export interface Configuration {
  /** Every cell of it, measured or not, in the document's order. */
  readonly cells: readonly CellResult[];
  /** The measured cell that ranks it; null when none was measured, or not at all workloads on one machine. */
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

/** The workloads that a cell tells of: where traffic makes no difference to it, those with any traffic of the others. */
const workloadsOf = ({ params }: CellResult, cells: readonly CellResult[]): string[] => {
  const others = cells.map((cell) => cell.params.traffic).filter((traffic) => traffic !== 'any');
  return params.traffic !== 'any' || others.length === 0
    ? [workloadKey(params)]
    : [...new Set(others.map((traffic) => workloadKey({ ...params, traffic })))];
};

/** What a cache costs where it never helps is a control; nobody would choose by it. */
const isControl = (cells: readonly CellResult[]): boolean =>
  cells.some(({ params }) => params.cache > 0 && isControlTraffic(params.traffic));

/**
 * The workload that ranks configurations: among those that every configuration was measured at, the
 * mix where there is one, for it is what the users were said to send; else the one that costs the
 * most on average (geometric mean of the metric), one without any hits of a cache only where there is no
 * other. Null when no workload is common to all.
 */
const referenceWorkload = (groups: readonly (readonly CellResult[])[], metric: Metric): string | null => {
  const measured = groups.map((cells) => cells.filter(isMeasured)).filter((cells) => cells.length > 0);
  const byWorkload = new Map<string, CellResult[]>();
  for (const cell of measured.flat())
    for (const key of workloadsOf(cell, measured.flat()))
      byWorkload.set(key, [...(byWorkload.get(key) ?? []), cell]);
  const all = [...byWorkload].filter(([, cells]) => cells.length === measured.length);
  const served = all.filter(([, cells]) => !isControl(cells));
  const common = served.length > 0 ? served : all;
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

interface Group {
  readonly cells: readonly CellResult[];
  /** The machine's name, where the configuration was measured on several that are unequal. */
  readonly machine: string;
  /** It lacks a workload that the configuration was measured at on another machine. */
  readonly partial: boolean;
}

/**
 * A configuration whose cells were measured on several unequal machines each is one configuration a
 * machine. One whose cells were merely spread over machines stays one.
 */
const byMachine = (cells: readonly CellResult[], names: ReadonlyMap<string, string>): Group[] => {
  const workloads = new Set(cells.map((cell) => baseId(cell.id))).size;
  if (workloads === cells.length) return [{ cells, machine: '', partial: false }];
  return [...groupBy(cells, (cell) => cell.machine ?? '')].map(([machine, own]) => ({
    cells: own,
    machine: names.get(machine) ?? '',
    partial: own.length < workloads,
  }));
};

/**
 * The cells as configurations, in the document's order. `names` are those of the machines by their
 * fingerprints, for a document that was merged from several.
 */
export const configurationsOf = (
  cells: readonly CellResult[],
  metric: Metric,
  names: ReadonlyMap<string, string> = new Map(),
): Configuration[] => {
  const groups = [...groupBy(cells, (cell) => configurationKey(cell.params)).values()].flatMap((group) =>
    byMachine(group, names),
  );
  const reference = referenceWorkload(
    groups.filter(({ partial }) => !partial).map((group) => group.cells),
    metric,
  );
  const varying = axesOfRole(varyingAxes(cells.map((cell) => cell.params)), 'configuration');
  return groups.map(({ cells: group, machine, partial }): Configuration => {
    const measured = group.filter(isMeasured);
    const representative =
      measured.find((cell) => reference !== null && workloadsOf(cell, cells).includes(reference)) ??
      worst(measured, metric);
    const [first] = group;
    const suffix = machine === '' ? '' : `, machine ${machine}`;
    const label =
      group.length === 1 && first !== undefined
        ? first.label
        : first === undefined
          ? ''
          : `${cellLabel(first.params, varying)}${suffix}`;
    return { cells: group, representative: partial ? null : representative, label };
  });
};

/** What sets a cell's workload apart from the others of the document; "" when workloads don't vary. */
export const workloadLabel = (cell: CellResult, cells: readonly CellResult[]): string => {
  const varying = axesOfRole(varyingAxes(cells.map((other) => other.params)), 'workload');
  return varying.length === 0 ? '' : cellLabel(cell.params, varying);
};
