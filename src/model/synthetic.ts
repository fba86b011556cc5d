/** Made-up input data, by dtype and as a scenario asks for it. Pure: everything comes from the seed. */
import type { Random } from '../stats/random.js';
import type { InputSpec } from '../vocabulary/inputs.js';
import { createArray, floatMax, integerRange } from './dtypes.js';
import { encodeHalf } from './half.js';
import type { DType, TensorArray } from './types.js';

/** Ways to fill an input without reading a file or an earlier output. */
export type SyntheticSpec = Exclude<InputSpec, { from: 'file' | 'state' }>;

/** Words for string inputs that nobody described: short, with an accent, of different lengths. */
const WORDS = ['latency', 'the quick brown fox', 'model', 'naïve café', 'a', 'throughput and tail'];

/**
 * Elements that are drawn one by one. An input that needs more over the whole pool repeats a block
 * of so many draws, each tensor from a random offset: all tensors differ, and a pool of large
 * images takes milliseconds instead of seconds.
 */
const BLOCK = 2 ** 20;

/** What an input is filled with when the scenario doesn't say. */
export const defaultSpec = (dtype: DType): SyntheticSpec => {
  if (dtype === 'string') return { from: 'strings', values: WORDS };
  if (dtype === 'bool' || integerRange(dtype) !== null) return { from: 'integers', min: 0, max: 1 };
  return { from: 'normal', mean: 0, stdev: 1 };
};

/** A spec in a few words, for the document: "normal(0, 1)", "integers 0..99". */
export const describeSpec = (spec: SyntheticSpec): string => {
  switch (spec.from) {
    case 'normal':
      return `normal(${spec.mean}, ${spec.stdev})`;
    case 'uniform':
    case 'integers':
      return `${spec.from} ${spec.min ?? 0}..${spec.max ?? 1}`;
    case 'constant':
      return `constant ${String(spec.value)}`;
    case 'strings':
      return `${spec.values.length} strings`;
  }
};

/** A value as the array of its dtype stores it. */
const storer = (array: TensorArray, dtype: DType): ((index: number, value: number) => void) => {
  if (array instanceof BigInt64Array || array instanceof BigUint64Array) {
    return (index, value) => {
      array[index] = BigInt(value);
    };
  }
  if (Array.isArray(array)) throw new Error('strings are not numbers');
  if (dtype === 'float16') {
    return (index, value) => {
      array[index] = encodeHalf(value);
    };
  }
  return (index, value) => {
    array[index] = value;
  };
};

const drawer = (
  spec: Exclude<SyntheticSpec, { from: 'strings' }>,
  dtype: DType,
  random: Random,
): (() => number) => {
  if (spec.from === 'constant') {
    const value = Number(spec.value);
    return () => value;
  }
  if (spec.from === 'normal') return () => spec.mean + spec.stdev * random.normal();
  const min = spec.min ?? 0;
  const max = spec.max ?? 1;
  const whole = spec.from === 'integers' || floatMax(dtype) === null;
  if (!whole) return () => min + (max - min) * random.next();
  // Rounding of a span beyond 2^53 could reach past the end.
  return () => Math.min(max, min + Math.floor(random.next() * (max - min + 1)));
};

const drawBlock = (spec: SyntheticSpec, dtype: DType, length: number, random: Random): TensorArray => {
  if (spec.from === 'strings') {
    return Array.from({ length }, () => spec.values[random.int(spec.values.length)] ?? '');
  }
  const array = createArray(dtype, length);
  if (array === null) throw new Error(`no inputs of ${dtype}`);
  if (Array.isArray(array)) return array.fill(String(spec.from === 'constant' ? spec.value : ''));
  const store = storer(array, dtype);
  const draw = drawer(spec, dtype, random);
  for (let index = 0; index < length; index += 1) store(index, draw());
  return array;
};

/** A copy of `length` elements from `start`, going round at the end. */
const wrapped = (block: TensorArray, dtype: DType, start: number, length: number): TensorArray => {
  const target = createArray(dtype, length);
  if (Array.isArray(block) || Array.isArray(target) || target === null) {
    return Array.from({ length }, (_, index) => String(block[(start + index) % block.length]));
  }
  let from = start;
  for (let at = 0; at < length;) {
    const run = Math.min(length - at, block.length - from);
    // Both arrays were made for one dtype.
    (target as Uint8Array).set(block.subarray(from, from + run) as Uint8Array, at);
    at += run;
    from = 0;
  }
  return target;
};

/**
 * Fills tensors of one input in turn; `total` is the number of elements that will be asked for
 * over all calls. Constants of one length share an array.
 */
export const createSynthetic = (
  spec: SyntheticSpec,
  dtype: DType,
  total: number,
  random: Random,
): ((length: number) => TensorArray) => {
  if (spec.from === 'constant') {
    const made = new Map<number, TensorArray>();
    return (length) => {
      const found = made.get(length) ?? drawBlock(spec, dtype, length, random);
      made.set(length, found);
      return found;
    };
  }
  const block = drawBlock(spec, dtype, Math.min(total, BLOCK), random);
  if (total > BLOCK) return (length) => wrapped(block, dtype, random.int(block.length), length);
  let taken = 0;
  return (length) => {
    taken += length;
    return block.slice(taken - length, taken);
  };
};
