/** What a prediction cache did: from raw samples to a round, and from rounds to a cell. */
import { LatencyHistogram } from '../stats/histogram.js';
import { roundsInterval } from '../stats/intervals.js';
import { driftOf } from '../stats/shape.js';
import type { CacheCell, CacheClass, CacheRound } from './cache-schema.js';
import type { Estimate } from './estimate-schema.js';
import { momentsOf, requestsNeeded, roundMoment } from './rounds.js';

/** What a timed process reports of its cache: the twin of measure/messages.ts CacheSamples. */
export interface RawCache {
  /** One entry a request, in the order of the durations. Times in ns. */
  readonly misses: Uint16Array;
  readonly key: Float64Array;
  readonly insert: Float64Array;
  readonly batch: number;
  readonly expected: number;
  readonly keyKind: string;
  readonly fill: CacheRound['fill'];
  readonly memory: CacheRound['memory'];
}

const sum = (values: ArrayLike<number>): number => {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index] as number;
  return total;
};

const ofKind = (durations: Float64Array, { misses }: RawCache, isHit: boolean): Float64Array =>
  durations.filter((_, index) => (misses[index] === 0) === isHit);

const classFrom = (histogram: LatencyHistogram, mean: number, smallest: number): CacheClass => {
  const quantile = (p: number): number | null =>
    smallest < requestsNeeded(p) ? null : histogram.quantile(p);
  return {
    n: histogram.count,
    mean: roundMoment(mean),
    min: histogram.min,
    max: histogram.max,
    p50: quantile(0.5),
    p99: quantile(0.99),
    histogram: histogram.encode(),
  };
};

const classOf = (durations: Float64Array): CacheClass | null =>
  durations.length === 0
    ? null
    : classFrom(LatencyHistogram.of(durations), momentsOf(durations)?.mean ?? 0, durations.length);

/** The histogram of requests of one kind. Throws when the text in the document is damaged. */
export const classHistogram = ({ histogram, min, max }: CacheClass): LatencyHistogram =>
  LatencyHistogram.decode(histogram, { min, max });

/**
 * Drift of the kind of request that there are more of. The median of both kinds together jumps with
 * the share of hits, which says nothing of the machine.
 */
export const cacheDrift = (durations: Float64Array, raw: RawCache): number | null => {
  const [hits, misses] = [ofKind(durations, raw, true), ofKind(durations, raw, false)];
  return driftOf(hits.length >= misses.length ? hits : misses);
};

/** The cache of a round; `durations` are those of its requests. */
export const digestCache = (raw: RawCache, durations: Float64Array): CacheRound => {
  const items = durations.length * raw.batch;
  const missing = sum(raw.misses);
  const hit = ofKind(durations, raw, true);
  const keysOfHits = sum(ofKind(raw.key, raw, true));
  const runs = sum(ofKind(durations, raw, false)) - (sum(raw.key) - keysOfHits) - sum(raw.insert);
  const beyond = hit.length === 0 ? null : (sum(hit) - keysOfHits) / (hit.length * raw.batch);
  return {
    items,
    hits: items - missing,
    expected: Math.min(1, Math.max(0, raw.expected)),
    key: roundMoment(sum(raw.key) / items),
    insert: missing === 0 ? null : roundMoment(sum(raw.insert) / missing),
    run: missing === 0 ? null : roundMoment(Math.max(0, runs / missing)),
    beyond: beyond === null ? null : roundMoment(Math.max(0, beyond)),
    keyKind: raw.keyKind,
    fill: { ...raw.fill },
    memory: { ...raw.memory },
    hit: classOf(hit),
    miss: classOf(ofKind(durations, raw, false)),
  };
};

const pooledClass = (rounds: readonly CacheRound[], kind: 'hit' | 'miss'): CacheClass | null => {
  const classes = rounds.flatMap((round) => (round[kind] === null ? [] : [round[kind]]));
  if (classes.length === 0) return null;
  const n = classes.reduce((all, one) => all + one.n, 0);
  const mean = classes.reduce((all, one) => all + one.mean * one.n, 0) / n;
  const smallest = classes.length < rounds.length ? 0 : Math.min(...classes.map((one) => one.n));
  return classFrom(LatencyHistogram.merge(classes.map(classHistogram)), mean, smallest);
};

/** The mean of a time over rounds, each with so many items; null when no round has it. */
export const meanOver = (
  parts: readonly { readonly value: number | null; readonly items: number }[],
): number | null => {
  const known = parts.flatMap(({ value, items }) =>
    value === null || items === 0 ? [] : [{ value, items }],
  );
  const items = known.reduce((all, part) => all + part.items, 0);
  return items === 0 ? null : known.reduce((all, part) => all + part.value * part.items, 0) / items;
};

/** Items of requests of hits only. */
const hitItems = ({ hit, miss, items }: CacheRound): number =>
  hit === null ? 0 : (items * hit.n) / (hit.n + (miss?.n ?? 0));

/** Means over rounds, each over the items it is about; null where there were none. */
export const costsOf = (
  rounds: readonly CacheRound[],
): { readonly [K in 'key' | 'insert' | 'run' | 'beyond']: number | null } => ({
  key: meanOver(rounds.map(({ key, items }) => ({ value: key, items }))),
  insert: meanOver(rounds.map(({ insert, items, hits }) => ({ value: insert, items: items - hits }))),
  run: meanOver(rounds.map(({ run, items, hits }) => ({ value: run, items: items - hits }))),
  beyond: meanOver(rounds.map((round) => ({ value: round.beyond, items: hitItems(round) }))),
});

const hitRateOf = (rounds: readonly CacheRound[], requests: number, level: number): Estimate => {
  const items = rounds.reduce((all, round) => all + round.items, 0);
  const pooled = rounds.reduce((all, round) => all + round.hits, 0) / items;
  const own = rounds.map((round) => round.hits / round.items);
  const interval = roundsInterval(own, { level, pooled });
  const base = { value: pooled, n: requests, rounds: rounds.length };
  if (interval === null) return { ...base, interval, reason: 'one process: no interval' };
  return {
    ...base,
    interval: { ...interval, low: Math.max(0, interval.low), high: Math.min(1, interval.high) },
  };
};

const rounded = (value: number | null): number | null => (value === null ? null : roundMoment(value));

/** The cache of a cell from that of its rounds; undefined without one. `level` is that of the interval. */
export const summariseCache = (
  rounds: readonly { readonly n: number; readonly cache?: CacheRound | undefined }[],
  level: number,
): CacheCell | undefined => {
  const caches = rounds.flatMap(({ cache }) => (cache === undefined ? [] : [cache]));
  const [first] = caches;
  if (first === undefined) return undefined;
  const { key, insert, run, beyond } = costsOf(caches);
  const requests = rounds.reduce((all, round) => all + (round.cache === undefined ? 0 : round.n), 0);
  const most = (field: 'entries' | 'bytes' | 'rss'): number =>
    Math.max(...caches.map(({ memory }) => memory[field]));
  return {
    hitRate: hitRateOf(caches, requests, level),
    expected: first.expected,
    key: roundMoment(key ?? 0),
    insert: rounded(insert),
    run: rounded(run),
    beyond: rounded(beyond),
    keyKind: first.keyKind,
    fill: {
      requests: roundMoment(caches.reduce((all, { fill }) => all + fill.requests, 0) / caches.length),
      incomplete: caches.filter(({ fill }) => !fill.complete).length,
    },
    memory: { entries: most('entries'), bytes: most('bytes'), rss: most('rss') },
    hit: pooledClass(caches, 'hit'),
    miss: pooledClass(caches, 'miss'),
  };
};
