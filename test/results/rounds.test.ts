import { describe, expect, it } from 'vitest';
import { digestRound, failedRound } from '../../src/results/digest.js';
import {
  measuredRounds,
  momentsOf,
  pooledHistogram,
  poolMoments,
  requestsNeeded,
  roundHistogram,
  roundQuantile,
  roundThroughput,
} from '../../src/results/rounds.js';
import { createRandom } from '../../src/stats/random.js';
import { buildResults, MS, rawRound } from '../helpers/results.js';

const cell = buildResults({ cells: [{ params: { batch: 4 }, idle: MS, samples: 300 }] }).cells[0]!;

describe('measuredRounds', () => {
  it('takes completed rounds only, by index', () => {
    const [first, second, third] = cell.rounds;
    const failed = failedRound(
      'failed',
      { kind: 'crashed', message: 'x' },
      { index: 1, order: 1, startedAt: '' },
    );
    expect(measuredRounds({ rounds: [third!, failed, first!] }).map((round) => round.index)).toEqual([0, 2]);
    expect(measuredRounds({ rounds: [{ ...second!, state: 'aborted' }] })).toEqual([]);
  });
});

describe('histograms of rounds', () => {
  it('are what was sampled, alone and pooled', () => {
    const rounds = measuredRounds(cell);
    expect(rounds.map((round) => roundHistogram(round).count)).toEqual([300, 300, 300, 300, 300]);
    expect(pooledHistogram(rounds)?.count).toBe(1500);
    expect(pooledHistogram(rounds)?.max).toBe(Math.max(...rounds.map((round) => round.latency.max ?? 0)));
    expect(pooledHistogram([])).toBeNull();
  });

  it('are refused when they are not those of the round', () => {
    const [round] = measuredRounds(cell);
    expect(() => roundHistogram({ ...round!, histogram: 'nonsense' })).toThrow(RangeError);
    expect(() => roundHistogram({ ...round!, latency: { ...round!.latency, max: 1 } })).toThrow(RangeError);
    expect(() => roundHistogram({ ...round!, latency: { ...round!.latency, max: null } })).toThrow(
      RangeError,
    );
  });
});

describe('roundQuantile', () => {
  it('answers any level for which the round is large enough', () => {
    const [round] = measuredRounds(cell);
    expect(roundQuantile(round!, 0.99)).toBe(round!.latency.p99);
    expect(roundQuantile(round!, 0.75)).toBe(roundHistogram(round!).quantile(0.75));
    expect(requestsNeeded(0.999)).toBe(2995);
    expect(roundQuantile(round!, 0.999)).toBeNull();
  });
});

describe('roundThroughput', () => {
  it('counts items over the whole time, gaps included', () => {
    const [round] = measuredRounds(cell);
    expect(roundThroughput(round!, 4)).toBeCloseTo((300 * 4 * 1e9) / round!.elapsed, 6);
    expect(roundThroughput({ ...round!, elapsed: 0 }, 4)).toBeNull();
    expect(round!.elapsed - round!.busy).toBe(300 * MS);
  });
});

describe('poolMoments', () => {
  it('equals the moments of all values together', () => {
    const random = createRandom(5);
    const groups = [3, 1, 40, 200].map((n) =>
      Array.from({ length: n }, () => 1e6 + 1e5 * random.normal() + n * 1e3),
    );
    const pooled = poolMoments(groups.map((values) => momentsOf(values)!));
    const direct = momentsOf(groups.flat());
    expect(pooled?.n).toBe(244);
    expect(pooled?.mean).toBeCloseTo(direct!.mean, 4);
    expect(pooled?.stdev).toBeCloseTo(direct!.stdev!, 4);
  });

  it('has no moments of nothing and no deviation of one', () => {
    expect(momentsOf([])).toBeNull();
    expect(poolMoments([])).toBeNull();
    expect(momentsOf([7])).toEqual({ n: 1, mean: 7, stdev: null });
    expect(poolMoments([{ n: 1, mean: 7, stdev: null }])).toEqual({ n: 1, mean: 7, stdev: null });
  });
});

describe('the helper of these tests', () => {
  it('draws the same round for the same seed, and another for another', () => {
    expect(rawRound({}, 4, 1).durations).toEqual(rawRound({}, 4, 1).durations);
    expect(rawRound({}, 4, 1).durations).not.toEqual(rawRound({}, 5, 1).durations);
    expect(digestRound(rawRound({}, 4, 1), { index: 0, order: 0, startedAt: '' }).n).toBe(400);
  });
});
