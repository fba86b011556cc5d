/** Bins of a latency chart: round edges, linear or logarithmic. */
import type { LatencyHistogram } from '../../stats/histogram.js';

export type Scale = 'linear' | 'log';

/** Requests with from <= latency < to, in ns. The last bin may reach to infinity. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface Bins {
  readonly scale: Scale;
  readonly bins: readonly Bin[];
}

/** Rows for the bulk of the requests, about: round edges decide how many exactly. */
const ROWS = 11;

/** From this ratio of p99 to p1 on, linear bins would put nearly everything into one row. */
const LOG_FROM = 8;

/**
 * The bins for a chart of a histogram that is not empty. The last one takes what lies beyond the
 * 99th percentile, so that one slow request doesn't squeeze all others into a row. `marks` (ns) that
 * lie not far beyond it stay inside the chart.
 */
export const binsOf = (histogram: LatencyHistogram, marks: readonly number[]): Bins => {
  const scale: Scale = histogram.quantile(0.99) > LOG_FROM * histogram.quantile(0.01) ? 'log' : 'linear';
  const body = histogram.quantile(0.99);
  const reach = scale === 'log' ? 3 * body : body + (body - histogram.min);
  const top = Math.max(body, ...marks.filter((mark) => mark <= reach));
  const bottom = Math.min(histogram.min, ...marks.filter((mark) => mark >= histogram.min * 0.5));
  const step = linearStep(histogram.min, body);
  const edges = scale === 'log' ? logEdges(bottom, top) : linearEdges(bottom, top, step);
  const last = edges.at(-1) ?? 0;
  const bins = edges.map((from, index) => ({ from, to: edges[index + 1] ?? Number.POSITIVE_INFINITY }));
  const counts = new Float64Array(bins.length);
  let at = 0;
  for (const entry of histogram.entries()) {
    const value = (entry.from + entry.to) / 2;
    while (at < bins.length - 1 && value >= (edges[at + 1] ?? last)) at++;
    counts[at] = (counts[at] ?? 0) + entry.count;
  }
  return { scale, bins: bins.map((bin, index) => ({ ...bin, count: counts[index] ?? 0 })) };
};

const NICE = [1, 2, 2.5, 5, 10];

/** The round step nearest to a ROWS-th of the range; never under the histogram's resolution. */
const linearStep = (bottom: number, body: number): number => {
  const rough = Math.max((body - bottom) / ROWS, bottom / 1000, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const distance = (factor: number): number => Math.abs(Math.log((factor * power) / rough));
  return power * NICE.reduce((best, factor) => (distance(factor) < distance(best) ? factor : best));
};

/** Edges a step apart, from at or under `bottom` to over `top`. */
const linearEdges = (bottom: number, top: number, step: number): number[] => {
  const first = Math.floor(bottom / step);
  const rows = Math.floor(top / step) - first + 2;
  return Array.from({ length: rows }, (_, index) => (first + index) * step);
};

/** Edges for a decade: three, six or twelve, from the series of preferred numbers (IEC 60063). */
const DECADES: readonly (readonly number[])[] = [
  [1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2],
  [1, 1.5, 2.2, 3.3, 4.7, 6.8],
  [1, 2.2, 4.7],
];

const logEdges = (bottom: number, top: number): number[] => {
  const decades = Math.log10(top / bottom);
  const series = DECADES.find((candidate) => decades * candidate.length <= ROWS + 5) ?? [1];
  const all = Array.from({ length: Math.ceil(Math.log10(top)) + 3 }, (_, power) =>
    series.map((edge) => edge * 10 ** power),
  ).flat();
  const first = Math.max(
    0,
    all.findLastIndex((edge) => edge <= bottom),
  );
  const last = all.findIndex((edge) => edge > top);
  return all.slice(first, last + 1);
};
