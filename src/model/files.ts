/** Arrays from files, by the ending of their names. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { codeOf, messageOf, UserError, type Problem } from '../vocabulary/errors.js';
import { parseJsonLines } from './jsonl.js';
import { parseNpy } from './npy.js';
import { parseNpz } from './npz.js';
import type { TensorData } from './types.js';

/** Endings of the files that inputs and labels can come from. */
export const ARRAY_FILES = ['.npy', '.npz', '.jsonl', '.ndjson', '.pb'] as const;

const endingOf = (file: string): string => extname(file).toLowerCase();

/** The problem of a file that mlat cannot read arrays from, judged by its name; null when there is none. */
export const arrayFileProblem = (file: string): Problem | null => {
  const ending = endingOf(file);
  if ((ARRAY_FILES as readonly string[]).includes(ending)) return null;
  return {
    message: `cannot read arrays from a ${ending === '' ? 'file without an ending' : `${ending} file`}.`,
    hint: `Give one of ${ARRAY_FILES.join(', ')}.`,
    location: { file },
  };
};

const readBytes = async (file: string): Promise<Uint8Array> => {
  try {
    return await readFile(file);
  } catch (error) {
    const message =
      codeOf(error) === 'ENOENT' ? 'there is no such file.' : `cannot read it: ${messageOf(error)}.`;
    throw new UserError({ message, location: { file } });
  }
};

/**
 * Reads one array. `array` names it in a .npz; in JSON lines it is the field to look up where a
 * line is an object, and `field` is that without it. Throws UserError naming the file.
 */
export const readArray = async (
  file: string,
  array: string | undefined,
  field: string,
): Promise<TensorData> => {
  const problem = arrayFileProblem(file);
  if (problem !== null) throw new UserError(problem);
  const bytes = await readBytes(file);
  switch (endingOf(file)) {
    case '.npy':
      return parseNpy(bytes, file);
    case '.npz':
      return parseNpz(bytes, file, array);
    case '.pb':
      // Only here is the reader of ONNX needed, which takes long to load.
      return (await import('./tensorproto.js')).parseTensorProto(bytes, file);
    default:
      return parseJsonLines(new TextDecoder().decode(bytes), file, array ?? field);
  }
};
