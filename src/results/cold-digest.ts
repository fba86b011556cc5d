/** From what a cold process and its parent saw to the round of the document. */
import { medianOf } from '../stats/quantile.js';
import type { ColdRound, PageCacheRecord } from './cold-schema.js';
import type { RoundMeta } from './digest.js';
import type { RoundResult } from './schema.js';

/** What a cold process reports: the twin of measure/messages.ts ColdSamples. Durations in ns. */
export interface RawCold {
  readonly firstLine: bigint;
  readonly life: number;
  readonly phases: Omit<ColdRound['phases'], 'start' | 'other'>;
  readonly runs: Float64Array;
  readonly warmup: NonNullable<RoundResult['warmup']>;
  readonly shapes: ColdRound['shapes'] | readonly Readonly<ColdRound['shapes'][number]>[];
  readonly memory: NonNullable<RoundResult['memory']>;
  readonly disturbance: NonNullable<RoundResult['disturbance']>;
}

/** What its parent saw, by the clock that they share, ns. */
export interface RawClock {
  readonly forked: bigint;
  readonly told: bigint;
  readonly ended: bigint;
}

/** The level is taken from the last third of the requests, once there are enough for a third to be one. */
const LEVEL_FROM = 6;

/** The first requests are over when the median of so many in a row is at most so far above the level. */
const IN_A_ROW = 5;
const NEAR = 1.1;

type Settling = Pick<ColdRound, 'level' | 'extra' | 'slow'>;

/**
 * What the first requests cost: `first` is the duration of the first one, `runs` are those of the
 * others until steady. How many there are before the latency comes near the level of the last third,
 * and what they took beyond it together. The rest of the requests is left out of the sum: the noise of
 * many would outweigh the cost of few.
 */
export const settlingOf = (first: number, runs: Float64Array): Settling => {
  if (runs.length < LEVEL_FROM) return { level: null, extra: null, slow: 0 };
  const last = runs.subarray(runs.length - Math.floor(runs.length / 3));
  const level = last.reduce((sum, value) => sum + value, 0) / last.length;
  const all = [first, ...runs];
  const isNear = (_: number, at: number): boolean =>
    medianOf(all.slice(at, at + IN_A_ROW)) <= NEAR * level && (all[at] ?? 0) <= NEAR * level;
  const near = all.findIndex(isNear);
  const early = all.slice(0, near === -1 ? all.length : near);
  const extra = early.reduce((sum, value) => sum + value - level, 0);
  return { level: Math.round(level), extra: Math.round(Math.max(0, extra)), slow: early.length };
};

const rounded = (duration: number): number => Math.max(0, Math.round(duration));

/**
 * What passed before the process's first line and after its last reading, ns: by the clock that both
 * share, so that the way of the last message is part of the end. A system whose processes don't share
 * one is found out by a first line before fork() or an end after the message came; there the process's
 * life is taken to end with the message.
 */
const edgesOf = (
  { firstLine, life }: RawCold,
  { forked, told, ended }: RawClock,
): { readonly start: number; readonly end: number } => {
  const start = Number(firstLine - forked);
  const end = Number(ended - firstLine) - life;
  const isShared = start >= 0 && Number(told - firstLine) >= life;
  return isShared
    ? { start, end }
    : { start: Math.max(0, Number(told - forked) - life), end: Number(ended - told) };
};

/**
 * The round. Every phase but two is the process's own reading: `start` is the time before its first
 * line; `other` is what is left of its life, and the time until the parent saw its end. How the sum
 * compares to `wall`, which the parent read from its own clock alone, is left to see.
 */
export const digestCold = (
  raw: RawCold,
  clock: RawClock,
  pageCache: PageCacheRecord,
  meta: RoundMeta,
): RoundResult => {
  const { phases } = raw;
  const named = Object.values(phases).reduce<number>((sum, duration) => sum + (duration ?? 0), 0);
  const { start, end } = edgesOf(raw, clock);
  const wall = Number(clock.ended - clock.forked);
  return {
    index: meta.index,
    order: meta.order,
    state: 'completed',
    startedAt: meta.startedAt,
    n: 1,
    errors: 0,
    elapsed: wall,
    busy: rounded(phases.first),
    latency: null,
    histogram: null,
    effective: null,
    setup: null,
    warmup: { ...raw.warmup, elapsed: rounded(raw.warmup.elapsed), first: rounded(raw.warmup.first) },
    windows: [],
    drift: null,
    memory: { ...raw.memory },
    disturbance: { ...raw.disturbance },
    wrapper: null,
    stages: [],
    cold: {
      phases: {
        start: rounded(start),
        import: rounded(phases.import),
        read: phases.read === null ? null : rounded(phases.read),
        session: rounded(phases.session),
        first: rounded(phases.first),
        shapes: rounded(phases.shapes),
        steady: rounded(phases.steady),
        other: rounded(raw.life - named + end),
      },
      wall,
      pageCache: { ...pageCache },
      ...settlingOf(phases.first, raw.runs),
      shapes: raw.shapes.map(({ shape, first, again }) => ({
        shape,
        first: rounded(first),
        again: rounded(again),
      })),
    },
  };
};
