import { describe, expect, it } from 'vitest';
import { clock, createProgress, type Progress } from '../../../src/cli/terminal/progress.js';
import { eta, initialState, nextState } from '../../../src/cli/terminal/progress-state.js';
import type { RunEvent } from '../../../src/run/events.js';

const A = { id: 'a', label: 'batch 1, threads 2' };
const B = { id: 'b', label: 'batch 8, threads 2' };

interface Bench {
  readonly progress: Progress;
  /** Advances the clock by ms and emits. */
  readonly at: (ms: number, event: RunEvent) => void;
  /** Advances the clock by ms and lets the timer fire. */
  readonly tick: (ms: number) => void;
  readonly written: string[];
  readonly timers: () => number;
}

const bench = (options: {
  isTTY: boolean;
  columns?: number;
  color?: boolean;
  env?: Record<string, string>;
}): Bench => {
  let now = 1000;
  let calls: (() => void)[] = [];
  const written: string[] = [];
  const progress = createProgress(
    { write: (text) => void written.push(text), isTTY: options.isTTY, columns: options.columns ?? 80 },
    {
      color: options.color,
      env: options.env ?? { NO_COLOR: '1' },
      platform: 'linux',
      now: () => now,
      every: (_ms, call) => {
        calls.push(call);
        return () => {
          calls = calls.filter((other) => other !== call);
        };
      },
    },
  );
  return {
    progress,
    written,
    at: (ms, event) => {
      now += ms;
      progress.handle(event);
    },
    tick: (ms) => {
      now += ms;
      for (const call of calls) call();
    },
    timers: () => calls.length,
  };
};

const finished = (cell: typeof A, round: number, p50 = 2e6): RunEvent => ({
  type: 'round-finished',
  cell,
  round,
  state: 'completed',
  p50,
  p99: 3e6,
});

const crashed: RunEvent = {
  type: 'round-finished',
  cell: B,
  round: 0,
  state: 'failed',
  p50: null,
  p99: null,
  reason: {
    kind: 'crashed',
    message: 'the process died',
    phase: 'load',
    signal: 'SIGSEGV',
    stderr: ['\u001B[31moops\u001B[0m'],
  },
  dropped: 1,
};

/** What a terminal of unlimited height shows after these writes; knows only what progress uses. */
const screen = (written: readonly string[]): string[] => {
  const rows = [''];
  let row = 0;
  for (const part of written.join('').split(/(\r|\n|\u001B\[2K|\u001B\[1A)/)) {
    if (part === '\r') continue;
    if (part === '\n') {
      row += 1;
      rows[row] ??= '';
    } else if (part === '\u001B[2K') rows[row] = '';
    else if (part === '\u001B[1A') row -= 1;
    else rows[row] += part;
  }
  return rows;
};

const wholeRun = ({ at }: Bench): void => {
  at(0, { type: 'phase', phase: 'preparing' });
  at(500, { type: 'phase', phase: 'harness' });
  at(1500, { type: 'phase', phase: 'rounds' });
  at(0, { type: 'started', cells: 2, rounds: 4, done: 0 });
  at(0, { type: 'round-started', cell: A, round: 0 });
  at(200, { type: 'round-phase', cell: A, round: 0, phase: 'sampling' });
  at(5000, finished(A, 0));
  at(0, { type: 'round-started', cell: B, round: 0 });
  at(5000, crashed);
  at(0, { type: 'round-started', cell: A, round: 1 });
  at(5000, finished(A, 1));
  at(0, { type: 'look', rounds: 2, undecided: 1, planned: 5 });
  at(0, { type: 'round-started', cell: A, round: 2 });
  at(5000, finished(A, 2));
  at(0, { type: 'round-started', cell: A, round: 3 });
  at(5000, finished(A, 3));
  at(0, { type: 'finished', state: 'completed' });
  at(0, { type: 'phase', phase: 'judging' });
  at(0, { type: 'phase', phase: 'writing' });
};

describe('off a terminal', () => {
  it('prints a line for each phase, each group of rounds and each failure, and no escape sequence', () => {
    const run = bench({ isTTY: false, env: {} });
    wholeRun(run);
    run.progress.end();
    expect(run.written.join('')).toMatchInlineSnapshot(`
      "measuring this machine
      2 cells, 4 rounds
      ✗ batch 8, threads 2, round 1: failed in load (SIGSEGV): the process died (stderr: oops)
      2 of 3 rounds, 66%, about 0:05 left
      2 rounds done: 1 cell undecided, up to 2 rounds more
      3 of 5 rounds, 60%, about 0:10 left
      4 of 5 rounds, 80%, about 0:05 left
      completed: 5 of 5 rounds in 0:27
      judging
      writing the results
      "
    `);
    expect(run.timers()).toBe(0);
  });

  it('prints one line a group, not one a round', () => {
    const run = bench({ isTTY: false });
    run.at(0, { type: 'started', cells: 100, rounds: 300, done: 0 });
    for (let round = 0; round < 3; round++) {
      for (let cell = 0; cell < 100; cell++) {
        const ref = { id: String(cell), label: `batch ${cell}` };
        run.at(0, { type: 'round-started', cell: ref, round });
        run.at(1000, finished(ref, round));
      }
    }
    expect(run.written).toEqual([
      '100 cells, 300 rounds\n',
      '100 of 300 rounds, 33%, about 3:20 left\n',
      '200 of 300 rounds, 66%, about 1:40 left\n',
    ]);
  });

  it('says what an earlier run had measured', () => {
    const run = bench({ isTTY: false });
    run.at(0, { type: 'started', cells: 2, rounds: 10, done: 4 });
    expect(run.written).toEqual(['2 cells, 10 rounds, 4 of them measured before\n']);
  });
});

describe('on a terminal', () => {
  it('shows phase, bar, percent, time left, and the percentiles of the current cell so far', () => {
    const run = bench({ isTTY: true });
    run.at(0, { type: 'started', cells: 2, rounds: 4, done: 0 });
    run.at(0, { type: 'round-started', cell: A, round: 0 });
    run.at(4000, finished(A, 0));
    run.at(100, { type: 'round-started', cell: A, round: 1 });
    run.at(200, { type: 'round-phase', cell: A, round: 1, phase: 'warm-up' });
    expect(screen(run.written)).toEqual([
      'warm-up    ██████░░░░░░░░░░░░░░░░░░  25%  1/4 rounds, 0:12 left',
      'batch 1, threads 2  round 2  p50 2.00 ms  p99 3.00 ms',
    ]);
  });

  it('leaves only the failures when it ends', () => {
    const run = bench({ isTTY: true });
    wholeRun(run);
    run.progress.end();
    expect(screen(run.written).filter((row) => row !== '')).toEqual([
      '✗ batch 8, threads 2, round 1: failed in load (SIGSEGV): the process died (stderr: oops)',
    ]);
    expect(run.timers()).toBe(0);
    const length = run.written.length;
    run.progress.end();
    run.at(1000, { type: 'phase', phase: 'writing' });
    expect(run.written).toHaveLength(length);
  });

  it('draws at most ten times a second, and shows the last state within a tick', () => {
    const run = bench({ isTTY: true });
    run.at(0, { type: 'started', cells: 1, rounds: 1000, done: 0 });
    const before = run.written.length;
    for (let round = 0; round < 1000; round++) run.at(1, finished(A, round));
    expect(run.written.length - before).toBeLessThanOrEqual(10);
    run.at(1, { type: 'round-started', cell: B, round: 7 });
    run.tick(50);
    expect(screen(run.written).join('\n')).toContain('batch 8, threads 2  round 8');
  });

  it('hardly draws while a process samples', () => {
    const run = bench({ isTTY: true });
    run.at(0, { type: 'started', cells: 1, rounds: 3, done: 0 });
    run.at(500, { type: 'round-started', cell: A, round: 0 });
    run.at(500, { type: 'round-phase', cell: A, round: 0, phase: 'warm-up' });
    const warm = run.written.length;
    for (let second = 0; second < 10; second++) run.tick(1000);
    expect(run.written.length - warm).toBe(10);
    run.at(500, { type: 'round-phase', cell: A, round: 0, phase: 'sampling' });
    const sampling = run.written.length;
    for (let second = 0; second < 10; second++) run.tick(1000);
    expect(run.written.length - sampling).toBe(2);
  });

  it('keeps every line shorter than the terminal, however long the label', () => {
    for (const columns of [20, 40, 80]) {
      const run = bench({ isTTY: true, columns });
      run.at(0, { type: 'started', cells: 1, rounds: 3, done: 0 });
      run.at(500, { type: 'round-started', cell: { id: 'a', label: `家族 ${'x'.repeat(300)}` }, round: 0 });
      for (const row of screen(run.written)) expect(row.length).toBeLessThan(columns);
    }
  });

  it('prints plain lines on a dumb terminal, and colour where it may', () => {
    const dumb = bench({ isTTY: true, env: { TERM: 'dumb' } });
    dumb.at(0, { type: 'phase', phase: 'harness' });
    expect(dumb.written).toEqual(['measuring this machine\n']);
    const coloured = bench({ isTTY: true, env: {} });
    coloured.at(0, { type: 'started', cells: 1, rounds: 3, done: 1 });
    expect(coloured.written.join('')).toContain('\u001B[36m');
    const plain = bench({ isTTY: true, color: false, env: {} });
    plain.at(0, { type: 'started', cells: 1, rounds: 3, done: 1 });
    expect(plain.written.join('')).not.toContain('\u001B[36m');
  });
});

describe('eta', () => {
  const state = [
    { type: 'started', cells: 1, rounds: 5, done: 1 },
    { type: 'round-started', cell: A, round: 1 },
    finished(A, 1),
  ] as const satisfies readonly RunEvent[];

  it('is unknown before the first round of this run', () => {
    const start = nextState(initialState(0), state[0], 0);
    expect(eta(start, 1000)).toBeNull();
    expect(eta(nextState(start, state[1], 0), 1000)).toBeNull();
  });

  it('counts down, by the rounds of this run alone', () => {
    const start = nextState(
      nextState(nextState(initialState(0), state[0], 0), state[1], 100),
      state[2],
      1100,
    );
    expect(eta(start, 1100)).toBe(3000);
    expect(eta(start, 1600)).toBe(2500);
    expect(eta(start, 9000)).toBe(2000);
  });
});

describe('clock', () => {
  it.each([
    [0, '0:00'],
    [42_400, '0:42'],
    [90_000, '1:30'],
    [3_723_000, '1:02:03'],
  ])('%i ms is %s', (ms, text) => {
    expect(clock(ms)).toBe(text);
  });
});
