/**
 * NumPy's array files, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html:
 * a magic string, a version, the length of a header, the header as a Python dictionary, the data.
 */
import { UserError } from '../vocabulary/errors.js';
import { elementsOf, viewOf } from './dtypes.js';
import type { DType, TensorData } from './types.js';

const MAGIC = '\x93NUMPY';

const fail = (file: string, message: string, hint?: string): UserError =>
  new UserError({ message, location: { file }, ...(hint === undefined ? {} : { hint }) });

/** By type character and bytes of an element. */
const DTYPES: Readonly<Record<string, DType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the data begins. */
  readonly start: number;
}

const readHeader = (bytes: Uint8Array, file: string): Header => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) throw fail(file, 'the file is empty.');
  if (buffer.toString('latin1', 0, 6) !== MAGIC) {
    throw fail(file, 'this is not a NumPy array.', 'Write it with numpy.save().');
  }
  const version = buffer[6] ?? 0;
  if (version < 1 || version > 3)
    throw fail(file, `format version ${version} is newer than mlat knows (1 to 3).`);
  const wide = version > 1;
  if (buffer.length < (wide ? 12 : 10)) throw fail(file, 'the file is cut short inside its header.');
  const length = wide ? buffer.readUInt32LE(8) : buffer.readUInt16LE(8);
  const start = (wide ? 12 : 10) + length;
  if (buffer.length < start) throw fail(file, 'the file is cut short inside its header.');
  // Latin-1 in versions 1 and 2, UTF-8 in 3; what is read here is ASCII in all of them.
  const text = buffer.toString('latin1', start - length, start);
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (/'descr':\s*\[/.test(text)) {
    throw fail(
      file,
      'the array has named fields (a structured dtype).',
      'Save each field as an array of its own.',
    );
  }
  if (descr === undefined || fortran === undefined || shape === undefined) {
    throw fail(file, `cannot read the array's header: ${text.trim().slice(0, 80)}.`);
  }
  const sizes = shape
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '');
  return { descr, fortran: fortran === 'True', shape: sizes.map((size) => Number.parseInt(size, 10)), start };
};

/** The data without padding zeros: NumPy pads strings at the end, never inside. */
const withoutPadding = (text: string): string => text.replace(/\0+$/, '');

const LAST_CODE_POINT = 0x10ffff;

const decodeUtf32 = (cell: Buffer, little: boolean): string => {
  let text = '';
  for (let at = 0; at + 4 <= cell.length; at += 4) {
    const point = little ? cell.readUInt32LE(at) : cell.readUInt32BE(at);
    text += point > LAST_CODE_POINT ? '\uFFFD' : String.fromCodePoint(point);
  }
  return text;
};

const readStrings = (data: Buffer, kind: string, width: number, count: number, little: boolean): string[] =>
  Array.from({ length: count }, (_, index) => {
    const cell = data.subarray(index * width, (index + 1) * width);
    return withoutPadding(kind === 'S' ? cell.toString('utf8') : decodeUtf32(cell, little));
  });

const swapBytes = (bytes: Buffer, size: number): void => {
  if (size === 2) bytes.swap16();
  if (size === 4) bytes.swap32();
  if (size === 8) bytes.swap64();
};

/**
 * Reads the bytes of a .npy file: versions 1 to 3, floats of 2, 4 and 8 bytes, integers of 1 to 8,
 * booleans, U and S strings, either byte order. `file` is for messages. Little-endian numbers may
 * share the memory of `bytes`.
 *
 * Throws UserError: not NumPy, cut short, Fortran order, a dtype that no model takes.
 */
export const parseNpy = (bytes: Uint8Array, file: string): TensorData => {
  const { descr, fortran, shape, start } = readHeader(bytes, file);
  if (fortran && shape.length > 1) {
    throw fail(file, 'the array is in Fortran order.', 'Save numpy.ascontiguousarray(x) instead.');
  }
  const match = /^([<>|=])([A-Za-z])(\d*)$/.exec(descr);
  const kind = match?.[2] ?? '';
  const length = Number(match?.[3] ?? 0);
  const little = match?.[1] !== '>';
  const isText = kind === 'U' || kind === 'S';
  const dtype = isText ? 'string' : DTYPES[`${kind}${length}`];
  if (dtype === undefined) {
    const hint =
      kind === 'O'
        ? 'Convert Python objects with x.astype(str) or a number type.'
        : 'Convert it with x.astype().';
    throw fail(file, `the array's dtype is "${descr}", which no model takes.`, hint);
  }
  const count = elementsOf(shape);
  const width = kind === 'U' ? length * 4 : length;
  const needed = count * width;
  if (bytes.length - start < needed) {
    throw fail(
      file,
      `the file is cut short: ${needed} bytes of data are missing ${needed - (bytes.length - start)}.`,
    );
  }
  const at = bytes.byteOffset + start;
  if (isText) {
    return {
      dtype,
      dims: shape,
      data: readStrings(Buffer.from(bytes.buffer, at, needed), kind, width, count, little),
    };
  }
  const shared = little && at % width === 0;
  const raw = shared ? bytes.buffer : Uint8Array.from(bytes.subarray(start, start + needed)).buffer;
  if (!little) swapBytes(Buffer.from(raw), width);
  return { dtype, dims: shape, data: viewOf(dtype, raw, shared ? at : 0, count) };
};

const descrOf = (tensor: TensorData, width: number): string => {
  if (tensor.dtype === 'string') return `<U${width}`;
  const code = Object.keys(DTYPES).find((key) => DTYPES[key] === tensor.dtype);
  if (code === undefined) throw new Error(`NumPy has no dtype for ${tensor.dtype}`);
  return `${code.endsWith('1') ? '|' : '<'}${code}`;
};

const codePoints = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0) ?? 0);

const writeStrings = (strings: readonly string[], width: number): Buffer => {
  const data = Buffer.alloc(strings.length * width * 4);
  strings.forEach((text, index) => {
    codePoints(text).forEach((point, at) => data.writeUInt32LE(point, (index * width + at) * 4));
  });
  return data;
};

/** The bytes of a .npy file, version 1, little-endian, C order. Strings become U of the longest. */
export const formatNpy = (tensor: TensorData): Uint8Array => {
  const { data, dims } = tensor;
  // A width of 0 would read back as no data at all.
  const width = Array.isArray(data)
    ? data.reduce((most, text) => Math.max(most, codePoints(text).length), 1)
    : 0;
  const shape = `(${dims.join(', ')}${dims.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${descrOf(tensor, width)}', 'fortran_order': False, 'shape': ${shape}, }`;
  // The data begins at a multiple of 64, after ten bytes of preamble and a line feed.
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10);
  head.write(MAGIC, 'latin1');
  head.writeUInt8(1, 6);
  head.writeUInt16LE(padded.length, 8);
  const body = Array.isArray(data)
    ? writeStrings(data, width)
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Uint8Array.from(Buffer.concat([head, Buffer.from(padded, 'latin1'), body]));
};
