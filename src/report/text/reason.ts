/** Why a cell or a round has no measurement, as text. */
import type { CellState, Reason } from '../../results/schema.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

const STATE_WORDS: Readonly<Record<CellState, string>> = {
  pending: 'not measured',
  completed: 'measured',
  failed: 'failed',
  skipped: 'skipped',
  'timed-out': 'timed out',
  aborted: 'aborted',
};

/** A state as a word or two: "timed out". */
export const stateWord = (state: CellState): string => STATE_WORDS[state];

/** A state that is nobody's fault is not shown as one. */
export const stateLook = (
  state: CellState,
  { sign, paint }: Look,
): { sign: string; style: (text: string) => string } =>
  state === 'failed' || state === 'timed-out'
    ? { sign: sign.fail, style: paint.bad }
    : { sign: sign.none, style: paint.dim };

/** A state as a sign and a word, painted. */
export const stateText = (state: CellState, look: Look): string => {
  const { sign, style } = stateLook(state, look);
  return style(`${sign} ${stateWord(state)}`);
};

/** One line: "failed while loading the model (SIGSEGV): the process died". */
export const reasonText = (state: CellState, reason: Reason | undefined): string => {
  if (reason === undefined) return stateWord(state);
  const phase = reason.phase === undefined ? '' : ` in ${clean(reason.phase)}`;
  const ended =
    reason.signal !== undefined
      ? ` (${clean(reason.signal)})`
      : reason.exitCode !== undefined
        ? ` (exit code ${reason.exitCode})`
        : '';
  return `${stateWord(state)}${phase}${ended}: ${clean(reason.message)}`;
};

/** The process's last words: the last `count` lines of its stderr that say something. */
export const lastLines = (reason: Reason | undefined, count: number): string[] =>
  (reason?.stderr ?? [])
    .map(clean)
    .filter((line) => line !== '')
    .slice(-count);
