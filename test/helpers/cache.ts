/** Rounds of a prediction cache in which every request is served at known costs. */
import type { RawRound } from '../../src/results/digest.js';
import { createRandom } from '../../src/stats/random.js';
import type { DrawnTraffic } from '../../src/vocabulary/traffic.js';
import type { SyntheticCell } from './results.js';

export interface Costs {
  readonly key: number;
  readonly insert: number;
  readonly beyond: number;
  readonly service: number;
  /** Of a missing item, where it differs from `service`. */
  readonly run?: number;
}

const N = 2000;

/** Requests of one item, each served at exactly these costs but for 1% of noise. */
export const served = (costs: Costs, hitRate: number | null, round: number): Partial<RawRound> => {
  const random = createRandom(100 + round);
  const noise = (): number => 1 + 0.01 * (random.next() - 0.5);
  const misses = new Uint16Array(N);
  const key = new Float64Array(N);
  const insert = new Float64Array(N);
  const durations = new Float64Array(N);
  const { run = costs.service } = costs;
  for (let index = 0; index < N; index++) {
    const isHit =
      hitRate !== null && Math.floor((index + 1) * hitRate + 1e-9) > Math.floor(index * hitRate + 1e-9);
    misses[index] = isHit ? 0 : 1;
    key[index] = costs.key * noise();
    insert[index] = isHit ? 0 : costs.insert * noise();
    const rest = isHit ? costs.beyond * noise() : run * noise() + (insert[index] ?? 0);
    durations[index] = hitRate === null ? costs.service * noise() : (key[index] ?? 0) + rest;
  }
  if (hitRate === null) return { durations };
  const cache = {
    misses,
    key,
    insert,
    batch: 1,
    expected: hitRate,
    keyKind: 'SHA-1 of the input bytes',
    fill: { requests: 1000, complete: true },
    memory: { entries: 1000, bytes: 60_000, rss: 4096 },
  };
  return { durations, cache };
};

/** A cell served at these costs: with a cache of 1,000 entries at a hit rate, or (null) without one. */
export const cachedCell = (costs: Costs, hitRate: number | null, traffic?: DrawnTraffic): SyntheticCell => ({
  params: hitRate === null ? { cache: 0, traffic: 'any' } : { cache: 1000, traffic: traffic ?? { hitRate } },
  samples: N,
  raw: (round) => served(costs, hitRate, round),
});
