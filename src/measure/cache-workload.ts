/**
 * Which items the requests of a cached cell ask for. Drawn from the seed, outside of the timed region,
 * into a preallocated array; the timed loop reads numbers.
 */
import { createZipf } from '../stats/zipf.js';
import type { Random } from '../stats/random.js';
import { isHitRate, type DrawnTraffic } from '../vocabulary/traffic.js';

/** Requests that are drawn at a time. */
const BLOCK_ITEMS = 65_536;

/** Zipf traffic may never fill a large cache: the rarest items hardly come. No more items are drawn for it. */
const MOST_FILL = 10_000_000;

/** Items of a block in which hits and new items are dealt out exactly, so that the asked rate is met. */
const DEAL = 20;

/** What came before the first request: the cache as so many items left it. */
export interface Fill {
  /** Ids of what is in the cache, the longest unused first. */
  readonly ids: Int32Array;
  /** Requests after which the cache looks so. */
  readonly requests: number;
  /** The cache was full, and then as many requests again went by: its content no longer depends on the start. */
  readonly complete: boolean;
}

export interface Workload {
  readonly fill: Fill;
  /** Ids of the items of the next request. The array is used again by the next call. */
  readonly next: () => Int32Array;
}

export interface WorkloadOptions {
  readonly traffic: DrawnTraffic;
  /** Entries of the cache; at least `batch`. */
  readonly size: number;
  readonly batch: number;
  /** Distinct items that the inputs can tell apart. Zipf traffic needs no more than its catalogue. */
  readonly distinct: number;
  readonly random: Random;
}

/** The ids of an LRU cache in the order of their use, in arrays: a doubly linked list over slots. */
interface Lru {
  /** Moves the slot to the front. */
  readonly touch: (slot: number) => void;
  /** Puts an id into a free slot or that of the longest unused, and moves it to the front. */
  readonly insert: (id: number) => { readonly slot: number; readonly evicted: number };
  readonly idAt: (slot: number) => number;
  readonly count: () => number;
  /** The longest unused first. */
  readonly ids: () => Int32Array;
}

const createLru = (size: number): Lru => {
  const ids = new Int32Array(size).fill(-1);
  const newer = new Int32Array(size).fill(-1);
  const older = new Int32Array(size).fill(-1);
  let newest = -1;
  let oldest = -1;
  let count = 0;
  const unlink = (slot: number): void => {
    const [before, after] = [newer[slot] as number, older[slot] as number];
    if (before === -1) newest = after;
    else older[before] = after;
    if (after === -1) oldest = before;
    else newer[after] = before;
  };
  const toFront = (slot: number): void => {
    newer[slot] = -1;
    older[slot] = newest;
    if (newest !== -1) newer[newest] = slot;
    newest = slot;
    if (oldest === -1) oldest = slot;
  };
  return {
    touch: (slot) => {
      if (slot === newest) return;
      unlink(slot);
      toFront(slot);
    },
    insert: (id) => {
      const full = count === size;
      const slot = full ? oldest : count;
      const evicted = full ? (ids[slot] as number) : -1;
      if (full) unlink(slot);
      else count += 1;
      ids[slot] = id;
      toFront(slot);
      return { slot, evicted };
    },
    idAt: (slot) => ids[slot] as number,
    count: () => count,
    ids: () => {
      const listed = new Int32Array(count);
      for (let slot = oldest, index = 0; slot !== -1; slot = newer[slot] as number, index++)
        listed[index] = ids[slot] as number;
      return listed;
    },
  };
};

/** Deals out repeats and new items: of each 20 in a row, as many repeats as the rate says, in random order. */
const createDealer = (hitRate: number, random: Random): (() => boolean) => {
  const deal = new Uint8Array(DEAL);
  let at = DEAL;
  let owed = 0;
  return () => {
    if (at === DEAL) {
      owed += hitRate * DEAL;
      const repeats = Math.round(owed);
      owed -= repeats;
      deal.fill(0).fill(1, 0, repeats);
      for (let last = DEAL - 1; last > 0; last--) {
        const other = random.int(last + 1);
        const moved = deal[last] as number;
        deal[last] = deal[other] as number;
        deal[other] = moved;
      }
      at = 0;
    }
    return deal[at++] === 1;
  };
};

/**
 * Traffic with a given hit rate: an item is, with this probability, one of those that are in the cache
 * (each as likely), and otherwise one that never came before. The cache starts full. What is in it is
 * followed here, as the cache itself will do it: the items of a request are looked up, then those that
 * were missing are put in.
 */
const hitRateWorkload = (hitRate: number, options: WorkloadOptions): Workload => {
  const { size, batch, distinct, random } = options;
  const lru = createLru(size);
  let fresh = 0;
  const draw = (): number => {
    const id = fresh;
    fresh = (fresh + 1) % distinct;
    return id;
  };
  for (let entry = 0; entry < size; entry++) lru.insert(draw());
  const fill: Fill = { ids: lru.ids(), requests: Math.ceil(size / batch), complete: true };
  const isRepeat = createDealer(hitRate, random);
  const added: number[] = [];
  return {
    fill,
    next: inBlocks(batch, (items) => {
      added.length = 0;
      for (let position = 0; position < batch; position++) {
        if (isRepeat()) {
          const slot = random.int(lru.count());
          lru.touch(slot);
          items[position] = lru.idAt(slot);
        } else {
          items[position] = draw();
          added.push(items[position] as number);
        }
      }
      for (const id of added) lru.insert(id);
    }),
  };
};

/**
 * Traffic from a catalogue with Zipf popularity. The cache starts as it would be after a fill period:
 * requests until it is full, and as many again.
 */
const zipfWorkload = (
  { zipf, catalogue }: Extract<DrawnTraffic, { readonly zipf: number }>,
  { size, batch, random }: WorkloadOptions,
): Workload => {
  const draw = createZipf(zipf, catalogue);
  return {
    fill: zipfFill(() => draw(random), { entries: Math.min(size, catalogue), catalogue, batch }),
    next: inBlocks(batch, (items) => {
      for (let position = 0; position < batch; position++) items[position] = draw(random);
    }),
  };
};

const zipfFill = (
  draw: () => number,
  { entries, catalogue, batch }: { entries: number; catalogue: number; batch: number },
): Fill => {
  const lru = createLru(entries);
  const slots = new Int32Array(catalogue).fill(-1);
  let drawn = 0;
  let end = MOST_FILL;
  let isFull = false;
  while (drawn < end) {
    const id = draw();
    drawn += 1;
    const known = slots[id] as number;
    if (known !== -1) {
      lru.touch(known);
      continue;
    }
    const { slot, evicted } = lru.insert(id);
    if (evicted !== -1) slots[evicted] = -1;
    slots[id] = slot;
    if (!isFull && lru.count() === entries) {
      isFull = true;
      end = Math.min(MOST_FILL, 2 * drawn);
    }
  }
  return { ids: lru.ids(), requests: Math.ceil(drawn / batch), complete: isFull && drawn < MOST_FILL };
};

/** Draws many requests at a time, so that their cost doesn't stand between each two requests. */
const inBlocks = (batch: number, draw: (items: Int32Array) => void): (() => Int32Array) => {
  const requests = Math.max(1, Math.floor(BLOCK_ITEMS / batch));
  const items = new Int32Array(requests * batch);
  const views = Array.from({ length: requests }, (_, index) =>
    items.subarray(index * batch, (index + 1) * batch),
  );
  let at = requests;
  return () => {
    if (at === requests) {
      for (const view of views) draw(view);
      at = 0;
    }
    return views[at++] as Int32Array;
  };
};

/** The workload of a round. Equal options, with equal states of `random`, give equal workloads. */
export const createWorkload = (options: WorkloadOptions): Workload =>
  isHitRate(options.traffic)
    ? hitRateWorkload(options.traffic.hitRate, options)
    : zipfWorkload(options.traffic, options);
