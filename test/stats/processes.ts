/**
 * Simulated processes, to try intervals and looks on what really happens: each process has a speed
 * of its own, and inside it requests come in bursts.
 */
import { nearestRank } from '../../src/stats/quantile.js';
import { normalCdf } from '../../src/stats/student.js';
import type { Random } from '../../src/stats/random.js';

/**
 * Requests of one process: lognormal with a spread of 5%, in one of two states, fast or slow, which
 * follow each other as a Markov chain, so that neighbouring requests are alike.
 */
export interface Bursts {
  readonly name: string;
  /** Share of requests in the slow state. */
  readonly share: number;
  /** Mean length of a burst, requests. */
  readonly length: number;
  /** How much slower the slow state is. */
  readonly factor: number;
}

export const CALM: Bursts = { name: 'no bursts', share: 0, length: 1, factor: 1 };
/** 20 bursts a round: p90 lies in the slow state, often at its edge, and p99 well inside. */
export const SHORT_BURSTS: Bursts = { name: 'many short bursts', share: 0.2, length: 10, factor: 1.5 };
/** Half the time slow: the bursts decide p50. */
export const HALF_SLOW: Bursts = { name: 'slow half of the time', share: 0.45, length: 10, factor: 1.3 };
/** 5 bursts a round: they reach p90 in one process of twenty, and miss p99 in as many. */
export const RARE_BURSTS: Bursts = { name: 'rare bursts', share: 0.05, length: 10, factor: 2 };
/** 2 bursts a round: some processes have none, and their p90 and p99 come in two kinds. */
export const LONG_BURSTS: Bursts = { name: 'long bursts', share: 0.2, length: 100, factor: 1.5 };

export const PERCENTILES = [0.5, 0.9, 0.99] as const;
export const REQUESTS = 1000;
const SPREAD = 0.05;

/** For each of PERCENTILES, the logs of that percentile in many rounds of REQUESTS requests, without process effects. */
export const simulateRounds = (random: Random, bursts: Bursts, rounds: number): readonly Float64Array[] => {
  const slower = Math.log(bursts.factor);
  const leave = 1 / bursts.length;
  const enter = (bursts.share / (1 - bursts.share)) * leave;
  const logs = PERCENTILES.map(() => new Float64Array(rounds));
  const durations = new Float64Array(REQUESTS);
  for (let round = 0; round < rounds; round++) {
    let slow = random.next() < bursts.share;
    for (let request = 0; request < REQUESTS; request++) {
      durations[request] = SPREAD * random.normal() + (slow ? slower : 0);
      if (random.next() < (slow ? leave : enter)) slow = !slow;
    }
    durations.sort();
    PERCENTILES.forEach((p, index) => {
      logs[index]![round] = nearestRank(durations, p);
    });
  }
  return logs;
};

/**
 * The typical process's percentile: the median over processes, whose logs are one of `logs` plus a
 * normal effect of standard deviation `sd`. For the simulated distribution itself, by bisection to 1e-7.
 */
export const typicalOf = (logs: Float64Array, sd: number): number => {
  const sorted = logs.toSorted();
  let low = sorted[0]! - sd;
  let high = sorted.at(-1)! + sd;
  while (high - low > 1e-7) {
    const middle = (low + high) / 2;
    let sum = 0;
    for (const log of sorted) sum += normalCdf((middle - log) / sd);
    if (sum / sorted.length < 0.5) low = middle;
    else high = middle;
  }
  return Math.exp(low);
};

/** The percentiles of `rounds` fresh processes: a simulated round each, times an effect of its own. */
export const drawProcesses = (random: Random, logs: Float64Array, sd: number, rounds: number): number[] =>
  Array.from({ length: rounds }, () => Math.exp(logs[random.int(logs.length)]! + sd * random.normal()));
