import { describe, expect, it } from 'vitest';
import { MAX_WINDOWS, windowsOf } from '../../src/results/windows.js';
import { createRandom } from '../../src/stats/random.js';

const series = (n: number): { durations: number[]; starts: number[]; elapsed: number } => {
  const random = createRandom(8);
  const durations = Array.from({ length: n }, () => 1000 + random.int(5000));
  const starts: number[] = [];
  let clock = 0;
  for (const duration of durations) {
    starts.push(clock);
    clock += duration;
  }
  return { durations, starts, elapsed: clock };
};

describe('windowsOf', () => {
  it('cuts a round into at most 60 stretches of equal time that hold every request once', () => {
    const { durations, starts, elapsed } = series(5000);
    const windows = windowsOf(durations, starts, elapsed);
    expect(windows).toHaveLength(MAX_WINDOWS);
    expect(windows.reduce((sum, window) => sum + window.n, 0)).toBe(5000);
    windows.forEach((window, index) => {
      expect(window.start).toBe(Math.round((index * elapsed) / MAX_WINDOWS));
      const inside = durations
        .filter((_, request) => Math.floor(((starts[request] ?? 0) * MAX_WINDOWS) / elapsed) === index)
        .toSorted((a, b) => a - b);
      expect(window).toMatchObject({
        n: inside.length,
        min: inside[0],
        p50: inside[Math.ceil(0.5 * inside.length) - 1],
        p99: inside[Math.ceil(0.99 * inside.length) - 1],
        max: inside.at(-1),
      });
    });
  });

  it('makes fewer windows of fewer requests', () => {
    const { durations, starts, elapsed } = series(100);
    expect(windowsOf(durations, starts, elapsed)).toHaveLength(5);
    const few = series(3);
    expect(windowsOf(few.durations, few.starts, few.elapsed)).toMatchObject([{ start: 0, n: 3 }]);
  });

  it('leaves out stretches in which nothing started', () => {
    const starts = Array.from({ length: 40 }, (_, index) => (index < 20 ? index : 10_000 + index));
    const windows = windowsOf(
      starts.map(() => 5),
      starts,
      100_000,
    );
    expect(windows).toMatchObject([{ start: 0, n: 40 }]);
    const late = windowsOf(
      starts.map(() => 5),
      starts,
      10_040,
    );
    expect(late.map((window) => window.n)).toEqual([20, 20]);
  });

  it('has nothing to say of no requests, and bears a clock that stands still', () => {
    expect(windowsOf([], [], 0)).toEqual([]);
    expect(windowsOf([1, 1], [0, 0], 0)).toMatchObject([{ n: 2, min: 1, max: 1 }]);
  });
});
