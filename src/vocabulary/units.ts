/**
 * Units. Inside mlat a duration is always a whole number of nanoseconds; only this module turns
 * durations, sizes, rates and shares into text for people, and text from people into numbers.
 */

/** A duration in integer nanoseconds. Safe up to 2^53 ns, about 104 days. */
export type Nanoseconds = number & { readonly __unit?: 'ns' };

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: NS_PER_US,
  µs: NS_PER_US,
  ms: NS_PER_MS,
  s: NS_PER_S,
  m: 60 * NS_PER_S,
  min: 60 * NS_PER_S,
  h: 3600 * NS_PER_S,
};

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

const parseWithUnits = (text: string, table: Readonly<Record<string, number>>): number | null => {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-zµ]+)\s*$/.exec(text);
  const factor = match?.[2] === undefined ? undefined : table[match[2]];
  return factor === undefined ? null : Math.round(Number(match?.[1]) * factor);
};

/** Reads "40ms", "1.5 s", "2m", "300us" as nanoseconds; null when it is not a duration with a unit. */
export const parseDuration = (text: string): Nanoseconds | null => parseWithUnits(text, DURATION_UNITS);

/** Reads "512MiB", "2 GB" as bytes; null when it is not a size with a unit. */
export const parseSize = (text: string): number | null => parseWithUnits(text, SIZE_UNITS);

/** Reads "200/s", "1.5 k/s" as a rate per second; null when it is not a rate. */
export const parseRate = (text: string): number | null => {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kMG]?)\s*\/\s*s\s*$/.exec(text);
  if (match === null) return null;
  const factor = { k: 1e3, M: 1e6, G: 1e9 }[match[2] ?? ''] ?? 1;
  return Number((Number(match[1]) * factor).toPrecision(15));
};

/** Reads "0.1%", "98 %" as a share from 0 to 1; null when it is not a percentage from 0 to 100. */
export const parseShare = (text: string): number | null => {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text);
  const percent = Number(match?.[1] ?? Number.NaN);
  // 0.1 / 100 is 0.001 only after rounding away the binary error.
  return percent <= 100 ? Number((percent / 100).toPrecision(15)) : null;
};

/** The units a duration may carry, for messages. */
export const DURATION_UNIT_NAMES = ['ns', 'us', 'ms', 's', 'm', 'h'] as const;

/** The units a size may carry, for messages. */
export const SIZE_UNIT_NAMES = ['B', 'kB', 'MB', 'GB', 'KiB', 'MiB', 'GiB'] as const;

/** Rounds to `digits` significant digits and never prints an exponent or a trailing dot. */
const significant = (value: number, digits: number): string => {
  if (value === 0) return '0';
  // Of the rounded value: 9.999 with three digits is 10.0, not 10.00.
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
  const decimals = Math.max(0, digits - 1 - magnitude);
  return value.toFixed(Math.min(decimals, 12));
};

/**
 * A duration for a person: three significant digits and one unit ("8.21 ms", "940 ns", "1.20 s").
 * This is the one rounding rule of every report; the document keeps the full nanoseconds.
 */
export const formatDuration = (ns: Nanoseconds): string => {
  const size = Math.abs(ns);
  // 999.5 of a unit would round to four digits, so it moves to the next unit.
  if (size < 999.5) return `${significant(ns, 3)} ns`;
  if (size < 999.5 * NS_PER_US) return `${significant(ns / NS_PER_US, 3)} us`;
  if (size < 999.5 * NS_PER_MS) return `${significant(ns / NS_PER_MS, 3)} ms`;
  if (size < 120 * NS_PER_S) return `${significant(ns / NS_PER_S, 3)} s`;
  if (size < 7200 * NS_PER_S) return `${significant(ns / (60 * NS_PER_S), 3)} min`;
  return `${significant(ns / (3600 * NS_PER_S), 3)} h`;
};

/** A unit of time that a whole table can share. */
export interface DurationUnit {
  readonly name: 'ns' | 'us' | 'ms' | 's';
  readonly ns: number;
}

const SHARED_UNITS: readonly DurationUnit[] = [
  { name: 'ns', ns: 1 },
  { name: 'us', ns: NS_PER_US },
  { name: 'ms', ns: NS_PER_MS },
  { name: 's', ns: NS_PER_S },
];

/**
 * One unit in which all these durations read well, so that a table can state it once: the unit of their
 * median, or the next that leaves no value under 0.01 and none of five digits. Null when there is none.
 */
export const sharedUnit = (durations: readonly Nanoseconds[]): DurationUnit | null => {
  const sorted = durations.filter((value) => value > 0).toSorted((a, b) => a - b);
  const low = sorted.at(0);
  const high = sorted.at(-1);
  const middle = sorted[sorted.length >> 1];
  if (low === undefined || high === undefined || middle === undefined) return null;
  const fits = SHARED_UNITS.filter((unit) => low / unit.ns >= 0.01 && high / unit.ns < 9999.5);
  return fits.findLast((unit) => middle / unit.ns >= 0.9995) ?? fits[0] ?? null;
};

/** A duration in a given unit for a person: three significant digits, the unit left out. */
export const formatDurationIn = (ns: Nanoseconds, unit: DurationUnit): string => significant(ns / unit.ns, 3);

/** A size for a person, in binary units: "512 B", "1.50 MiB". */
export const formatBytes = (bytes: number): string => {
  const size = Math.abs(bytes);
  if (size < 1000) return `${Math.round(bytes)} B`;
  if (size < 999.5 * 2 ** 10) return `${significant(bytes / 2 ** 10, 3)} KiB`;
  if (size < 999.5 * 2 ** 20) return `${significant(bytes / 2 ** 20, 3)} MiB`;
  return `${significant(bytes / 2 ** 30, 3)} GiB`;
};

/** A count for a person: "950", "12.3k", "4.56M". */
export const formatCount = (count: number): string => {
  const size = Math.abs(count);
  if (size < 999.5) return significant(count, Number.isInteger(count) ? Math.max(1, String(size).length) : 3);
  if (size < 999.5e3) return `${significant(count / 1e3, 3)}k`;
  if (size < 999.5e6) return `${significant(count / 1e6, 3)}M`;
  return `${significant(count / 1e9, 3)}G`;
};

/** A rate for a person: "1.23k/s". */
export const formatRate = (perSecond: number): string => `${formatCount(perSecond)}/s`;

/** A share (0 to 1) as a percentage: 0.125 is "12.5%". */
export const formatShare = (share: number): string => `${significant(share * 100, 3)}%`;

/** A signed relative difference: 0.05 is "+5.0%". */
export const formatChange = (relative: number): string =>
  `${relative < 0 ? '-' : '+'}${(Math.abs(relative) * 100).toFixed(1)}%`;
