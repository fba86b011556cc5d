/** Top-1 accuracy from the scores of a classifier. Pure. */
import { UserError } from '../vocabulary/errors.js';
import { integerRange, numberReader, type Elements } from './dtypes.js';
import type { DType } from './types.js';

/** A tensor as a runtime returns it. */
export interface OutputTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/** From here on a single score means class 1. */
const THRESHOLD = 0.5;

/** Without the dimensions of size 1 behind the first: [8, 10, 1, 1] is [8, 10]. */
const squeezed = (dims: readonly number[]): readonly number[] =>
  dims.filter((size, position) => position === 0 || size !== 1);

/** The class of the largest of `classes` scores from `start`; the first of equals; -1 when all are NaN. */
const argmax = (read: (index: number) => number, start: number, classes: number): number => {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < classes; index += 1) {
    const score = read(start + index);
    if (score > most || (best < 0 && score === most)) {
      best = index;
      most = score;
    }
  }
  return best;
};

/**
 * How many of the first `labels.length` rows of an output are right. [batch, classes] is scores:
 * the class with the largest one answers. One column of floats is the score of class 1, which
 * answers from 0.5 on. One column of integers is the answer itself.
 *
 * Throws UserError when the output is neither, or has fewer rows than labels.
 */
export const top1 = (output: OutputTensor, labels: readonly number[]): { correct: number; n: number } => {
  const { dtype, dims } = output;
  const [rows = 0, classes = 1, ...more] = squeezed(dims);
  if (dims.length === 0 || more.length > 0 || dtype === 'string' || rows < labels.length) {
    throw new UserError({
      message: `labels need an output of batch x classes; this one is ${dims.join(' x ') || 'a scalar'} of ${dtype}.`,
      hint: 'Name another one: labels: {output: ...}.',
    });
  }
  const read = numberReader(dtype, output.data as Elements);
  const isAnswer = classes === 1 && integerRange(dtype) !== null;
  const answerOf = (row: number): number => {
    if (isAnswer) return read(row);
    return classes === 1 ? Number(read(row) >= THRESHOLD) : argmax(read, row * classes, classes);
  };
  const correct = labels.filter((label, row) => answerOf(row) === label).length;
  return { correct, n: labels.length };
};
