/**
 * What a run tells whoever watches it, as data. The runner emits these in order; the terminal, a log
 * or a test reads them. Nothing here measures or prints.
 */
import type { Phase } from '../measure/messages.js';
import type { CellState, Reason } from '../results/schema.js';

/** What the parent is doing; rounds take nearly all of the time. */
export const RUN_PHASES = ['preparing', 'harness', 'rounds', 'judging', 'writing'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/** A cell as a watcher names it. */
export interface CellRef {
  readonly id: string;
  readonly label: string;
}

export type RunEvent =
  | {
      readonly type: 'started';
      /** Cells in the plan. */
      readonly cells: number;
      /** Processes planned so far, one for each cell and round; a look may add more. */
      readonly rounds: number;
      /** How many of them an earlier run had measured already. */
      readonly done: number;
    }
  | { readonly type: 'phase'; readonly phase: RunPhase }
  | {
      readonly type: 'round-started';
      readonly cell: CellRef;
      /** 0-based, of this cell. */
      readonly round: number;
    }
  /** What the child process of the current round is doing. */
  | { readonly type: 'round-phase'; readonly cell: CellRef; readonly round: number; readonly phase: Phase }
  | {
      readonly type: 'round-finished';
      readonly cell: CellRef;
      readonly round: number;
      readonly state: CellState;
      /** Percentiles of this round in ns; null when it has none. */
      readonly p50: number | null;
      readonly p99: number | null;
      readonly reason?: Reason;
      /** Later rounds of this cell that will not run, because of this one. */
      readonly dropped?: number;
    }
  /** The policy looked at the results after a group of rounds. */
  | {
      readonly type: 'look';
      /** Rounds that a cell has when it is looked at. */
      readonly rounds: number;
      /** Cells that get more rounds. */
      readonly undecided: number;
      /** Processes planned in all from now on, those done included. */
      readonly planned: number;
    }
  /** The document could not be written; the run goes on, and the next save tries again. */
  | { readonly type: 'unsaved'; readonly message: string }
  | { readonly type: 'finished'; readonly state: 'completed' | 'interrupted' | 'bailed' | 'out-of-budget' };
