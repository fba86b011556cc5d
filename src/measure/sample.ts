/**
 * The timed loops: warm-up and sampling of a closed loop with one request in flight. Nothing here
 * draws, logs, reads files or allocates between two readings of the clock but the request itself.
 */
import { createWarmupTracker } from '../stats/steady.js';
import { now, sleepBlocking } from './clock.js';
import type { MeasureTask, RoundSamples } from './messages.js';

/**
 * Serves request `index`; resolves when it is answered, to whatever. The runtime's own promise is
 * passed on as it is: an async function around it would add a turn of the microtask queue.
 */
export type Serve = (index: number) => Promise<unknown>;

/** No more samples than this in a round: 32 MB of numbers. */
export const MAX_SAMPLES = 2_000_000;

/**
 * A tiny model looks steady after a few milliseconds, long before V8 has optimised the code around
 * it in its background threads. So a warm-up by the rule also takes at least this long, ns.
 */
export const MIN_WARMUP = 250_000_000;

/** Errors in a row after which a round is given up: it is not noise but a broken model. */
const MAX_ERRORS_IN_A_ROW = 5;

export type Warmup = RoundSamples['warmup'];

/**
 * Serves requests until the latency is steady by the tracker's rule, or so many as asked for, or
 * until `maxDuration` (ns) is over. The first request of the session is not part of it.
 * `keep` is told each duration.
 */
export const warmUp = async (
  serve: Serve,
  spec: MeasureTask['warmup'],
  idle: number,
  first: number,
  keep: (duration: number) => void = () => undefined,
): Promise<{ warmup: Warmup; typical: number }> => {
  const tracker = createWarmupTracker();
  const start = now();
  const recent: number[] = [];
  let requests = 0;
  let steady = false;
  const wanted = spec.requests ?? Number.POSITIVE_INFINITY;
  while (requests < wanted) {
    if (spec.requests === null && steady && now() - start >= MIN_WARMUP) break;
    sleepBlocking(idle);
    const begin = now();
    await serve(requests);
    const end = now();
    requests += 1;
    recent[requests % 32] = end - begin;
    steady = tracker.push(end - begin);
    keep(end - begin);
    if (end - start > spec.maxDuration) break;
  }
  const sorted = recent.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  return {
    warmup: {
      requests,
      elapsed: Math.round(now() - start),
      first: Math.round(first),
      steady: spec.requests === null ? steady : null,
      rule:
        spec.requests === null
          ? `${tracker.rule}; at least 250 ms`
          : `${spec.requests} requests, as asked for`,
    },
    typical: sorted[Math.floor(sorted.length / 2)] ?? first,
  };
};

/** Room for the samples of a round, with slack for requests that turn out faster than in warm-up. */
export const capacityFor = (spec: MeasureTask['sampling'], idle: number, typical: number): number => {
  if (spec.samples !== null) return Math.min(spec.samples, MAX_SAMPLES);
  const fastest = Math.max(1_000, (typical + idle) / 4);
  const byTime = Math.ceil((spec.duration ?? 0) / fastest) + 1_000;
  return Math.min(MAX_SAMPLES, Math.max(byTime, spec.minSamples));
};

export interface Sampled {
  readonly durations: Float64Array;
  readonly starts: Float64Array;
  readonly elapsed: number;
  readonly errors: number;
  readonly lastError: unknown;
}

/** A round of sampling went on failing; `cause` is the last error of the model. */
export class RepeatedFailure extends Error {
  override readonly cause: unknown;
  constructor(cause: unknown) {
    super('requests kept failing');
    this.cause = cause;
  }
}

/**
 * Samples service times. Ends after `samples` requests; or, by time, once `duration` has passed and
 * `minSamples` were taken, at the latest after ten durations. Failed requests are counted, and are
 * not among the durations. `prepare` makes each request, and what it takes is left out everywhere.
 */
export const sample = async (
  serve: Serve,
  spec: MeasureTask['sampling'],
  idle: number,
  capacity: number,
  prepare: (() => void) | null = null,
): Promise<Sampled> => {
  const durations = new Float64Array(capacity);
  const starts = new Float64Array(capacity);
  const duration = spec.duration ?? 0;
  const byTime = spec.samples === null;
  const latest = duration * 10;
  let taken = 0;
  let errors = 0;
  let inARow = 0;
  let request = 0;
  let lastError: unknown;
  let end = 0;
  let apart = 0;
  const origin = now();
  while (taken < capacity) {
    if (idle > 0) sleepBlocking(idle);
    if (prepare !== null) {
      const start = now();
      prepare();
      apart += now() - start;
    }
    const begin = now();
    try {
      await serve(request);
      end = now();
      durations[taken] = end - begin;
      starts[taken] = begin - origin - apart;
      taken += 1;
      inARow = 0;
    } catch (error) {
      end = now();
      lastError = error;
      errors += 1;
      inARow += 1;
      if (inARow >= MAX_ERRORS_IN_A_ROW) throw new RepeatedFailure(error);
    }
    request += 1;
    if (byTime) {
      const passed = end - origin - apart;
      if ((passed >= duration && taken >= spec.minSamples) || passed >= latest) break;
    }
  }
  return {
    durations: durations.slice(0, taken),
    starts: starts.slice(0, taken),
    elapsed: end - origin - apart,
    errors,
    lastError,
  };
};
