/** Writes NumPy's .npz: a zip of .npy files (numpy.org, "numpy.lib.format", version 1.0). */
import { zipSync } from 'fflate';

/** One array as .npy, in C order. `descr` is NumPy's name of the type: '|u1', '<i8'. */
const npy = (descr, shape, data) => {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Magic (6), version (2), length (2) and header together fill a multiple of 64 bytes.
  const header = Buffer.from(`${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`, 'latin1');
  const prefix = Buffer.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ]);
  return new Uint8Array(
    Buffer.concat([prefix, header, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]),
  );
};

/** Arrays by name, compressed. The date is fixed, so equal arrays make equal files. */
export const npz = (arrays) =>
  zipSync(
    Object.fromEntries(
      Object.entries(arrays).map(([name, { descr, shape, data }]) => [
        `${name}.npy`,
        npy(descr, shape, data),
      ]),
    ),
    { level: 9, mtime: new Date(1980, 0, 1) },
  );
