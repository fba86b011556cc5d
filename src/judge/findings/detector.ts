/** What every detector of findings is. A detector looks and tells; it never prints and never judges a rule. */
import type { Finding } from '../../results/conclusions-schema.js';
import { measuredRounds, type MeasuredRound } from '../../results/rounds.js';
import type { CellResult, Results } from '../../results/schema.js';
import { isMeasured } from '../reading.js';

/** One cell (or the whole run) that shows what a detector looks for. */
export interface Symptom {
  /** Null: the whole run. */
  readonly cell: CellResult | null;
  readonly severity: Finding['severity'];
  /** How bad, for picking the worst among several of the same severity; any scale. */
  readonly weight: number;
  /** One sentence with the numbers, the cell named. */
  readonly cause: string;
  /** One sentence: what to do. */
  readonly action: string;
  /** Symptoms of different groups make findings of their own; left out: one group. */
  readonly group?: string;
}

export interface Detector {
  /** `mute` takes it. */
  readonly id: string;
  readonly title: string;
  /** A measurement with this symptom is invalid: no rule passes on the cell. */
  readonly invalidates?: true;
  readonly detect: (results: Results) => readonly Symptom[];
}

/** What a detector says of a cell; null: nothing. */
export type CellSymptom = Omit<Symptom, 'cell'> | null;

/** A detector's `detect` that looks at each measured warm cell by itself. */
export const perCell =
  (
    look: (cell: CellResult, rounds: readonly MeasuredRound[], results: Results) => CellSymptom,
  ): Detector['detect'] =>
  (results) =>
    results.cells.filter(isMeasured).flatMap((cell) => {
      // Cold starts have detectors of their own: these read the latency of warm requests.
      const rounds = measuredRounds(cell);
      const symptom = rounds.length === 0 ? null : look(cell, rounds, results);
      return symptom === null ? [] : [{ cell, ...symptom }];
    });

/** The largest of values that may be unknown; null when all are. */
export const largest = (values: readonly (number | null | undefined)[]): number | null => {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length === 0 ? null : Math.max(...known);
};
