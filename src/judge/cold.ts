/** Cold starts as the judge reads them: which cells a metric is about, and its value over processes. */
import {
  coldBounds,
  coldRounds,
  coldValue,
  phaseTime,
  processesNeeded,
  type ColdStatistic,
} from '../results/cold-rounds.js';
import type { CellResult, Interval } from '../results/schema.js';
import type { Metric } from '../vocabulary/metrics.js';
import type { CellParams } from '../vocabulary/params.js';

/** The kind of cells that have a metric: those of cold starts, or those that are warmed up. */
export const startOf = (metric: Metric | null): CellParams['start'] =>
  metric?.cold === undefined ? 'warm' : 'cold';

const statisticOf = (metric: Metric): ColdStatistic => metric.quantile ?? 'mean';

/** What the judge reads of a cold cell: the value, and each process's own. */
export interface ColdReading {
  readonly value: number | null;
  readonly rounds: readonly number[];
  readonly n: number;
  readonly processes: number;
  readonly evidence: { readonly kind: 'processes'; readonly statistic: ColdStatistic };
  readonly reason?: string;
  readonly need?: number;
}

/** A metric of cold starts in a cell. No value in a warm cell, nor of too few processes. */
export const readCold = (cell: CellResult, metric: Metric): ColdReading => {
  const statistic = statisticOf(metric);
  const processes = coldRounds(cell);
  const values = processes
    .map((round) => phaseTime(round, metric.cold ?? 'answer'))
    .filter((value) => value !== null);
  const need = processesNeeded(statistic);
  const base = {
    rounds: values,
    n: values.length,
    processes: processes.length,
    evidence: { kind: 'processes', statistic } as const,
  };
  if (cell.params.start !== 'cold') return { ...base, value: null, reason: 'the cell does not start cold' };
  if (values.length < processes.length) {
    const reason = 'the runtime reads the file of this model itself, as part of the phase session';
    return { ...base, value: null, reason };
  }
  if (values.length < need) {
    const reason = `${metric.name} needs ${need} processes, and ${values.length} were measured`;
    return { ...base, value: null, need, reason };
  }
  return { ...base, value: coldValue(values, statistic) };
};

/** The bounds of a cold reading, each one-sided at 1 - alpha, or why there are none. */
export const coldBoundsOf = (
  { rounds, evidence: { statistic } }: Pick<ColdReading, 'rounds' | 'evidence'>,
  alpha: number,
): { readonly interval: Interval } | { readonly interval: null; readonly reason: string } => {
  const bounds = coldBounds(rounds, statistic, alpha);
  return bounds === null
    ? { interval: null, reason: `${rounds.length} processes are too few for bounds at this level` }
    : { interval: { ...bounds, level: 1 - alpha } };
};
