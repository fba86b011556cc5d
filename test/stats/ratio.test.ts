import { describe, expect, it } from 'vitest';
import { ratioInterval } from '../../src/stats/intervals.js';
import { createRandom, deriveSeed } from '../../src/stats/random.js';
import {
  CALM,
  drawProcesses,
  HALF_SLOW,
  LONG_BURSTS,
  PERCENTILES,
  RARE_BURSTS,
  SHORT_BURSTS,
  simulateRounds,
} from './processes.js';

const EXPERIMENTS = 2000;

/*
 * Two cells whose processes are drawn from the same distribution: how often does the 95% interval of
 * their ratio hold 1, so that the decision does not tell them apart? The standard error is 0.5 points;
 * the seed is fixed. With another seed and 3000 experiments the lowest and the highest were 93.9 and
 * 98.4%, without bursts 94.5 and 95.8%.
 */
describe('two equal cells', () => {
  for (const bursts of [CALM, SHORT_BURSTS, HALF_SLOW, RARE_BURSTS, LONG_BURSTS]) {
    it(`are taken for different ones in at most 7% of decisions: ${bursts.name}`, () => {
      const random = createRandom(deriveSeed(1, 'equal cells', bursts.name));
      const logs = simulateRounds(random, bursts, 2000);
      const held: Record<string, number> = {};
      for (const effect of [0.03, 0.1]) {
        PERCENTILES.forEach((p, index) => {
          const draw = (rounds: number): number[] => drawProcesses(random, logs[index]!, effect, rounds);
          for (const rounds of [5, 10, 20]) {
            let hits = 0;
            for (let experiment = 0; experiment < EXPERIMENTS; experiment++) {
              const interval = ratioInterval(draw(rounds), draw(rounds), 0.95);
              if (interval !== null && interval.low <= 1 && interval.high >= 1) hits++;
            }
            held[`p${p * 100}, ${rounds} rounds, effect ${effect}`] = hits / EXPERIMENTS;
          }
        });
      }
      expect(Object.keys(held)).toHaveLength(18);
      expect(Object.entries(held).filter(([, share]) => share < 0.93)).toEqual([]);
    });
  }

  it('are told apart once one of them is 10% slower, at process effects of 3% and ten rounds', () => {
    const random = createRandom(deriveSeed(1, 'different cells'));
    const logs = simulateRounds(random, CALM, 1000)[2]!;
    let apart = 0;
    for (let experiment = 0; experiment < 500; experiment++) {
      const slower = drawProcesses(random, logs, 0.03, 10).map((value) => value * 1.1);
      const interval = ratioInterval(slower, drawProcesses(random, logs, 0.03, 10), 0.95);
      if (interval !== null && interval.low > 1) apart++;
    }
    expect(apart / 500).toBeGreaterThan(0.99);
  });
});
