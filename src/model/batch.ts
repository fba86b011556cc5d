/** Which dimension of a model's inputs is the batch. Pure. */
import type { Problem } from '../vocabulary/errors.js';
import type { InputSpec } from '../vocabulary/inputs.js';
import { suggest } from '../vocabulary/suggest.js';
import type { ValueInfo } from './types.js';

/** The rule in words, for help texts and documents. */
export const BATCH_RULE = [
  'The batch is, the first that applies:',
  '1. the dimension that `batchDim` names;',
  '2. the symbolic dimension named batch, batch_size, batchsize, batch_dim or batch_axis (case ignored) wherever',
  '   it stands, or named N or bs where it comes first in an input;',
  '3. the first dimension, when in every input that is neither a state nor a scalar it is symbolic or unnamed,',
  '   and `dims` gives it no size;',
  '4. the places where a `shape` says "batch".',
  'A dimension with the same name is the batch in every input. A state may have it at any position.',
  'Without any of these the batch is fixed: the size that all inputs begin with.',
].join('\n');

/** How an input's dimension is known: its size, its name, or as the batch because a shape says so. */
export type Entry = { readonly size: number } | { readonly name: string } | 'batch';

/** Which dimension is the batch. `names` may hold "", an unnamed first dimension. */
export type Batch =
  | { readonly kind: 'named'; readonly names: readonly string[] }
  | { readonly kind: 'leading'; readonly names: readonly string[] }
  /** No input's batch can vary; all begin with `size`. */
  | { readonly kind: 'fixed'; readonly size: number; readonly written: boolean }
  /** No dimension is the batch: a request is one item. */
  | { readonly kind: 'none' };

/** What decides about sizes: the parts of a scenario's model that name dimensions. */
export interface SizeRequest {
  readonly batchDim?: string | undefined;
  /** Sizes by dimension name. */
  readonly dims: Readonly<Record<string, number>>;
  /** By input name. */
  readonly inputs: Readonly<Record<string, InputSpec>>;
}

/** An input whose rank is known, with what is known of each dimension. */
export interface ShapedInput {
  readonly value: ValueInfo;
  readonly entries: readonly Entry[];
  readonly isState: boolean;
  /** The scenario wrote the shape out in numbers only. */
  readonly written: boolean;
}

const isSize = (entry: Entry | undefined): entry is { readonly size: number } =>
  entry !== undefined && entry !== 'batch' && 'size' in entry;

const isName = (name: string | null): name is string => name !== null;

/** Merges the model's shapes with those of the scenario; inputs of unknown rank and non-tensors are left out. */
export const shapedInputs = (
  inputs: readonly ValueInfo[],
  specs: Readonly<Record<string, InputSpec>>,
): ShapedInput[] =>
  inputs.flatMap((value) => {
    const spec = specs[value.name];
    const shape = spec?.shape ?? value.shape;
    if (value.kind !== 'tensor' || shape === null) return [];
    const entries = shape.map((dim): Entry => {
      if (typeof dim === 'number') return { size: dim };
      return dim === 'batch' && spec?.shape !== undefined ? 'batch' : { name: dim };
    });
    const written = spec?.shape !== undefined && entries.every(isSize);
    return [{ value, entries, isState: spec?.from === 'state', written }];
  });

const BATCH_NAME = /^batch(?:[_ -]?(?:size|dim|axis))?$/i;
const SHORT_BATCH_NAME = /^(?:n|bs)$/i;

const nameOf = (entry: Entry | undefined): string | null =>
  entry !== undefined && entry !== 'batch' && 'name' in entry ? entry.name : null;

/** The name by which rule 2 finds the batch; null when it finds none. */
const conventionalName = (shaped: readonly ShapedInput[]): string | null => {
  const names = shaped.flatMap((input) => input.entries.map(nameOf)).filter(isName);
  const plain = names.find((name) => BATCH_NAME.test(name));
  if (plain !== undefined) return plain;
  const first = shaped.filter((input) => !input.isState).map((input) => nameOf(input.entries[0]));
  return first.find((name) => name !== null && SHORT_BATCH_NAME.test(name)) ?? null;
};

/** The model's own names of the dimensions that a scenario's shapes call "batch"; "" for one without a name. */
const markedNames = (shaped: readonly ShapedInput[]): string[] =>
  shaped.flatMap((input) =>
    input.entries.flatMap((entry, position) => {
      const declared = input.value.shape?.[position];
      return entry === 'batch' && typeof declared === 'string' ? [declared] : [];
    }),
  );

/** Finds the batch by BATCH_RULE. Whether any input has the `batchDim` is for `batchDimProblem`. */
export const findBatch = (shaped: readonly ShapedInput[], request: SizeRequest): Batch => {
  const marked = markedNames(shaped);
  const named = (names: readonly string[]): Batch => ({
    kind: 'named',
    names: [...new Set([...names, ...marked])],
  });
  if (request.batchDim !== undefined) return named([request.batchDim]);
  const conventional = conventionalName(shaped);
  if (conventional !== null) return named([conventional]);

  const carriers = shaped.filter((input) => !input.isState && input.entries.length > 0);
  const first = carriers.map((input) => input.entries[0]);
  const canLead = (entry: Entry | undefined): boolean => {
    const name = nameOf(entry);
    return entry === 'batch' || (name !== null && !Object.hasOwn(request.dims, name));
  };
  if (carriers.length > 0 && first.every(canLead)) {
    return { kind: 'leading', names: [...new Set([...first.map(nameOf).filter(isName), ...marked])] };
  }
  if (shaped.some((input) => input.entries.includes('batch'))) return named([]);

  const [size, ...others] = new Set(first.map((entry) => (isSize(entry) ? entry.size : null)));
  if (others.length > 0 || size === null || size === undefined) return { kind: 'none' };
  return { kind: 'fixed', size, written: carriers.every((input) => input.written) };
};

/** The problem of a `batchDim` that is no dimension of the inputs; null when it is one or none is given. */
export const batchDimProblem = (
  shaped: readonly ShapedInput[],
  batchDim: string | undefined,
): Problem | null => {
  if (batchDim === undefined) return null;
  const names = [...new Set(shaped.flatMap((input) => input.entries.map(nameOf)).filter(isName))].filter(
    (name) => name !== '',
  );
  if (names.includes(batchDim)) return null;
  return {
    message: `batchDim names "${batchDim}", which no input of the model has.`,
    hint: suggest(batchDim, names, 'Its named dimensions are'),
  };
};

/**
 * The position of the batch in an input, or null when the input has none. A state may have the
 * batch anywhere: matched by name, or as its only unnamed dimension where the batch has no name.
 */
export const batchAxisOf = (input: ShapedInput, batch: Batch): number | null => {
  const { entries } = input;
  const marked = entries.indexOf('batch');
  if (marked >= 0) return marked;
  if (batch.kind === 'fixed') return !input.isState && entries.length > 0 ? 0 : null;
  if (batch.kind === 'none') return null;
  if (batch.kind === 'leading' && !input.isState && entries.length > 0) return 0;
  const named = entries.findIndex((entry) => {
    const name = nameOf(entry);
    return name !== null && name !== '' && batch.names.includes(name);
  });
  if (named >= 0) return named;
  if (!input.isState || !batch.names.includes('')) return null;
  const unnamed = entries.flatMap((entry, index) => (nameOf(entry) === '' ? [index] : []));
  return unnamed.length === 1 ? (unnamed[0] ?? null) : null;
};
