import { describe, expect, it } from 'vitest';
import {
  proportionInterval,
  ratioInterval,
  roundsBounds,
  roundsInterval,
} from '../../src/stats/intervals.js';
import { createRandom } from '../../src/stats/random.js';

// The expected values of this file are SciPy 1.17.1's, or follow from the order statistics.

describe('roundsInterval', () => {
  it("is Student's t on the logs where that is the wider one", () => {
    // l = log([10.2, 9.8, 11.5, 10.9, 10.1]); exp(stats.t.interval(0.95, 4, loc=l.mean(), scale=stats.sem(l)))
    const interval = roundsInterval([10.2, 9.8, 11.5, 10.9, 10.1], { level: 0.95 });
    expect(interval?.low).toBeCloseTo(9.67253319, 7);
    // t alone ends at 11.3597, below the largest of five: the sign interval holds all five values.
    expect(interval?.high).toBeCloseTo(11.5, 12);
    expect(interval).toMatchObject({ level: 0.95, method: 't and sign over rounds, log scale' });
  });

  it('takes t where one round is far out', () => {
    // Nine rounds close together and one five times slower; the same SciPy call.
    const values = [1.0, 1.001, 1.002, 1.003, 1.004, 1.005, 1.006, 1.007, 1.008, 5.0];
    const interval = roundsInterval(values, { level: 0.95 });
    expect(interval?.low).toBeCloseTo(0.81983772, 7);
    expect(interval?.high).toBeCloseTo(1.6950566, 6);
  });

  it('takes the sign interval where rounds are of two kinds', () => {
    // t on the logs is 1.02 to 1.70: between the two, where no round is. The typical round may be of either kind.
    const bounds = roundsBounds([1, 1, 1, 1, 1, 1, 2, 2, 2, 2], { alpha: 0.025 });
    expect(bounds?.lower).toBe(1);
    expect(bounds?.upper).toBeCloseTo(2, 12);
  });

  it('interpolates between order statistics as Hettmansperger and Sheather do', () => {
    // Symmetric and so heavy-tailed inside that the sign interval is the wider one.
    // b = stats.binom(20, 0.5): b.cdf(5) = 0.020695 <= 0.025 < b.cdf(6) = 0.057659, so depth 6.
    const values = [
      ...Array.from({ length: 7 }, (_, index) => 1 + index / 1000),
      ...Array.from({ length: 6 }, () => 2),
      ...Array.from({ length: 7 }, (_, index) => 4 - index / 1000),
    ];
    const bounds = roundsBounds(values, { alpha: 0.025 });
    const unused = (0.025 - 0.020694732666015625) / (0.057659149169921875 - 0.020694732666015625);
    const inwards = (14 * unused) / (6 + 8 * unused);
    expect(bounds?.lower).toBeCloseTo(
      Math.exp((1 - inwards) * Math.log(1.005) + inwards * Math.log(1.006)),
      10,
    );
  });

  it('says nothing of one round, and contains everything of two', () => {
    expect(roundsInterval([], { level: 0.95 })).toBeNull();
    expect(roundsInterval([5], { level: 0.95, pooled: 5 })).toBeNull();
    const two = roundsInterval([10, 11], { level: 0.95 });
    expect(two?.low).toBeLessThan(10);
    expect(two?.high).toBeGreaterThan(11);
  });

  it('is a point, to the last bit, when all rounds agree', () => {
    for (const value of [40_000_000, 123.456, 0.1, 0]) {
      expect(roundsInterval([value, value, value], { level: 0.95 })).toMatchObject({
        low: value,
        high: value,
      });
    }
  });

  it('holds the pooled value', () => {
    const values = [10, 10.1, 9.9, 10.05, 9.95];
    const alone = roundsInterval(values, { level: 0.95 });
    expect(alone?.high).toBeLessThan(12);
    expect(roundsInterval(values, { level: 0.95, pooled: 12 })).toMatchObject({ low: alone?.low, high: 12 });
    expect(roundsInterval(values, { level: 0.95, pooled: 8 })).toMatchObject({ low: 8, high: alone?.high });
    expect(roundsInterval(values, { level: 0.95, pooled: 10 })).toEqual(alone);
  });

  it('does with zeros, on the plain scale, and stays at or above zero', () => {
    // z = [0, 0.01, 0.02, 0, 0.01]; stats.t.interval(0.95, 4, loc=mean(z), scale=stats.sem(z)) is -0.0024 to 0.0184
    const interval = roundsInterval([0, 0.01, 0.02, 0, 0.01], { level: 0.95 });
    expect(interval).toMatchObject({ low: 0, high: 0.02, method: 't and sign over rounds' });
    expect(roundsInterval([-2, 3, 1], { level: 0.95 })?.low).toBeLessThan(-2);
  });

  it('scales with the unit', () => {
    const values = [10.2, 9.8, 11.5, 10.9, 10.1, 12, 10.3];
    const small = roundsInterval(values, { level: 0.9 });
    const large = roundsInterval(
      values.map((value) => value * 1e6),
      { level: 0.9 },
    );
    expect((large?.low ?? 0) / 1e6).toBeCloseTo(small?.low ?? 0, 9);
    expect((large?.high ?? 0) / 1e6).toBeCloseTo(small?.high ?? 0, 9);
  });

  it('widens with the level and narrows with rounds', () => {
    const random = createRandom(1);
    const values = Array.from({ length: 20 }, () => Math.exp(0.05 * random.normal()));
    const width = (rounds: number, level: number): number => {
      const interval = roundsInterval(values.slice(0, rounds), { level });
      return interval === null ? NaN : interval.high - interval.low;
    };
    expect(width(20, 0.99)).toBeGreaterThan(width(20, 0.9));
    expect(width(5, 0.95)).toBeGreaterThan(width(20, 0.95));
  });
});

describe('roundsBounds', () => {
  it('gives each bound its own error', () => {
    // exp(stats.t.interval(1 - 2 * 0.05 / 3, 4, ...)) of the logs of the same five values
    const bounds = roundsBounds([10.2, 9.8, 11.5, 10.9, 10.1], { alpha: 0.05 / 3 });
    expect(bounds?.lower).toBeCloseTo(9.55841877, 7);
    expect(bounds?.upper).toBeCloseTo(11.5, 12);
    expect(bounds?.level).toBeCloseTo(1 - 0.05 / 3, 12);
  });

  it('is the two-sided interval of twice the error', () => {
    const values = [3, 4, 3.5, 3.2, 4.4, 3.9];
    const bounds = roundsBounds(values, { alpha: 0.05 });
    expect(roundsInterval(values, { level: 0.9 })?.low).toBeCloseTo(bounds?.lower ?? 0, 12);
    expect(roundsInterval(values, { level: 0.9 })?.high).toBeCloseTo(bounds?.upper ?? 0, 12);
  });
});

describe('ratioInterval', () => {
  it("is Welch's t on the logs", () => {
    // a, b = log([...]), log([...]); stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    const interval = ratioInterval([10.2, 9.8, 11.5, 10.9, 10.1], [8.1, 9.9, 8.7, 8.5], 0.95);
    expect(interval?.ratio).toBeCloseTo(1.194510011273058, 12);
    expect(interval?.low).toBeCloseTo(1.0495353257869393, 9);
    expect(interval?.high).toBeCloseTo(1.3595103775680053, 9);
  });

  it('turns around with its sides', () => {
    const [a, b] = [
      [4, 5, 6],
      [1, 2, 2],
    ];
    const there = ratioInterval(a ?? [], b ?? [], 0.95);
    const back = ratioInterval(b ?? [], a ?? [], 0.95);
    expect((there?.low ?? 0) * (back?.high ?? 0)).toBeCloseTo(1, 12);
    expect((there?.ratio ?? 0) * (back?.ratio ?? 0)).toBeCloseTo(1, 12);
  });

  it('does without spread on one side or both', () => {
    expect(ratioInterval([2, 2, 2], [1, 1], 0.95)).toMatchObject({ ratio: 2, low: 2, high: 2 });
    const one = ratioInterval([2, 2, 2], [1, 1.1, 0.9], 0.95);
    expect(one?.low).toBeLessThan(2);
    expect(one?.high).toBeGreaterThan(2);
  });

  it('says nothing of one round a side, nor of what has no logarithm', () => {
    expect(ratioInterval([1], [1, 2], 0.95)).toBeNull();
    expect(ratioInterval([1, 2], [2], 0.95)).toBeNull();
    expect(ratioInterval([0, 1], [1, 2], 0.95)).toBeNull();
  });
});

describe('proportionInterval', () => {
  // stats.binomtest(k, n).proportion_ci(level, 'exact')
  it.each([
    [0, 10, 0.95, 0, 0.30849710781876294],
    [10, 10, 0.95, 0.6915028921812371, 1],
    [9812, 10000, 0.95, 0.9783434967459602, 0.9837711293211624],
    [3, 1000, 0.99, 0.0003381445290663692, 0.01093377742040526],
    [985, 1000, 0.95, 0.9753802999029655, 0.9915809502499656],
    [1, 1, 0.95, 0.025, 1],
  ])('%d of %d at %d', (successes, n, level, low, high) => {
    const interval = proportionInterval(successes, n, level);
    expect(interval.low).toBeCloseTo(low, 10);
    expect(interval.high).toBeCloseTo(high, 10);
    expect(interval).toMatchObject({ level, method: 'Clopper-Pearson' });
  });

  it('knows nothing without trials, and refuses what is no count', () => {
    expect(proportionInterval(0, 0, 0.95)).toMatchObject({ low: 0, high: 1 });
    for (const [successes, n] of [
      [-1, 5],
      [6, 5],
      [1.5, 5],
    ] as const) {
      expect(() => proportionInterval(successes, n, 0.95)).toThrow(RangeError);
    }
  });
});
