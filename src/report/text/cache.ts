/** Prediction caches: what each arm is worth against no cache, and where the mean breaks even. */
import { breakEvenText, PATTERN_METRICS, verdictWords, type PatternMetric } from '../../judge/cache.js';
import { formatLevel } from '../../judge/phrases.js';
import type { CacheClass, Pattern, PatternVerdict } from '../../results/cache-schema.js';
import type { CellResult, Results } from '../../results/schema.js';
import { formatTraffic } from '../../vocabulary/traffic.js';
import {
  formatBytes,
  formatChange,
  formatDuration,
  formatDurationIn,
  formatShare,
  sharedUnit,
  type DurationUnit,
} from '../../vocabulary/units.js';
import { integer, plural, shortShare } from './format.js';
import { paragraph, section, table, type Column, type Row } from './layout.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

const signOf = (verdict: PatternVerdict, { sign, paint }: Look): string => {
  switch (verdict) {
    case 'pays':
      return paint.good(sign.pass);
    case 'does-not-pay':
      return paint.bad(sign.fail);
    case 'undecided':
      return paint.warn(sign.open);
  }
};

const changeText = (pattern: Pattern['arms'][number], metric: PatternMetric, look: Look): string => {
  const found = pattern.verdicts.find((own) => own.metric === metric);
  if (found === undefined) return '';
  const change = found.ratio === null ? '-' : formatChange(found.ratio - 1);
  return `${signOf(found.verdict, look)} ${change}`;
};

/** The two kinds of request of these cells in one unit, or each in its own. */
const timeIn =
  (unit: DurationUnit | null) =>
  (ns: number | null | undefined): string =>
    ns === null || ns === undefined ? '-' : unit === null ? formatDuration(ns) : formatDurationIn(ns, unit);

const right = (heading: string): Column => ({ heading, align: 'right' });

/** The section; empty without caches. Expects a judged document. */
export const cacheSection = (results: Results, look: Look): string[] => {
  const patterns = results.patterns ?? [];
  if (patterns.length === 0) return [];
  const byId = new Map(results.cells.map((cell) => [cell.id, cell]));
  const kinds = results.cells.flatMap(({ cache }) => [cache?.hit?.p50 ?? 0, cache?.miss?.p50 ?? 0]);
  const unit = sharedUnit(kinds);
  const time = timeIn(unit);
  const rows = patterns.flatMap((pattern): Row[] => [
    { span: [`  ${clean(pattern.label)}`] },
    ...pattern.arms.map((arm): Row => {
      const cell = byId.get(arm.cell);
      return [
        `    ${cell === undefined ? clean(arm.traffic) : formatTraffic(cell.params.traffic)}`,
        shortShare(arm.observed),
        time(cell?.cache?.hit?.p50),
        time(cell?.cache?.miss?.p50),
        ...PATTERN_METRICS.map((metric) => changeText(arm, metric, look)),
        shortShare(cell?.cache?.expected ?? 0),
        integer(cell?.cache?.fill.requests ?? 0),
      ];
    }),
  ]);
  const columns: Column[] = [
    { heading: '', align: 'left' },
    right('hits'),
    { ...right('hit p50'), optional: true },
    { ...right('miss p50'), optional: true },
    ...PATTERN_METRICS.map(right),
    { ...right('expected'), optional: true },
    { ...right('fill'), optional: true },
  ];
  const words = (['pays', 'does-not-pay', 'undecided'] as const)
    .map((verdict) => `${signOf(verdict, look)} ${verdictWords(verdict)}`)
    .join(', ');
  const level = patterns
    .flatMap(({ arms }) => arms.flatMap(({ verdicts }) => verdicts))
    .find((own) => own.interval)?.interval?.level;
  const aside = [
    ...(unit === null ? [] : [`p50 in ${unit.name}`]),
    `mean, p50 and p99 against no cache${level === undefined ? '' : ` at ${formatLevel(level)}`}: ${words}`,
  ].join('; ');
  return section(
    'Cache',
    aside,
    [...table(columns, rows, look), ...patterns.flatMap((pattern) => costLines(pattern, byId, look))],
    look,
  );
};

const costLines = (pattern: Pattern, cells: ReadonlyMap<string, CellResult>, look: Look): string[] => {
  const { breakEven, arms, label } = pattern;
  const [cache] = arms.flatMap((arm) => cells.get(arm.cell)?.cache ?? []);
  const even = breakEvenText(breakEven);
  const costs =
    breakEven === null
      ? ''
      : `; an item takes ${formatDuration(breakEven.service)} without a cache; with one ${formatDuration(breakEven.key)} for its key, ` +
        `then ${formatDuration(breakEven.beyond)} for a hit, or ${formatDuration(breakEven.run)} to run the model and ${formatDuration(breakEven.insert)} to put it in`;
  const memory =
    cache === undefined
      ? ''
      : `; ${plural(cache.memory.entries, 'entry', 'entries')} of keys and outputs take ${formatBytes(cache.memory.bytes)}`;
  const text = `${label}: ${even ?? 'where the mean breaks even is not known'}${costs}${memory}.`;
  return paragraph(clean(text), look, { first: `  ${look.sign.bullet} ` });
};

const kindText = (kind: CacheClass | null, what: string): string => {
  if (kind === null) return `no request ${what}`;
  const quantile = (name: string, value: number | null): string =>
    value === null ? '' : `, ${name} ${formatDuration(value)}`;
  return `${plural(kind.n, 'request')} ${what}: mean ${formatDuration(kind.mean)}${quantile('p50', kind.p50)}${quantile('p99', kind.p99)}`;
};

/** Facts about the cache of one cell; "" where it has none. */
export const cacheFacts = ({
  cache,
  params,
}: CellResult): { readonly [K in 'cache' | 'kinds' | 'costs']: string } => {
  if (cache === undefined) return { cache: '', kinds: '', costs: '' };
  const { hitRate, expected, fill, memory } = cache;
  const observed = hitRate.value === null ? '-' : formatShare(hitRate.value);
  const ends =
    hitRate.interval === null
      ? ''
      : ` (${formatShare(hitRate.interval.low)} to ${formatShare(hitRate.interval.high)})`;
  const part = (name: string, value: number | null): string[] =>
    value === null ? [] : [`${name} ${formatDuration(value)}`];
  return {
    cache:
      `${observed} hits${ends}, ${formatShare(expected)} expected of ${formatTraffic(params.traffic)}; ` +
      `${plural(Math.round(fill.requests), 'request')} before the first filled it` +
      `${fill.incomplete === 0 ? '' : `, not to the end in ${plural(fill.incomplete, 'round')}`}; ` +
      `${plural(memory.entries, 'entry', 'entries')}, ${formatBytes(memory.bytes)} of keys and outputs, the process ${formatBytes(memory.rss)} larger`,
    kinds: `${kindText(cache.hit, 'of hits only')}; ${kindText(cache.miss, 'with a miss')}`,
    costs: [
      `key ${formatDuration(cache.key)} an item (${cache.keyKind})`,
      ...part('beyond it a hit', cache.beyond),
      ...part('running a missing item', cache.run),
      ...part('putting it in', cache.insert),
    ].join(', '),
  };
};

/** What the cache of a cell is worth, for the report of that cell alone. */
export const cacheVerdicts = (results: Results, cell: CellResult): string =>
  (results.patterns ?? [])
    .flatMap(({ arms }) => arms.filter((arm) => arm.cell === cell.id))
    .flatMap(({ verdicts }) => verdicts)
    .map(({ metric, verdict, ratio, interval, reason }) => {
      const change = ratio === null ? '' : ` ${formatChange(ratio - 1)}`;
      const ends =
        interval === null
          ? ''
          : ` (${formatLevel(interval.level)}: ${formatChange(interval.low - 1)} to ${formatChange(interval.high - 1)})`;
      return `${metric} ${verdictWords(verdict)}${change}${ends}${reason === undefined ? '' : `: ${reason}`}`;
    })
    .join('; ');
