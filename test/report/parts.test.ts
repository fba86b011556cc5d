import { describe, expect, it } from 'vitest';
import { binsOf } from '../../src/report/text/bins.js';
import { bar } from '../../src/report/text/chart.js';
import { integer, listed, plural, range, shortShare, spread } from '../../src/report/text/format.js';
import {
  fit,
  fitLabel,
  pad,
  paragraph,
  table,
  truncate,
  widthOf,
  wrap,
} from '../../src/report/text/layout.js';
import { createLook } from '../../src/report/text/look.js';
import { clean } from '../../src/report/text/sanitise.js';
import { sparkline } from '../../src/report/text/timeline.js';
import { LatencyHistogram } from '../../src/stats/histogram.js';
import { createRandom } from '../../src/stats/random.js';

const look = createLook({ color: false, width: 80, unicode: true });
const interval = (low: number, high: number) => ({ low, high, level: 0.95, method: 'test' });

describe('clean', () => {
  it.each([
    ['colours', '\u001B[31mred\u001B[0m', 'red'],
    ['a cursor movement', 'a\u001B[2K\u001B[1Ab', 'ab'],
    ['a title', '\u001B]0;owned\u0007name', 'name'],
    ['a link', '\u001B]8;;http://x\u001B\\text\u001B]8;;\u001B\\', 'text'],
    ['a sequence that was cut off', 'a\u001B[', 'a'],
    ['one of 8 bits', '\u009B31mred', 'red'],
    ['line ends and tabs', 'a\r\nb\tc\u2028d', 'a b c d'],
    ['other controls', 'a\u0000b\u0008c\u007F', 'a\uFFFDb\uFFFDc\uFFFD'],
    ['half a surrogate pair', 'a\uD800b', 'a\uFFFDb'],
    ['bidi overrides and isolates', 'a\u202Eb\u2067c\u200F', 'abc'],
    ['zero width characters', 'a\u200Bb\uFEFFc\u00AD', 'abc'],
    ['a family of emoji stays', '👨‍👩‍👧', '👨‍👩‍👧'],
    ['a joiner that joins nothing', 'a\u200Db', 'ab'],
    ['other scripts stay', 'مودل 家族 ümlaut', 'مودل 家族 ümlaut'],
    ['letters and marks in one form', 'u\u0308', 'ü'],
    ['what has nothing in it', ' \u001B[0m ', ''],
  ])('%s', (_name, text, expected) => {
    expect(clean(text)).toBe(expected);
  });
});

describe('layout', () => {
  it('truncates by columns, not by code units', () => {
    expect(truncate('家族家族', 5, look)).toBe('家族…');
    expect(truncate('👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 5, look)).toBe('👨‍👩‍👧👨‍👩‍👧…');
    expect(truncate('short', 5, look)).toBe('short');
    expect(widthOf(truncate('x'.repeat(300), 20, look))).toBe(20);
  });

  it('wraps between words, and inside those that are too long', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij kl', 4)).toEqual(['abcd', 'efgh', 'ij', 'kl']);
    expect(wrap('家族家族', 4)).toEqual(['家族', '家族']);
    expect(wrap('', 4)).toEqual(['']);
    for (const line of wrap(`a ${'x'.repeat(50)} b`, 10)) expect(widthOf(line)).toBeLessThanOrEqual(10);
  });

  it('fits a text into lines, and says when it had to cut', () => {
    expect(fit('one two three four', 7, 2, look)).toBe('one two\nthree…');
    expect(fitLabel('precision int8, batch 16, threads 4', 24, 2, look)).toBe(
      'precision int8, batch\n16, threads 4'.replace(' batch\n16', '\nbatch 16'),
    );
  });

  it('pads by columns', () => {
    expect(pad('家', 4)).toBe('家  ');
    expect(pad('7', 3, 'left')).toBe('  7');
  });

  it('indents a paragraph below its first word', () => {
    expect(
      paragraph('one two three', createLook({ color: false, width: 60, unicode: true }), {
        first: '  why  ',
        max: 15,
      }),
    ).toEqual(['  why  one two', '       three']);
  });

  it('aligns a table with wide characters and several lines, without trailing blanks', () => {
    const columns = [
      { heading: 'name', align: 'left' },
      { heading: 'ms', align: 'right' },
    ] as const;
    expect(
      table(columns, [['家族', '1.5'], ['b', '10\n±2%'], { span: ['  whole line'] }, ['c', '7']], look),
    ).toEqual(['name   ms', '家族  1.5', 'b      10', '      ±2%', '  whole line', 'c       7']);
  });

  it('leaves optional columns out where there is no room', () => {
    const narrow = createLook({ color: false, width: 60, unicode: true });
    const columns = [
      { heading: 'a', align: 'left' },
      { heading: 'b', align: 'left', optional: true },
    ] as const;
    expect(table(columns, [['x'.repeat(40), 'y'.repeat(10)]], narrow)).toHaveLength(2);
    expect(table(columns, [['x'.repeat(40), 'y'.repeat(30)]], narrow)).toEqual(['a', 'x'.repeat(40)]);
  });
});

describe('numbers', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('integer %i', (count, text) => expect(integer(count)).toBe(text));

  it('counts in words', () => {
    expect(plural(1, 'process', 'processes')).toBe('1 process');
    expect(plural(1200, 'cell')).toBe('1,200 cells');
    expect(listed(['a', 'b', 'c', 'd', 'e'], 3)).toBe('a; b; c and 2 more');
    expect(listed(['a', 'b', 'c', 'd'], 3)).toBe('a; b; c; d');
  });

  it('gives the larger side of an interval', () => {
    expect(spread(100, interval(98, 105), look)).toBe('±5%');
    expect(spread(100, interval(88, 105), look)).toBe('±12%');
    expect(spread(1000, interval(997, 1002), look)).toBe('±0.3%');
    expect(spread(100, interval(20, 900), look)).toBe('±>99%');
    expect(spread(0, interval(0, 0), look)).toBe('');
  });

  it('says the unit of an interval once where it can', () => {
    expect(range(interval(7.98e6, 8.44e6), 'duration', look)).toBe('7.98–8.44 ms');
    expect(range(interval(932e3, 2.58e6), 'duration', look)).toBe('932 us–2.58 ms');
    expect(range(interval(0.97, 0.99), 'share', look)).toBe('97.0–99.0%');
  });

  it.each([
    [0, '0'],
    [0.00001, '<0.01%'],
    [0.0004, '0.04%'],
    [0.0383, '3.8%'],
    [0.38, '38%'],
    [1, '100%'],
  ])('share %d', (share, text) => expect(shortShare(share)).toBe(text));
});

describe('bins', () => {
  const lognormal = (n: number, median: number, sigma: number): LatencyHistogram => {
    const random = createRandom(7);
    return LatencyHistogram.of(
      Float64Array.from({ length: n }, () => median * Math.exp(sigma * random.normal())),
    );
  };

  it.each([
    ['narrow', lognormal(2000, 8e6, 0.01)],
    ['usual', lognormal(2000, 8e6, 0.1)],
    ['wide', lognormal(2000, 8e6, 0.9)],
    ['very wide', lognormal(2000, 8e6, 3)],
    ['tiny', LatencyHistogram.of([1, 2, 3])],
    ['one value', LatencyHistogram.of([8e6])],
    [
      'with one request far out',
      LatencyHistogram.of([...Array.from({ length: 500 }, (_, index) => 8e6 + index * 1000), 9e9]),
    ],
  ])('%s: every request is in one bin, and there are few bins', (_name, histogram) => {
    const { bins } = binsOf(histogram, []);
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(histogram.count);
    expect(bins.length).toBeGreaterThanOrEqual(1);
    expect(bins.length).toBeLessThanOrEqual(24);
    for (const [index, bin] of bins.slice(1).entries()) expect(bin.from).toBe(bins[index]!.to);
    expect(bins[0]!.from).toBeLessThanOrEqual(histogram.min);
    expect(bins.at(-1)!.to).toBe(Infinity);
  });

  it('counts what lies between the edges', () => {
    const histogram = LatencyHistogram.of([10.1e6, 10.55e6, 11.1e6, 12.1e6, 12.15e6, 19.1e6]);
    const { bins } = binsOf(histogram, []);
    for (const bin of bins) {
      const values = [10.1e6, 10.55e6, 11.1e6, 12.1e6, 12.15e6, 19.1e6].filter(
        (value) => value >= bin.from && value < bin.to,
      );
      expect(bin.count).toBe(values.length);
    }
  });

  it('is logarithmic where linear bins would be one bar', () => {
    expect(binsOf(lognormal(2000, 8e6, 0.1), []).scale).toBe('linear');
    expect(binsOf(lognormal(2000, 8e6, 0.9), []).scale).toBe('log');
  });

  it('reaches to a limit nearby, and not to one far away', () => {
    const histogram = lognormal(2000, 8e6, 0.1);
    const covers = (mark: number): boolean => {
      const { bins } = binsOf(histogram, [mark]);
      return mark < bins.at(-1)!.from;
    };
    expect(covers(11e6)).toBe(true);
    expect(covers(200e6)).toBe(false);
  });
});

describe('bars', () => {
  it('never hides what is not zero', () => {
    expect(bar(0, 10, true)).toBe('');
    expect(bar(0.0001, 10, true)).toBe('▏');
    expect(bar(1, 10, true)).toBe('██████████');
    expect(bar(0.55, 10, true)).toBe('█████▌');
    expect(bar(0.0001, 10, false)).toBe('.');
    expect(bar(0.5, 10, false)).toBe('#####');
  });

  it('draws a line over time, the largest of what each sign stands for', () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 1, 8, 8, true)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([1, 8, 1, 1], 1, 8, 2, true)).toBe('█▁');
    expect(sparkline([5, 5, 5], 5, 5, 10, true)).toBe('▁▁▁');
    expect(sparkline([1, 8], 1, 8, 10, false)).toBe('_#');
  });
});
