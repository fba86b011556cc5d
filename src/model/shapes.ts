/** Concrete shapes for the inputs of a model, or what is missing to know them. Pure. */
import type { Problem } from '../vocabulary/errors.js';
import { suggest } from '../vocabulary/suggest.js';
import {
  batchAxisOf,
  batchDimProblem,
  findBatch,
  shapedInputs,
  type Batch,
  type Entry,
  type ShapedInput,
  type SizeRequest,
} from './batch.js';
import type { ValueInfo } from './types.js';

export interface ShapeRequest extends SizeRequest {
  /** Items in one request. */
  readonly batch: number;
}

/** Every input with its sizes. */
export interface ResolvedShapes {
  /** Concrete sizes by input name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Position of the batch by input name; null for an input without one. */
  readonly batchAxes: Readonly<Record<string, number | null>>;
  readonly batch: Batch;
}

/** A size that the model leaves open and nobody gave. `dim` is "" when it has no name. */
export interface MissingSize {
  readonly input: string;
  /** Position in the shape, from 0; null when not even the rank is known. */
  readonly position: number | null;
  readonly dim: string;
}

/** A name as a YAML flow mapping takes it. */
const yamlName = (name: string): string => (/^[A-Za-z_][\w.]*$/.test(name) ? name : JSON.stringify(name));

/** A shape for people: "batch x 3 x ? x width". */
export const formatShape = (shape: readonly (number | string)[] | null): string => {
  if (shape === null) return 'unknown rank';
  return shape.length === 0 ? 'scalar' : shape.map((dim) => (dim === '' ? '?' : String(dim))).join(' x ');
};

/** Why the shape that a scenario gives to an input cannot be. */
const overrideProblems = (
  value: ValueInfo,
  shape: readonly (number | string)[],
  batch: number,
): Problem[] => {
  const declared = value.shape;
  const bad = shape.find((entry) => typeof entry === 'number' && (!Number.isInteger(entry) || entry < 1));
  if (bad !== undefined) {
    return [
      {
        message: `input "${value.name}": shape has ${bad}.`,
        hint: 'A size is a whole number from 1, "batch" or the name of a dimension.',
      },
    ];
  }
  if (declared === null) return [];
  if (declared.length !== shape.length) {
    return [
      {
        message: `input "${value.name}": shape has ${shape.length} sizes, the model's has ${declared.length} (${formatShape(declared)}).`,
        hint: 'Give one entry for each.',
      },
    ];
  }
  return shape.flatMap((entry, position): Problem[] => {
    const fixed = declared[position];
    if (typeof fixed !== 'number') return [];
    if (entry === 'batch') return fixed === batch ? [] : [fixedBatchProblem(fixed, batch)];
    if (entry === fixed) return [];
    return [
      {
        message: `input "${value.name}": shape has ${entry} at position ${position}, where the model has ${fixed} (${formatShape(declared)}).`,
        hint: `Write ${fixed} there.`,
      },
    ];
  });
};

const fixedBatchProblem = (size: number, batch: number): Problem =>
  size === 1
    ? {
        message: `the model's batch is fixed at 1; asked for ${batch}:`,
        hint: `export with a dynamic batch or leave out batch: [${batch}].`,
      }
    : {
        message: `the model's batch is fixed at ${size}; asked for ${batch}:`,
        hint: `say batch: [${size}], or, if its inputs have no batch, write their shapes out: inputs: {NAME: {shape: [${size}, ...]}}.`,
      };

const batchSizeProblem = (batch: Batch, size: number, shaped: readonly ShapedInput[]): Problem | null => {
  if (batch.kind === 'fixed') {
    const accepted = size === batch.size || (size === 1 && batch.written);
    return accepted ? null : fixedBatchProblem(batch.size, size);
  }
  if (batch.kind !== 'none' || size === 1) return null;
  const shapes = shaped.map((input) => `${input.value.name}: ${formatShape(input.value.shape)}`).join(', ');
  return {
    message: `the model's inputs have no batch dimension (${shapes || 'no inputs'}); asked for ${size}:`,
    hint: `name it with batchDim, export with a dynamic batch, or leave out batch: [${size}].`,
  };
};

/** Names in `dims` that stand for no dimension of the model, or for the batch. */
const dimsProblems = (request: ShapeRequest, shaped: readonly ShapedInput[], batch: Batch): Problem[] => {
  const names = shaped.flatMap((input) =>
    input.entries.flatMap((entry) =>
      entry !== 'batch' && 'name' in entry && entry.name !== '' ? [entry.name] : [],
    ),
  );
  const batchNames = batch.kind === 'named' || batch.kind === 'leading' ? batch.names : [];
  const sizable = [...new Set(names)].filter((name) => !batchNames.includes(name));
  return Object.keys(request.dims).flatMap((name): Problem[] => {
    if (batchNames.includes(name)) {
      return [
        {
          message: `dims gives "${name}" a size, but that is the batch.`,
          hint: `Use batch: [${request.dims[name]}] instead, or name another dimension with batchDim.`,
        },
      ];
    }
    if (sizable.includes(name)) return [];
    return [
      {
        message: `the model has no dimension "${name}" to give a size.`,
        hint: suggest(name, sizable, 'Its named dimensions are'),
      },
    ];
  });
};

type Sized =
  | { readonly sizes: readonly number[]; readonly axis: number | null }
  | { readonly missing: MissingSize[] };

const sizesOf = (input: ShapedInput, request: ShapeRequest, batch: Batch): Sized => {
  const axis = batchAxisOf(input, batch);
  const missing: MissingSize[] = [];
  const sizes = input.entries.map((entry, position) => {
    if (entry !== 'batch' && 'size' in entry) return entry.size;
    if (position === axis || isBatch(entry, batch)) return request.batch;
    const dim = entry === 'batch' ? '' : entry.name;
    const given = dim !== '' && Object.hasOwn(request.dims, dim) ? request.dims[dim] : undefined;
    if (given === undefined) missing.push({ input: input.value.name, position, dim });
    return given ?? 0;
  });
  return missing.length > 0 ? { missing } : { sizes, axis };
};

/** The same name is the same size wherever it stands. */
const isBatch = (entry: Entry, batch: Batch): boolean =>
  entry === 'batch' ||
  ((batch.kind === 'named' || batch.kind === 'leading') &&
    'name' in entry &&
    entry.name !== '' &&
    batch.names.includes(entry.name));

const tensorsOf = (inputs: readonly ValueInfo[]): readonly ValueInfo[] =>
  inputs.filter((value) => value.kind === 'tensor');

/** Inputs whose rank neither the model nor the scenario tells. */
const rankless = (inputs: readonly ValueInfo[], request: SizeRequest): MissingSize[] =>
  tensorsOf(inputs)
    .filter((value) => value.shape === null && request.inputs[value.name]?.shape === undefined)
    .map((value) => ({ input: value.name, position: null, dim: '' }));

/** The sizes that the model leaves open and the request doesn't give, in the order of the inputs. */
export const missingSizes = (inputs: readonly ValueInfo[], request: ShapeRequest): MissingSize[] => {
  const shaped = shapedInputs(inputs, request.inputs);
  const batch = findBatch(shaped, request);
  const open = shaped.flatMap((input) => {
    const sized = sizesOf(input, request, batch);
    return 'missing' in sized ? sized.missing : [];
  });
  return [...rankless(inputs, request), ...open];
};

const missingProblems = (
  missing: readonly MissingSize[],
  shaped: readonly ShapedInput[],
  batch: Batch,
): Problem[] => {
  const problems: Problem[] = [];
  const named = new Set(missing.filter((size) => size.dim !== '').map((size) => size.dim));
  for (const dim of named) {
    const users = [...new Set(missing.filter((size) => size.dim === dim).map((size) => `"${size.input}"`))];
    const asBatch =
      batch.kind === 'none' || batch.kind === 'fixed'
        ? `, or name it as the batch with batchDim: ${yamlName(dim)}`
        : '';
    problems.push({
      message: `dimension "${dim}" of input ${users.join(', ')} has no size, and it cannot be guessed.`,
      hint: `Give it one, dims: {${yamlName(dim)}: ...} or --dims ${dim}=<size>${asBatch}.`,
    });
  }
  const unnamed = new Set(missing.filter((size) => size.dim === '').map((size) => size.input));
  for (const name of unnamed) {
    const input = shaped.find((candidate) => candidate.value.name === name);
    const axis = input === undefined ? null : batchAxisOf(input, batch);
    const shape = input?.entries.map((entry, position) => {
      if (entry === 'batch' || position === axis) return 'batch';
      if ('size' in entry) return String(entry.size);
      return entry.name === '' ? '...' : yamlName(entry.name);
    });
    const what =
      input === undefined
        ? 'an unknown number of dimensions'
        : `dimensions without name or size (${formatShape(input.value.shape)})`;
    problems.push({
      message: `input "${name}" has ${what}, and they cannot be guessed.`,
      hint: `Give its shape, inputs: {${yamlName(name)}: {shape: [${shape?.join(', ') ?? 'batch, ...'}]}}.`,
    });
  }
  return problems;
};

/**
 * The concrete shape of every tensor input for one batch size and one set of sizes, or every
 * problem that stands in the way: a size that cannot be guessed, a batch that the model cannot
 * take, a name in `dims` or `batchDim` that the model doesn't have, a `shape` that doesn't fit.
 */
export const resolveShapes = (
  inputs: readonly ValueInfo[],
  request: ShapeRequest,
): ResolvedShapes | Problem[] => {
  const misfits = tensorsOf(inputs).flatMap((value) => {
    const shape = request.inputs[value.name]?.shape;
    return shape === undefined ? [] : overrideProblems(value, shape, request.batch);
  });
  if (misfits.length > 0) return misfits;

  const shaped = shapedInputs(inputs, request.inputs);
  // Without the right batch, everything else would be judged wrongly.
  const misnamed = batchDimProblem(shaped, request.batchDim);
  if (misnamed !== null) return [misnamed];

  const batch = findBatch(shaped, request);
  const problems = [
    batchSizeProblem(batch, request.batch, shaped),
    ...dimsProblems(request, shaped, batch),
    ...missingProblems(missingSizes(inputs, request), shaped, batch),
  ].filter((problem) => problem !== null);
  if (problems.length > 0) return problems;

  const shapes: Record<string, readonly number[]> = {};
  const batchAxes: Record<string, number | null> = {};
  for (const input of shaped) {
    const sized = sizesOf(input, request, batch);
    if ('missing' in sized) continue;
    shapes[input.value.name] = sized.sizes;
    batchAxes[input.value.name] = sized.axis;
  }
  return { shapes, batchAxes, batch };
};
