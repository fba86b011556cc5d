import { describe, expect, it } from 'vitest';
import { top1 } from '../../src/model/accuracy.js';
import { encodeHalf } from '../../src/model/half.js';

const floats = (dims: number[], values: number[]) => ({
  dtype: 'float32',
  dims,
  data: Float32Array.from(values),
});

describe('top1', () => {
  it('takes the class with the largest score of each row', () => {
    const scores = [0.1, 0.7, 0.2, 5, -1, -2, -3, -2, -1];
    expect(top1(floats([3, 3], scores), [1, 0, 2])).toEqual({ correct: 3, n: 3 });
    expect(top1(floats([3, 3], scores), [1, 1, 1])).toEqual({ correct: 1, n: 3 });
    expect(top1(floats([3, 3, 1, 1], scores), [1, 0, 2])).toEqual({ correct: 3, n: 3 });
  });

  it('looks only at rows with a label: the rest of the last batch is filling', () => {
    expect(top1(floats([3, 2], [1, 0, 1, 0, 1, 0]), [0, 1])).toEqual({ correct: 1, n: 2 });
    expect(top1(floats([3, 2], [1, 0, 1, 0, 1, 0]), [])).toEqual({ correct: 0, n: 0 });
  });

  it('decodes half floats: their bits sort negative numbers the wrong way', () => {
    const data = Uint16Array.from([-1, -2, 3, 4].map(encodeHalf));
    expect(top1({ dtype: 'float16', dims: [2, 2], data }, [0, 1])).toEqual({ correct: 2, n: 2 });
  });

  it('takes one column of floats as the score of class 1', () => {
    expect(top1(floats([4, 1], [0.5, 0.49, 0.9, 0.1]), [1, 0, 0, 0])).toEqual({ correct: 3, n: 4 });
    expect(top1(floats([2], [0.7, 0.2]), [1, 0])).toEqual({ correct: 2, n: 2 });
  });

  it('takes one column of integers as the answer', () => {
    const data = BigInt64Array.of(7n, 3n);
    expect(top1({ dtype: 'int64', dims: [2], data }, [7, 2])).toEqual({ correct: 1, n: 2 });
  });

  it('never counts a row of NaN as right, and takes the first of equal scores', () => {
    const nan = Number.NaN;
    expect(top1(floats([2, 2], [nan, nan, nan, 1]), [0, 1])).toEqual({ correct: 1, n: 2 });
    expect(top1(floats([1, 3], [2, 2, 1]), [0])).toEqual({ correct: 1, n: 1 });
    expect(top1(floats([1, 2], [-Infinity, -Infinity]), [0])).toEqual({ correct: 1, n: 1 });
  });

  it.each([
    [floats([2, 3, 4], []), [0], '2 x 3 x 4 of float32'],
    [floats([], [1]), [0], 'a scalar'],
    [floats([1, 2], [1, 0]), [0, 1], '1 x 2'],
    [{ dtype: 'string', dims: [1], data: ['a'] }, [0], 'string'],
  ])('refuses what are no scores, case %#', (output, labels, message) => {
    expect(() => top1(output, labels)).toThrow(
      `labels need an output of batch x classes; this one is ${message}`.slice(0, 40),
    );
    expect(() => top1(output, labels)).toThrow(message);
  });
});
