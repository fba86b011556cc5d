/** Numbers and words of reports that are not units: counts, intervals, plurals. */
import type { Interval } from '../../results/schema.js';
import type { MetricKind } from '../../vocabulary/metrics.js';
import { formatMetricValue } from '../../vocabulary/metrics.js';
import type { Look } from './look.js';

/** A whole number with commas: "30,000". */
export const integer = (count: number): string =>
  String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** "1 cell", "6 cells"; irregular plurals are passed in. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${integer(count)} ${count === 1 ? one : many}`;

/**
 * How far an interval reaches from its value, as the larger side in percent: "±3%", "±0.4%".
 * One digit says enough of an uncertainty. Over 99% it says only that, because minus 100% means nothing.
 */
export const spread = (value: number, interval: Interval, look: Look): string => {
  const reach = Math.max(interval.high / value - 1, 1 - interval.low / value);
  if (!Number.isFinite(reach)) return '';
  const percent = Math.max(0, reach * 100);
  const text = percent > 99 ? '>99' : percent < 0.95 ? percent.toFixed(1) : percent.toFixed(0);
  return `${look.sign.plusMinus}${text}%`;
};

/** An interval for a person, the unit said once where both ends share it: "7.98–8.44 ms". */
export const range = (interval: Interval, kind: MetricKind, look: Look): string => {
  const low = formatMetricValue(kind, interval.low);
  const high = formatMetricValue(kind, interval.high);
  const unit = /[^\d.]+$/;
  const lowUnit = unit.exec(low)?.[0];
  const shared = lowUnit !== undefined && lowUnit === unit.exec(high)?.[0];
  return `${shared ? low.slice(0, -lowUnit.length) : low}${look.sign.dash}${high}`;
};

/** A share from 0 to 1 in at most six characters, for columns: "38%", "3.8%", "0.04%", "<0.01%", "0". */
export const shortShare = (share: number): string => {
  const percent = share * 100;
  if (percent === 0) return '0';
  if (percent < 0.005) return '<0.01%';
  return `${percent.toFixed(percent < 0.995 ? 2 : percent < 9.95 ? 1 : 0)}%`;
};

/** Names in a row, the first `show` of them: "a, b, c and 4 more". */
export const listed = (names: readonly string[], show: number): string => {
  const rest = names.length - show;
  // Saying "and 1 more" takes as much room as the name itself.
  if (rest <= 1) return names.join('; ');
  return `${names.slice(0, show).join('; ')} and ${integer(rest)} more`;
};
