import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/stats/random.js';
import { createWarmupTracker } from '../../src/stats/steady.js';

const MS = 1_000_000;

/** The number of requests after which a series is accepted; Infinity when not within `most`. */
const acceptedAfter = (
  seed: number,
  most: number,
  duration: (index: number, random: Random) => number,
): number => {
  const random = createRandom(seed);
  const tracker = createWarmupTracker();
  for (let index = 0; index < most; index++) if (tracker.push(duration(index, random))) return index + 1;
  return Infinity;
};

/** Sorted, for 100 seeds. */
const many = (most: number, duration: (index: number, random: Random) => number): number[] =>
  Array.from({ length: 100 }, (_, seed) => acceptedAfter(seed, most, duration)).toSorted((a, b) => a - b);

const noise = (random: Random, sigma: number): number => Math.exp(sigma * random.normal());

describe('a steady series', () => {
  // Typical duration, noise, and the most requests for half and for 90 of 100 series.
  it.each([
    [1, 0.02, 60, 60],
    [1, 0.05, 60, 80],
    [1, 0.2, 110, 190],
    [20, 0.05, 60, 75],
    [100, 0.02, 20, 22],
    [100, 0.05, 22, 30],
    [100, 0.2, 75, 130],
    [500, 0.02, 20, 22],
  ])('of %d ms with noise %d is accepted within %d, or %d requests', (duration, sigma, half, most) => {
    const accepted = many(10_000, (_, random) => duration * MS * noise(random, sigma));
    expect(accepted[49]).toBeLessThanOrEqual(half);
    expect(accepted[89]).toBeLessThanOrEqual(most);
  });

  it('of very fast requests takes 50 ms, since code is compiled meanwhile', () => {
    const after = acceptedAfter(1, 100_000, (_, random) => 0.01 * MS * noise(random, 0.1));
    expect(after * 0.01).toBeGreaterThan(45);
    expect(after * 0.01).toBeLessThan(75);
    expect(acceptedAfter(1, 100_000, () => 0.001 * MS)).toBeLessThan(20_000);
  });

  it('is accepted in spite of bursts, and of a mix of short and long requests', () => {
    let slow = false;
    const bursts = many(5000, (_, random) => {
      if (random.next() < 1 / 100) slow = !slow;
      return (slow ? 1.6 : 1) * MS * noise(random, 0.05);
    });
    expect(bursts[49]).toBeLessThanOrEqual(100);
    expect(bursts[89]).toBeLessThanOrEqual(300);
    const mix = many(5000, (_, random) => (random.next() < 1 / 3 ? 100 : 20) * MS * noise(random, 0.05));
    expect(mix[49]).toBeLessThanOrEqual(120);
    expect(mix[89]).toBeLessThanOrEqual(300);
  });

  it('of equal durations is accepted at the first look, zeros included', () => {
    expect(acceptedAfter(1, 100, () => MS)).toBe(50);
    expect(acceptedAfter(1, 20_000, () => 0)).toBe(10_240);
  });

  it('is accepted in spite of a few slow first requests', () => {
    const accepted = many(1000, (index, random) => (index < 3 ? 20 : 1) * MS * noise(random, 0.03));
    expect(accepted[89]).toBeLessThanOrEqual(100);
  });
});

describe('a series that falls', () => {
  const decay =
    (typical: number, excess: number, constant: number, sigma: number) => (index: number, random: Random) =>
      typical * MS * (1 + excess * Math.exp(-index / constant)) * noise(random, sigma);

  // Typical ms, start over the end, time constant in requests, noise, and the excess that 90 of 100 may have left.
  it.each([
    [1, 1, 10, 0.02, 0.01],
    [1, 1, 50, 0.02, 0.01],
    [1, 4, 50, 0.05, 0.01],
    [1, 1, 200, 0.02, 0.01],
    [1, 4, 200, 0.05, 0.01],
    [1, 0.3, 50, 0.02, 0.03],
    [1, 4, 50, 0.2, 0.01],
    [100, 1, 5, 0.02, 0.01],
    [100, 1, 20, 0.05, 0.03],
    [100, 1, 5, 0.2, 0.05],
    [100, 1, 20, 0.2, 0.2],
  ])(
    '%d ms, starts %d times over its end, time constant %d, noise %d: accepted after',
    (typical, excess, constant, sigma, left) => {
      const accepted = many(20_000, decay(typical, excess, constant, sigma));
      expect(accepted[99]).toBeLessThan(Infinity);
      // The tenth soonest: 90 of 100 are accepted later.
      expect(excess * Math.exp(-(accepted[10] ?? 0) / constant)).toBeLessThanOrEqual(left);
    },
  );

  it('is accepted after a step down, not before it is past the window', () => {
    const accepted = many(5000, (index, random) => (index < 30 ? 1.5 : 1) * MS * noise(random, 0.03));
    expect(accepted[0]).toBeGreaterThan(50);
    expect(accepted[89]).toBeLessThan(200);
  });

  it.each([
    ['1% a request at 5% noise', 0.01, 0.05],
    ['0.5% a request at 2% noise', 0.005, 0.02],
  ])('never ends: %s is never accepted', (_, rate, sigma) => {
    const falls = many(1500, (index, random) => 1000 * MS * Math.exp(-rate * index) * noise(random, sigma));
    expect(falls[0]).toBe(Infinity);
    const rises = many(1500, (index, random) => MS * Math.exp(rate * index) * noise(random, sigma));
    expect(rises[0]).toBe(Infinity);
  });
});

describe('the tracker', () => {
  it('says what its rule is, counts, and may change its mind', () => {
    const tracker = createWarmupTracker();
    expect(tracker.rule).toContain('steady when');
    expect(tracker.requests).toBe(0);
    let last = false;
    for (let index = 0; index < 50; index++) last = tracker.push(MS);
    expect([tracker.requests, last]).toEqual([50, true]);
    for (let index = 0; index < 50; index++) last = tracker.push(3 * MS);
    expect([tracker.requests, last]).toEqual([100, false]);
    for (let index = 0; index < 1000; index++) last = tracker.push(3 * MS);
    expect(last).toBe(true);
  });
});
