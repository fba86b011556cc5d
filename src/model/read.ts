/** Reads what can be known of an ONNX file without running it. */
import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, type ModelProto } from 'onnx-buf';
import { codeOf, messageOf, UserError } from '../vocabulary/errors.js';
import { formatBytes } from '../vocabulary/units.js';
import { readValue, realInputs, summariseGraph, symbolicDimsOf } from './graph.js';
import { sniff } from './sniff.js';
import type { ModelInfo } from './types.js';

/** Protobuf messages cannot be larger than this; larger models keep their weights in files beside them. */
const LARGEST = 2 ** 31 - 1;

const CHUNK = 4 * 2 ** 20;
const HEAD = 4096;

const fail = (file: string, message: string, hint?: string): UserError =>
  new UserError({ message, location: { file }, ...(hint === undefined ? {} : { hint }) });

const unreadable = (path: string, error: unknown): UserError => {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return fail(path, 'there is no such file.', 'Check the path of the model.');
    case 'EACCES':
    case 'EPERM':
      return fail(path, 'this file may not be read.', 'Check its permissions.');
    default:
      return fail(path, `cannot read the model: ${messageOf(error)}.`);
  }
};

/** The size of a regular file. Asked before it is opened, because opening a pipe would wait for ever. */
const sizeOf = async (path: string): Promise<number> => {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (found.isDirectory()) throw fail(path, 'this is a folder.', 'Give the .onnx file inside it.');
  if (!found.isFile()) throw fail(path, 'this is not a regular file.', 'Give the .onnx file.');
  if (found.size === 0) throw fail(path, 'the file is empty.', 'Copy, download or export the model again.');
  if (found.size > LARGEST) {
    throw fail(
      path,
      `the file has ${formatBytes(found.size)}, and an ONNX file cannot be over 2 GiB.`,
      'Export it with its weights as external data.',
    );
  }
  return found.size;
};

/** The whole file in one buffer, and its SHA-256, in one pass. */
const readAndHash = async (
  handle: FileHandle,
  size: number,
  path: string,
): Promise<{ bytes: Buffer; sha256: string }> => {
  const hash = createHash('sha256');
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(CHUNK, size - at), at);
    if (bytesRead === 0)
      throw fail(path, 'the file became shorter while it was read.', 'Is it still being written?');
    hash.update(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  return { bytes, sha256: hash.digest('hex') };
};

type Outline = 'whole' | 'cut' | 'foreign';

const readVarint = (bytes: Uint8Array, at: number): { value: number; next: number } | null => {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[at];
    if (byte === undefined) return null;
    at += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at };
  }
  return { value: Number.NaN, next: at };
};

/**
 * Steps over the fields of the outermost message without reading them: "cut" when the last one
 * promises more bytes than there are, "foreign" when the bytes are no protobuf fields.
 */
const outlineOf = (bytes: Uint8Array): Outline => {
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === null) return 'cut';
    if (!(tag.value >= 8 && tag.value < 2 ** 32)) return 'foreign';
    at = tag.next;
    const wireType = tag.value % 8;
    if (wireType === 0 || wireType === 2) {
      const varint = readVarint(bytes, at);
      if (varint === null) return 'cut';
      at = varint.next + (wireType === 2 ? varint.value : 0);
    } else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else return 'foreign';
    if (at > bytes.length) return 'cut';
  }
  return 'whole';
};

/** ONNX files begin with field 1, the IR version: a small number. */
const beginsLikeOnnx = (bytes: Uint8Array): boolean => bytes[0] === 0x08 && (bytes[1] ?? 0) < 0x40;

const notOnnx = (path: string): UserError =>
  fail(path, 'this is not an ONNX model.', 'Give the .onnx file that the export wrote.');

const parseModel = (bytes: Uint8Array, path: string): ModelProto => {
  const outline = outlineOf(bytes);
  if (outline === 'cut' && beginsLikeOnnx(bytes)) {
    throw fail(
      path,
      `the file is cut short: it ends after ${formatBytes(bytes.length)}, inside a part that is longer.`,
      'Copy, download or export the model again.',
    );
  }
  if (outline !== 'whole') throw notOnnx(path);
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    if (!beginsLikeOnnx(bytes)) throw notOnnx(path);
    throw fail(
      path,
      `the model is damaged: ${messageOf(error)}.`,
      'Copy, download or export the model again.',
    );
  }
  if (model.graph === undefined && beginsLikeOnnx(bytes)) {
    throw fail(
      path,
      'the model has no graph: the file is cut short, or its export failed.',
      'Export the model again.',
    );
  }
  if (model.graph === undefined) throw notOnnx(path);
  // From IR version 3 on a model must say its opsets; they follow the graph in the file.
  if (model.opsetImport.length === 0 && model.irVersion >= 3n) {
    throw fail(
      path,
      'the model does not say its opset: the file is cut short, or its export failed.',
      'Export the model again.',
    );
  }
  return model;
};

const externalFiles = async (
  needed: ReadonlyMap<string, number>,
  path: string,
): Promise<{ file: string; bytes: number }[]> => {
  const files: { file: string; bytes: number }[] = [];
  for (const [location, end] of needed) {
    if (location === '')
      throw fail(
        path,
        'a weight is said to be in another file, which is not named.',
        'Export the model again.',
      );
    const found = await stat(resolve(dirname(path), location)).catch(() => null);
    if (found === null || !found.isFile()) {
      throw fail(
        path,
        `the model keeps weights in "${location}", which is not beside it.`,
        'Copy that file next to the model, under the same name.',
      );
    }
    if (found.size < end) {
      throw fail(
        path,
        `the model needs ${end} bytes of "${location}", which has ${found.size}: it is cut short or belongs to another model.`,
        'Copy or export both files again.',
      );
    }
    files.push({ file: location, bytes: found.size });
  }
  return files;
};

const readModel = async (path: string, size: number): Promise<{ model: ModelProto; sha256: string }> => {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const head = Buffer.alloc(Math.min(HEAD, size));
    await handle.read(head, 0, head.length, 0);
    const sniffed = sniff(head);
    if (sniffed !== null) throw fail(path, `this is not an ONNX model but ${sniffed.what}.`, sniffed.hint);
    const { bytes, sha256 } = await readAndHash(handle, size, path);
    return { model: parseModel(bytes, path), sha256 };
  } catch (error) {
    throw codeOf(error) === undefined ? error : unreadable(path, error);
  } finally {
    await handle.close();
  }
};

/**
 * What an ONNX file holds: inputs, outputs, operators, weights. The file is read once, weights in
 * other files are looked for but not read.
 *
 * Throws UserError, its location the path as given: no such file, a folder, empty, cut short,
 * something else than ONNX (named by what it looks like), external data missing or too short.
 */
export const readModelInfo = async (path: string): Promise<ModelInfo> => {
  const size = await sizeOf(path);
  const { model, sha256 } = await readModel(path, size);
  const { graph } = model;
  if (graph === undefined) throw notOnnx(path);
  const { external, ...summary } = summariseGraph(model);
  const inputs = realInputs(graph);
  return {
    file: basename(path),
    bytes: size,
    sha256,
    externalData: await externalFiles(external, path),
    irVersion: Number(model.irVersion),
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
    opsets: Object.fromEntries(
      model.opsetImport.map(({ domain, version }) => [domain === '' ? 'ai.onnx' : domain, Number(version)]),
    ),
    inputs,
    outputs: graph.output.map(readValue),
    symbolicDims: symbolicDimsOf(inputs),
    ...summary,
  };
};
