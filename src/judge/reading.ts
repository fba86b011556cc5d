/**
 * Reading a metric of a cell: its value over all rounds and each round's own. Everything is taken
 * from the rounds, so that any percentile can be asked for, also one that the document's summary
 * does not list.
 */
import { completedRounds, type ColdStatistic } from '../results/cold-rounds.js';
import type { CellResult } from '../results/schema.js';
import {
  measuredRounds,
  pooledHistogram,
  poolMoments,
  requestsNeeded,
  roundMoments,
  roundQuantile,
  roundThroughput,
  type MeasuredRound,
} from '../results/rounds.js';
import type { Metric } from '../vocabulary/metrics.js';
import { readCold } from './cold.js';
import { profileName } from '../vocabulary/providers.js';

/** What the uncertainty of a metric comes from. */
export type Evidence =
  /** The rounds differ: an interval over their values. */
  | { readonly kind: 'rounds' }
  /** The largest (smallest) of all: the true extreme can only lie further out than the one seen. */
  | { readonly kind: 'extreme'; readonly side: 'low' | 'high' }
  /** So many of so many: an interval for a share. */
  | { readonly kind: 'proportion'; readonly successes: number; readonly trials: number }
  /** Of cold starts, where each process is one sample: bounds for this statistic of theirs. */
  | { readonly kind: 'processes'; readonly statistic: ColdStatistic }
  /** Observed, and taken as it is. */
  | { readonly kind: 'observed' };

export interface Reading {
  readonly metric: Metric;
  /** Over all rounds; null: see `reason`. */
  readonly value: number | null;
  /** Each round's own value, in order, of the rounds that have one. */
  readonly rounds: readonly number[];
  /** Requests behind it; for accuracy, labelled inputs. */
  readonly n: number;
  /** Processes behind it. */
  readonly processes: number;
  readonly evidence: Evidence;
  /** Why there is no value: what is missing, without a full stop. */
  readonly reason?: string;
  /** Requests a round would need for the value. */
  readonly need?: number;
}

/**
 * True when the cell has something to judge: at least one measured round, and it did not fail. A
 * cell that an interruption or the budget cut short is judged by the rounds it has.
 */
export const isMeasured = (cell: CellResult): boolean =>
  cell.state !== 'failed' &&
  cell.state !== 'timed-out' &&
  cell.state !== 'skipped' &&
  completedRounds(cell).length > 0;

/**
 * True when more rounds make the metric's value surer. Accuracy is counted once, on all labels; how
 * many cold starts there are is settled before the first.
 */
export const moreRoundsHelp = (metric: Metric): boolean =>
  metric.cold === undefined &&
  metric.provider === undefined &&
  metric.name !== 'accuracy' &&
  metric.name !== 'memory';

/** The metric of a cell that isMeasured. */
export const readMetric = (cell: CellResult, metric: Metric): Reading => {
  if (metric.cold !== undefined) return { metric, ...readCold(cell, metric) };
  const rounds = measuredRounds(cell);
  if (cell.params.start === 'cold') {
    const reason = `${metric.name} is of requests to a process that is warmed up, and this cell starts cold`;
    return { metric, value: null, rounds: [], n: 0, processes: 0, evidence: { kind: 'rounds' }, reason };
  }
  const base = {
    metric,
    n: rounds.reduce((sum, round) => sum + round.n, 0),
    processes: rounds.length,
    evidence: { kind: 'rounds' } as const,
  };
  if (metric.quantile !== undefined) return { ...base, ...readQuantile(rounds, metric, metric.quantile) };
  if (metric.provider !== undefined) return { ...base, ...readPlacement(cell, metric.provider) };
  switch (metric.name) {
    case 'min':
    case 'max':
      return { ...base, ...readExtreme(rounds, metric.name) };
    case 'mean':
      return { ...base, ...pooledOf(rounds, 'mean') };
    case 'stdev':
      return { ...base, ...pooledOf(rounds, 'stdev') };
    case 'throughput':
      return { ...base, ...readThroughput(rounds, cell.params.batch) };
    case 'errors':
      return { ...base, ...readErrors(cell) };
    case 'memory':
      return { ...base, ...readMemory(rounds) };
    case 'hit rate':
      return { ...base, ...readHitRate(rounds) };
    case 'accuracy':
      return { ...base, ...readAccuracy(cell) };
    default:
      return { ...base, value: null, rounds: [], reason: `this mlat cannot read the metric ${metric.name}` };
  }
};

type Read = Pick<Reading, 'value' | 'rounds'> & Partial<Reading>;

const numbers = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

const readQuantile = (rounds: readonly MeasuredRound[], metric: Metric, p: number): Read => {
  const need = requestsNeeded(p);
  const smallest = Math.min(...rounds.map((round) => round.n));
  if (smallest < need) {
    return {
      value: null,
      rounds: [],
      need,
      reason: `${metric.name} needs ${need} requests in each round, and a round has ${smallest}`,
    };
  }
  return {
    value: pooledHistogram(rounds)?.quantile(p) ?? null,
    rounds: numbers(rounds.map((round) => roundQuantile(round, p))),
  };
};

const readExtreme = (rounds: readonly MeasuredRound[], name: 'min' | 'max'): Read => {
  const values = numbers(rounds.map((round) => round.latency[name]));
  return {
    value: name === 'min' ? Math.min(...values) : Math.max(...values),
    rounds: values,
    evidence: { kind: 'extreme', side: name === 'min' ? 'low' : 'high' },
  };
};

const pooledOf = (rounds: readonly MeasuredRound[], name: 'mean' | 'stdev'): Read => {
  const value = poolMoments(rounds.map(roundMoments))?.[name] ?? null;
  return {
    value,
    rounds: numbers(rounds.map((round) => round.latency[name])),
    ...(value === null ? { reason: `${name} needs 2 requests`, need: 2 } : {}),
  };
};

const readThroughput = (rounds: readonly MeasuredRound[], batch: number): Read => {
  const elapsed = rounds.reduce((sum, round) => sum + round.elapsed, 0);
  const requests = rounds.reduce((sum, round) => sum + round.n, 0);
  if (elapsed === 0) return { value: null, rounds: [], reason: 'the rounds say no elapsed time' };
  return {
    value: (requests * batch * 1e9) / elapsed,
    rounds: numbers(rounds.map((round) => roundThroughput(round, batch))),
  };
};

/** Failed requests have no duration and are not in `n`: the trials are both together. */
const readErrors = (cell: CellResult): Read => {
  const rounds = cell.rounds.filter((round) => round.n + round.errors > 0);
  const successes = rounds.reduce((sum, round) => sum + round.errors, 0);
  const trials = rounds.reduce((sum, round) => sum + round.errors + round.n, 0);
  return {
    value: successes / trials,
    rounds: rounds.map((round) => round.errors / (round.n + round.errors)),
    n: trials,
    evidence: { kind: 'proportion', successes, trials },
  };
};

const readMemory = (rounds: readonly MeasuredRound[]): Read => {
  const peaks = numbers(rounds.map((round) => round.memory?.peak ?? null));
  const evidence = { kind: 'observed' } as const;
  if (peaks.length === 0) {
    return {
      value: null,
      rounds: [],
      evidence,
      reason: 'this system did not tell the peak memory of the process',
    };
  }
  return { value: Math.max(...peaks), rounds: peaks, evidence };
};

/** The nodes are counted once, in a pass of their own: every request runs the same ones. */
const readPlacement = ({ placement }: CellResult, provider: string): Read => {
  const evidence = { kind: 'observed' } as const;
  const unknown = (reason: string): Read => ({ value: null, rounds: [], n: 0, evidence, reason });
  if (placement === undefined) return unknown('which provider ran the nodes was not looked at');
  if (placement.problem !== undefined) return unknown(`the profiled pass failed: ${placement.problem}`);
  if (placement.total === 0) return unknown('the model has no nodes');
  const share = (placement.nodes[profileName(provider)] ?? 0) / placement.total;
  return { value: share, rounds: [share], n: placement.runs, evidence };
};

const readHitRate = (rounds: readonly MeasuredRound[]): Read => {
  const caches = rounds.flatMap(({ cache }) => (cache === undefined ? [] : [cache]));
  if (caches.length === 0) return { value: null, rounds: [], reason: 'the cell has no cache' };
  const items = caches.reduce((sum, cache) => sum + cache.items, 0);
  return {
    value: caches.reduce((sum, cache) => sum + cache.hits, 0) / items,
    rounds: caches.map((cache) => cache.hits / cache.items),
  };
};

const readAccuracy = (cell: CellResult): Read => {
  if (cell.accuracy === null || cell.accuracy.n === 0) {
    return {
      value: null,
      rounds: [],
      n: 0,
      reason: 'the model has no labels in the scenario, so accuracy was not counted',
    };
  }
  const { correct, n } = cell.accuracy;
  return {
    value: correct / n,
    rounds: [],
    n,
    evidence: { kind: 'proportion', successes: correct, trials: n },
  };
};
