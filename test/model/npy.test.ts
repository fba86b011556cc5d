/** The files in fixtures/arrays are NumPy's own, written by make.py beside them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeHalf } from '../../src/model/half.js';
import { formatNpy, parseNpy } from '../../src/model/npy.js';
import { formatNpz, listNpz, parseNpz } from '../../src/model/npz.js';
import type { TensorArray, TensorData } from '../../src/model/types.js';
import { UserError } from '../../src/vocabulary/errors.js';

const bytesOf = (name: string): Uint8Array =>
  readFileSync(new URL(`../fixtures/arrays/${name}`, import.meta.url));
const load = (name: string): TensorData => parseNpy(bytesOf(name), name);

const numbersOf = (tensor: TensorData): number[] =>
  Array.from(tensor.data as ArrayLike<number | bigint>, (value) =>
    tensor.dtype === 'float16' ? decodeHalf(Number(value)) : Number(value),
  );

const NAMES: Record<string, string> = {
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
};

const expectedFor = (code: string): number[] => {
  if (code.startsWith('f')) return [0, -0.5, -1, -1.5, -2, -2.5];
  return code.startsWith('i') ? [0, -1, -2, -3, -4, -5] : [0, 1, 2, 3, 4, 5];
};

describe('parseNpy', () => {
  it.each(Object.keys(NAMES))('reads little-endian %s', (code) => {
    const tensor = load(`little-${code}.npy`);
    expect(tensor.dtype).toBe(NAMES[code]);
    expect(tensor.dims).toEqual([2, 3]);
    expect(numbersOf(tensor)).toEqual(expectedFor(code));
  });

  it.each(Object.keys(NAMES).filter((code) => !code.endsWith('1')))('reads big-endian %s', (code) => {
    const tensor = load(`big-${code}.npy`);
    expect(tensor.dtype).toBe(NAMES[code]);
    expect(numbersOf(tensor)).toEqual(expectedFor(code));
  });

  it('reads booleans, scalars and arrays without elements', () => {
    expect(load('bool.npy')).toEqual({ dtype: 'bool', dims: [3], data: Uint8Array.of(1, 0, 1) });
    expect(load('scalar.npy')).toEqual({ dtype: 'int64', dims: [], data: BigInt64Array.of(16000n) });
    expect(load('empty.npy')).toEqual({ dtype: 'float32', dims: [0, 4], data: new Float32Array() });
  });

  it('reads unicode and byte strings without their padding', () => {
    expect(load('unicode.npy')).toEqual({
      dtype: 'string',
      dims: [2, 2],
      data: ['a', 'späť', '', '日本 😀'],
    });
    expect(load('unicode-big.npy').data).toEqual(['ab', 'c']);
    expect(load('bytes.npy').data).toEqual(['ab', 'cde']);
  });

  it.each(['version2.npy', 'version3.npy'])('reads %s', (name) => {
    expect(numbersOf(load(name))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('reads data at an odd place of a larger buffer', () => {
    const bytes = bytesOf('little-f8.npy');
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(numbersOf(parseNpy(shifted.subarray(3), 'x.npy'))).toEqual(expectedFor('f8'));
  });

  it.each([
    ['fortran.npy', 'Fortran order'],
    ['object.npy', 'astype(str)'],
    ['structured.npy', 'named fields'],
    ['complex.npy', '"<c16"'],
    ['make.py', 'not a NumPy array'],
  ])('refuses %s in one line', (name, message) => {
    expect(() => load(name)).toThrow(UserError);
    expect(() => load(name)).toThrow(message);
    expect(() => load(name)).toThrow(new RegExp(`^${name}: [^\n]+$`));
  });

  it('says that a file is cut short, wherever it was cut', () => {
    const bytes = bytesOf('little-f4.npy');
    for (const length of [8, 40, 127, bytes.length - 1]) {
      expect(() => parseNpy(bytes.subarray(0, length), 'x.npy'), `${length} bytes`).toThrow('cut short');
    }
    expect(() => parseNpy(new Uint8Array(), 'x.npy')).toThrow('empty');
  });
});

describe('formatNpy', () => {
  it.each(Object.keys(NAMES))('writes %s byte for byte as NumPy does', (code) => {
    const name = `little-${code}.npy`;
    expect(Buffer.from(formatNpy(load(name)))).toEqual(Buffer.from(bytesOf(name)));
  });

  it.each(['bool.npy', 'unicode.npy', 'scalar.npy', 'empty.npy'])(
    'writes %s byte for byte as NumPy does',
    (name) => {
      expect(Buffer.from(formatNpy(load(name)))).toEqual(Buffer.from(bytesOf(name)));
    },
  );

  it('writes the part that a typed array shows of a larger buffer', () => {
    const data: TensorArray = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    expect(numbersOf(parseNpy(formatNpy({ dtype: 'float32', dims: [2], data }), 'x.npy'))).toEqual([1, 2]);
  });
});

describe('npz', () => {
  it('reads an array by name, and the only one without a name', () => {
    const plain = bytesOf('plain.npz');
    expect(listNpz(plain, 'plain.npz')).toEqual(['images', 'labels']);
    expect(parseNpz(plain, 'plain.npz', 'images').dims).toEqual([2, 2, 2]);
    expect(numbersOf(parseNpz(plain, 'plain.npz', 'labels'))).toEqual([1, 0]);
    const packed = parseNpz(bytesOf('packed.npz'), 'packed.npz');
    expect(packed.dims).toEqual([200]);
    expect(numbersOf(packed).slice(0, 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 1]);
  });

  it('says which arrays there are', () => {
    const plain = bytesOf('plain.npz');
    expect(() => parseNpz(plain, 'plain.npz')).toThrow(/holds 2 arrays.*array: images, labels/);
    expect(() => parseNpz(plain, 'plain.npz', 'image')).toThrow('Did you mean "images"?');
    expect(() => parseNpz(bytesOf('bool.npy'), 'bool.npz')).toThrow(/^bool\.npz: cannot read the archive/);
  });

  it('writes what it reads, always with the same bytes', () => {
    const arrays = { x: load('little-f4.npy'), labels: load('little-i8.npy') };
    const written = formatNpz(arrays);
    expect(parseNpz(written, 'x.npz', 'x')).toEqual(arrays.x);
    expect(parseNpz(written, 'x.npz', 'labels')).toEqual(arrays.labels);
    expect(Buffer.from(formatNpz(arrays))).toEqual(Buffer.from(written));
  });
});
