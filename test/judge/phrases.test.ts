import { describe, expect, it } from 'vitest';
import { roundLimit } from '../../src/judge/flips.js';
import { formatBeside, formatLevel, formatRatio, listOf } from '../../src/judge/phrases.js';
import { MS } from '../helpers/results.js';

describe('numbers in sentences', () => {
  it('levels have no idle decimals', () => {
    expect([0.95, 0.9, 1 - 0.05 / 3, 0.995].map(formatLevel)).toEqual(['95%', '90%', '98.3%', '99.5%']);
  });

  it('a value never looks like the limit that it is not', () => {
    expect(formatBeside('duration', 10 * MS, 10 * MS)).toBe('10.0 ms');
    expect(formatBeside('duration', 10 * MS + 1, 10 * MS)).toBe('just over 10.0 ms');
    expect(formatBeside('duration', 10 * MS - 1, 10 * MS)).toBe('just under 10.0 ms');
    expect(formatBeside('duration', 12 * MS, 10 * MS)).toBe('12.0 ms');
    expect(formatBeside('rate', 199.99, 200)).toBe('just under 200/s');
  });

  it('a ratio is a change, with its interval where there is one', () => {
    expect(formatRatio(1.22, { low: 1.18, high: 1.26, level: 0.95, method: 'x' })).toBe(
      '+22.0%, 95%: +18.0% to +26.0%',
    );
    expect(formatRatio(0.5, null)).toBe('-50.0%');
  });

  it('lists read as lists', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listOf)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });
});

describe('roundLimit', () => {
  it.each([
    ['duration', 12_345_678, true, 12_400_000],
    ['duration', 12_345_678, false, 12_300_000],
    ['duration', 10_000_000, true, 10_000_000],
    ['duration', 10_000_000, false, 10_000_000],
    ['duration', 999_500, true, 1_000_000],
    ['rate', 0.123456, false, 0.123],
    ['rate', 0.07, true, 0.07],
    ['share', 0.98765, false, 0.987],
    ['size', 120 * 2 ** 20 + 1, true, 121 * 2 ** 20],
    ['size', 120 * 2 ** 20, true, 120 * 2 ** 20],
    ['duration', 0, true, 0],
  ] as const)('%s %d, from above %s: %d', (kind, bound, upper, limit) => {
    expect(roundLimit(kind, bound, upper)).toBe(limit);
  });
});
