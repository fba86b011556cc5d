/**
 * Writes ONNX: short names over onnx-buf's messages, and files that are either whole or not there.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataType as Type,
} from 'onnx-buf';

const TYPES = { float32: Type.FLOAT, int64: Type.INT64 };

/** An initializer of float32 (Float32Array) or int64 (numbers). The values are copied. */
export const tensor = (name, dims, values) => {
  const float = values instanceof Float32Array;
  const data = float ? Float32Array.from(values) : BigInt64Array.from(values, BigInt);
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== size) throw new Error(`${name}: ${data.length} values for ${size} places`);
  return {
    name,
    dims: dims.map(BigInt),
    dataType: float ? Type.FLOAT : Type.INT64,
    rawData: new Uint8Array(data.buffer),
  };
};

/** A graph input or output; a dimension is a size or a name. */
export const value = (name, dtype, shape) => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType: TYPES[dtype],
        shape: {
          dim: shape.map((dim) => ({
            value:
              typeof dim === 'number'
                ? { case: 'dimValue', value: BigInt(dim) }
                : { case: 'dimParam', value: dim },
          })),
        },
      },
    },
  },
});

const bytes = (text) => new TextEncoder().encode(text);

/** `ints` for arrays, `i` for {int}, `f` for {float}, `s` for strings. */
const attribute = ([name, given]) => {
  if (Array.isArray(given)) return { name, type: Kind.INTS, ints: given.map(BigInt) };
  if (typeof given === 'string') return { name, type: Kind.STRING, s: bytes(given) };
  if ('float' in given) return { name, type: Kind.FLOAT, f: given.float };
  return { name, type: Kind.INT, i: BigInt(given.int) };
};

/** A node. Its name is its first output's. Attributes: [ints], 'text', {int: 1} or {float: 1}. */
export const node = (opType, input, output, attributes = {}) => ({
  name: output[0],
  opType,
  input,
  output,
  attribute: Object.entries(attributes).map(attribute),
});

/**
 * A model of one graph as bytes: IR 9, opset 17 (the first with LayerNormalization). `version` is
 * in the first bytes of the file, before the graph.
 */
export const model = ({ producer, version, doc, name, nodes, initializers, inputs, outputs }) =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 9n,
      producerName: producer,
      producerVersion: version,
      docString: doc,
      opsetImport: [{ domain: '', version: 17n }],
      graph: { name, node: nodes, initializer: initializers, input: inputs, output: outputs },
    }),
  );

/** Writes beside the target and renames, so that nobody reads half a file. */
export const writeWhole = async (path, contents) => {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(unfinished, contents);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
};
