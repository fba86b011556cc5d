/** ONNX TensorProto files (.pb), as test data of ONNX models comes. */
import { fromBinary } from '@bufbuild/protobuf';
import { TensorProto_DataLocation, TensorProtoSchema, type TensorProto } from 'onnx-buf';
import { UserError } from '../vocabulary/errors.js';
import { bytesOf, createArray, dtypeName, elementsOf, viewOf } from './dtypes.js';
import type { DType, TensorArray, TensorData } from './types.js';

const fail = (file: string, message: string, hint?: string): UserError =>
  new UserError({ message, location: { file }, ...(hint === undefined ? {} : { hint }) });

/** bfloat16 is carried as its bits, like float16. */
const carrierOf = (dtype: DType): DType => (dtype === 'bfloat16' ? 'uint16' : dtype);

/** The typed field that holds elements of a dtype, by onnx.proto's comments on TensorProto. */
const typedField = (tensor: TensorProto, dtype: DType): readonly (number | bigint)[] => {
  switch (dtype) {
    case 'float32':
      return tensor.floatData;
    case 'float64':
      return tensor.doubleData;
    case 'int64':
      return tensor.int64Data;
    case 'uint32':
    case 'uint64':
      return tensor.uint64Data;
    default:
      // Small integers and booleans as values, float16 and bfloat16 as their bits.
      return tensor.int32Data;
  }
};

const fromTyped = (values: readonly (number | bigint)[], dtype: DType): TensorArray | null => {
  const array = createArray(carrierOf(dtype), values.length);
  if (array === null || Array.isArray(array)) return null;
  values.forEach((value, index) => {
    if (array instanceof BigInt64Array || array instanceof BigUint64Array) array[index] = BigInt(value);
    else array[index] = Number(value);
  });
  return array;
};

/**
 * Reads the bytes of a serialised TensorProto: raw data or typed fields, strings, float16 and
 * bfloat16 as the bits of their elements. `file` is for messages.
 *
 * Throws UserError: not a TensorProto, data in another file, a dtype that no input takes, sizes
 * that don't match the data.
 */
export const parseTensorProto = (bytes: Uint8Array, file: string): TensorData => {
  let tensor: TensorProto;
  try {
    tensor = fromBinary(TensorProtoSchema, bytes);
  } catch {
    throw fail(
      file,
      'this is not an ONNX tensor, or it is cut short.',
      'Write it with onnx.numpy_helper.from_array().',
    );
  }
  if (tensor.dataType === 0) {
    throw fail(
      file,
      'this is not an ONNX tensor (sequences and models have other messages).',
      'Give one tensor a file.',
    );
  }
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    throw fail(file, "the tensor's data is in another file.", 'Save it as raw data.');
  }
  const dtype = dtypeName(tensor.dataType);
  const dims = tensor.dims.map(Number);
  const count = elementsOf(dims);
  const wrong = (found: number): UserError =>
    fail(
      file,
      `the tensor is ${dims.join(' x ') || 'a scalar'}, but holds ${found} elements.`,
      'Write it again.',
    );

  if (dtype === 'string') {
    const data = tensor.stringData.map((text) => Buffer.from(text).toString('utf8'));
    if (data.length !== count) throw wrong(data.length);
    return { dtype, dims, data };
  }
  const carrier = carrierOf(dtype);
  const size = bytesOf(carrier, 1);
  if (createArray(carrier, 0) === null || size === null) {
    throw fail(file, `the tensor is ${dtype}, which mlat cannot feed.`, 'Convert it to another type.');
  }
  if (tensor.rawData.length > 0) {
    if (tensor.rawData.length !== count * size) throw wrong(tensor.rawData.length / size);
    // The field shares the file's memory, at any alignment; the copy is aligned and on its own.
    return { dtype, dims, data: viewOf(carrier, Uint8Array.from(tensor.rawData).buffer, 0, count) };
  }
  const data = fromTyped(typedField(tensor, dtype), dtype);
  if (data === null || data.length !== count) throw wrong(data?.length ?? 0);
  return { dtype, dims, data };
};
