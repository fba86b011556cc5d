/** What is known of a run while it lasts, from its events alone. */
import type { Phase } from '../../measure/messages.js';
import type { CellRef, RunEvent, RunPhase } from '../../run/events.js';

export interface ProgressState {
  readonly runPhase: RunPhase;
  /** ms of the progress's clock. */
  readonly startedAt: number;
  /** When the first round started; null before. */
  readonly roundsAt: number | null;
  /** Rounds planned in all, those done included. */
  readonly planned: number;
  readonly done: number;
  /** Those done before this run started. */
  readonly doneBefore: number;
  readonly failed: number;
  /** The highest index of a round that was started; -1 before. */
  readonly group: number;
  readonly cell: CellRef | null;
  readonly round: number;
  /** What the current process is doing. */
  readonly phase: Phase | null;
  /** When the last round ended; null before. */
  readonly endedAt: number | null;
  /** By cell id: what its finished rounds measured, ns. */
  readonly seen: ReadonlyMap<string, Seen>;
}

export interface Seen {
  readonly p50: readonly number[];
  readonly p99: readonly number[];
}

/** The state before any event. */
export const initialState = (now: number): ProgressState => ({
  runPhase: 'preparing',
  startedAt: now,
  roundsAt: null,
  endedAt: null,
  planned: 0,
  done: 0,
  doneBefore: 0,
  failed: 0,
  group: -1,
  cell: null,
  round: 0,
  phase: null,
  seen: new Map(),
});

/** The state after an event at `now`, ms. */
export const nextState = (state: ProgressState, event: RunEvent, now: number): ProgressState => {
  switch (event.type) {
    case 'started':
      return { ...state, planned: event.rounds, done: event.done, doneBefore: event.done };
    case 'phase':
      return { ...state, runPhase: event.phase, phase: null, cell: null };
    case 'round-started':
      return {
        ...state,
        roundsAt: state.roundsAt ?? now,
        cell: event.cell,
        round: event.round,
        phase: null,
        group: Math.max(state.group, event.round),
      };
    case 'round-phase':
      return { ...state, cell: event.cell, round: event.round, phase: event.phase };
    case 'round-finished':
      return finishRound(state, event, now);
    case 'look':
      return { ...state, planned: event.planned };
    case 'unsaved':
      return state;
    case 'finished':
      return { ...state, cell: null, phase: null };
  }
};

const finishRound = (
  state: ProgressState,
  event: Extract<RunEvent, { type: 'round-finished' }>,
  now: number,
): ProgressState => {
  const known = state.seen.get(event.cell.id);
  const add = (stat: 'p50' | 'p99'): number[] => [
    ...(known?.[stat] ?? []),
    ...(event[stat] === null ? [] : [event[stat]]),
  ];
  const values: Seen = { p50: add('p50'), p99: add('p99') };
  return {
    ...state,
    // An aborted round is no measurement: it is taken again when the run goes on.
    done: state.done + (event.state === 'aborted' ? 0 : 1),
    planned: state.planned - (event.dropped ?? 0),
    failed: state.failed + (event.state === 'completed' || event.state === 'aborted' ? 0 : 1),
    phase: null,
    endedAt: now,
    seen: new Map(state.seen).set(event.cell.id, values),
  };
};

/**
 * ms until all planned rounds are done, if each of the rest takes as long as those done did on average;
 * null before the first is done. Rounds go round-robin over the cells, so slow cells weigh in early.
 */
export const eta = (state: ProgressState, now: number): number | null => {
  const measured = state.done - state.doneBefore;
  if (state.roundsAt === null || state.endedAt === null || measured <= 0 || state.done >= state.planned)
    return null;
  const each = (state.endedAt - state.roundsAt) / measured;
  // The round under way counts down too, and never below the rounds after it.
  return Math.max(
    each * (state.planned - state.done - 1),
    each * (state.planned - state.done) - (now - state.endedAt),
  );
};
