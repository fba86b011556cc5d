/**
 * Whether a prediction cache pays. Each arm, a cache at one traffic, is compared with the cell that has
 * no cache, for the mean, p50 and p99; and from the parts of a request's time follows the hit rate from
 * which on the mean is lower.
 */
import type { CacheRound, Pattern, PatternVerdict } from '../results/cache-schema.js';
import { costsOf } from '../results/cache.js';
import type { Decision } from '../results/conclusions-schema.js';
import { measuredRounds, type MeasuredRound } from '../results/rounds.js';
import type { CellResult, Interval, Results } from '../results/schema.js';
import { ratioInterval, roundsInterval } from '../stats/intervals.js';
import { parseMetric } from '../vocabulary/metrics.js';
import { axesOfRole, canonicalJson, cellLabel, configurationKey, varyingAxes } from '../vocabulary/params.js';
import { formatTraffic, isHitRate } from '../vocabulary/traffic.js';
import { formatShare } from '../vocabulary/units.js';
import { alphaOf } from './bounds.js';
import { AS_GOOD_AS } from './candidates.js';
import { formatLevel, listOf } from './phrases.js';
import { isMeasured, readMetric } from './reading.js';

export const PATTERN_METRICS = ['mean', 'p50', 'p99'] as const;
export type PatternMetric = (typeof PATTERN_METRICS)[number];

type Arm = Pattern['arms'][number];
type ArmVerdict = Arm['verdicts'][number];
type BreakEven = NonNullable<Pattern['breakEven']>;

/** Means of one item, ns. */
export interface CacheCosts {
  /** Making the key and looking it up. */
  readonly key: number;
  /** Putting a missing item in. */
  readonly insert: number;
  /** Running the model for a missing item. */
  readonly run: number;
  /** What a hit takes beyond its key. */
  readonly beyond: number;
  /** Without a cache. */
  readonly service: number;
}

/**
 * The hit rate h at which a cache neither gains nor loses in the mean. With it an item takes key +
 * h * beyond + (1 - h) * (run + insert), without it service. Where a missing item runs as fast as without
 * a cache that is (key + insert) / (service + insert - beyond); but a model that runs less often, and for
 * fewer items at once, takes longer for each. Over 1 the cache never pays; null where a hit takes as
 * long as a miss, so that no rate helps.
 */
export const breakEvenRate = ({ key, insert, run, beyond, service }: CacheCosts): number | null => {
  const saved = run + insert - beyond;
  return saved <= 0 ? null : Math.max(0, (key + insert + run - service) / saved);
};

/**
 * From a ratio of latencies, with a cache over without, to a verdict. A gain that is shown pays. A cache
 * that is shown to gain under 5% does not, since it takes memory and care.
 */
export const patternVerdict = (interval: Pick<Interval, 'low' | 'high'> | null): PatternVerdict => {
  if (interval === null) return 'undecided';
  if (interval.high < 1) return 'pays';
  return interval.low > 1 - AS_GOOD_AS ? 'does-not-pay' : 'undecided';
};

/** The cell that differs from this one in its cache alone, and has none. */
export const controlOf = (
  { params, machine }: CellResult,
  cells: readonly CellResult[],
): CellResult | null => {
  const wanted = canonicalJson({ ...params, cache: 0, traffic: 'any' });
  return (
    cells.find(
      (cell) => canonicalJson(cell.params) === wanted && cell.machine === machine && isMeasured(cell),
    ) ?? null
  );
};

/** Share of the requests that needed no run of the model. */
const shareOfHits = ({ cache }: CellResult): number => {
  const [hit, miss] = [cache?.hit?.n ?? 0, cache?.miss?.n ?? 0];
  return hit + miss === 0 ? 0 : hit / (hit + miss);
};

const judgeMetric = (
  metric: PatternMetric,
  cell: CellResult,
  control: CellResult | null,
  level: number,
): ArmVerdict => {
  const undecided = (reason: string): ArmVerdict => ({
    metric,
    verdict: 'undecided',
    ratio: null,
    interval: null,
    reason,
  });
  const known = parseMetric(metric);
  if (known === null) throw new Error(`no metric ${metric}`);
  if (control === null) return undecided('no cell without a cache was measured');
  const [own, plain] = [readMetric(cell, known), readMetric(control, known)];
  if (own.value === null || plain.value === null) {
    return undecided(own.reason ?? plain.reason ?? 'there is no value');
  }
  const found = ratioInterval(own.rounds, plain.rounds, level);
  if (found === null)
    return { ...undecided('too few rounds for an interval'), ratio: own.value / plain.value };
  const { ratio, ...interval } = found;
  const quantile = known.quantile ?? 0;
  const hits = shareOfHits(cell);
  return {
    metric,
    verdict: patternVerdict(interval),
    ratio,
    interval,
    ...(hits < quantile
      ? {
          reason: `${formatShare(hits)} of requests are answered by the cache alone, so ${metric} is that of one that runs the model`,
        }
      : {}),
  };
};

const meanOf = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
};

/**
 * Means over all arms. For keys each arm counts alike: one of hits has a hundred times the items of one
 * of misses, and keys are made faster when nothing runs in between.
 */
const costsOver = (arms: readonly (readonly CacheRound[])[], service: number | null): CacheCosts | null => {
  const key = meanOf(arms.map((rounds) => costsOf(rounds).key));
  const { insert, run, beyond } = costsOf(arms.flat());
  return key === null || insert === null || run === null || beyond === null || service === null
    ? null
    : { key, insert, run, beyond, service };
};

const cachesOf = (rounds: readonly MeasuredRound[]): CacheRound[] =>
  rounds.flatMap(({ cache }) => (cache === undefined ? [] : [cache]));

const breakEvenOf = (
  cells: readonly CellResult[],
  control: CellResult | null,
  level: number,
): BreakEven | null => {
  const [first] = cells;
  const mean = parseMetric('mean');
  if (control === null || first === undefined || mean === null) return null;
  const { batch } = first.params;
  const perItem = (value: number | null): number | null => (value === null ? null : value / batch);
  const arms = cells.map((cell) => measuredRounds(cell));
  const pooled = costsOver(arms.map(cachesOf), perItem(readMetric(control, mean).value));
  if (pooled === null) return null;
  const hitRate = breakEvenRate(pooled);
  // The rounds of a run are interleaved, so that those of one index saw the same machine.
  const own = measuredRounds(control).map((round) => {
    const beside = arms.map((rounds) => cachesOf(rounds.filter(({ index }) => index === round.index)));
    const costs = costsOver(beside, perItem(round.latency.mean));
    return costs === null ? null : breakEvenRate(costs);
  });
  const rates = own.filter((rate) => rate !== null);
  const complete = hitRate !== null && rates.length === own.length;
  return {
    ...pooled,
    hitRate,
    interval: complete ? roundsInterval(rates, { level, pooled: hitRate }) : null,
  };
};

const VERDICT_WORDS: Readonly<Record<PatternVerdict, string>> = {
  pays: 'PAYS',
  'does-not-pay': 'DOES NOT PAY',
  undecided: 'UNDECIDED',
};

/** A verdict as reports print it. */
export const verdictWords = (verdict: PatternVerdict): string => VERDICT_WORDS[verdict];

const rateText = (rate: number): string => (rate > 1 ? 'over 100%' : formatShare(rate));

/** "the mean breaks even at 3.2% hits (95%: 2.9% to 3.6%)", or why it never does; null when unknown. */
export const breakEvenText = (breakEven: BreakEven | null): string | null => {
  if (breakEven === null) return null;
  const { hitRate, interval } = breakEven;
  if (hitRate === null) return 'no hit rate makes up for what keys cost: a hit takes as long as the model';
  if (hitRate > 1) return 'no hit rate makes up for what keys cost';
  const ends =
    interval === null
      ? ''
      : ` (${formatLevel(interval.level)}: ${rateText(interval.low)} to ${rateText(interval.high)})`;
  return `the mean breaks even at ${formatShare(hitRate)} hits${ends}`;
};

/** "pays at 50% hits and 90% hits, does not pay at 0% hits". */
const metricText = (metric: PatternMetric, arms: readonly Arm[]): string => {
  const parts = (['pays', 'does-not-pay', 'undecided'] as const).flatMap((verdict) => {
    const at = arms.filter((arm) =>
      arm.verdicts.some((own) => own.metric === metric && own.verdict === verdict),
    );
    return at.length === 0 ? [] : [`${VERDICT_WORDS[verdict]} at ${listOf(at.map((arm) => arm.traffic))}`];
  });
  return `${metric} ${parts.join(', ')}`;
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const sentenceOf = ({ label, arms, breakEven }: Omit<Pattern, 'sentence'>): string => {
  const even = breakEvenText(breakEven);
  const tail = arms.some((arm) =>
    arm.verdicts.some((own) => own.metric === 'p99' && own.reason !== undefined && own.ratio !== null),
  );
  return [
    `${capital(label)}: ${PATTERN_METRICS.map((metric) => metricText(metric, arms)).join('; ')}.`,
    ...(even === null ? [] : [`${capital(even)}.`]),
    ...(tail
      ? [
          'While under 99% of requests are answered by the cache alone, p99 is that of a request that runs the model, and never below the fastest of those.',
        ]
      : []),
  ].join(' ');
};

const trafficText = ({ params: { traffic }, cache }: CellResult): string => {
  const text = formatTraffic(traffic);
  const rate = cache?.hitRate.value;
  return isHitRate(traffic) || typeof rate !== 'number' ? text : `${text} (${formatShare(rate)} hits)`;
};

const armOf = (cell: CellResult, control: CellResult | null, level: number): Arm => ({
  cell: cell.id,
  traffic: trafficText(cell),
  observed: cell.cache?.hitRate.value ?? 0,
  verdicts: PATTERN_METRICS.map((metric) => judgeMetric(metric, cell, control, level)),
});

/** Each configuration with a cache, in the document's order: its arms, and where it breaks even. */
export const cachePatterns = (results: Results): Pattern[] => {
  const level = 1 - alphaOf(results.scenario.rounds);
  const cached = results.cells.filter((cell) => cell.cache !== undefined && isMeasured(cell));
  const groups = new Map<string, CellResult[]>();
  for (const cell of cached) {
    const key = `${configurationKey(cell.params)} ${cell.machine ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const varying = axesOfRole(varyingAxes(results.cells.map((cell) => cell.params)), 'configuration');
  return [...groups.values()].flatMap((cells): Pattern[] => {
    const [first] = cells;
    if (first === undefined) return [];
    const control = controlOf(first, results.cells);
    const pattern: Omit<Pattern, 'sentence'> = {
      pattern: 'cache',
      label: varying.includes('cache') ? cellLabel(first.params, varying) : `cache ${first.params.cache}`,
      control: control?.id ?? null,
      arms: cells.map((cell) => armOf(cell, control, level)),
      breakEven: breakEvenOf(cells, control, level),
    };
    return [{ ...pattern, sentence: sentenceOf(pattern) }];
  });
};

/** What would change a decision for or against this cache. */
const flipOf = ({ label, breakEven }: Pattern, isChosen: boolean): string[] => {
  if (breakEven === null || breakEven.hitRate === null || breakEven.hitRate > 1) return [];
  const rate = `${formatShare(breakEven.hitRate)} hits`;
  return isChosen
    ? [`With under ${rate} the mean would be lower without the cache.`]
    : [`With over ${rate} the mean would be lower with ${label}.`];
};

/**
 * The decision with what is known of caches: of the chosen configuration's, or, where it has none, of the
 * one that pays from the lowest hit rate on.
 */
export const withPatterns = (decision: Decision | null, patterns: readonly Pattern[]): Decision | null => {
  if (decision === null || decision.cell === null) return decision;
  const { cell } = decision;
  const chosen = patterns.find((pattern) => pattern.arms.some((arm) => arm.cell === cell));
  const rate = (pattern: Pattern): number => pattern.breakEven?.hitRate ?? Number.POSITIVE_INFINITY;
  const [beside] = patterns
    .filter((pattern) => pattern.control === cell)
    .toSorted((a, b) => rate(a) - rate(b));
  const told = chosen ?? beside;
  if (told === undefined) return decision;
  return {
    ...decision,
    sentence: `${decision.sentence} ${told.sentence}`,
    flips: [...decision.flips, ...flipOf(told, chosen !== undefined)],
  };
};
