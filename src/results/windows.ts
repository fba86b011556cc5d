/** A round cut into stretches of time, for the chart of latency over time and for drift. */
import { ascending, nearestRank } from '../stats/quantile.js';
import type { Window } from './schema.js';

/** As many points as a chart of a page's width can show apart. */
export const MAX_WINDOWS = 60;

/** Fewer requests than this in a window say little of its median. */
const REQUESTS_PER_WINDOW = 20;

/**
 * At most MAX_WINDOWS stretches of equal length in time; those in which no request started are left
 * out. `durations` and `starts` (offsets from the first request) in ns and of the same length, in
 * order of `starts`; `elapsed` is the length of the round. Percentiles of a window are its own
 * nearest rank, whatever its size: they are points of a chart, not estimates.
 */
export const windowsOf = (
  durations: ArrayLike<number>,
  starts: ArrayLike<number>,
  elapsed: number,
): Window[] => {
  const n = durations.length;
  if (n === 0) return [];
  const wanted = Math.min(MAX_WINDOWS, Math.max(1, Math.floor(n / REQUESTS_PER_WINDOW)));
  const last = starts[n - 1] as number;
  const width = Math.max(elapsed, last, 1) / wanted;
  const indexAt = (request: number): number =>
    Math.min(wanted - 1, Math.floor((starts[request] as number) / width));
  const windows: Window[] = [];
  let from = 0;
  for (let to = 1; to <= n; to++) {
    if (to < n && indexAt(to) === indexAt(from)) continue;
    windows.push(windowOf(durations, from, to, indexAt(from) * width));
    from = to;
  }
  return windows;
};

const windowOf = (durations: ArrayLike<number>, from: number, to: number, start: number): Window => {
  const sorted = ascending(
    Float64Array.from({ length: to - from }, (_, index) => durations[from + index] as number),
  );
  return {
    start: Math.round(start),
    n: sorted.length,
    min: Math.round(sorted[0] as number),
    p50: Math.round(nearestRank(sorted, 0.5)),
    p99: Math.round(nearestRank(sorted, 0.99)),
    max: Math.round(sorted[sorted.length - 1] as number),
  };
};
