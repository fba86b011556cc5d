/** Whether a scenario's inputs can fill a model's, before anything runs. Pure. */
import type { Problem } from '../vocabulary/errors.js';
import type { InputSpec, LabelsSpec } from '../vocabulary/inputs.js';
import { suggest } from '../vocabulary/suggest.js';
import { floatMax, integerRange, isFeedable } from './dtypes.js';
import { arrayFileProblem } from './files.js';
import type { Dim, ModelInfo, ValueInfo } from './types.js';

/** What is known of a model's ends. */
export type ModelEnds = Pick<ModelInfo, 'inputs' | 'outputs'>;

export interface InputsRequest {
  /** By input name. */
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly labels?: LabelsSpec | undefined;
}

const namesOf = (values: readonly ValueInfo[]): string[] => values.map((value) => value.name);

const problem = (value: ValueInfo, message: string, hint: string): Problem => ({
  message: `input "${value.name}" ${message}`,
  hint,
});

/** [lowest, highest] number that a dtype can hold; null for strings and types that cannot be fed. */
const rangeOf = (value: ValueInfo): readonly [number, number] | null => {
  if (value.dtype === 'bool') return [0, 1];
  const integers = integerRange(value.dtype);
  if (integers !== null) return [Number(integers[0]), Number(integers[1])];
  const largest = floatMax(value.dtype);
  return largest === null ? null : [-largest, largest];
};

const isWhole = (value: ValueInfo): boolean => floatMax(value.dtype) === null;

/** The problem of one number in an input: out of range, or a fraction for an integer. */
const numberProblem = (value: ValueInfo, what: string, number: number): Problem | null => {
  const range = rangeOf(value);
  if (range === null) return null;
  const [low, high] = range;
  if (!(number >= low && number <= high)) {
    return problem(
      value,
      `is ${value.dtype}, and ${what} ${number} is beyond it.`,
      `Stay within ${low} to ${high}.`,
    );
  }
  return isWhole(value) && !Number.isInteger(number)
    ? problem(value, `is ${value.dtype}, and ${what} ${number} is no whole number.`, 'Give a whole number.')
    : null;
};

const constantProblem = (value: ValueInfo, constant: number | string | boolean): Problem | null => {
  const shown = JSON.stringify(constant);
  if (value.dtype === 'string') {
    return typeof constant === 'string'
      ? null
      : problem(value, `is string, not ${shown}.`, `Write it as text: "${shown}".`);
  }
  if (typeof constant === 'string')
    return problem(value, `is ${value.dtype}, not text (${shown}).`, 'Give a number.');
  if (typeof constant === 'boolean') {
    return value.dtype === 'bool'
      ? null
      : problem(value, `is ${value.dtype}, not ${shown}.`, 'Give a number.');
  }
  return numberProblem(value, 'constant', constant);
};

const rangeProblem = (value: ValueInfo, min: number, max: number): Problem | null => {
  if (max < min) return problem(value, `has max ${max} under min ${min}.`, 'Swap them.');
  return numberProblem(value, 'min', min) ?? numberProblem(value, 'max', max);
};

const mayBeEqual = (a: readonly Dim[] | null, b: readonly Dim[] | null): boolean =>
  a === null ||
  b === null ||
  (a.length === b.length &&
    a.every(
      (dim, position) => typeof dim === 'string' || typeof b[position] === 'string' || dim === b[position],
    ));

const stateProblem = (value: ValueInfo, output: string, initial: number, info: ModelEnds): Problem | null => {
  const found = info.outputs.find((candidate) => candidate.name === output);
  if (found === undefined) {
    return problem(
      value,
      `is fed from output "${output}", which the model does not have.`,
      suggest(output, namesOf(info.outputs), 'Its outputs are'),
    );
  }
  if (found.kind !== 'tensor' || found.dtype !== value.dtype || !mayBeEqual(found.shape, value.shape)) {
    const show = ({ kind, dtype, shape }: ValueInfo): string =>
      `${kind === 'tensor' ? '' : `a ${kind} of `}${dtype} [${(shape ?? ['...']).map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;
    return problem(
      value,
      `is ${show(value)} and cannot be fed from output "${output}", ${show(found)}.`,
      'Name the output that holds its next value.',
    );
  }
  return value.dtype === 'string'
    ? problem(value, 'is string, and a state begins as a number.', 'Fill it in another way.')
    : numberProblem(value, 'initial', initial);
};

const textProblem = (value: ValueInfo): Problem =>
  problem(value, 'takes strings.', 'Fill it with from: strings, from a file, or with a constant text.');

/** Why a spec cannot fill an input of this dtype; null when it can. */
const specProblem = (value: ValueInfo, spec: InputSpec, info: ModelEnds): Problem | null => {
  const isText = value.dtype === 'string';
  switch (spec.from) {
    case 'strings':
      if (!isText)
        return problem(
          value,
          `is ${value.dtype}, not text.`,
          'Fill it with from: uniform, normal, integers or a file.',
        );
      return spec.values.length > 0
        ? null
        : problem(value, 'has no strings to be filled with.', 'Give at least one under values.');
    case 'uniform':
    case 'integers':
      return isText ? textProblem(value) : rangeProblem(value, spec.min ?? 0, spec.max ?? 1);
    case 'normal':
      if (isText) return textProblem(value);
      return isWhole(value)
        ? problem(
            value,
            `is ${value.dtype}, and a normal distribution gives fractions.`,
            'Use from: integers with min and max.',
          )
        : (numberProblem(value, 'mean', spec.mean) ?? numberProblem(value, 'stdev', spec.stdev));
    case 'constant':
      return constantProblem(value, spec.value);
    case 'file':
      if (isText && spec.scale !== undefined)
        return problem(value, 'takes strings, which have no scale.', 'Leave scale out.');
      return arrayFileProblem(spec.file);
    case 'state':
      return stateProblem(value, spec.output, spec.initial, info);
  }
};

const valueProblem = (value: ValueInfo): Problem | null => {
  if (value.kind !== 'tensor') {
    return problem(
      value,
      `is ${/^[aeiou]/.test(value.kind) ? 'an' : 'a'} ${value.kind}, and onnxruntime-node takes only tensors.`,
      'Export the model with tensor inputs.',
    );
  }
  return isFeedable(value.dtype)
    ? null
    : problem(
        value,
        `is ${value.dtype}, which onnxruntime-node cannot be given.`,
        'Export the model with another input type.',
      );
};

const labelsProblems = (info: ModelEnds, { inputs, labels }: InputsRequest): Problem[] => {
  if (labels === undefined) return [];
  const problems: Problem[] = [];
  const file = arrayFileProblem(labels.file);
  if (file !== null) problems.push(file);
  const tensors = info.outputs.filter((value) => value.kind === 'tensor');
  if (labels.output !== undefined && !tensors.some((value) => value.name === labels.output)) {
    problems.push({
      message: `labels name the output "${labels.output}", which the model does not have as a tensor.`,
      hint: suggest(labels.output, namesOf(tensors), 'Its tensor outputs are'),
    });
  }
  if (!Object.values(inputs).some((spec) => spec.from === 'file')) {
    problems.push({
      message: 'labels are the answers for items from a file, and no input is filled from one.',
      hint: 'Fill an input with from: file, or leave labels out.',
    });
  }
  return problems;
};

/**
 * Everything that keeps these specs from filling this model's inputs, sizes aside: names that the
 * model doesn't have, values that don't fit a dtype, states without a matching output, inputs that
 * are no tensors, labels without an output or a file.
 */
export const checkInputs = (info: ModelEnds, request: InputsRequest): Problem[] => {
  const names = namesOf(info.inputs);
  const unknown = Object.keys(request.inputs)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      message: `the model has no input "${name}".`,
      hint: suggest(name, names, 'Its inputs are'),
    }));
  const unfit = info.inputs.map((value) => {
    const spec = Object.hasOwn(request.inputs, value.name) ? request.inputs[value.name] : undefined;
    return valueProblem(value) ?? (spec === undefined ? null : specProblem(value, spec, info));
  });
  const mute = info.outputs.some((value) => value.kind === 'tensor')
    ? []
    : [
        {
          message: 'the model has no tensor among its outputs, and onnxruntime-node returns nothing else.',
          hint: 'Export it with a tensor output.',
        },
      ];
  return [...unknown, ...unfit.filter((found) => found !== null), ...mute, ...labelsProblems(info, request)];
};
