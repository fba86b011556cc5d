/**
 * What a run shows while it lasts, on stderr: on a terminal two lines that redraw themselves and go
 * away at the end, elsewhere one plain line for each phase, each group of rounds and each failure.
 *
 * It draws little on purpose. The machine that draws is the one that is being measured: while a
 * process samples, nothing is drawn for five seconds at a time.
 */
import { lastLines, reasonText } from '../../report/text/reason.js';
import { createLook, type Look } from '../../report/text/look.js';
import { bar } from '../../report/text/chart.js';
import { integer, plural } from '../../report/text/format.js';
import { pad, truncate, widthOf } from '../../report/text/layout.js';
import { clean } from '../../report/text/sanitise.js';
import type { RunEvent, RunPhase } from '../../run/events.js';
import { medianOf } from '../../stats/quantile.js';
import { formatDuration } from '../../vocabulary/units.js';
import { useColour, useUnicode } from './colour.js';
import { eta, initialState, nextState, type ProgressState } from './progress-state.js';

/** Where progress is written: a stream, or a list in a test. */
export interface ProgressOutput {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}

export interface ProgressOptions {
  /** `--color` or `--no-color`. */
  readonly color: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A clock in ms that never goes back. */
  readonly now?: () => number;
  readonly platform?: string;
  /** Calls back every so many ms; returns what ends that. */
  readonly every?: (ms: number, call: () => void) => () => void;
}

export interface Progress {
  handle(event: RunEvent): void;
  /** Clears the live lines; to be called however the run ended. */
  end(): void;
}

/** Ten redraws a second are as many as a person sees. */
const MIN_INTERVAL_MS = 100;
/** Redraws without an event, so that the time left moves. */
const TICK_MS = 1000;
/** The same while a process samples. */
const SAMPLING_TICK_MS = 5000;

const PHASES: Readonly<Record<RunPhase, string>> = {
  preparing: 'preparing',
  harness: 'measuring this machine',
  rounds: 'measuring',
  judging: 'judging',
  writing: 'writing the results',
};

const unrefInterval = (ms: number, call: () => void): (() => void) => {
  const timer = setInterval(call, ms);
  timer.unref();
  return () => clearInterval(timer);
};

/** Progress for an output: live on a terminal, plain lines elsewhere. */
export const createProgress = (output: ProgressOutput, options: ProgressOptions): Progress => {
  const now = options.now ?? (() => performance.now());
  const isLive = output.isTTY && options.env['TERM'] !== 'dumb';
  const color = useColour({ flag: options.color, env: options.env, isTTY: output.isTTY });
  const unicode = useUnicode(options.env, options.platform ?? process.platform);
  const look = (): Look => createLook({ color, unicode, width: output.columns ?? 80 });
  const writer = isLive
    ? liveWriter(output, look, now, options.every ?? unrefInterval)
    : plainWriter(output, look);

  let state = initialState(now());
  return {
    handle: (event) => {
      const before = state;
      state = nextState(state, event, now());
      writer.update(event, before, state, now());
    },
    end: () => writer.end(),
  };
};

interface Writer {
  update(event: RunEvent, before: ProgressState, state: ProgressState, now: number): void;
  end(): void;
}

/** One line for a round that failed, or a document that could not be written. */
const failure = (event: RunEvent, look: Look): string | null => {
  if (event.type === 'unsaved') return `${look.sign.fail} ${clean(event.message)}`;
  if (event.type !== 'round-finished' || event.state === 'completed' || event.state === 'aborted')
    return null;
  const stderr = lastLines(event.reason, 1).map((line) => ` (stderr: ${line})`);
  return `${look.sign.fail} ${clean(event.cell.label)}, round ${event.round + 1}: ${reasonText(event.state, event.reason)}${stderr.join('')}`;
};

/** Lines for a log: nothing is ever taken back. */
const plainWriter = (output: ProgressOutput, look: () => Look): Writer => ({
  update: (event, before, state, now) => {
    const line = failure(event, look()) ?? plainLine(event, before, state, now);
    if (line !== null) output.write(`${line}\n`);
  },
  end: () => undefined,
});

const plainLine = (
  event: RunEvent,
  before: ProgressState,
  state: ProgressState,
  now: number,
): string | null => {
  switch (event.type) {
    case 'started': {
      const done = event.done === 0 ? '' : `, ${integer(event.done)} of them measured before`;
      return `${plural(event.cells, 'cell')}, ${plural(event.rounds, 'round')}${done}`;
    }
    case 'phase':
      // Preparing is over before it is read, or ends in a message; the number of rounds has its own line.
      return event.phase === 'rounds' || event.phase === 'preparing' ? null : PHASES[event.phase];
    case 'round-started':
      // The first of a new group: what came before it is done.
      return event.round > before.group && before.done > before.doneBefore ? standing(before, now) : null;
    case 'look':
      return `${plural(event.rounds, 'round')} done: ${plural(event.undecided, 'cell')} undecided, up to ${plural(event.planned - before.done, 'round')} more`;
    case 'finished':
      return `${event.state}: ${integer(state.done)} of ${plural(state.planned, 'round')} in ${clock(now - state.startedAt)}`;
    case 'round-phase':
    case 'round-finished':
    case 'unsaved':
      return null;
  }
};

const percentOf = ({ done, planned }: ProgressState): number => (planned === 0 ? 0 : done / planned);

const standing = (state: ProgressState, now: number): string => {
  const left = eta(state, now);
  return (
    `${integer(state.done)} of ${plural(state.planned, 'round')}, ${Math.floor(percentOf(state) * 100)}%` +
    (left === null ? '' : `, about ${clock(left)} left`)
  );
};

/** "0:42", "1:02:03". */
export const clock = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
};

/** Lines that redraw in place. */
const liveWriter = (
  output: ProgressOutput,
  look: () => Look,
  now: () => number,
  every: NonNullable<ProgressOptions['every']>,
): Writer => {
  let latest: ProgressState | null = null;
  let drawnLines = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isEnded = false;
  // Something happened since the last drawing.
  let isStale = false;

  const erase = (): string => {
    // From the last line up to the first, each emptied.
    const up = '\r\u001B[2K\u001B[1A'.repeat(Math.max(0, drawnLines - 1));
    return drawnLines === 0 ? '' : `${up}\r\u001B[2K`;
  };
  const draw = (above = ''): void => {
    if (isEnded) return;
    const lines = latest === null ? [] : liveLines(latest, look(), output.columns ?? 80, now());
    output.write(`${erase()}${above}${lines.join('\n')}`);
    drawnLines = lines.length;
    drawnAt = now();
    isStale = false;
  };
  const stopTicking = every(TICK_MS, () => {
    if (latest === null || isEnded) return;
    const wait = latest.phase === 'sampling' ? SAMPLING_TICK_MS : TICK_MS;
    // A timer may come a little early.
    if (isStale || now() - drawnAt >= wait * 0.9) draw();
  });
  return {
    update: (event, _before, state, at) => {
      latest = state;
      const failed = failure(event, look());
      if (failed !== null) draw(`${look().paint.bad(failed)}\n`);
      else if (at - drawnAt >= MIN_INTERVAL_MS) draw();
      else isStale = true;
    },
    end: () => {
      if (isEnded) return;
      stopTicking();
      output.write(erase());
      drawnLines = 0;
      isEnded = true;
    },
  };
};

/** Columns of the bar. */
const BAR = 24;

const liveLines = (state: ProgressState, look: Look, columns: number, now: number): string[] => {
  const { paint } = look;
  // A line that fills the last column makes some terminals wrap.
  const room = Math.max(20, columns - 1);
  const name = state.phase ?? PHASES[state.runPhase];
  if (state.planned === 0) return [truncate(`${name}${look.sign.ellipsis}`, room, look)];
  const percent = `${String(Math.floor(percentOf(state) * 100)).padStart(3)}%`;
  const left = eta(state, now);
  const counts = `${integer(state.done)}/${integer(state.planned)} rounds`;
  const failed = state.failed === 0 ? '' : `, ${plural(state.failed, 'failure')}`;
  const first = `${percent}  ${counts}${failed}${left === null ? '' : `, ${clock(left)} left`}`;
  const filled = bar(percentOf(state), BAR, look.unicode);
  const track = pad(filled, BAR).replaceAll(' ', look.unicode ? '░' : '.');
  const head = `${pad(name, 10)} ${track} `;
  // Too narrow for the bar: the numbers say the same.
  const lines = [
    widthOf(head + first) <= room
      ? `${paint.strong(pad(name, 10))} ${paint.accent(filled)}${paint.dim(track.slice(filled.length))} ${first}`
      : truncate(first, room, look),
  ];
  if (state.cell !== null) {
    const seen = state.seen.get(state.cell.id);
    const figures = (['p50', 'p99'] as const)
      .flatMap((stat) => {
        const values = seen?.[stat] ?? [];
        // The middle one of the rounds so far, which one disturbed round doesn't move.
        return values.length === 0 ? [] : [`${stat} ${formatDuration(medianOf(values))}`];
      })
      .join('  ');
    const round = `round ${state.round + 1}`;
    const tail = figures === '' ? round : `${round}  ${figures}`;
    const label = truncate(clean(state.cell.label), Math.max(8, room - widthOf(tail) - 2), look);
    const whole = `${label}  ${tail}`;
    lines.push(widthOf(whole) <= room ? `${label}  ${paint.dim(tail)}` : truncate(whole, room, look));
  }
  return lines;
};
