/**
 * The derived part of a cell, from its rounds. The value of a statistic pools all rounds; its
 * interval is over the rounds, because the process is the unit of replication: requests of one
 * process share its memory layout, its thread placement and the state of the machine.
 */
import { roundsInterval } from '../stats/intervals.js';
import type { LatencyHistogram } from '../stats/histogram.js';
import { medianOf } from '../stats/quantile.js';
import { summariseCache } from './cache.js';
import { coldRounds, completedRounds } from './cold-rounds.js';
import { summariseCold } from './cold-summary.js';
import {
  measuredRounds,
  pooledHistogram,
  poolMoments,
  requestsNeeded,
  roundMoment,
  roundMoments,
  roundThroughput,
  type MeasuredRound,
} from './rounds.js';
import {
  LATENCY_STATS,
  STAT_QUANTILES,
  type CellResult,
  type Estimate,
  type LatencyStat,
  type RoundResult,
} from './schema.js';

/** Level of the intervals in the document, two-sided. */
export const INTERVAL_LEVEL = 0.95;

/** Why a number of a single process stands without an interval. */
const ONE_PROCESS = 'one process: no interval';

/**
 * The cell with everything that follows from its rounds: state, n, errors, latency, throughput,
 * histogram, warm-up, memory, windows and stages. What rounds don't tell (model, pool, accuracy,
 * outputs) stays. Only completed rounds count. A failure of the cell that was set explicitly stays,
 * and a failed round makes the cell a failed one; otherwise a cell with a measured round is
 * `completed`, and the document's `state` and the number of its rounds say whether more were wanted.
 */
export const summariseCell = (cell: CellResult): CellResult => {
  const rounds = measuredRounds(cell);
  const completed = completedRounds(cell);
  const histogram = pooledHistogram(rounds);
  const cold = summariseCold(coldRounds(cell), INTERVAL_LEVEL);
  const cache = summariseCache(rounds, INTERVAL_LEVEL);
  const { reason: _, ...rest } = cell;
  return {
    ...rest,
    ...stateOf(cell, completed.length),
    ...(cold === undefined ? {} : { cold }),
    ...(cache === undefined ? {} : { cache }),
    n: total(completed, 'n'),
    errors: total(cell.rounds, 'errors'),
    latency: histogram === null ? null : latencyOf(rounds, histogram),
    throughput: rounds.length === 0 ? null : throughputOf(rounds, cell.params.batch),
    histogram: histogram === null ? null : histogram.encode(),
    warmup: warmupOf(completed),
    memory: memoryOf(completed),
    windows: typicalRound(rounds)?.windows ?? [],
    stages: stagesOf(rounds),
  };
};

const total = (rounds: readonly RoundResult[], key: 'n' | 'errors'): number =>
  rounds.reduce((sum, round) => sum + round[key], 0);

const stateOf = (cell: CellResult, measured: number): Pick<CellResult, 'state' | 'reason'> => {
  const reasonOf = (holder: CellResult | RoundResult): Pick<CellResult, 'reason'> =>
    holder.reason === undefined ? {} : { reason: holder.reason };
  if (cell.state === 'failed' || cell.state === 'timed-out' || cell.state === 'skipped') {
    return { state: cell.state, ...reasonOf(cell) };
  }
  const broken = cell.rounds.find((round) => round.state === 'failed' || round.state === 'timed-out');
  if (broken !== undefined) return { state: broken.state, ...reasonOf(broken) };
  if (measured > 0) return { state: 'completed' };
  return { state: cell.state, ...reasonOf(cell) };
};

/** A statistic over rounds: the pooled value, and an interval from the rounds' own values. */
const estimate = (
  rounds: readonly MeasuredRound[],
  values: readonly (number | null)[],
  pooled: number | null,
): Estimate => {
  const own = values.filter((value) => value !== null);
  const base = { n: total(rounds, 'n'), rounds: rounds.length };
  if (pooled === null || own.length < rounds.length) {
    return { value: null, ...base, interval: null, reason: 'a round has too few requests' };
  }
  const interval = roundsInterval(own, { level: INTERVAL_LEVEL, pooled });
  if (interval !== null) return { value: pooled, ...base, interval };
  return {
    value: pooled,
    ...base,
    interval: null,
    reason: own.length < 2 ? ONE_PROCESS : 'no interval over these rounds',
  };
};

const latencyOf = (
  rounds: readonly MeasuredRound[],
  pooled: LatencyHistogram,
): NonNullable<CellResult['latency']> => {
  const moments = poolMoments(rounds.map(roundMoments));
  const estimateOf = (stat: LatencyStat): Estimate => {
    const values = rounds.map((round) => round.latency[stat]);
    switch (stat) {
      case 'min':
        return estimate(rounds, values, pooled.min);
      case 'max':
        return estimate(rounds, values, pooled.max);
      case 'mean':
        return estimate(rounds, values, moments === null ? null : roundMoment(moments.mean));
      case 'stdev':
        return estimate(
          rounds,
          values,
          typeof moments?.stdev === 'number' ? roundMoment(moments.stdev) : null,
        );
      default:
        return quantileEstimate(rounds, pooled, stat);
    }
  };
  return Object.fromEntries(LATENCY_STATS.map((stat) => [stat, estimateOf(stat)])) as NonNullable<
    CellResult['latency']
  >;
};

/** A percentile is refused as soon as one round is too small for it: its interval would lean on that round. */
const quantileEstimate = (
  rounds: readonly MeasuredRound[],
  pooled: LatencyHistogram,
  stat: keyof typeof STAT_QUANTILES,
): Estimate => {
  const p = STAT_QUANTILES[stat];
  const need = requestsNeeded(p);
  const smallest = Math.min(...rounds.map((round) => round.n));
  if (smallest < need) {
    const name = stat === 'p999' ? 'p99.9' : stat;
    return {
      value: null,
      n: total(rounds, 'n'),
      rounds: rounds.length,
      interval: null,
      reason: `a round has ${smallest} requests, ${name} needs ${need}`,
      need,
    };
  }
  return estimate(
    rounds,
    rounds.map((round) => round.latency[stat]),
    pooled.quantile(p),
  );
};

const throughputOf = (rounds: readonly MeasuredRound[], batch: number): Estimate => {
  const elapsed = rounds.reduce((sum, round) => sum + round.elapsed, 0);
  return estimate(
    rounds,
    rounds.map((round) => roundThroughput(round, batch)),
    elapsed > 0 ? (total(rounds, 'n') * batch * 1e9) / elapsed : null,
  );
};

const warmupOf = (rounds: readonly RoundResult[]): CellResult['warmup'] => {
  const warmups = rounds.flatMap((round) => (round.warmup === null ? [] : [round.warmup]));
  if (warmups.length === 0) return null;
  return {
    requests: roundMoment(warmups.reduce((sum, warmup) => sum + warmup.requests, 0) / warmups.length),
    neverSteady: warmups.filter((warmup) => warmup.steady === false).length,
  };
};

const memoryOf = (rounds: readonly RoundResult[]): CellResult['memory'] => {
  if (rounds.every((round) => round.memory === null)) return null;
  const peaks = rounds.flatMap(({ memory }) => (typeof memory?.peak === 'number' ? [memory.peak] : []));
  return { peak: peaks.length === 0 ? null : Math.max(...peaks) };
};

/** The round with the median p50 (the lower of two), by mean where a round is too small for a p50. */
const typicalRound = (rounds: readonly MeasuredRound[]): MeasuredRound | undefined => {
  const centre = (round: MeasuredRound): number => round.latency.p50 ?? round.latency.mean ?? 0;
  const sorted = rounds.toSorted((a, b) => centre(a) - centre(b));
  return sorted[Math.floor((sorted.length - 1) / 2)];
};

const stagesOf = (rounds: readonly MeasuredRound[]): CellResult['stages'] => {
  const names = rounds[0]?.stages.map((stage) => stage.name) ?? [];
  return names.map((name) => {
    const parts = rounds.flatMap((round) => round.stages.filter((stage) => stage.name === name));
    const n = parts.reduce((sum, part) => sum + part.n, 0);
    const median = (key: 'p50' | 'p99'): number | null => {
      const values = parts.flatMap((part) => (part[key] === null ? [] : [part[key]]));
      return values.length < parts.length ? null : medianOf(values);
    };
    return {
      name,
      n,
      mean: roundMoment(parts.reduce((sum, part) => sum + part.mean * part.n, 0) / Math.max(1, n)),
      p50: median('p50'),
      p99: median('p99'),
    };
  });
};
