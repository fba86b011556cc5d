/** Converts the elements of a tensor to another dtype, without changing what they mean. Pure. */
import { createArray, floatMax, integerRange, numberReader } from './dtypes.js';
import { encodeHalf } from './half.js';
import type { DType, TensorArray, TensorData } from './types.js';

/** Why a value cannot be converted; the caller knows the file and the input. */
export class CastError extends Error {}

const at = (index: number, value: unknown, why: string): CastError =>
  new CastError(`holds ${String(value)} at element ${index}, ${why}`);

const toIntegers = (
  source: TensorData,
  dtype: DType,
  range: readonly [bigint, bigint],
  scale: number,
): TensorArray => {
  const { data } = source;
  const target = createArray(dtype, data.length);
  const [low, high] = range;
  // 64-bit integers stay exact only as long as nothing turns them into floats.
  if (scale === 1 && (data instanceof BigInt64Array || data instanceof BigUint64Array)) {
    data.forEach((value, index) => {
      if (value < low || value > high) throw at(index, value, `beyond the range of ${dtype}`);
      setInteger(target, index, value);
    });
    return target as TensorArray;
  }
  const read = numberReader(source.dtype, data);
  for (let index = 0; index < data.length; index += 1) {
    const value = read(index) * scale;
    if (!Number.isInteger(value)) throw at(index, value, `which is no whole number, as ${dtype} needs`);
    if (value < Number(low) || value > Number(high)) throw at(index, value, `beyond the range of ${dtype}`);
    setInteger(target, index, value);
  }
  return target as TensorArray;
};

const setInteger = (target: TensorArray | null, index: number, value: number | bigint): void => {
  if (target instanceof BigInt64Array || target instanceof BigUint64Array) target[index] = BigInt(value);
  else if (target !== null && !Array.isArray(target)) target[index] = Number(value);
};

const toFloats = (source: TensorData, dtype: DType, scale: number): TensorArray => {
  const { data } = source;
  const read = numberReader(source.dtype, data);
  const largest = floatMax(dtype) ?? Number.MAX_VALUE;
  const target = createArray(dtype, data.length);
  if (target instanceof Uint16Array) {
    for (let index = 0; index < data.length; index += 1) {
      const value = read(index) * scale;
      if (Number.isFinite(value) && Math.abs(value) > largest)
        throw at(index, value, `beyond the range of ${dtype}`);
      target[index] = encodeHalf(value);
    }
  } else if (target instanceof Float32Array || target instanceof Float64Array) {
    for (let index = 0; index < data.length; index += 1) target[index] = read(index) * scale;
  }
  return target as TensorArray;
};

const toBooleans = (source: TensorData): TensorArray => {
  const read = numberReader(source.dtype, source.data);
  return Uint8Array.from({ length: source.data.length }, (_, index) => {
    const value = read(index);
    if (value !== 0 && value !== 1) throw at(index, value, 'which is neither 0 nor 1, as bool needs');
    return value;
  });
};

/**
 * The elements of `source`, each times `scale`, as `dtype`. Floats are rounded to the nearest;
 * integers and booleans are only taken when they stay what they are. The array is shared when
 * there is nothing to do.
 *
 * Throws CastError: text for numbers or numbers for text, a fraction for an integer, out of range,
 * a dtype that cannot be fed.
 */
export const castArray = (source: TensorData, dtype: DType, scale = 1): TensorArray => {
  const range = integerRange(dtype);
  if ((source.dtype === 'string') !== (dtype === 'string')) throw new CastError(`holds ${source.dtype}`);
  if (source.dtype === dtype && scale === 1) return source.data;
  if (range !== null) return toIntegers(source, dtype, range, scale);
  if (floatMax(dtype) !== null) return toFloats(source, dtype, scale);
  if (dtype === 'bool') return toBooleans(source);
  throw new CastError(`holds ${source.dtype}`);
};
