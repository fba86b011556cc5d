/** Inputs whose data comes from files, and the labelled batches made of them. */
import { UserError } from '../vocabulary/errors.js';
import type { InputSpec, LabelsSpec } from '../vocabulary/inputs.js';
import { CastError, castArray } from './cast.js';
import { readArray } from './files.js';
import { castItems, countItems, itemsTensor, type Items, type Target } from './items.js';
import { distinctBatches } from './pool.js';
import type { ResolvedShapes } from './shapes.js';
import type { Feeds, TensorData, ValueInfo } from './types.js';

type FileSpec = Extract<InputSpec, { from: 'file' }>;
type Sizes = Pick<ResolvedShapes, 'shapes' | 'batchAxes'>;

/** A file's items for one input, and how many there are. */
export interface FileInput {
  readonly value: ValueInfo;
  readonly items: Items;
  readonly count: number;
}

/** A batch with the right answers of its first `labels.length` items; the rest only fills it up. */
export interface LabelledBatch {
  readonly feeds: Feeds;
  readonly labels: readonly number[];
}

/** Items that the accuracy is computed on, at most. */
export const LABELLED_ITEMS = 1000;

const targetOf = (value: ValueInfo, sizes: Sizes): Target => ({
  value,
  shape: sizes.shapes[value.name] ?? [],
  batchAxis: sizes.batchAxes[value.name] ?? null,
});

/** Items that one request takes of an input. */
const itemsPerRequest = (value: ValueInfo, sizes: Sizes): number => {
  const { shape, batchAxis } = targetOf(value, sizes);
  return batchAxis === null ? 1 : (shape[batchAxis] ?? 1);
};

/** The inputs whose items are drawn by the batch; one item alone serves every request. */
const drawnByBatch = (files: readonly FileInput[], sizes: Sizes): FileInput[] =>
  files.filter(({ value, count }) => sizes.batchAxes[value.name] !== null && count > 1);

/**
 * Reads the files of these inputs, cast to their dtypes, and checks them against every set of
 * sizes. Throws UserError when a file can't be read, doesn't fit, or has another number of items
 * than the file of another input.
 */
export const readFileInputs = async (
  inputs: readonly { value: ValueInfo; spec: FileSpec }[],
  parts: readonly [Sizes, ...Sizes[]],
): Promise<FileInput[]> => {
  const files: FileInput[] = [];
  for (const { value, spec } of inputs) {
    const array = await readArray(spec.file, spec.array, value.name);
    const items = castItems(array, spec.file, value, spec.scale);
    const [count = 1] = parts.map((part) => countItems(items, targetOf(value, part)));
    files.push({ value, items, count });
  }
  const [first, ...others] = drawnByBatch(files, parts[0]);
  const odd = others.find(({ count }) => count !== first?.count);
  if (first !== undefined && odd !== undefined) {
    throw new UserError({
      message: `the array has ${odd.count} items for input "${odd.value.name}", while "${first.value.name}" has ${first.count}.`,
      hint: 'Items of several inputs belong together: give equally many.',
      location: { file: odd.items.file },
    });
  }
  return files;
};

/** The tensors of request `index`. */
export const fileTensors = (
  files: readonly FileInput[],
  sizes: Sizes,
  index: number,
): Record<string, TensorData> =>
  Object.fromEntries(
    files.map(({ value, items, count }) => [
      value.name,
      itemsTensor(items, count, targetOf(value, sizes), index),
    ]),
  );

/** Requests until all of these inputs come again as they were in the first. */
export const distinctFileRequests = (files: readonly FileInput[], sizes: Sizes): number =>
  files.reduce(
    (most, { value, count }) => Math.max(most, distinctBatches(count, itemsPerRequest(value, sizes))),
    1,
  );

const readLabels = async (labels: LabelsSpec, items: number): Promise<readonly number[]> => {
  const location = { file: labels.file };
  const array = await readArray(labels.file, labels.array, 'label');
  if (array.data.length !== items) {
    throw new UserError({
      message: `there are ${array.data.length} labels for ${items} items.`,
      hint: 'Give one whole number for each item, in the same order.',
      location,
    });
  }
  try {
    return Array.from(castArray(array, 'int32') as Int32Array);
  } catch (error) {
    if (!(error instanceof CastError)) throw error;
    throw new UserError({
      message: `the labels' array ${error.message}.`,
      hint: 'A label is the number of a class, from 0.',
      location,
    });
  }
};

/** Yields the batches in order; the last one is filled up from the beginning. */
function* batches(
  files: readonly FileInput[],
  sizes: Sizes,
  others: Feeds,
  labels: readonly number[],
  perRequest: number,
): Generator<LabelledBatch> {
  const items = Math.min(labels.length, LABELLED_ITEMS);
  for (let index = 0; index * perRequest < items; index += 1) {
    yield {
      feeds: { ...others, ...fileTensors(files, sizes, index) },
      labels: labels.slice(index * perRequest, Math.min(items, (index + 1) * perRequest)),
    };
  }
}

/**
 * Reads the labels and gives batches of the first LABELLED_ITEMS items with their answers, each
 * made when it is asked for. `others` fills the inputs that are not from files.
 * Throws UserError when labels and items are not equally many, or labels are no whole numbers.
 */
export const labelledBatches = async (
  labels: LabelsSpec,
  files: readonly FileInput[],
  sizes: Sizes,
  others: Feeds,
): Promise<Iterable<LabelledBatch>> => {
  const lead = drawnByBatch(files, sizes)[0] ?? files[0];
  if (lead === undefined) return [];
  const answers = await readLabels(labels, lead.count);
  return batches(files, sizes, others, answers, itemsPerRequest(lead.value, sizes));
};
