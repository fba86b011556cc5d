/** What the cold starts of a cell come to. Processes are the samples, so intervals are over them. */
import { medianOf } from '../stats/quantile.js';
import { CACHE_STATES, COLD_PHASES, NEVER_DROPPED, type ColdPhase } from '../vocabulary/cold.js';
import {
  coldBounds,
  coldValue,
  phaseTime,
  processesNeeded,
  type ColdMeasured,
  type ColdStatistic,
} from './cold-rounds.js';
import type { ColdCell } from './cold-schema.js';
import type { Estimate } from './estimate-schema.js';

const STATISTICS = { mean: 'mean', p50: 0.5, p90: 0.9, p95: 0.95 } as const;

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** A statistic over processes at a two-sided level; refused with the number it needs where there are too few. */
const estimate = (values: readonly number[], name: keyof typeof STATISTICS, level: number): Estimate => {
  const statistic: ColdStatistic = STATISTICS[name];
  const n = values.length;
  const need = processesNeeded(statistic);
  if (n < (statistic === 'mean' ? 1 : need)) {
    const reason = `${n} processes were measured, ${name} needs ${need}`;
    return { value: null, n, rounds: n, interval: null, reason, need };
  }
  const value = Math.round(coldValue(values, statistic));
  const bounds = coldBounds(values, statistic, (1 - level) / 2);
  if (bounds === null) {
    const reason = n < 2 ? 'one process: no interval' : `${n} processes are too few for a two-sided interval`;
    return { value, n, rounds: n, interval: null, reason };
  }
  const { low, high, method } = bounds;
  return { value, n, rounds: n, interval: { low, high, level, method } };
};

const statisticsOf = (
  values: readonly number[],
  level: number,
): Record<keyof typeof STATISTICS, Estimate> => ({
  mean: estimate(values, 'mean', level),
  p50: estimate(values, 'p50', level),
  p90: estimate(values, 'p90', level),
  p95: estimate(values, 'p95', level),
});

const phaseOf = (
  rounds: readonly ColdMeasured[],
  name: ColdPhase,
  wall: number,
  level: number,
): ColdCell['phases'][number] => {
  const values = known(rounds.map((round) => phaseTime(round, name)));
  return {
    name,
    n: values.length,
    share: wall === 0 ? 0 : Math.min(1, mean(values) / wall),
    ...statisticsOf(values, level),
  };
};

const shapesOf = (rounds: readonly ColdMeasured[]): ColdCell['shapes'] => {
  const all = rounds.flatMap(({ cold }) => cold.shapes);
  return [...new Set(all.map(({ shape }) => shape))].map((shape) => {
    const own = all.filter((entry) => entry.shape === shape);
    return {
      shape,
      n: own.length,
      first: Math.round(mean(own.map(({ first }) => first))),
      again: Math.round(mean(own.map(({ again }) => again))),
    };
  });
};

const settling = (rounds: readonly ColdMeasured[]): ColdCell['untilSteady'] => {
  const warmups = rounds.flatMap(({ warmup }) => (warmup === null ? [] : [warmup]));
  const levels = known(rounds.map(({ cold }) => cold.level));
  const extras = known(rounds.map(({ cold }) => cold.extra));
  return {
    requests: mean(warmups.map(({ requests }) => requests)),
    elapsed: Math.round(mean(warmups.map(({ elapsed }) => elapsed))),
    neverSteady: warmups.filter(({ steady }) => steady === false).length,
    level: levels.length === 0 ? null : medianOf(levels),
    extra: extras.length === 0 ? null : Math.round(mean(extras)),
    slow: mean(rounds.map(({ cold }) => cold.slow)),
  };
};

/** The cold part of a cell; undefined where no cold start was measured. `level` is that of two-sided intervals. */
export const summariseCold = (rounds: readonly ColdMeasured[], level: number): ColdCell | undefined => {
  const [first] = rounds;
  if (first === undefined) return undefined;
  const wall = mean(rounds.map(({ cold }) => cold.wall));
  const answers = known(rounds.map((round) => phaseTime(round, 'answer')));
  // A phase that no process had (the shapes of a mix, where there is none) is no line of a table.
  const phases = COLD_PHASES.filter(
    (name) => name !== 'shapes' || rounds.some(({ cold }) => cold.shapes.length > 0),
  ).map((name) => phaseOf(rounds, name, wall, level));
  const found = { cold: 0, partly: 0, warm: 0, unknown: 0 };
  for (const state of CACHE_STATES) {
    found[state] = rounds.filter(({ cold }) => cold.pageCache.found === state).length;
  }
  return {
    processes: rounds.length,
    answer: statisticsOf(answers, level),
    phases,
    wall: {
      mean: Math.round(wall),
      accounted:
        wall === 0
          ? 1
          : phases.reduce((sum, phase) => sum + (phase.mean.value ?? 0) * (phase.n / rounds.length), 0) /
            wall,
    },
    pageCache: { wanted: first.cold.pageCache.wanted, found, neverDropped: [...NEVER_DROPPED] },
    untilSteady: settling(rounds),
    shapes: shapesOf(rounds),
  };
};
