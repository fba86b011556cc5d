/**
 * A prediction cache in front of the model, as a server would have it: each item of a request is looked
 * up by a hash of its bytes, those that are missing run together as one batch, and what they give is
 * put into the cache.
 */
import { createHash, hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { EngineSession, EngineTensor, PreparedFeeds, RawOutputs } from '../engine/types.js';
import type { Feeds } from '../model/types.js';
import { cheHitRate } from '../stats/che.js';
import { createRandom, deriveSeed } from '../stats/random.js';
import { UserError } from '../vocabulary/errors.js';
import { isHitRate, type DrawnTraffic } from '../vocabulary/traffic.js';
import { createItems, type CacheItems, type CacheRequest } from './cache-items.js';
import { createWorkload, type Workload } from './cache-workload.js';
import { now, sleepBlocking } from './clock.js';
import type { CacheSamples } from './messages.js';
import type { Serve } from './sample.js';

/** What the cache holds of an item: its part of every output. */
type Stored = readonly (ArrayLike<unknown> & { readonly byteLength?: number })[];

/** How keys are made, for the document. */
const KEY = 'SHA-1 of the input bytes';

export interface CacheOptions {
  readonly session: EngineSession;
  /** The pool of requests, whose memory is written to from now on. */
  readonly feeds: readonly Feeds[];
  /** Outputs of one request of the pool, as the runtime gives them. */
  readonly outputs: RawOutputs;
  readonly batch: number;
  /** Entries. */
  readonly size: number;
  readonly traffic: DrawnTraffic;
  readonly seed: number;
}

export interface CachedServer {
  /** Makes the next request. Not timed. */
  readonly prepare: () => void;
  /** Serves the request that was made last. */
  readonly serve: Serve;
  /** Starts recording, with room for so many requests. */
  readonly record: (capacity: number) => void;
  /** What was recorded since then. */
  readonly recorded: () => CacheSamples;
}

/**
 * The key of an item: 160 bits, so that two items never share one by chance. On 3 KB it takes 2 us where
 * the processor has SHA instructions, half of which a 53-bit hash in JavaScript would save.
 */
export const keyOf = (inputs: readonly Uint8Array[]): string => {
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined) return hash('sha1', only, 'binary');
  const sum = createHash('sha1');
  for (const bytes of inputs) sum.update(bytes);
  return sum.digest('binary');
};

const bytesIn = (stored: Stored): number =>
  stored.reduce(
    (sum, part) =>
      sum +
      (part.byteLength ??
        Array.from(part, (text) => 2 * String(text).length).reduce((all, bytes) => all + bytes, 0)),
    0,
  );

type Part = ArrayLike<unknown> & { slice(from: number, to: number): Stored[number] };

/** Copies of the outputs, item by item. */
const split = (outputs: Readonly<Record<string, EngineTensor>>, items: number): Stored[] => {
  const parts = Object.values(outputs).map(({ data }) => data as Part);
  return Array.from({ length: items }, (_, item) =>
    parts.map((part) => {
      const length = part.length / items;
      return part.slice(item * length, (item + 1) * length);
    }),
  );
};

const checkOutputs = (outputs: Readonly<Record<string, EngineTensor>>, batch: number): void => {
  const whole = Object.entries(outputs).find(([, { dims }]) => batch > 1 && dims[0] !== batch);
  if (whole !== undefined) {
    throw new UserError({
      message: `output "${whole[0]}" does not begin with the ${batch} items of a request, so no item's part of it can be cached.`,
      hint: 'Measure the cache with batch 1.',
    });
  }
};

const checkItems = ({ distinct }: CacheItems, { traffic, size }: CacheOptions): void => {
  // New items come until the round ends, so that they must outnumber the cache by far.
  const needed = isHitRate(traffic) ? Math.max(1_000_000, 10 * size) : traffic.catalogue;
  if (distinct >= needed) return;
  throw new UserError({
    message: `the inputs of an item can only hold ${distinct} different values, and this traffic needs ${needed}.`,
    hint: 'Widen the ranges of the inputs, or make the catalogue smaller.',
  });
};

const createCache = (size: number): LRUCache<string, Stored> => new LRUCache<string, Stored>({ max: size });

/** Puts in what the fill period leaves there: the keys of these items, each with a copy of one answer. */
const fillCache = (
  cache: LRUCache<string, Stored>,
  items: CacheItems,
  { fill }: Workload,
  { batch }: CacheOptions,
  answer: Stored,
): void => {
  const ids = new Int32Array(batch);
  for (let from = 0; from < fill.ids.length; from += batch) {
    const count = Math.min(batch, fill.ids.length - from);
    // A last request that is not full repeats its first item.
    ids.fill(fill.ids[from] as number).set(fill.ids.subarray(from, from + count));
    const request = items.request(ids);
    for (let item = 0; item < count; item++) {
      const copy = answer.map((part) => (part as Part).slice(0, part.length));
      cache.set(keyOf(request.bytes[item] as readonly Uint8Array[]), copy);
    }
  }
};

/**
 * Everything of a cached cell but its clock. Throws a UserError for models whose requests can't be split
 * into items, and for traffic that needs more different items than the inputs can hold.
 */
export const createCachedServer = (options: CacheOptions): CachedServer => {
  const { session, feeds, batch, size, traffic, seed } = options;
  const first = session.read(options.outputs);
  checkOutputs(first, batch);
  const items = createItems(feeds, batch, (made) => session.prepare(made));
  checkItems(items, options);
  const random = createRandom(deriveSeed(seed, 'traffic'));
  const workload = createWorkload({ traffic, size, batch, distinct: items.distinct, random });
  const [answer = []] = split(first, batch);
  const rssBefore = process.memoryUsage.rss();
  const cache = createCache(size);
  fillCache(cache, items, workload, options, answer);
  const rssAfter = process.memoryUsage.rss();

  let request: CacheRequest | null = null;
  const keys: string[] = Array.from({ length: batch }, () => '');
  const answers: (Stored | undefined)[] = Array.from({ length: batch }, () => undefined);
  const picked = new Int32Array(batch);

  let taken = 0;
  let misses = new Uint16Array(0);
  let key = new Float64Array(0);
  let insert = new Float64Array(0);

  /** Runs the missing items of the request as one batch. All of them are the request as it came. */
  const runMissing = (asked: CacheRequest, missing: number): Promise<RawOutputs> => {
    const made: PreparedFeeds = missing === batch ? asked.feeds : items.partial(asked, picked, missing);
    return session.run(made);
  };

  const serve = async (): Promise<readonly (Stored | undefined)[]> => {
    const asked = request as CacheRequest;
    const begin = now();
    let missing = 0;
    for (let item = 0; item < batch; item++) {
      const itemKey = keyOf(asked.bytes[item] as readonly Uint8Array[]);
      const found = cache.get(itemKey);
      keys[item] = itemKey;
      answers[item] = found;
      if (found === undefined) picked[missing++] = item;
    }
    const looked = now();
    let inserting = 0;
    if (missing > 0) {
      const outputs = await runMissing(asked, missing);
      const ran = now();
      const stored = split(session.read(outputs), missing);
      for (let place = 0; place < missing; place++) {
        const item = picked[place] as number;
        answers[item] = stored[place];
        cache.set(keys[item] as string, stored[place]);
      }
      inserting = now() - ran;
    }
    // A write past the end of a typed array is ignored: outside of sampling there is no room.
    misses[taken] = missing;
    key[taken] = looked - begin;
    insert[taken] = inserting;
    taken += 1;
    return answers;
  };

  return {
    prepare: () => {
      request = items.request(workload.next());
    },
    serve,
    record: (capacity) => {
      taken = 0;
      misses = new Uint16Array(capacity);
      key = new Float64Array(capacity);
      insert = new Float64Array(capacity);
    },
    recorded: () => {
      let bytes = 0;
      for (const [text, stored] of cache.entries()) bytes += text.length + bytesIn(stored);
      return {
        misses: misses.slice(0, taken),
        key: key.slice(0, taken),
        insert: insert.slice(0, taken),
        batch,
        expected: isHitRate(traffic) ? traffic.hitRate : cheHitRate(traffic.zipf, traffic.catalogue, size),
        keyKind: KEY,
        fill: { requests: workload.fill.requests, complete: workload.fill.complete },
        memory: { entries: cache.size, bytes, rss: Math.max(0, rssAfter - rssBefore) },
      };
    },
  };
};

/** A cached server is ready after so much time in requests, ns, and so many of them. */
const WARMUP_TIME = 250_000_000;
const WARMUP_REQUESTS = 10;

/**
 * A cached server that has served requests until the code around the cache is as fast as it gets; the
 * model has been warmed up before. `typical` is their mean duration, ns: hits and misses differ too much
 * for a rule about steadiness. `idle` is the pause between them. Throws as createCachedServer does.
 */
export const startCache = async (
  options: CacheOptions & { readonly idle: number },
): Promise<{ readonly server: CachedServer; readonly typical: number }> => {
  const server = createCachedServer(options);
  let requests = 0;
  let busy = 0;
  while (busy < WARMUP_TIME || requests < WARMUP_REQUESTS) {
    sleepBlocking(options.idle);
    server.prepare();
    const begin = now();
    await server.serve(requests);
    busy += now() - begin;
    requests += 1;
  }
  return { server, typical: busy / requests };
};
