/**
 * Small ONNX models for tests. Each function returns the bytes of one model; `writeModel` puts them
 * into a file. test/helpers/onnx.test.ts runs every one of them in the real runtime.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType as DataType,
  type AttributeProtoSchema,
  type FunctionProtoSchema,
  type GraphProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type TypeProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

export { DataType };

type ValueInit = MessageInitShape<typeof ValueInfoProtoSchema>;
type NodeInit = MessageInitShape<typeof NodeProtoSchema>;
type TensorInit = MessageInitShape<typeof TensorProtoSchema>;
type TypeInit = MessageInitShape<typeof TypeProtoSchema>;
type GraphInit = MessageInitShape<typeof GraphProtoSchema>;
type AttributeInit = MessageInitShape<typeof AttributeProtoSchema>;
type FunctionInit = MessageInitShape<typeof FunctionProtoSchema>;

const FLOAT = DataType.FLOAT;

/** A dimension: a size, a name, or "" for neither. */
export type TestDim = number | string;

const tensorType = (elemType: number, shape: readonly TestDim[] | null): TypeInit => ({
  value: {
    case: 'tensorType',
    value: {
      elemType,
      ...(shape === null
        ? {}
        : {
            shape: {
              dim: shape.map((dim) => {
                if (typeof dim === 'number')
                  return { value: { case: 'dimValue' as const, value: BigInt(dim) } };
                return dim === '' ? {} : { value: { case: 'dimParam' as const, value: dim } };
              }),
            },
          }),
    },
  },
});

/** A graph input or output; shape null: unknown rank. */
export const tensorValue = (name: string, elemType: number, shape: readonly TestDim[] | null): ValueInit => ({
  name,
  type: tensorType(elemType, shape),
});

const attribute = (name: string, value: Omit<AttributeInit, '$typeName' | 'name'>): AttributeInit => ({
  name,
  ...value,
});
const intAttribute = (name: string, i: number): AttributeInit =>
  attribute(name, { type: AttributeType.INT, i: BigInt(i) });
const intsAttribute = (name: string, ints: readonly number[]): AttributeInit =>
  attribute(name, { type: AttributeType.INTS, ints: ints.map(BigInt) });
const floatsAttribute = (name: string, floats: readonly number[]): AttributeInit =>
  attribute(name, { type: AttributeType.FLOATS, floats: [...floats] });
const stringsAttribute = (name: string, strings: readonly string[]): AttributeInit =>
  attribute(name, {
    type: AttributeType.STRINGS,
    strings: strings.map((text) => Uint8Array.from(Buffer.from(text))),
  });
const tensorAttribute = (name: string, t: TensorInit): AttributeInit =>
  attribute(name, { type: AttributeType.TENSOR, t });
const graphAttribute = (name: string, g: GraphInit): AttributeInit =>
  attribute(name, { type: AttributeType.GRAPH, g });

export const node = (
  opType: string,
  input: string[],
  output: string[],
  attributes: AttributeInit[] = [],
  domain = '',
): NodeInit => ({
  opType,
  input,
  output,
  attribute: attributes,
  domain,
  name: `${opType}_${output[0] ?? ''}`,
});

const bytes = (array: ArrayBufferView): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));

export const floatTensor = (
  name: string,
  dims: readonly number[],
  values: ArrayLike<number>,
): TensorInit => ({
  name,
  dataType: FLOAT,
  dims: dims.map(BigInt),
  rawData: bytes(Float32Array.from(values)),
});

export const int64Tensor = (
  name: string,
  dims: readonly number[],
  values: readonly bigint[],
): TensorInit => ({
  name,
  dataType: DataType.INT64,
  dims: dims.map(BigInt),
  rawData: bytes(BigInt64Array.from(values)),
});

export interface ModelParts {
  readonly inputs: ValueInit[];
  readonly outputs: ValueInit[];
  readonly nodes: NodeInit[];
  readonly initializers?: TensorInit[];
  readonly functions?: FunctionInit[];
  /** Opsets besides ai.onnx 17. */
  readonly opsets?: Readonly<Record<string, number>>;
}

/** Any model from its parts. */
export const buildModel = ({
  inputs,
  outputs,
  nodes,
  initializers = [],
  functions = [],
  opsets = {},
}: ModelParts): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      producerName: 'test',
      opsetImport: Object.entries({ '': 17, ...opsets }).map(([domain, version]) => ({
        domain,
        version: BigInt(version),
      })),
      functions,
      graph: { name: 'graph', node: nodes, input: inputs, output: outputs, initializer: initializers },
    }),
  );

/** Writes a model into `folder`, which is made; returns the path. */
export const writeModel = async (folder: string, name: string, model: Uint8Array): Promise<string> => {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, model);
  return path;
};

/** y = f(x) elementwise, float32. Give a number for the first dimension to fix the batch. */
export const elementwiseModel = (
  shape: readonly TestDim[] = ['batch', 4],
  opType: 'Relu' | 'Identity' = 'Relu',
  elemType: number = FLOAT,
): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', elemType, shape)],
    outputs: [tensorValue('y', elemType, shape)],
    nodes: [node(opType, ['x'], ['y'])],
  });

/** Says that its batch is dynamic, and always answers with a batch of `actual`. */
export const lostBatchModel = (actual = 1): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', 4])],
    outputs: [tensorValue('y', FLOAT, ['batch', ''])],
    nodes: [node('Reshape', ['x', 'shape'], ['y'])],
    initializers: [int64Tensor('shape', [2], [BigInt(actual), -1n])],
  });

/** A linear classifier: scores = x * weights + bias, [batch, features] to [batch, classes]. Class k wins on feature k. */
export const classifierModel = (features = 4, classes = 4): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', features])],
    outputs: [tensorValue('scores', FLOAT, ['batch', classes])],
    nodes: [node('MatMul', ['x', 'weights'], ['product']), node('Add', ['product', 'bias'], ['scores'])],
    initializers: [
      floatTensor(
        'weights',
        [features, classes],
        Array.from({ length: features * classes }, (_, index) =>
          Number(Math.floor(index / classes) === index % classes),
        ),
      ),
      floatTensor(
        'bias',
        [classes],
        Array.from({ length: classes }, () => 0),
      ),
    ],
  });

/** [batch, size] times `layers` square matrices: as slow as the test needs. */
export const matmulModel = (size: number, layers: number): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', size])],
    outputs: [tensorValue('y', FLOAT, ['batch', size])],
    nodes: Array.from({ length: layers }, (_, index) =>
      node(
        'MatMul',
        [index === 0 ? 'x' : `h${index}`, 'weights'],
        [index === layers - 1 ? 'y' : `h${index + 1}`],
      ),
    ),
    // Rows that add up to one keep the numbers finite over any number of layers.
    initializers: [
      floatTensor(
        'weights',
        [size, size],
        Array.from({ length: size * size }, () => 1 / size),
      ),
    ],
  });

/**
 * Runs for ever: a Loop of 2^62 steps. Each step depends on the last and on the input, so that
 * nothing can be computed ahead or left out.
 */
export const hangingModel = (): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', 4])],
    outputs: [tensorValue('y', FLOAT, ['batch', 4])],
    nodes: [
      node(
        'Loop',
        ['steps', '', 'x'],
        ['y'],
        [
          graphAttribute('body', {
            name: 'body',
            node: [node('Identity', ['going'], ['still']), node('Sin', ['state'], ['next'])],
            input: [
              tensorValue('step', DataType.INT64, []),
              tensorValue('going', DataType.BOOL, []),
              tensorValue('state', FLOAT, null),
            ],
            output: [tensorValue('still', DataType.BOOL, []), tensorValue('next', FLOAT, null)],
          }),
        ],
      ),
    ],
    initializers: [int64Tensor('steps', [], [2n ** 62n])],
  });

/**
 * Takes `mebibytes` MiB of memory for each item of the batch while it runs, every page written. The
 * size comes from the input, so that it isn't allocated when the model is loaded.
 */
export const hungryModel = (mebibytes: number): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', 1])],
    outputs: [tensorValue('y', FLOAT, ['batch', 1])],
    nodes: [
      node('Shape', ['x'], ['shape']),
      node('Mul', ['shape', 'elements'], ['sizes']),
      node(
        'ConstantOfShape',
        ['sizes'],
        ['filled'],
        [tensorAttribute('value', floatTensor('value', [1], [1]))],
      ),
      node('ReduceMax', ['filled'], ['one'], [intAttribute('keepdims', 0)]),
      node('Mul', ['x', 'one'], ['y']),
    ],
    initializers: [int64Tensor('elements', [2], [1n, BigInt(mebibytes) * 2n ** 18n])],
  });

/**
 * Kills the process that runs it with SIGFPE, on x86: an STFT over frames of length 0, by which
 * onnxruntime 1.30 divides. The length is computed from the input, so that the model loads.
 */
export const crashingModel = (): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', 4])],
    outputs: [tensorValue('y', FLOAT, null)],
    nodes: [
      node('Shape', ['x'], ['nothing'], [intAttribute('start', 2)]),
      node('ReduceSum', ['nothing'], ['zero'], [intAttribute('keepdims', 0)]),
      node('Unsqueeze', ['x', 'axes'], ['signal']),
      node('STFT', ['signal', 'step', '', 'zero'], ['y']),
    ],
    initializers: [int64Tensor('axes', [1], [-1n]), int64Tensor('step', [], [1n])],
  });

/** y = log(-1 - x^2), which is NaN for every x. */
export const nanModel = (): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', 4])],
    outputs: [tensorValue('y', FLOAT, ['batch', 4])],
    nodes: [
      node('Mul', ['x', 'x'], ['square']),
      node('Add', ['square', 'one'], ['positive']),
      node('Neg', ['positive'], ['negative']),
      node('Log', ['negative'], ['y']),
    ],
    initializers: [floatTensor('one', [], [1])],
  });

/** Strings in, strings out: [batch] to [batch]. */
export const stringModel = (): Uint8Array =>
  buildModel({
    inputs: [tensorValue('text', DataType.STRING, ['batch'])],
    outputs: [tensorValue('same', DataType.STRING, ['batch'])],
    nodes: [node('Identity', ['text'], ['same'])],
  });

/** Strings in, classes out: the number of the word in `words`, or -1. */
export const labelEncoderModel = (words: readonly string[] = ['cat', 'dog']): Uint8Array =>
  buildModel({
    inputs: [tensorValue('word', DataType.STRING, ['batch'])],
    outputs: [tensorValue('number', DataType.INT64, ['batch'])],
    nodes: [
      node(
        'LabelEncoder',
        ['word'],
        ['number'],
        [
          stringsAttribute('keys_strings', words),
          intsAttribute(
            'values_int64s',
            words.map((_, index) => index),
          ),
          intAttribute('default_int64', -1),
        ],
        'ai.onnx.ml',
      ),
    ],
    opsets: { 'ai.onnx.ml': 2 },
  });

/** As scikit-learn's classifiers are exported: a tensor of labels, and scores as a sequence of maps (ZipMap). */
export const zipMapModel = (): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', 2])],
    outputs: [
      tensorValue('label', DataType.INT64, ['batch']),
      {
        name: 'probabilities',
        type: {
          value: {
            case: 'sequenceType',
            value: {
              elemType: {
                value: {
                  case: 'mapType',
                  value: { keyType: DataType.INT64, valueType: tensorType(FLOAT, null) },
                },
              },
            },
          },
        },
      },
    ],
    nodes: [
      node(
        'LinearClassifier',
        ['x'],
        ['label', 'scores'],
        [
          floatsAttribute('coefficients', [1, 0, 0, 1]),
          floatsAttribute('intercepts', [0, 0]),
          intsAttribute('classlabels_ints', [0, 1]),
          attribute('post_transform', {
            type: AttributeType.STRING,
            s: Uint8Array.from(Buffer.from('SOFTMAX')),
          }),
        ],
        'ai.onnx.ml',
      ),
      node(
        'ZipMap',
        ['scores'],
        ['probabilities'],
        [intsAttribute('classlabels_int64s', [0, 1])],
        'ai.onnx.ml',
      ),
    ],
    opsets: { 'ai.onnx.ml': 2 },
  });

/** A graph that the runtime refuses: its node reads a tensor that nothing makes. */
export const danglingModel = (): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', 4])],
    outputs: [tensorValue('y', FLOAT, ['batch', 4])],
    nodes: [node('Add', ['x', 'nowhere'], ['y'])],
  });

/** next = state + x, y = sum over the last axis of it; the state has its batch at position 1: [2, batch, 4]. */
export const statefulModel = (): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', 4]), tensorValue('state', FLOAT, [2, 'batch', 4])],
    outputs: [tensorValue('y', FLOAT, [2, 'batch', 1]), tensorValue('stateN', FLOAT, [2, 'batch', 4])],
    nodes: [node('Add', ['state', 'x'], ['stateN']), node('ReduceSum', ['stateN', 'axes'], ['y'])],
    initializers: [int64Tensor('axes', [1], [-1n])],
  });

/** Token ids and mask [batch, sequence], a table of 100 embeddings: y [batch, 8] is their mean. */
export const sequenceModel = (): Uint8Array =>
  buildModel({
    inputs: [
      tensorValue('input_ids', DataType.INT64, ['batch', 'sequence']),
      tensorValue('attention_mask', DataType.INT64, ['batch', 'sequence']),
    ],
    outputs: [tensorValue('y', FLOAT, ['batch', 8])],
    nodes: [
      node('Gather', ['table', 'input_ids'], ['embedded']),
      node('Cast', ['attention_mask'], ['mask'], [intAttribute('to', FLOAT)]),
      node('Unsqueeze', ['mask', 'axes'], ['wide']),
      node('Mul', ['embedded', 'wide'], ['kept']),
      node('ReduceMean', ['kept'], ['y'], [intsAttribute('axes', [1]), intAttribute('keepdims', 0)]),
    ],
    initializers: [
      floatTensor(
        'table',
        [100, 8],
        Array.from({ length: 800 }, (_, index) => Math.sin(index)),
      ),
      int64Tensor('axes', [1], [-1n]),
    ],
  });

/**
 * Writes `name`.onnx whose weights are in `name`.bin beside it, and returns the paths. y = x *
 * weights, [batch, 64] to [batch, 64]; the file has 16 kB of weights behind 4 kB that are not used.
 */
export const writeExternalModel = async (
  folder: string,
  name: string,
): Promise<{ model: string; data: string }> => {
  const offset = 4096;
  const weights = Float32Array.from({ length: 64 * 64 }, (_, index) => Number(index % 65 === 0));
  const data = await writeModel(folder, `${name}.bin`, Buffer.concat([Buffer.alloc(offset), bytes(weights)]));
  const model = buildModel({
    inputs: [tensorValue('x', FLOAT, ['batch', 64])],
    outputs: [tensorValue('y', FLOAT, ['batch', 64])],
    nodes: [node('MatMul', ['x', 'weights'], ['y'])],
    initializers: [
      {
        name: 'weights',
        dataType: FLOAT,
        dims: [64n, 64n],
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          { key: 'location', value: `${name}.bin` },
          { key: 'offset', value: String(offset) },
          { key: 'length', value: String(weights.byteLength) },
        ],
      },
    ],
  });
  return { model: await writeModel(folder, `${name}.onnx`, model), data };
};
