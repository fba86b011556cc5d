/** Items of a file as the batches of an input. Pure. */
import { UserError } from '../vocabulary/errors.js';
import { CastError, castArray } from './cast.js';
import { createArray, elementsOf } from './dtypes.js';
import type { TensorArray, TensorData, ValueInfo } from './types.js';

/** The array of a file, cast to the dtype of the input that it fills. */
export interface Items {
  readonly file: string;
  readonly dims: readonly number[];
  readonly data: TensorArray;
}

/** How an input is to be filled: its concrete shape, and where the batch stands in it. */
export interface Target {
  readonly value: ValueInfo;
  readonly shape: readonly number[];
  readonly batchAxis: number | null;
}

const format = (dims: readonly number[]): string => (dims.length === 0 ? 'a scalar' : dims.join(' x '));

/** Casts a file's array for an input. Throws UserError when its values don't fit the input's dtype. */
export const castItems = (
  array: TensorData,
  file: string,
  value: ValueInfo,
  scale: number | undefined,
): Items => {
  try {
    return { file, dims: array.dims, data: castArray(array, value.dtype, scale) };
  } catch (error) {
    if (!(error instanceof CastError)) throw error;
    throw new UserError({
      message: `the array ${error.message}; input "${value.name}" takes ${value.dtype}.`,
      hint: 'Convert the array, or give its values another scale.',
      location: { file },
    });
  }
};

const without = (shape: readonly number[], axis: number | null): readonly number[] =>
  axis === null ? shape : shape.filter((_, position) => position !== axis);

const sameSizes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, position) => size === b[position]);

const squeezed = (shape: readonly number[]): readonly number[] => shape.filter((size) => size !== 1);

/**
 * How many items an array holds for an input: its first dimension when the rest is the shape of an
 * item, or one when all of it is. Dimensions of size 1 may be left out or added (N x 28 x 28 for
 * N x 1 x 28 x 28). Throws UserError when the sizes don't match.
 */
export const countItems = (items: Items, target: Target): number => {
  const item = without(target.shape, target.batchAxis);
  const [count = 0, ...rest] = items.dims;
  const many = (matches: (a: readonly number[]) => boolean): number | null => {
    if (items.dims.length > 0 && matches(rest)) return count;
    return matches(items.dims) ? 1 : null;
  };
  const found =
    many((dims) => sameSizes(dims, item)) ?? many((dims) => sameSizes(squeezed(dims), squeezed(item)));
  if (found === null) {
    throw new UserError({
      message: `the array is ${format(items.dims)}; input "${target.value.name}" takes items of ${format(item)}.`,
      hint: 'Change the array, or the sizes of the input (dims, shape).',
      location: { file: items.file },
    });
  }
  if (found === 0)
    throw new UserError({ message: 'the array has no items.', location: { file: items.file } });
  return found;
};

/**
 * The tensor of request `index`: with b items a request, items index*b to index*b + b-1, going
 * round at the end. An input without a batch takes one item, item `index`.
 */
export const itemsTensor = (items: Items, count: number, target: Target, index: number): TensorData => {
  const { shape, batchAxis, value } = target;
  const batch = batchAxis === null ? 1 : (shape[batchAxis] ?? 1);
  const outer = batchAxis === null ? 1 : elementsOf(shape.slice(0, batchAxis));
  const inner = elementsOf(shape) / (outer * batch || 1);
  const data = createArray(value.dtype, elementsOf(shape));
  for (let slot = 0; slot < batch; slot += 1) {
    const item = (index * batch + slot) % count;
    for (let row = 0; row < outer; row += 1) {
      const from = (item * outer + row) * inner;
      copy(items.data, from, from + inner, data, (row * batch + slot) * inner);
    }
  }
  return { dtype: value.dtype, dims: shape, data: data as TensorArray };
};

/** Copies between arrays of one dtype. */
const copy = (
  source: TensorArray,
  from: number,
  to: number,
  target: TensorArray | null,
  at: number,
): void => {
  if (Array.isArray(source) || Array.isArray(target)) {
    for (let index = from; index < to; index += 1)
      (target as string[])[at + index - from] = String(source[index]);
  } else {
    (target as Uint8Array).set(source.subarray(from, to) as Uint8Array, at);
  }
};
