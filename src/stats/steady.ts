/**
 * When a process has warmed up. Durations are pushed one after another; the tracker says whether
 * the latency is steady now. The caller bounds the time: some processes never are.
 *
 * The latest stretch of the warm-up is compared with itself: its later half against its earlier
 * half. The stretch grows with the warm-up, so that what falls slowly is watched for longer. That is
 * the split-window idea of Geweke ("Evaluating the accuracy of sampling-based approaches to the
 * calculation of posterior moments", Bayesian Statistics 4, 1992). How much noise moves such a
 * difference is told by neighbouring blocks (the mean square successive difference of von Neumann et
 * al., Annals of Mathematical Statistics 12(2), 1941), which bursts raise and a slow trend does not.
 */
import { NS_PER_MS } from '../vocabulary/units.js';
import { nearestRank } from './quantile.js';

export interface WarmupTracker {
  /** Takes the duration of the next request, ns. True when the latency is steady now. */
  push(duration: number): boolean;
  /** The rule, in words. */
  readonly rule: string;
  /** Requests pushed so far. */
  readonly requests: number;
}

/** A block ends with this many requests and this much time in them, */
const BLOCK_REQUESTS = 5;
const BLOCK_TIME = 5 * NS_PER_MS;
/** or with fewer requests, when they are slow, */
const SLOW_REQUESTS = 2;
const SLOW_TIME = 100 * NS_PER_MS;
/** or when its memory is full: requests of a few microseconds. */
const BLOCK_CAPACITY = 1024;

const MIN_BLOCKS = 10;
const MAX_BLOCKS = 32;
/** The part of the warm-up that is looked at, the latest. */
const WINDOW_SHARE = 2 / 3;
/** A change that counts as none. */
const TOLERANCE = 0.02;
/** While the standard error of the change is larger, a look can't tell, and says "not yet", */
const LARGEST_ERROR = 0.07;
/** unless the window holds this many requests: a mix of short and long ones never gets more precise soon. */
const ENOUGH_REQUESTS = 100;

const RULE =
  `blocks of ${BLOCK_REQUESTS} requests and ${BLOCK_TIME / NS_PER_MS} ms ` +
  `(${SLOW_REQUESTS} requests when they take ${SLOW_TIME / NS_PER_MS} ms); ` +
  `steady when, over the latest two thirds of the warm-up and at least ${MIN_BLOCKS} blocks, the block medians ` +
  `of the later half are on average at most ${TOLERANCE * 100}% below those of the earlier half, ` +
  `at most ${TOLERANCE * 100}% or one standard error above, and that error is at most ${LARGEST_ERROR * 100}% ` +
  `or ${ENOUGH_REQUESTS} requests were looked at`;

/**
 * A tracker for one warm-up. A push costs O(1) on average and allocates nothing but once a block.
 *
 * In simulation (test/stats/steady.test.ts) a steady series of 1 ms requests is accepted after 55
 * requests, at 20% noise after some 75; of 100 ms requests after 20 and 60. Requests that start at
 * twice their latency and settle with a time constant of 50 requests are accepted with 1% left.
 */
export const createWarmupTracker = (): WarmupTracker => {
  const block = new Float64Array(BLOCK_CAPACITY);
  const sorted = new Float64Array(BLOCK_CAPACITY);
  let inBlock = 0;
  let timeInBlock = 0;

  // The medians of all blocks so far, oldest first. When full, neighbours are joined to one: then
  // each entry stands for `blocksPerEntry` blocks, and `open` sums those of the entry to come.
  const entries = new Float64Array(MAX_BLOCKS);
  let filled = 0;
  let blocksPerEntry = 1;
  let open = 0;
  let inOpen = 0;

  let requests = 0;
  let steady = false;

  const closeBlock = (): number => {
    sorted.set(block);
    const median = nearestRank(sorted.subarray(0, inBlock).sort(), 0.5);
    inBlock = 0;
    timeInBlock = 0;
    return median;
  };

  const addEntry = (value: number): void => {
    if (filled === MAX_BLOCKS) {
      // The new value opens the first entry of the doubled size.
      open = value * blocksPerEntry;
      inOpen = blocksPerEntry;
      filled /= 2;
      blocksPerEntry *= 2;
      for (let index = 0; index < filled; index++) {
        entries[index] = ((entries[2 * index] as number) + (entries[2 * index + 1] as number)) / 2;
      }
      return;
    }
    entries[filled++] = value;
  };

  const isSteady = (): boolean => {
    if (filled < MIN_BLOCKS) return false;
    const half = Math.floor(Math.max(MIN_BLOCKS, filled * WINDOW_SHARE) / 2);
    const start = filled - 2 * half;
    let earlier = 0;
    let later = 0;
    let squares = 0;
    for (let index = start; index < filled; index++) {
      const value = entries[index] as number;
      if (index < start + half) earlier += value / half;
      else later += value / half;
      if (index > start) squares += (value - (entries[index - 1] as number)) ** 2;
    }
    const variance = squares / (2 * (2 * half - 1));
    const error = Math.sqrt((2 * variance) / half);
    const none = TOLERANCE * later;
    const canTell = error <= LARGEST_ERROR * later || (requests * 2 * half) / filled >= ENOUGH_REQUESTS;
    return canTell && earlier - later <= none && later - earlier <= Math.max(none, error);
  };

  return {
    rule: RULE,
    get requests() {
      return requests;
    },
    push(duration) {
      requests++;
      block[inBlock++] = duration;
      timeInBlock += duration;
      const full =
        (inBlock >= BLOCK_REQUESTS && timeInBlock >= BLOCK_TIME) ||
        (inBlock >= SLOW_REQUESTS && timeInBlock >= SLOW_TIME) ||
        inBlock === BLOCK_CAPACITY;
      if (!full) return steady;
      open += closeBlock();
      inOpen++;
      if (inOpen < blocksPerEntry) return steady;
      const value = open / blocksPerEntry;
      open = 0;
      inOpen = 0;
      addEntry(value);
      steady = isSteady();
      return steady;
    },
  };
};
