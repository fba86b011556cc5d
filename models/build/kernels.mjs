/**
 * The matrix product of gemm.as, compiled when asked for, and memory to keep matrices in.
 */
import { readFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const PAGE = 65_536;

/** The wasm module's bytes. Throws with the compiler's messages. */
const compile = async () => {
  const sources = { 'gemm.ts': await readFile(new URL('./gemm.as', import.meta.url), 'utf8') };
  let binary;
  let messages = '';
  const { error } = await asc.main(
    [
      'gemm.ts',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--importMemory',
      '-o',
      'gemm.wasm',
    ],
    {
      readFile: (name) => sources[name] ?? null,
      writeFile: (name, contents) => {
        if (name === 'gemm.wasm') binary = contents;
      },
      listFiles: () => [],
      stderr: { write: (text) => (messages += String(text)) },
    },
  );
  if (error !== null || binary === undefined) throw new Error(`gemm.as does not compile: ${messages}`);
  return binary;
};

/**
 * Opens the kernels with `megabytes` of memory. `floats(n)` reserves a zeroed Float32Array that the
 * kernels can see; it is never freed. `gemm` multiplies such arrays, see gemm.as.
 */
export const openKernels = async (megabytes) => {
  const pages = Math.ceil((megabytes * 2 ** 20) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { instance } = await WebAssembly.instantiate(await compile(), {
    env: {
      memory,
      abort: () => {
        throw new Error('the kernel aborted');
      },
    },
  });
  let next = instance.exports.heapStart();
  const floats = (length) => {
    const start = Math.ceil(next / 16) * 16;
    next = start + length * 4;
    if (next > pages * PAGE) throw new Error(`the trainer needs more than ${megabytes} MB`);
    return new Float32Array(memory.buffer, start, length);
  };
  /** A view of a matrix: its array, an offset in elements, and its strides. */
  const gemm = (m, n, k, a, b, c, accumulate = false) =>
    instance.exports.gemm(
      m,
      n,
      k,
      a.array.byteOffset + (a.offset ?? 0) * 4,
      a.row,
      a.column,
      b.array.byteOffset + (b.offset ?? 0) * 4,
      b.row,
      b.column,
      c.array.byteOffset + (c.offset ?? 0) * 4,
      accumulate,
    );
  return { floats, gemm };
};
