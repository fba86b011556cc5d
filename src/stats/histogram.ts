/**
 * A latency histogram: whole nanoseconds, 3 significant digits, kept as an HDR histogram so that
 * other tools read it (hdrhistogram.org). Histograms add up exactly: merging equals recording all
 * the values at once, which a percentile alone can't do.
 *
 * hdr-histogram-js counts and encodes. What it gets wrong is done here: it counts NaN as a value,
 * turns 0.4 into 0, its percentiles can exceed the maximum, and it doesn't keep the exact minimum
 * and maximum in its encoding.
 */
import { createRequire } from 'node:module';
import type * as Hdr from 'hdr-histogram-js';
import { rankOf } from './quantile.js';

type Float64Histogram = Hdr.Float64Histogram;

let hdr: typeof Hdr | undefined;
const require = createRequire(import.meta.url);

/** Loaded on first use: the package takes tens of milliseconds to load, and `mlat --help` needs none of it. */
const library = (): typeof Hdr => (hdr ??= require('hdr-histogram-js') as typeof Hdr);

const DIGITS = 3;
const NS_PER_HOUR = 3_600_000_000_000;
/** 2^53 ns, about 104 days: larger whole numbers are not exact. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/** The values of one bucket: `from` and `to` are both whole ns inside it. */
export interface HistogramEntry {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** An empty histogram that holds values up to `largest`; its size depends on `largest` alone. */
const emptyUpTo = (largest: number): Float64Histogram => {
  let top = NS_PER_HOUR;
  while (top < largest) top *= 2;
  return new (library().Float64Histogram)(1, Math.min(top, LARGEST), DIGITS);
};

const wholeNs = (value: number): number => {
  if (!(value >= 0 && value <= LARGEST)) {
    throw new RangeError(`a latency must be a number of ns from 0 to 2^53, got ${value}`);
  }
  return Math.max(1, Math.round(value));
};

export class LatencyHistogram {
  /** How many values it holds. */
  readonly count: number;
  /** The smallest value, ns, exact; NaN when there is none. */
  readonly min: number;
  /** The largest value, ns, exact; NaN when there is none. */
  readonly max: number;
  readonly #counts: Float64Histogram;

  private constructor(counts: Float64Histogram, min: number, max: number) {
    this.#counts = counts;
    this.count = counts.totalCount;
    this.min = min;
    this.max = max;
  }

  /**
   * The histogram of durations in ns, each rounded to a whole number and at least 1.
   * Throws RangeError for NaN, a negative value, or one over 2^53.
   */
  static of(values: ArrayLike<number>): LatencyHistogram {
    let min = Infinity;
    let max = -Infinity;
    for (let index = 0; index < values.length; index++) {
      const value = wholeNs(values[index] as number);
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const counts = emptyUpTo(max);
    for (let index = 0; index < values.length; index++) {
      counts.recordValue(Math.max(1, Math.round(values[index] as number)));
    }
    return values.length === 0
      ? new LatencyHistogram(counts, NaN, NaN)
      : new LatencyHistogram(counts, min, max);
  }

  /** The histogram of all the values of several; of none, an empty one. */
  static merge(histograms: readonly LatencyHistogram[]): LatencyHistogram {
    const parts = histograms.filter((part) => part.count > 0);
    if (parts.length === 0) return LatencyHistogram.of([]);
    const min = Math.min(...parts.map((part) => part.min));
    const max = Math.max(...parts.map((part) => part.max));
    const counts = emptyUpTo(max);
    for (const part of parts) {
      // A bucket's lower edge falls into the same bucket of every histogram of this precision.
      for (const { from, count } of part.#buckets()) counts.recordValueWithCount(from, count);
    }
    return new LatencyHistogram(counts, min, max);
  }

  /**
   * Reads what `encode` wrote. `min` and `max` are the exact ones, stored beside it.
   * Throws RangeError when the text is no such histogram, or min and max belong to another one.
   */
  static decode(
    base64: string,
    { min, max }: { readonly min: number; readonly max: number },
  ): LatencyHistogram {
    let counts: Float64Histogram;
    try {
      counts = library().decodeFromCompressedBase64(base64, 64) as Float64Histogram;
    } catch (error) {
      throw new RangeError('not a compressed HDR histogram (V2, base64)', { cause: error });
    }
    if (counts.numberOfSignificantValueDigits !== DIGITS || counts.lowestDiscernibleValue !== 1) {
      throw new RangeError('not a histogram of whole nanoseconds with 3 significant digits');
    }
    const decoded = new LatencyHistogram(counts, min, max);
    if (decoded.count === 0) return LatencyHistogram.of([]);
    let first: HistogramEntry | undefined;
    let last: HistogramEntry | undefined;
    for (const entry of decoded.#buckets()) {
      first ??= entry;
      last = entry;
    }
    const within = (value: number, bucket: HistogramEntry | undefined): boolean =>
      bucket !== undefined && Math.round(value) >= bucket.from && Math.round(value) <= bucket.to;
    if (!within(min, first) || !within(max, last)) {
      throw new RangeError(`min ${min} and max ${max} are not those of this histogram`);
    }
    return decoded;
  }

  /** V2 compressed HDR histogram, base64: what HdrHistogram tools read. Min and max are to be stored beside it. */
  encode(): string {
    return library().encodeIntoCompressedBase64(this.#counts);
  }

  /**
   * The p-quantile, ns, by nearest rank: the upper edge of the bucket that holds the value of rank
   * ceil(p*n), never outside [min, max]. At most 0.1% above that value.
   * Throws RangeError when it is empty or p is outside [0, 1].
   */
  quantile(p: number): number {
    const rank = rankOf(p, this.count);
    if (rank === 1) return this.min;
    let seen = 0;
    for (const { to, count } of this.#buckets()) {
      seen += count;
      if (seen >= rank) return Math.min(this.max, Math.max(this.min, to));
    }
    return this.max;
  }

  /** The buckets that hold values, in ascending order, trimmed to min and max. */
  *entries(): Generator<HistogramEntry> {
    for (const { from, to, count } of this.#buckets()) {
      yield { from: Math.max(from, this.min), to: Math.min(to, this.max), count };
    }
  }

  *#buckets(): Generator<HistogramEntry> {
    const counts = this.#counts;
    let left = counts.totalCount;
    for (let index = 0; left > 0; index++) {
      const count = counts.getCountAtIndex(index);
      if (count === 0) continue;
      left -= count;
      const from = counts.valueFromIndex(index);
      yield { from, to: counts.highestEquivalentValue(from), count };
    }
  }
}
