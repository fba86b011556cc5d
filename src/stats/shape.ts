/**
 * What the shape of the latencies says about how far they can be trusted: a drift over the round,
 * two ways of being served, requests far out.
 */
import type { LatencyHistogram } from './histogram.js';
import { medianOf } from './quantile.js';

/** Requests a round needs for its thirds to have a median worth comparing. */
const DRIFT_REQUESTS = 60;

/**
 * The relative change of the median from the first to the last third of a round, in the order of
 * the requests: 0.1 when it got 10% slower. Null with under 60 requests, or a median of 0.
 */
export const driftOf = (durations: Float64Array): number | null => {
  const third = Math.floor(durations.length / 3);
  if (durations.length < DRIFT_REQUESTS) return null;
  const first = medianOf(durations.subarray(0, third));
  const last = medianOf(durations.subarray(durations.length - third));
  return first === 0 ? null : (last - first) / first;
};

/** Two ways of being served, a fast and a slow one. */
export interface Bimodality {
  /** The most frequent latency of each, ns, the fast one first. */
  readonly modes: readonly [number, number];
  /** The latency between them where requests are fewest, ns. */
  readonly valley: number;
  /** Share of the requests above the valley. */
  readonly share: number;
}

/** With fewer requests the density is too rough to tell modes from chance. */
const MODE_REQUESTS = 100;
/** Each mode holds at least this share of the requests: fewer are outliers. */
const MODE_SHARE = 0.1;
/** The slow mode is at least this much slower: less is of no use to know. */
const MODE_RATIO = 1.1;
/** The density between the modes falls to this part of the lower peak, or less. */
const VALLEY_DEPTH = 0.6;
const GRID = 512;

/** The density of ln(latency) on a grid of GRID points: a Gaussian kernel over binned counts. */
interface Density {
  readonly start: number;
  readonly step: number;
  readonly counts: Float64Array;
  readonly height: Float64Array;
}

const densityOf = (histogram: LatencyHistogram): Density => {
  const start = Math.log(histogram.quantile(0.005));
  const end = Math.log(histogram.quantile(0.995));
  const bandwidth = bandwidthOf(histogram);
  const step = Math.max((end - start) / (GRID - 1), bandwidth / 8);
  const counts = new Float64Array(GRID);
  for (const { from, to, count } of histogram.entries()) {
    const index = Math.round((Math.log((from + to) / 2) - start) / step);
    if (index >= 0 && index < GRID) counts[index] = (counts[index] as number) + count;
  }
  const reach = Math.ceil((4 * bandwidth) / step);
  const height = new Float64Array(GRID);
  for (let index = 0; index < GRID; index++) {
    const count = counts[index] as number;
    if (count === 0) continue;
    for (let other = Math.max(0, index - reach); other <= Math.min(GRID - 1, index + reach); other++) {
      const distance = ((other - index) * step) / bandwidth;
      height[other] = (height[other] as number) + count * Math.exp(-0.5 * distance * distance);
    }
  }
  return { start, step, counts, height };
};

/**
 * Silverman's rule of thumb for the bandwidth, on the log scale ("Density Estimation for Statistics
 * and Data Analysis", 1986, equation 3.31). At least 0.5%: finer structure is the histogram's own.
 */
const bandwidthOf = (histogram: LatencyHistogram): number => {
  const middle = Math.log(histogram.quantile(0.75) / histogram.quantile(0.25)) / 1.34;
  let sum = 0;
  let squares = 0;
  for (const { from, to, count } of histogram.entries()) {
    const value = Math.log((from + to) / 2);
    sum += count * value;
    squares += count * value * value;
  }
  const mean = sum / histogram.count;
  const deviation = Math.sqrt(Math.max(0, squares / histogram.count - mean * mean));
  return Math.max(0.005, 0.9 * Math.min(middle, deviation) * histogram.count ** -0.2);
};

/**
 * Two separated modes in the density of ln(latency), each with at least 10% of the requests, at
 * least 10% apart, with a valley of at most 60% of the lower peak between them; null when there
 * are none, or under 100 requests. With more than two modes, the split with the deepest valley.
 */
export const bimodality = (histogram: LatencyHistogram): Bimodality | null => {
  if (histogram.count < MODE_REQUESTS) return null;
  const { start, step, counts, height } = densityOf(histogram);
  const latencyAt = (index: number): number => Math.round(Math.exp(start + index * step));
  const total = counts.reduce((sum, count) => sum + count, 0);

  // The highest point up to each index, and from each index on: the peaks that a valley parts.
  const peakUpTo = new Uint16Array(GRID);
  const peakFrom = new Uint16Array(GRID).fill(GRID - 1);
  const higher = (a: number, b: number): number => ((height[a] as number) >= (height[b] as number) ? a : b);
  for (let index = 1; index < GRID; index++) peakUpTo[index] = higher(peakUpTo[index - 1] as number, index);
  for (let index = GRID - 2; index >= 0; index--)
    peakFrom[index] = higher(peakFrom[index + 1] as number, index);

  let best: Bimodality | null = null;
  let deepest = VALLEY_DEPTH;
  let below = 0;
  for (let index = 0; index < GRID; index++) {
    below += (counts[index] as number) / total;
    const [left, right] = [peakUpTo[index] as number, peakFrom[index] as number];
    const depth = (height[index] as number) / Math.min(height[left] as number, height[right] as number);
    const apart = (right - left) * step >= Math.log(MODE_RATIO);
    if (depth > deepest || !apart || below < MODE_SHARE || below > 1 - MODE_SHARE) continue;
    deepest = depth;
    best = { modes: [latencyAt(left), latencyAt(right)], valley: latencyAt(index), share: 1 - below };
  }
  return best;
};

/** Median absolute deviations beyond which a value is far out: ten standard deviations of a normal. */
const FAR_OUT = 1.4826 * 10;
/** The deviation counts as at least this part of the median: a very even latency has no outliers for that. */
const LEAST_DEVIATION = 0.01;

/**
 * The latency beyond which a request is an outlier, ns: median + 14.826 median absolute deviations.
 * The modified z-score of Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993, with the
 * threshold that hyperfine uses (its outlier_detection.rs). Throws RangeError on an empty histogram.
 */
export const outlierLimit = (histogram: LatencyHistogram): number => {
  const median = histogram.quantile(0.5);
  const deviations = Array.from(histogram.entries(), ({ from, to, count }) => ({
    size: Math.abs((from + to) / 2 - median),
    count,
  })).toSorted((a, b) => a.size - b.size);
  let seen = 0;
  const middle = deviations.find(({ count }) => (seen += count) >= histogram.count / 2);
  return median + FAR_OUT * Math.max(middle?.size ?? 0, LEAST_DEVIATION * median);
};

/** The share of requests beyond `outlierLimit`: slow outliers only. Throws RangeError on an empty histogram. */
export const outlierShare = (histogram: LatencyHistogram): number => {
  const limit = outlierLimit(histogram);
  let beyond = 0;
  for (const { from, count } of histogram.entries()) if (from > limit) beyond += count;
  return beyond / histogram.count;
};
