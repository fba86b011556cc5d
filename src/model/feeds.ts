/**
 * The pool of requests that a round rotates over, so that no cache sees one input all the time:
 * synthetic, from files, or both; the initial states; and batches with labels for the accuracy.
 */
import { basename } from 'node:path';
import { createRandom, deriveSeed } from '../stats/random.js';
import { UserError, type Problem } from '../vocabulary/errors.js';
import type { InputSpec, LabelsSpec } from '../vocabulary/inputs.js';
import { isMix } from '../vocabulary/mix.js';
import type { Dims } from '../vocabulary/params.js';
import { formatBytes } from '../vocabulary/units.js';
import type { Batch } from './batch.js';
import { checkInputs, type ModelEnds } from './check.js';
import { bytesOf, elementsOf } from './dtypes.js';
import {
  distinctFileRequests,
  fileTensors,
  labelledBatches,
  readFileInputs,
  type FileInput,
  type LabelledBatch,
} from './file-inputs.js';
import { arrangePool } from './pool.js';
import { resolveShapes, type ResolvedShapes } from './shapes.js';
import { createSynthetic, defaultSpec, describeSpec, type SyntheticSpec } from './synthetic.js';
import type { DType, Feeds, TensorData, ValueInfo } from './types.js';

export interface FeedsRequest {
  readonly info: ModelEnds;
  /** By input name; an input that is not named is synthetic by its dtype. */
  readonly specs: Readonly<Record<string, InputSpec>>;
  readonly batchDim?: string;
  readonly batch: number;
  readonly dims: Dims;
  /** Distinct requests to prepare. */
  readonly pool: number;
  readonly labels?: LabelsSpec;
  readonly seed: number;
}

export interface BuiltFeeds {
  /** The requests, each without the inputs that are states. */
  readonly feeds: readonly Feeds[];
  /** The sizes of the named dimensions of each request. */
  readonly dims: readonly Readonly<Record<string, number>>[];
  /** Which output becomes which input of the next request. */
  readonly states: readonly { readonly input: string; readonly output: string }[];
  /** The states of the first request. */
  readonly initialStates: Feeds;
  /** How the batch was found. */
  readonly batch: Batch;
  /** Where the inputs come from and why there are fewer than asked for, in a line without paths. */
  readonly source: string;
  /** With labels: reads them, and gives batches of the labelled items as they are asked for. */
  readonly labelled?: () => Promise<Iterable<LabelledBatch>>;
}

/** Memory that a pool may take. */
const POOL_BYTES = 256 * 2 ** 20;

/** What a string counts for when the pool is sized. */
const STRING_BYTES = 64;

type Parts = readonly [Part, ...Part[]];
type Part = ResolvedShapes & { readonly dims: Readonly<Record<string, number>>; readonly weight: number };
type StateSpec = Extract<InputSpec, { from: 'state' }>;
type FileSpec = Extract<InputSpec, { from: 'file' }>;

/** The inputs by where their data comes from. */
interface Sorted {
  readonly states: readonly { value: ValueInfo; spec: StateSpec }[];
  readonly files: readonly { value: ValueInfo; spec: FileSpec }[];
  readonly synthetic: readonly { value: ValueInfo; spec: SyntheticSpec }[];
}

const resolveParts = (request: FeedsRequest): Parts => {
  const { info, specs, batch, batchDim, labels, dims } = request;
  const parts = isMix(dims) ? dims.mix : [{ weight: 1, dims }];
  const problems = new Map<string, Problem>();
  const add = (found: readonly Problem[]): void =>
    found.forEach((problem) => problems.set(problem.message, problem));
  add(checkInputs(info, { inputs: specs, labels }));
  const resolved = parts.flatMap(({ weight, dims }) => {
    const part = resolveShapes(info.inputs, { inputs: specs, batch, batchDim, dims });
    if (!Array.isArray(part)) return [{ ...part, dims, weight }];
    add(part);
    return [];
  });
  if (problems.size > 0) throw new UserError([...problems.values()]);
  const [first, ...others] = resolved;
  if (first === undefined) throw new Error('a mix has at least one part');
  return [first, ...others];
};

const sortInputs = ({ info, specs }: FeedsRequest): Sorted => {
  const sorted = {
    states: [] as Sorted['states'][number][],
    files: [] as Sorted['files'][number][],
    synthetic: [] as Sorted['synthetic'][number][],
  };
  for (const value of info.inputs) {
    const spec =
      (Object.hasOwn(specs, value.name) ? specs[value.name] : undefined) ?? defaultSpec(value.dtype);
    if (spec.from === 'state') sorted.states.push({ value, spec });
    else if (spec.from === 'file') sorted.files.push({ value, spec });
    else sorted.synthetic.push({ value, spec });
  }
  return sorted;
};

const bytesFor = (dtype: DType, shape: readonly number[]): number =>
  bytesOf(dtype, elementsOf(shape)) ?? elementsOf(shape) * STRING_BYTES;

/** Requests until the first comes again; Infinity when a synthetic input never does. */
const distinctRequests = (sorted: Sorted, files: readonly FileInput[], part: Part): number =>
  sorted.synthetic.some(({ spec }) => spec.from !== 'constant')
    ? Number.POSITIVE_INFINITY
    : distinctFileRequests(files, part);

/** How many requests there will be, and why not as many as asked for. */
const sizePool = (
  request: FeedsRequest,
  sorted: Sorted,
  files: readonly FileInput[],
  parts: Parts,
): { size: number; note: string } => {
  const asked = Math.max(1, request.pool, parts.length);
  const distinct = parts.length === 1 ? distinctRequests(sorted, files, parts[0]) : asked;
  const varying = [...sorted.files, ...sorted.synthetic.filter(({ spec }) => spec.from !== 'constant')];
  const weights = parts.reduce((sum, part) => sum + part.weight, 0);
  const mean = parts.reduce((sum, part) => {
    const bytes = varying.reduce(
      (all, { value }) => all + bytesFor(value.dtype, part.shapes[value.name] ?? []),
      0,
    );
    return sum + (part.weight / weights) * bytes;
  }, 0);
  const affordable = Math.max(parts.length, Math.floor(POOL_BYTES / Math.max(1, mean)));
  const size = Math.min(asked, distinct, affordable);
  if (size === asked) return { size, note: '' };
  const why =
    distinct <= affordable ? 'no more are distinct' : `more would take over ${formatBytes(POOL_BYTES)}`;
  return { size, note: `; ${size} instead of ${asked} requests, ${why}` };
};

const describeSource = (sorted: Sorted, files: readonly FileInput[]): string => {
  const byWhat = new Map<string, string[]>();
  const add = (what: string, name: string): void => {
    byWhat.set(what, [...(byWhat.get(what) ?? []), name]);
  };
  for (const { value, items, count } of files) add(`${basename(items.file)} (${count} items)`, value.name);
  for (const { value, spec } of sorted.synthetic) add(describeSpec(spec), value.name);
  for (const { value, spec } of sorted.states) add(`state from ${spec.output}`, value.name);
  const groups = [...byWhat].map(
    ([what, names]) => `${names.length > 3 ? `${names.length} inputs` : names.join(', ')}: ${what}`,
  );
  return groups.length === 0 ? 'no inputs' : groups.join('; ');
};

const initialStates = (states: Sorted['states'], parts: readonly Part[]): Feeds => {
  const tensors: Record<string, TensorData> = {};
  for (const { value, spec } of states) {
    const [shape = [], ...others] = parts.map((part) => part.shapes[value.name] ?? []);
    if (others.some((other) => other.join() !== shape.join())) {
      throw new UserError({
        message: `state "${value.name}" has another shape in each part of the mix, so it cannot be fed from one request to the next.`,
        hint: 'Measure the sizes as a sweep (dims), not as a mix.',
      });
    }
    const fill = createSynthetic({ from: 'constant', value: spec.initial }, value.dtype, 0, createRandom(0));
    tensors[value.name] = { dtype: value.dtype, dims: shape, data: fill(elementsOf(shape)) };
  }
  return tensors;
};

const buildPool = (
  request: FeedsRequest,
  sorted: Sorted,
  files: readonly FileInput[],
  order: readonly Part[],
): Feeds[] => {
  const pool = order.map((part, index) => fileTensors(files, part, index));
  for (const { value, spec } of sorted.synthetic) {
    const shapes = order.map((part) => part.shapes[value.name] ?? []);
    const total = shapes.reduce((sum, shape) => sum + elementsOf(shape), 0);
    const take = createSynthetic(
      spec,
      value.dtype,
      total,
      createRandom(deriveSeed(request.seed, 'input', value.name)),
    );
    shapes.forEach((dims, index) => {
      const tensors = pool[index];
      if (tensors !== undefined)
        tensors[value.name] = { dtype: value.dtype, dims, data: take(elementsOf(dims)) };
    });
  }
  return pool;
};

/**
 * Makes the pool for one cell: for a mix, the requests are shared out by weight and shuffled. Equal
 * requests give equal pools. The pool is smaller than asked for when its inputs are not that many,
 * or when it would take over 256 MiB; `source` says so.
 *
 * Throws UserError for everything checkInputs and resolveShapes find, and for files that cannot be
 * read or don't fit.
 */
export const buildFeeds = async (request: FeedsRequest): Promise<BuiltFeeds> => {
  const parts = resolveParts(request);
  const [first] = parts;
  const sorted = sortInputs(request);
  const files = await readFileInputs(sorted.files, parts);
  const { size, note } = sizePool(request, sorted, files, parts);
  const random = createRandom(deriveSeed(request.seed, 'mix'));
  const weights = parts.map((part) => part.weight);
  const order = arrangePool(weights, size, random).map((part) => parts[part] ?? first);
  const feeds = buildPool(request, sorted, files, order);
  const { labels } = request;
  return {
    feeds,
    dims: order.map((part) => part.dims),
    states: sorted.states.map(({ value, spec }) => ({ input: value.name, output: spec.output })),
    initialStates: initialStates(sorted.states, parts),
    batch: first.batch,
    source: describeSource(sorted, files) + note,
    ...(labels === undefined
      ? {}
      : { labelled: () => labelledBatches(labels, files, first, feeds[order.indexOf(first)] ?? {}) }),
  };
};
