// Single-precision matrix product for the trainer, in AssemblyScript (https://www.assemblyscript.org),
// compiled to WebAssembly SIMD by kernels.mjs when training starts. The same bits come out on every
// machine: WebAssembly has no fused multiply-add and a fixed order of operations, so a rebuilt model
// equals the committed one.
//
// The scheme is that of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
// (ACM TOMS 34(3), 2008): blocks of A and B are packed into panels, and a small kernel keeps a tile
// of C in registers while it walks along the panels.

/** Rows and columns of the register tile. */
const MR: i32 = 4;
const NR: i32 = 8;
/** Block sizes: a panel of B (KC x NR) stays in the first-level cache, a block of A in the second. */
const MC: i32 = 128;
const KC: i32 = 256;
const NC: i32 = 512;

const packedA: usize = memory.data(MC * KC * 4, 16);
const packedB: usize = memory.data(KC * NC * 4, 16);
const edge: usize = memory.data(MR * NR * 4, 16);

/** Where the memory after the module's own data begins. */
export function heapStart(): usize {
  return __heap_base;
}

/** Copies rows x depth of a strided matrix into panels of `width` rows, padded with zeros. */
function pack(to: usize, from: usize, rows: i32, depth: i32, rowStride: i32, depthStride: i32, width: i32): void {
  for (let panel = 0; panel < rows; panel += width) {
    const filled = min(width, rows - panel);
    let source = from + ((<usize>(panel * rowStride)) << 2);
    for (let p = 0; p < depth; p++) {
      for (let i = 0; i < filled; i++) {
        store<f32>(to + ((<usize>i) << 2), load<f32>(source + ((<usize>(i * rowStride)) << 2)));
      }
      for (let i = filled; i < width; i++) store<f32>(to + ((<usize>i) << 2), 0);
      to += (<usize>width) << 2;
      source += (<usize>depthStride) << 2;
    }
  }
}

/** One tile: C[4 x 8] = or += A panel (depth x 4) times B panel (depth x 8). `ldc` in bytes. */
function tile(depth: i32, a: usize, b: usize, c: usize, ldc: usize, add: bool): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    a += MR * 4;
    b += NR * 4;
  }
  storeRow(c, c00, c01, add);
  storeRow(c + ldc, c10, c11, add);
  storeRow(c + 2 * ldc, c20, c21, add);
  storeRow(c + 3 * ldc, c30, c31, add);
}

// @ts-ignore: decorator
@inline
function storeRow(to: usize, low: v128, high: v128, add: bool): void {
  if (add) {
    low = f32x4.add(v128.load(to), low);
    high = f32x4.add(v128.load(to, 16), high);
  }
  v128.store(to, low);
  v128.store(to, high, 16);
}

/**
 * C[m x n] = A[m x k] B[k x n], or C += with `accumulate`. Pointers in bytes; strides in elements,
 * a row's and a column's for A and B, so that a transposed matrix is the same matrix with its
 * strides swapped. Rows of C are contiguous, `n` apart.
 */
export function gemm(
  m: i32, n: i32, k: i32,
  a: usize, aRow: i32, aCol: i32,
  b: usize, bRow: i32, bCol: i32,
  c: usize, accumulate: bool,
): void {
  const ldc: usize = (<usize>n) << 2;
  for (let jc = 0; jc < n; jc += NC) {
    const nc = min(NC, n - jc);
    for (let pc = 0; pc < k; pc += KC) {
      const kc = min(KC, k - pc);
      const add = accumulate || pc > 0;
      pack(packedB, b + ((<usize>(pc * bRow + jc * bCol)) << 2), nc, kc, bCol, bRow, NR);
      for (let ic = 0; ic < m; ic += MC) {
        const mc = min(MC, m - ic);
        pack(packedA, a + ((<usize>(ic * aRow + pc * aCol)) << 2), mc, kc, aRow, aCol, MR);
        for (let jr = 0; jr < nc; jr += NR) {
          const panelB = packedB + ((<usize>(jr * kc)) << 2);
          for (let ir = 0; ir < mc; ir += MR) {
            const panelA = packedA + ((<usize>(ir * kc)) << 2);
            const to = c + ((<usize>((ic + ir) * n + jc + jr)) << 2);
            const rows = min(MR, mc - ir);
            const columns = min(NR, nc - jr);
            if (rows == MR && columns == NR) {
              tile(kc, panelA, panelB, to, ldc, add);
              continue;
            }
            // A tile over the edge of C is made beside it, and the part inside is copied.
            tile(kc, panelA, panelB, edge, NR * 4, false);
            for (let i = 0; i < rows; i++) {
              for (let j = 0; j < columns; j++) {
                const cell = to + <usize>i * ldc + ((<usize>j) << 2);
                const value = load<f32>(edge + ((<usize>(i * NR + j)) << 2));
                store<f32>(cell, add ? load<f32>(cell) + value : value);
              }
            }
          }
        }
      }
    }
  }
}
