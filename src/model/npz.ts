/** NumPy's .npz: a zip archive with one .npy for each array. */
import { unzipSync, zipSync } from 'fflate';
import { messageOf, UserError } from '../vocabulary/errors.js';
import { suggest } from '../vocabulary/suggest.js';
import { formatNpy, parseNpy } from './npy.js';
import type { TensorData } from './types.js';

const SUFFIX = '.npy';

const nameOf = (entry: string): string => (entry.endsWith(SUFFIX) ? entry.slice(0, -SUFFIX.length) : entry);

/** Unpacks the entries that `wanted` accepts; it sees every name. */
const unpack = (
  bytes: Uint8Array,
  file: string,
  wanted: (name: string) => boolean,
): Record<string, Uint8Array> => {
  try {
    return unzipSync(bytes, { filter: (entry) => wanted(nameOf(entry.name)) });
  } catch (error) {
    throw new UserError({
      message: `cannot read the archive: ${messageOf(error)}.`,
      hint: 'Write it with numpy.savez() or numpy.savez_compressed().',
      location: { file },
    });
  }
};

/** The names of the arrays in a .npz file. Throws UserError when it is no zip archive. */
export const listNpz = (bytes: Uint8Array, file: string): string[] => {
  const names: string[] = [];
  unpack(bytes, file, (name) => {
    names.push(name);
    return false;
  });
  return names;
};

/**
 * One array of a .npz file; without a name, the only one. Throws UserError when the archive cannot
 * be read, has no array of that name, or has several and none was named.
 */
export const parseNpz = (bytes: Uint8Array, file: string, array?: string): TensorData => {
  const names = listNpz(bytes, file);
  if (array === undefined && names.length !== 1) {
    throw new UserError({
      message:
        names.length === 0 ? 'the archive holds no arrays.' : `the archive holds ${names.length} arrays.`,
      hint:
        names.length === 0 ? 'Write it with numpy.savez().' : `Say which with array: ${names.join(', ')}.`,
      location: { file },
    });
  }
  const name = array ?? names[0] ?? '';
  if (!names.includes(name)) {
    throw new UserError({
      message: `the archive holds no array "${name}".`,
      hint: suggest(name, names, 'It holds'),
      location: { file },
    });
  }
  const entry = Object.values(unpack(bytes, file, (candidate) => candidate === name))[0];
  return parseNpy(entry ?? new Uint8Array(), `${file}/${name}${SUFFIX}`);
};

/** The bytes of a compressed .npz file; the same arrays always give the same bytes. */
export const formatNpz = (arrays: Readonly<Record<string, TensorData>>): Uint8Array =>
  zipSync(
    Object.fromEntries(
      Object.entries(arrays).map(([name, tensor]) => [`${name}${SUFFIX}`, formatNpy(tensor)]),
    ),
    // A zip entry carries a time; a fixed one keeps the bytes the same.
    { level: 9, mtime: '1980-01-02T00:00:00' },
  );
