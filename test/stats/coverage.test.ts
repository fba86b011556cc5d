import { describe, expect, it } from 'vitest';
import { roundsInterval } from '../../src/stats/intervals.js';
import { createRandom, deriveSeed } from '../../src/stats/random.js';
import { tQuantile } from '../../src/stats/student.js';
import {
  CALM,
  drawProcesses,
  HALF_SLOW,
  LONG_BURSTS,
  PERCENTILES,
  RARE_BURSTS,
  SHORT_BURSTS,
  simulateRounds,
  typicalOf,
} from './processes.js';

const EXPERIMENTS = 2000;
const ROUNDS = [5, 10, 20] as const;
const EFFECTS = [0.03, 0.1] as const;

/*
 * The share of 95% intervals that hold the typical process's percentile. 2000 experiments a case
 * leave a standard error of 0.5 points: a method that covers 92.5% would show 94% in one case of two
 * hundred. The seed is fixed, and every case must show 94% or more. With 20,000 experiments over
 * 20,000 simulated rounds (standard error 0.15) the lowest and the highest of the six cases of each
 * kind (three percentiles, two effects) were, in percent:
 *
 *                            5 rounds       10 rounds      20 rounds
 *   no bursts                95.6 to 95.9   96.6 to 96.9   97.4 to 97.7
 *   many short bursts        95.6 to 96.3   96.7 to 97.1   97.5 to 98.0
 *   slow half of the time    95.5 to 96.7   96.6 to 96.9   97.3 to 97.6
 *   rare bursts              95.7 to 96.9   96.8 to 98.1   97.5 to 98.6
 *   long bursts              95.5 to 97.3   96.5 to 98.1   97.3 to 98.2
 *
 * What is free of assumptions can't do better than 93.75% at 5 rounds (all five on one side of the
 * median: 2/32). The worst found, 94.0% at 5 rounds, was p99 with a burst in about every other round.
 */
describe('coverage of the 95% interval over rounds', () => {
  for (const bursts of [CALM, SHORT_BURSTS, HALF_SLOW, RARE_BURSTS, LONG_BURSTS]) {
    it(`${bursts.name}: at least 94% for p50, p90 and p99, at 5, 10 and 20 rounds, process effects 3% and 10%`, () => {
      const random = createRandom(deriveSeed(1, 'coverage', bursts.name));
      const rounds = simulateRounds(random, bursts, 2000);
      const covered: Record<string, number> = {};
      for (const effect of EFFECTS) {
        PERCENTILES.forEach((p, index) => {
          const truth = typicalOf(rounds[index]!, effect);
          for (const count of ROUNDS) {
            let hits = 0;
            for (let experiment = 0; experiment < EXPERIMENTS; experiment++) {
              const interval = roundsInterval(drawProcesses(random, rounds[index]!, effect, count), {
                level: 0.95,
              });
              if (interval !== null && interval.low <= truth && truth <= interval.high) hits++;
            }
            covered[`p${p * 100}, ${count} rounds, effect ${effect}`] = hits / EXPERIMENTS;
          }
        });
      }
      expect(Object.keys(covered)).toHaveLength(18);
      expect(Object.entries(covered).filter(([, share]) => share < 0.94)).toEqual([]);
    });
  }

  it("is not to be had from Student's t alone, for the mean or for the median", () => {
    const random = createRandom(deriveSeed(1, 'coverage', 'contrast'));
    // Coverage of t on the logs: of the mean of the logs (what t estimates), and of the typical process.
    const coverageOfT = (
      logs: Float64Array,
      effect: number,
      count: number,
    ): { mean: number; typical: number } => {
      const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
      const typical = Math.log(typicalOf(logs, effect));
      const t = tQuantile(0.975, count - 1);
      const hits = { mean: 0, typical: 0 };
      for (let experiment = 0; experiment < EXPERIMENTS; experiment++) {
        const values = drawProcesses(random, logs, effect, count).map(Math.log);
        const centre = values.reduce((sum, value) => sum + value, 0) / count;
        const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (count - 1);
        const half = t * Math.sqrt(variance / count);
        if (Math.abs(centre - mean) <= half) hits.mean++;
        if (Math.abs(centre - typical) <= half) hits.typical++;
      }
      return { mean: hits.mean / EXPERIMENTS, typical: hits.typical / EXPERIMENTS };
    };
    // p90 with rare bursts at 10 rounds: 59% in the longer run.
    expect(coverageOfT(simulateRounds(random, RARE_BURSTS, 2000)[1]!, 0.03, 10).mean).toBeLessThan(0.75);
    // p90 with long bursts at 20 rounds: 48% in the longer run.
    expect(coverageOfT(simulateRounds(random, LONG_BURSTS, 2000)[1]!, 0.03, 20).typical).toBeLessThan(0.75);
  });
});
