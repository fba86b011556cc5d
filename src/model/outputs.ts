/** What a model's first outputs must be before its latency means anything. Pure. */
import { findBatch, shapedInputs, type Batch } from './batch.js';
import type { OutputTensor } from './accuracy.js';
import type { ModelEnds } from './check.js';
import { floatMax, numberReader, type Elements } from './dtypes.js';
import type { Dim } from './types.js';

/** What is wrong with an output; `kind` is a reason of the Results document. */
export interface OutputProblem {
  readonly kind: 'not-finite' | 'output-batch';
  readonly message: string;
}

export interface OutputsRequest {
  readonly info: ModelEnds;
  /** Items that were asked for. */
  readonly batch: number;
  /** How the batch was found in the inputs; found by the model's own names when it is left out. */
  readonly found?: Batch;
  /** Outputs that are fed back: the batch is not where it is in other outputs. */
  readonly states?: readonly { readonly output: string }[];
}

const isFloat = (dtype: string): boolean => floatMax(dtype) !== null || dtype === 'bfloat16';

/** The position of element `index`: "[0, 3]". */
const positionOf = (index: number, dims: readonly number[]): string => {
  const position: number[] = [];
  let rest = index;
  for (const size of dims.toReversed()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${position.join(', ')}]`;
};

const finiteProblem = (name: string, { dtype, dims, data }: OutputTensor): OutputProblem | null => {
  if (!isFloat(dtype)) return null;
  const elements = data as Elements;
  const read = numberReader(dtype, elements);
  for (let index = 0; index < elements.length; index += 1) {
    const value = read(index);
    if (!Number.isFinite(value)) {
      return {
        kind: 'not-finite',
        message: `output "${name}" is ${value} at ${positionOf(index, dims)}: fill the inputs with real data or another range, or mend the model.`,
      };
    }
  }
  return null;
};

const lost = (name: string, dims: readonly number[], found: number, batch: number): OutputProblem => ({
  kind: 'output-batch',
  message: `output "${name}" has a batch of ${found} (${dims.join(' x ')}); asked for ${batch}: the model does not keep its batch; export with a dynamic batch or leave out batch: [${batch}].`,
});

/**
 * The problem of one output's batch. A declared dimension with the name of the batch must be the
 * batch asked for. A first dimension that is symbolic under another name, or under none, may also
 * be a count that depends on the data (detections, say): there only 1 for a larger batch is a
 * problem, which is what a graph with a fixed batch of 1 inside gives. Declared sizes are not judged.
 */
const batchProblem = (
  name: string,
  { dims }: OutputTensor,
  declared: readonly Dim[] | null,
  batch: Batch,
  size: number,
  isState: boolean,
): OutputProblem | null => {
  if (batch.kind !== 'named' && batch.kind !== 'leading') return null;
  if (declared !== null && declared.length !== dims.length) return null;
  const named =
    declared?.findIndex((dim) => typeof dim === 'string' && dim !== '' && batch.names.includes(dim)) ?? -1;
  if (named >= 0) {
    const found = dims[named];
    return found === undefined || found === size ? null : lost(name, dims, found, size);
  }
  const first = declared === null ? '' : declared[0];
  if (isState || typeof first !== 'string' || dims.length === 0) return null;
  return dims[0] === 1 && size > 1 ? lost(name, dims, 1, size) : null;
};

/**
 * The first problem of the outputs of one request: a float that is NaN or infinite, or a batch that
 * is not the one asked for. Null when there is none; an output the model doesn't declare is only
 * looked at for its numbers.
 */
export const checkOutputs = (
  outputs: Readonly<Record<string, OutputTensor>>,
  { info, batch, found, states = [] }: OutputsRequest,
): OutputProblem | null => {
  const how = found ?? findBatch(shapedInputs(info.inputs, {}), { dims: {}, inputs: {} });
  for (const [name, tensor] of Object.entries(outputs)) {
    const declared = info.outputs.find((value) => value.name === name);
    const isState = states.some((state) => state.output === name);
    const problem =
      (declared === undefined ? null : batchProblem(name, tensor, declared.shape, how, batch, isState)) ??
      finiteProblem(name, tensor);
    if (problem !== null) return problem;
  }
  return null;
};
