/** Findings about what was not, or not validly, measured. */
import type { CellResult, Results } from '../../results/schema.js';
import { isAbsent } from '../../results/machines.js';
import { completedRounds } from '../../results/cold-rounds.js';
import { cellsOf } from '../sla.js';
import { COLD_STARTS } from '../../vocabulary/cold.js';
import { formatShare } from '../../vocabulary/units.js';
import { perCell, type Detector, type Symptom } from './detector.js';

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

export const cellFailed: Detector = {
  id: 'cell-failed',
  title: 'A cell failed',
  detect: (results): Symptom[] =>
    results.cells
      .filter((cell) => cell.state === 'failed' || cell.state === 'timed-out')
      .map((cell) => ({
        cell,
        severity: 'serious',
        weight: 1,
        group: cell.reason?.kind ?? cell.state,
        cause: sentence(`${cell.label}: ${cell.reason?.message ?? `the cell is ${cell.state}`}`),
        action:
          cell.state === 'timed-out'
            ? 'Raise the deadline if the model is just slow; otherwise leave the cell out.'
            : "See its reason and the process's last lines in results.json; mend the model or leave the cell out.",
      })),
};

export const cellSkipped: Detector = {
  id: 'cell-skipped',
  title: 'A cell was not measured on this machine',
  detect: (results): Symptom[] =>
    results.cells
      .filter((cell) => cell.state === 'skipped')
      .map((cell) => ({
        cell,
        severity: 'note',
        weight: 1,
        group: cell.reason?.kind ?? 'skipped',
        cause: sentence(`${cell.label}: ${cell.reason?.message ?? 'skipped'}`),
        action: 'Measure it on a machine that can run it; rules for it are not judged here.',
      })),
};

const WHY_INCOMPLETE: Readonly<Partial<Record<Results['state'], string>>> = {
  interrupted: 'the run was interrupted',
  bailed: 'the run stopped at its first failure',
  'out-of-budget': 'the time budget was used up',
};

const wanted = ({ scenario: { rounds, cold } }: Results, { params }: CellResult): number => {
  if (params.start === 'cold') return cold?.starts ?? COLD_STARTS;
  return 'fixed' in rounds ? rounds.fixed : Math.min(...rounds.looks);
};

const isShort = (cell: CellResult, rounds: number): boolean =>
  !isAbsent(cell) &&
  cell.state !== 'failed' &&
  cell.state !== 'timed-out' &&
  cell.state !== 'skipped' &&
  completedRounds(cell).length < rounds;

export const incomplete: Detector = {
  id: 'incomplete',
  title: 'The run is not complete',
  detect: (results): Symptom[] => {
    const why = WHY_INCOMPLETE[results.state];
    if (why === undefined) return [];
    return results.cells
      .filter((cell) => isShort(cell, wanted(results, cell)))
      .map((cell) => {
        const rounds = wanted(results, cell);
        const done = completedRounds(cell).length;
        return {
          cell,
          severity: 'warning',
          weight: rounds - done,
          cause: `${cell.label}: ${why} after ${done} of ${rounds} rounds.`,
          action:
            results.state === 'out-of-budget'
              ? 'Go on with --resume, or raise the budget.'
              : 'Go on with --resume.',
        };
      });
  },
};

/**
 * Requests that fail are fast or slow for reasons of their own, and the latency is that of the rest.
 * How many may fail is for the team to say: with a rule on errors the cell is judged by it, and
 * without one no failure is allowed.
 */
export const requestErrors: Detector = {
  id: 'request-errors',
  title: 'Requests failed',
  invalidates: true,
  detect: perCell((cell, _rounds, results) => {
    if (cell.errors === 0) return null;
    const allowed = results.scenario.rules.some(
      (rule) => rule.metric === 'errors' && cellsOf(rule, [cell]).length > 0,
    );
    if (allowed) return null;
    const share = cell.errors / (cell.errors + cell.n);
    return {
      severity: 'serious',
      weight: share,
      cause: `${cell.label}: ${cell.errors} of ${cell.errors + cell.n} requests failed (${formatShare(share)}), and no rule on errors says how many may.`,
      action: "Mend what fails, or say how many may fail with a rule such as 'errors <= 0.1%'.",
    };
  }),
};
