/** Element types of tensors: their ONNX numbers, sizes, ranges and arrays. */
import { decodeHalf } from './half.js';
import type { DType, TensorArray } from './types.js';

/** Anything with a length and numeric or string elements, as tensors come from a runtime. */
export type Elements = ArrayLike<number | bigint | string | boolean>;

interface DTypeRow {
  readonly name: DType;
  /** Bits of one element where elements are packed; null: no fixed size. */
  readonly bits: number | null;
}

/** By TensorProto.DataType of ONNX 1.20 (onnx.proto), from 0. */
const ROWS: readonly DTypeRow[] = [
  { name: 'undefined', bits: null },
  { name: 'float32', bits: 32 },
  { name: 'uint8', bits: 8 },
  { name: 'int8', bits: 8 },
  { name: 'uint16', bits: 16 },
  { name: 'int16', bits: 16 },
  { name: 'int32', bits: 32 },
  { name: 'int64', bits: 64 },
  { name: 'string', bits: null },
  { name: 'bool', bits: 8 },
  { name: 'float16', bits: 16 },
  { name: 'float64', bits: 64 },
  { name: 'uint32', bits: 32 },
  { name: 'uint64', bits: 64 },
  { name: 'complex64', bits: 64 },
  { name: 'complex128', bits: 128 },
  { name: 'bfloat16', bits: 16 },
  { name: 'float8e4m3fn', bits: 8 },
  { name: 'float8e4m3fnuz', bits: 8 },
  { name: 'float8e5m2', bits: 8 },
  { name: 'float8e5m2fnuz', bits: 8 },
  { name: 'uint4', bits: 4 },
  { name: 'int4', bits: 4 },
  { name: 'float4e2m1', bits: 4 },
  { name: 'float8e8m0', bits: 8 },
  { name: 'uint2', bits: 2 },
  { name: 'int2', bits: 2 },
];

/** The name of an ONNX element type; "type 99" for one that this ONNX version doesn't know. */
export const dtypeName = (elemType: number): DType => ROWS[elemType]?.name ?? `type ${elemType}`;

/** Bytes of `count` packed elements (two int4 in a byte); null when the type has no fixed size. */
export const bytesOf = (dtype: DType, count: number): number | null => {
  const bits = ROWS.find((row) => row.name === dtype)?.bits ?? null;
  return bits === null ? null : Math.ceil((count * bits) / 8);
};

/** Smallest and largest value of the integer types. */
const INTEGER_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int8: [-128n, 127n],
  uint8: [0n, 255n],
  int16: [-32_768n, 32_767n],
  uint16: [0n, 65_535n],
  int32: [-2_147_483_648n, 2_147_483_647n],
  uint32: [0n, 4_294_967_295n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** [smallest, largest] of an integer dtype; null for any other. */
export const integerRange = (dtype: DType): readonly [bigint, bigint] | null => INTEGER_RANGES[dtype] ?? null;

/** Largest finite value of the float types that can be fed. */
const FLOAT_MAX: Readonly<Record<string, number>> = {
  float16: 65_504,
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
};

/** Largest finite value of a float dtype that can be fed; null for any other. */
export const floatMax = (dtype: DType): number | null => FLOAT_MAX[dtype] ?? null;

/** A new array for `length` elements of a dtype that can be fed; null when the runtime takes no such input. */
export const createArray = (dtype: DType, length: number): TensorArray | null => {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'float16':
    case 'uint16':
      return new Uint16Array(length);
    case 'int8':
      return new Int8Array(length);
    case 'int16':
      return new Int16Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
    case 'uint32':
      return new Uint32Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'uint64':
      return new BigUint64Array(length);
    case 'string':
      return Array.from({ length }, () => '');
    default:
      return null;
  }
};

/** A typed array over `count` elements of `buffer` from byte `offset`, which must be a multiple of their size. */
export const viewOf = (dtype: DType, buffer: ArrayBufferLike, offset: number, count: number): TensorArray => {
  const array = createArray(dtype, 0);
  if (array === null || Array.isArray(array)) throw new Error(`no typed array for ${dtype}`);
  return new (array.constructor as new (
    buffer: ArrayBufferLike,
    offset: number,
    count: number,
  ) => TensorArray)(buffer, offset, count);
};

/** True when inputs of this dtype can be fed to the runtime. */
export const isFeedable = (dtype: DType): boolean => createArray(dtype, 0) !== null;

/** Number of elements of a shape; 1 for a scalar. */
export const elementsOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** A bfloat16 is the upper half of a float32. */
const decodeBfloat16 = (() => {
  const word = new Uint32Array(1);
  const float = new Float32Array(word.buffer);
  return (bits: number): number => {
    word[0] = bits << 16;
    return float[0] ?? Number.NaN;
  };
})();

/**
 * How to read an element of this data as a number: float16 and bfloat16 carried as their bits are
 * decoded, big integers and booleans are converted. Strings give NaN.
 */
export const numberReader = (dtype: DType, data: Elements): ((index: number) => number) => {
  if (dtype === 'float16' && data instanceof Uint16Array) return (index) => decodeHalf(data[index] ?? 0);
  if (dtype === 'bfloat16' && data instanceof Uint16Array) return (index) => decodeBfloat16(data[index] ?? 0);
  if (dtype === 'string') return () => Number.NaN;
  return (index) => Number(data[index]);
};
