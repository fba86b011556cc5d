import { describe, expect, it } from 'vitest';
import { castArray, CastError } from '../../src/model/cast.js';
import { encodeHalf } from '../../src/model/half.js';
import type { DType, TensorArray, TensorData } from '../../src/model/types.js';

const tensor = (dtype: DType, data: TensorArray): TensorData => ({ dtype, dims: [data.length], data });

describe('castArray', () => {
  it.each<[string, TensorData, DType, number, TensorArray]>([
    [
      'images to floats',
      tensor('uint8', Uint8Array.of(0, 51, 255)),
      'float32',
      1 / 255,
      Float32Array.of(0, 0.2, 1),
    ],
    ['doubles to floats', tensor('float64', Float64Array.of(0.1)), 'float32', 1, Float32Array.of(0.1)],
    [
      'floats to halves',
      tensor('float32', Float32Array.of(1.5)),
      'float16',
      1,
      Uint16Array.of(encodeHalf(1.5)),
    ],
    [
      'halves to floats',
      tensor('float16', Uint16Array.of(encodeHalf(1.5))),
      'float32',
      2,
      Float32Array.of(3),
    ],
    ['bfloat16 to floats', tensor('bfloat16', Uint16Array.of(0x3fc0)), 'float32', 1, Float32Array.of(1.5)],
    [
      'whole numbers of JSON to int64',
      tensor('float64', Float64Array.of(-3, 7)),
      'int64',
      1,
      BigInt64Array.of(-3n, 7n),
    ],
    ['int64 to int32', tensor('int64', BigInt64Array.of(-3n)), 'int32', 1, Int32Array.of(-3)],
    ['int32 to uint64', tensor('int32', Int32Array.of(3)), 'uint64', 1, BigUint64Array.of(3n)],
    [
      'int64 to uint64 exactly',
      tensor('int64', BigInt64Array.of(2n ** 62n + 1n)),
      'uint64',
      1,
      BigUint64Array.of(2n ** 62n + 1n),
    ],
    ['bool to int64', tensor('bool', Uint8Array.of(1, 0)), 'int64', 1, BigInt64Array.of(1n, 0n)],
    ['uint8 to bool', tensor('uint8', Uint8Array.of(1, 0)), 'bool', 1, Uint8Array.of(1, 0)],
  ])('casts %s', (_, source, dtype, scale, expected) => {
    expect(castArray(source, dtype, scale)).toEqual(expected);
  });

  it('shares the array when there is nothing to do', () => {
    const data = Float32Array.of(1);
    expect(castArray(tensor('float32', data), 'float32')).toBe(data);
    const words = ['a'];
    expect(castArray(tensor('string', words), 'string')).toBe(words);
  });

  it.each<[TensorData, DType, number, string]>([
    [
      tensor('float32', Float32Array.of(1, 0.5)),
      'int64',
      1,
      'holds 0.5 at element 1, which is no whole number',
    ],
    [
      tensor('int64', BigInt64Array.of(300n)),
      'uint8',
      1,
      'holds 300 at element 0, beyond the range of uint8',
    ],
    [tensor('int16', Int16Array.of(-1)), 'uint64', 1, 'beyond the range'],
    [tensor('float32', Float32Array.of(1e6)), 'float16', 1, 'beyond the range of float16'],
    [tensor('uint8', Uint8Array.of(3)), 'int32', 0.5, 'holds 1.5'],
    [tensor('uint8', Uint8Array.of(3)), 'bool', 1, 'neither 0 nor 1'],
    [tensor('float64', Float64Array.of(Number.NaN)), 'int32', 1, 'no whole number'],
    [tensor('string', ['a']), 'float32', 1, 'holds string'],
    [tensor('float32', Float32Array.of(1)), 'string', 1, 'holds float32'],
    [tensor('float32', Float32Array.of(1)), 'bfloat16', 1, 'holds float32'],
  ])('refuses case %#', (source, dtype, scale, message) => {
    expect(() => castArray(source, dtype, scale)).toThrow(CastError);
    expect(() => castArray(source, dtype, scale)).toThrow(message);
  });
});
