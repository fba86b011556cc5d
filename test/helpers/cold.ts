/** Cold starts for tests: phases drawn from a seeded model of a process, digested by the program's own code. */
import { digestCold, type RawCold } from '../../src/results/cold-digest.js';
import type { PageCacheRecord } from '../../src/results/cold-schema.js';
import type { RoundMeta } from '../../src/results/digest.js';
import type { RoundResult } from '../../src/results/schema.js';
import { createRandom, deriveSeed } from '../../src/stats/random.js';

const MS = 1e6;

export interface ColdOptions {
  /** Medians of the phases, ns; `read` null: the runtime reads the file. */
  readonly phases?: Partial<RawCold['phases'] & { start: number; other: number }>;
  /** Standard deviation of the log of every phase; 0.1. */
  readonly spread?: number;
  readonly pageCache?: PageCacheRecord;
  /** Requests after the first until steady, ns each. */
  readonly runs?: readonly number[];
  readonly shapes?: RawCold['shapes'];
  readonly raw?: Partial<RawCold>;
}

const PHASES = {
  start: 40 * MS,
  import: 80 * MS,
  read: 5 * MS,
  session: 60 * MS,
  first: 8 * MS,
  shapes: 0,
  steady: 250 * MS,
  other: 90 * MS,
};

/** One cold round. Its last message takes 1 ms, which is in the phase other. */
export const coldRound = (options: ColdOptions, seed: number, meta: RoundMeta): RoundResult => {
  const random = createRandom(deriveSeed(seed, 'cold', meta.index));
  const draw = (median: number): number => median * Math.exp((options.spread ?? 0.1) * random.normal());
  const medians = { ...PHASES, ...options.phases };
  const start = Math.round(draw(medians.start));
  const phases = {
    import: draw(medians.import),
    read: medians.read === null ? null : draw(medians.read),
    session: draw(medians.session),
    first: draw(medians.first),
    shapes: medians.shapes,
    steady: draw(medians.steady),
  };
  const named = Object.values(phases).reduce<number>((sum, time) => sum + (time ?? 0), 0);
  const end = 20 * MS;
  const life = named + draw(medians.other) - end;
  const told = Math.round(start + life + MS);
  const runs = Float64Array.from(options.runs ?? [4 * MS, 2 * MS, ...Array.from({ length: 60 }, () => MS)]);
  const raw: RawCold = {
    firstLine: BigInt(start) + 1000n,
    life,
    phases,
    runs,
    warmup: {
      requests: runs.length,
      elapsed: phases.steady,
      first: phases.first,
      steady: true,
      rule: 'two windows agree',
    },
    shapes: options.shapes ?? [],
    memory: { beforeModel: 60 * 2 ** 20, afterLoad: 90 * 2 ** 20, peak: 110 * 2 ** 20 },
    disturbance: {
      stealShare: 0,
      throttledShare: 0,
      otherShare: 0.01,
      cpuPerWall: 0.9,
      involuntarySwitches: 3,
    },
    ...options.raw,
  };
  const clock = { forked: 1000n, told: 1000n + BigInt(told), ended: 1000n + BigInt(told + end) };
  return digestCold(raw, clock, options.pageCache ?? { wanted: 'dropped', found: 'cold', resident: 0 }, meta);
};
