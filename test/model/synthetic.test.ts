import { describe, expect, it } from 'vitest';
import { decodeHalf } from '../../src/model/half.js';
import { createSynthetic, defaultSpec, describeSpec, type SyntheticSpec } from '../../src/model/synthetic.js';
import type { TensorArray } from '../../src/model/types.js';
import { createRandom } from '../../src/stats/random.js';

const fill = (
  dtype: string,
  spec: SyntheticSpec = defaultSpec(dtype),
  length = 4000,
  seed = 1,
): TensorArray => createSynthetic(spec, dtype, length, createRandom(seed))(length);

const numbers = (data: TensorArray): number[] => Array.from(data as ArrayLike<number | bigint>, Number);
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('createSynthetic', () => {
  it('draws floats from a normal distribution by default', () => {
    for (const dtype of ['float32', 'float64', 'float16']) {
      const data = fill(dtype);
      const values = dtype === 'float16' ? numbers(data).map(decodeHalf) : numbers(data);
      // Four standard errors of a mean and a variance of 4,000 draws.
      expect(Math.abs(mean(values))).toBeLessThan(4 / Math.sqrt(4000));
      expect(Math.abs(mean(values.map((value) => value * value)) - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000));
    }
  });

  it.each(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'bool'])(
    'draws %s from 0 and 1 by default',
    (dtype) => {
      const values = numbers(fill(dtype));
      expect(new Set(values)).toEqual(new Set([0, 1]));
      expect(Math.abs(mean(values) - 0.5)).toBeLessThan((4 * 0.5) / Math.sqrt(4000));
    },
  );

  it('keeps to the ranges, both ends reached by integers', () => {
    expect(new Set(numbers(fill('int64', { from: 'integers', min: -2, max: 3 })))).toEqual(
      new Set([-2, -1, 0, 1, 2, 3]),
    );
    expect(new Set(numbers(fill('uint8', { from: 'uniform', min: 254, max: 255 })))).toEqual(
      new Set([254, 255]),
    );
    expect(new Set(numbers(fill('float32', { from: 'integers', min: 1, max: 2 })))).toEqual(new Set([1, 2]));
    const uniform = numbers(fill('float32', { from: 'uniform', min: 10, max: 20 }));
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...uniform)).toBeLessThanOrEqual(20);
    expect(new Set(uniform).size).toBeGreaterThan(3000);
    const ids = numbers(fill('int64', { from: 'integers', min: -(2 ** 53), max: 2 ** 53 }));
    expect(Math.min(...ids)).toBeLessThan(-(2 ** 51));
    expect(Math.max(...ids)).toBeGreaterThan(2 ** 51);
  });

  it('fills with constants and with strings', () => {
    expect(numbers(fill('int64', { from: 'constant', value: 16_000 }, 3))).toEqual([16_000, 16_000, 16_000]);
    expect(numbers(fill('bool', { from: 'constant', value: true }, 2))).toEqual([1, 1]);
    expect(numbers(fill('float16', { from: 'constant', value: 1 }, 1))).toEqual([0x3c00]);
    expect(fill('string', { from: 'constant', value: 'a' }, 2)).toEqual(['a', 'a']);
    expect(new Set(fill('string', { from: 'strings', values: ['a', 'b'] }) as string[])).toEqual(
      new Set(['a', 'b']),
    );
    expect(new Set(fill('string') as string[]).size).toBeGreaterThan(3);
  });

  it('gives one constant array for all tensors of a length', () => {
    const take = createSynthetic({ from: 'constant', value: 1 }, 'int64', 100, createRandom(1));
    expect(take(5)).toBe(take(5));
    expect(take(6)).toHaveLength(6);
  });

  it('draws the same from the same seed, and each tensor anew', () => {
    expect(fill('float32')).toEqual(fill('float32'));
    expect(fill('float32', undefined, 4000, 2)).not.toEqual(fill('float32'));
    const take = createSynthetic(defaultSpec('float32'), 'float32', 8, createRandom(1));
    expect(take(4)).not.toEqual(take(4));
  });

  it('repeats a block from different places when the pool is large', () => {
    const length = 1_500_000;
    for (const [dtype, spec] of [
      ['uint8', { from: 'integers', max: 255 }],
      ['string', { from: 'strings', values: ['a', 'b', 'c'] }],
    ] as const) {
      const take = createSynthetic(spec, dtype, 2 * length, createRandom(1));
      const [first, second] = [take(length), take(length)];
      expect(first).toHaveLength(length);
      expect(first.slice(0, 50)).not.toEqual(second.slice(0, 50));
      expect(first.slice(0, 50)).toEqual(first.slice(2 ** 20, 2 ** 20 + 50));
      expect(first.at(-1)).toEqual(first.at(-1 - 2 ** 20));
    }
  });
});

it('says what an input is filled with', () => {
  expect(describeSpec(defaultSpec('float32'))).toBe('normal(0, 1)');
  expect(describeSpec(defaultSpec('int64'))).toBe('integers 0..1');
  expect(describeSpec({ from: 'uniform', min: -1 })).toBe('uniform -1..1');
  expect(describeSpec({ from: 'constant', value: 16_000 })).toBe('constant 16000');
  expect(describeSpec({ from: 'strings', values: ['a', 'b'] })).toBe('2 strings');
});
