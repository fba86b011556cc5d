/**
 * The text of a first scenario for a model: what `mlat init` writes. It runs as it stands, and its
 * comments say what else can be set. What a model leaves open and nobody can guess comes as answers.
 */
import type { InputSpec } from '../vocabulary/inputs.js';
import { nameFrom, stem } from './names.js';

/** An input or output of the model: a tensor, as far as the file tells. */
export interface TemplateValue {
  readonly name: string;
  readonly dtype: string;
  /** Sizes and names; "" for a dimension with neither; null when not even the rank is known. */
  readonly shape: readonly (number | string)[] | null;
}

export interface TemplateFacts {
  /** Path of the model as the scenario is to say it. */
  readonly model: string;
  /** Path of the JSON Schema as the scenario is to say it, for editors. */
  readonly schema?: string | undefined;
  readonly inputs: readonly TemplateValue[];
  readonly outputs: readonly TemplateValue[];
  /** Name of the batch dimension, where it has one that is not obvious. */
  readonly batchDim?: string | undefined;
  /** The batch the model is fixed at; undefined: any. */
  readonly fixedBatch?: number | undefined;
  /** Answers: sizes of named dimensions. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Answers: whole shapes by input name, where dimensions have no name. "batch" stands for the batch. */
  readonly shapes: Readonly<Record<string, readonly (number | string)[]>>;
}

/** Names that carry a state from one request to the next, once words such as "new" are taken away. */
const STATE = /^(h|c|hx|cx)$|state|hidden|cell|cache|mem|key|value/i;
const DIRECTION = new Set([
  'in',
  'input',
  'out',
  'output',
  'new',
  'next',
  'n',
  'old',
  'prev',
  'past',
  'present',
]);

/** What a name is about, without the words for before and after: "stateN" and "state" are both "state". */
const subjectOf = (name: string): string =>
  name
    .replaceAll(/past_key_values|present_key_values/g, 'past')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase())
    .filter((word) => !DIRECTION.has(word))
    .join('.');

const isSameShape = (a: TemplateValue, b: TemplateValue): boolean =>
  a.dtype === b.dtype &&
  a.shape !== null &&
  b.shape !== null &&
  a.shape.length > 0 &&
  a.shape.length === b.shape.length &&
  a.shape.every(
    (size, index) =>
      typeof size === 'string' || typeof b.shape?.[index] === 'string' || size === b.shape?.[index],
  );

/** The output that an input takes over from the previous request, by name and shape; undefined: none. */
const stateOutput = (input: TemplateValue, outputs: readonly TemplateValue[]): TemplateValue | undefined => {
  const subject = subjectOf(input.name);
  const isCarried = (output: TemplateValue): boolean =>
    subjectOf(output.name) === subject ||
    output.name === `${input.name}n` ||
    output.name === `${input.name}N`;
  const isCache = /^past/i.test(input.name);
  if (!isCache && !STATE.test(subject)) return undefined;
  return outputs.find((output) => isCarried(output) && isSameShape(input, output));
};

const guessInput = (input: TemplateValue, outputs: readonly TemplateValue[]): InputSpec => {
  const state = stateOutput(input, outputs);
  if (state !== undefined) return { from: 'state', output: state.name, initial: 0 };
  if (input.dtype === 'string') return { from: 'strings', values: ['a first text', 'a second text'] };
  if (input.dtype === 'bool') return { from: 'constant', value: true };
  if (/mask/i.test(input.name)) return { from: 'constant', value: 1 };
  if (/(float|double)/i.test(input.dtype)) return { from: 'uniform', min: 0, max: 1 };
  if (/^(sr|.*sampl\w*_?rate)$/i.test(input.name)) return { from: 'constant', value: 16_000 };
  if (/token_?type|segment/i.test(input.name)) return { from: 'constant', value: 0 };
  if (input.shape?.length === 0) return { from: 'constant', value: 1 };
  return { from: 'integers', min: 0, max: /ids|tokens/i.test(input.name) ? 99 : 1 };
};

/**
 * How the template will fill the inputs, by name, shapes left out. For whoever finds the batch and
 * the open sizes before asking for them: an input that is a state counts differently there.
 */
export const guessInputs = (
  inputs: readonly TemplateValue[],
  outputs: readonly TemplateValue[],
): Record<string, InputSpec> =>
  Object.fromEntries(inputs.map((input) => [input.name, guessInput(input, outputs)]));

/** Text as YAML takes it anywhere: plain where that is safe, else in quotes. */
const word = (text: string): string =>
  /^[A-Za-z_./][\w./+-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n|\.inf|\.nan)$/i.test(text)
    ? text
    : JSON.stringify(text);

const scalar = (value: unknown): string => (typeof value === 'string' ? word(value) : JSON.stringify(value));

const flow = (value: Readonly<Record<string, unknown>>): string => {
  const parts = Object.entries(value).map(
    ([key, part]) =>
      `${word(key)}: ${Array.isArray(part) ? `[${part.map(scalar).join(', ')}]` : scalar(part)}`,
  );
  return `{ ${parts.join(', ')} }`;
};

const describeShape = ({ shape }: TemplateValue): string => {
  if (shape === null) return 'unknown shape';
  return shape.length === 0 ? 'scalar' : shape.map((size) => (size === '' ? '?' : String(size))).join(' x ');
};

const NOTES: Partial<Record<InputSpec['from'], string>> = {
  integers: 'raise max to the largest value that the model takes',
  constant: 'check that the model means this value',
  state: "fed back from the previous request's output",
  strings: 'replace by texts as your users send them',
};

/** One line of a comment: names from a model may hold anything. */
const comment = (text: string): string => `# ${text.replaceAll(/[\r\n\u0085\u2028\u2029]+/g, ' ')}`;

const inputLines = (facts: TemplateFacts): string[] => {
  const guesses = guessInputs(facts.inputs, facts.outputs);
  return facts.inputs.flatMap((input) => {
    const shape = facts.shapes[input.name];
    const guess = guesses[input.name];
    if (guess === undefined) return [];
    const note = NOTES[guess.from];
    const about = `${input.dtype}, ${describeShape(input)}${note === undefined ? '' : `: ${note}`}`;
    const spec = flow({ ...guess, ...(shape === undefined ? {} : { shape }) });
    return [`  ${comment(about)}`, `  ${word(input.name)}: ${spec}`];
  });
};

const dimsLines = ({ sizes }: TemplateFacts): string[] => {
  const entries = Object.entries(sizes);
  const [first] = entries;
  if (first === undefined) return [];
  const [name, size] = first;
  return [
    '# Sizes of the named dimensions; a list is swept.',
    'dims:',
    ...entries.map(([dim, value]) => `  ${word(dim)}: ${value}`),
    '# Requests of different sizes in one cell, drawn by weight.',
    '# mix:',
    `#   - { weight: 2, dims: { ${word(name)}: ${Math.max(1, Math.floor(size / 2))} } }`,
    `#   - { weight: 1, dims: { ${word(name)}: ${size} } }`,
    '',
  ];
};

/**
 * The text of a commented scenario, YAML, which parseScenario reads without a problem. Pure: the
 * caller found out what is open (model/shapes.ts, missingSizes with guessInputs) and asked for it.
 */
export const scenarioTemplate = (facts: TemplateFacts): string => {
  const batches = facts.fixedBatch === undefined ? '[1, 4, 16]' : `[${facts.fixedBatch}]`;
  const fixed = facts.fixedBatch === undefined ? '' : ' # the model takes no other';
  return [
    ...(facts.schema === undefined ? [] : [`# yaml-language-server: $schema=${facts.schema}`]),
    comment(`Run it with: mlat bench <this file>. Written by mlat init for ${stem(facts.model)}.`),
    `name: ${scalar(nameFrom(facts.model))}`,
    '',
    `model: ${JSON.stringify(facts.model)}`,
    '# The same model in other precisions; each becomes a cell beside the original.',
    '# variants: { int8: ./model.int8.onnx }',
    ...(facts.batchDim === undefined
      ? []
      : ['# The dimension that is the batch.', `batchDim: ${word(facts.batchDim)}`]),
    '',
    ...dimsLines(facts),
    ...(facts.inputs.length === 0
      ? []
      : [
          '# What fills the inputs: uniform, normal, integers, constant, strings, file, state.',
          '# From a file: { from: file, file: ./inputs.npz, array: images }, also .npy, .jsonl, .pb.',
          'inputs:',
          ...inputLines(facts),
        ]),
    '# Right answers for inputs from a file give the accuracy.',
    '# labels: { file: ./inputs.npz, array: labels }',
    '# Distinct requests, used in rotation, so that no cache sees the same one all the time.',
    'pool: 32',
    '',
    '# Every combination of these values is measured.',
    'sweep:',
    `  batch: ${batches}${fixed}`,
    '  threads: [1, auto]',
    '  # graphOptimization: [disabled, basic, extended, all]',
    '  # executionMode: [sequential, parallel]',
    '  # spinning: [true, false]',
    '  # idle: [0ms, 50ms]',
    '',
    'measure:',
    '  rounds: 5 # fresh processes for each combination; or until-decided',
    '  warmup: steady # or a number of requests',
    '  duration: 1s # of a round; or samples: 1000',
    '  # budget: 10m # for the whole run',
    '  # memoryLimit: 2GiB # of one process',
    '  seed: 1',
    '',
    '# What must hold, and what to choose among the combinations for which it does.',
    '# sla:',
    '#   - p99 <= 40ms',
    '#   - throughput >= 200/s where batch = 1',
    '# require: any # one combination that meets the rules is enough; by default every one must',
    '# objective: maximize throughput',
    '',
  ].join('\n');
};
