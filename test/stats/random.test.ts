import { describe, expect, it } from 'vitest';
import { createRandom, deriveSeed, xoshiro128ss } from '../../src/stats/random.js';

describe('the generator', () => {
  it('gives the reference output for the state 1, 2, 3, 4', () => {
    // The test vector of the rand_xoshiro crate, made with the authors' C code.
    const word = xoshiro128ss([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, word)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('repeats itself for a seed, and differs between seeds', () => {
    const draw = (seed: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: 20 }, () => random.next());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(0).every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('never changes: documents hold seeds', () => {
    const random = createRandom(42);
    expect([random.int(1000), random.int(1000), random.int(1000), random.next()]).toMatchInlineSnapshot(`
      [
        924,
        897,
        282,
        0.814939410083783,
      ]
    `);
  });

  it('is uniform by a chi-squared test', () => {
    const random = createRandom(1);
    const cells = new Array<number>(20).fill(0);
    const n = 100_000;
    for (let index = 0; index < n; index++) {
      const cell = Math.floor(random.next() * 20);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const statistic = cells.reduce((sum, count) => sum + (count - n / 20) ** 2 / (n / 20), 0);
    // stats.chi2.ppf(0.999, 19)
    expect(statistic).toBeLessThan(43.82);
  });
});

describe('int', () => {
  it('reaches every value and no other', () => {
    const random = createRandom(3);
    expect(new Set(Array.from({ length: 500 }, () => random.int(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(random.int(1)).toBe(0);
  });

  it('has no modulo bias at a bound that does not divide 2^32', () => {
    const random = createRandom(4);
    const n = 3 * 2 ** 30;
    let low = 0;
    for (let index = 0; index < 20_000; index++) if (random.int(n) < 2 ** 30) low++;
    // A third when unbiased, a half with `word % n`; five standard errors are 0.017.
    expect(Math.abs(low / 20_000 - 1 / 3)).toBeLessThan(0.017);
  });

  it('refuses a bound that is none', () => {
    const random = createRandom(5);
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) expect(() => random.int(n)).toThrow(RangeError);
  });
});

describe('normal', () => {
  it('has the moments of a standard normal', () => {
    const random = createRandom(6);
    const n = 100_000;
    let sum = 0;
    let squares = 0;
    let beyond = 0;
    for (let index = 0; index < n; index++) {
      const value = random.normal();
      sum += value;
      squares += value * value;
      if (value > 1.959964) beyond++;
    }
    // Five standard errors each.
    expect(Math.abs(sum / n)).toBeLessThan(0.016);
    expect(Math.abs(squares / n - 1)).toBeLessThan(0.023);
    expect(Math.abs(beyond / n - 0.025)).toBeLessThan(0.0025);
  });
});

describe('shuffle', () => {
  it('keeps the items, leaves its argument alone and makes every order alike', () => {
    const random = createRandom(8);
    const items = ['a', 'b', 'c'] as const;
    const orders = new Map<string, number>();
    for (let index = 0; index < 6000; index++) {
      const order = random.shuffle(items).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(items).toEqual(['a', 'b', 'c']);
    expect([...orders.keys()].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    // 1000 each expected, standard deviation 28.9.
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
    expect(random.shuffle([])).toEqual([]);
  });
});

describe('deriveSeed', () => {
  it('is a whole number of 32 bits that never changes: documents hold seeds', () => {
    expect([deriveSeed(1), deriveSeed(1, 'order'), deriveSeed(1, 'cell', 3), deriveSeed(2, 'cell', 3)])
      .toMatchInlineSnapshot(`
        [
          1613860980,
          3574132110,
          351040658,
          3809469766,
        ]
      `);
  });

  it('tells parts apart by type, border and order', () => {
    const seeds = [
      deriveSeed(1, 'ab', 'c'),
      deriveSeed(1, 'a', 'bc'),
      deriveSeed(1, 'abc'),
      deriveSeed(1, 'c', 'ab'),
      deriveSeed(1, '1'),
      deriveSeed(1, 1),
      deriveSeed(1, ''),
      deriveSeed(1),
    ];
    expect(new Set(seeds).size).toBe(seeds.length);
    for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
  });

  it('spreads neighbours: streams of consecutive rounds are unrelated', () => {
    const first = Array.from({ length: 2000 }, (_, round) =>
      createRandom(deriveSeed(1, 'round', round)).next(),
    );
    const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
    const lagged = first
      .slice(1)
      .reduce((sum, value, index) => sum + (value - 0.5) * ((first[index] ?? 0) - 0.5), 0);
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.033);
    expect(Math.abs((lagged / 1999) * 12)).toBeLessThan(0.12);
  });
});
