/** From the raw samples of one process to its round in the document. */
import { effectiveShare } from '../stats/autocorrelation.js';
import { LatencyHistogram } from '../stats/histogram.js';
import { ascending, nearestRank } from '../stats/quantile.js';
import { driftOf } from '../stats/shape.js';
import { cacheDrift, digestCache, type RawCache } from './cache.js';
import { momentsOf, requestsNeeded, roundMoment } from './rounds.js';
import {
  STAT_QUANTILES,
  type CellState,
  type Disturbance,
  type Reason,
  type RoundResult,
  type Stage,
} from './schema.js';
import { windowsOf } from './windows.js';

/**
 * What a timed process reports of a round: the twin of measure/messages.ts RoundSamples, as far as
 * the round's part of the document is made from it. Durations in ns; `starts` are offsets from the
 * first request.
 */
export interface RawRound {
  readonly durations: Float64Array;
  readonly starts: Float64Array;
  readonly elapsed: number;
  readonly errors: number;
  readonly setup: NonNullable<RoundResult['setup']>;
  readonly warmup: NonNullable<RoundResult['warmup']>;
  readonly memory: NonNullable<RoundResult['memory']>;
  readonly disturbance: Disturbance;
  readonly wrapper: RoundResult['wrapper'];
  readonly stages: {
    readonly preprocess: Float64Array;
    readonly inference: Float64Array;
    readonly postprocess: Float64Array;
  } | null;
  /** Null or left out without a prediction cache. */
  readonly cache?: RawCache | null;
}

/** What only the parent knows of a round. */
export interface RoundMeta {
  readonly index: number;
  readonly order: number;
  /** ISO 8601. */
  readonly startedAt: string;
}

type RoundLatency = NonNullable<RoundResult['latency']>;

/**
 * The round of the document. Percentiles come from the histogram, by nearest rank, and are null
 * where the round has too few requests for a one-sided 95% bound. A round in which no request
 * succeeded is a failed one. Throws RangeError on durations that are no durations (NaN, negative).
 */
export const digestRound = (raw: RawRound, meta: RoundMeta): RoundResult => {
  const n = raw.durations.length;
  if (n === 0) {
    const message = `no request succeeded: ${raw.errors} failed; see how the model answers the inputs it is given`;
    return {
      ...failedRound('failed', { kind: 'no-samples', message, phase: 'sampling' }, meta),
      errors: raw.errors,
    };
  }
  const histogram = LatencyHistogram.of(raw.durations);
  return {
    index: meta.index,
    order: meta.order,
    state: 'completed',
    startedAt: meta.startedAt,
    n,
    errors: raw.errors,
    elapsed: Math.round(raw.elapsed),
    busy: Math.round(raw.durations.reduce((sum, value) => sum + value, 0)),
    latency: latencyOf(raw.durations, histogram),
    histogram: histogram.encode(),
    effective: effectiveShares(raw.durations),
    setup: integers(raw.setup),
    warmup: { ...raw.warmup, elapsed: Math.round(raw.warmup.elapsed), first: Math.round(raw.warmup.first) },
    windows: windowsOf(raw.durations, raw.starts, raw.elapsed),
    drift: raw.cache == null ? driftOf(raw.durations) : cacheDrift(raw.durations, raw.cache),
    memory: { ...raw.memory },
    disturbance: { ...raw.disturbance },
    wrapper: raw.wrapper === null ? null : integers(raw.wrapper),
    stages:
      raw.stages === null ? [] : Object.entries(raw.stages).map(([name, values]) => stageOf(name, values)),
    ...(raw.cache == null ? {} : { cache: digestCache(raw.cache, raw.durations) }),
  };
};

/** A round that has no measurement: it failed, ran out of time or was stopped. */
export const failedRound = (
  state: Exclude<CellState, 'completed' | 'pending'>,
  reason: Reason,
  meta: RoundMeta,
): RoundResult => ({
  index: meta.index,
  order: meta.order,
  state,
  reason,
  startedAt: meta.startedAt,
  n: 0,
  errors: 0,
  elapsed: 0,
  busy: 0,
  latency: null,
  histogram: null,
  effective: null,
  setup: null,
  warmup: null,
  windows: [],
  drift: null,
  memory: null,
  disturbance: null,
  wrapper: null,
  stages: [],
});

const latencyOf = (durations: Float64Array, histogram: LatencyHistogram): RoundLatency => {
  const moments = momentsOf(durations);
  const quantile = (p: number): number | null =>
    durations.length < requestsNeeded(p) ? null : histogram.quantile(p);
  return {
    min: histogram.min,
    mean: moments === null ? null : roundMoment(moments.mean),
    stdev: moments === null || moments.stdev === null ? null : roundMoment(moments.stdev),
    p50: quantile(STAT_QUANTILES.p50),
    p90: quantile(STAT_QUANTILES.p90),
    p95: quantile(STAT_QUANTILES.p95),
    p99: quantile(STAT_QUANTILES.p99),
    p999: quantile(STAT_QUANTILES.p999),
    max: histogram.max,
  };
};

/** The thresholds are the exact percentiles: a histogram's bucket could swallow the indicator. */
const effectiveShares = (durations: Float64Array): RoundResult['effective'] => {
  if (durations.length < requestsNeeded(0.5)) return null;
  const sorted = ascending(durations);
  const share = (p: number): number => effectiveShare(durations, nearestRank(sorted, p));
  return { p50: share(0.5), p99: durations.length < requestsNeeded(0.99) ? null : share(0.99) };
};

const stageOf = (name: string, values: Float64Array): Stage => {
  const sorted = ascending(values);
  const quantile = (p: number): number | null =>
    sorted.length < requestsNeeded(p) ? null : Math.round(nearestRank(sorted, p));
  return {
    name,
    n: values.length,
    mean: roundMoment(momentsOf(values)?.mean ?? 0),
    p50: quantile(0.5),
    p99: quantile(0.99),
  };
};

/** Clock differences are floats whose decimals mean nothing. */
const integers = <T extends Readonly<Record<string, number>>>(durations: T): T =>
  Object.fromEntries(Object.entries(durations).map(([name, value]) => [name, Math.round(value)])) as T;
