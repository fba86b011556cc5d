/** The models in models/ through the real runtime: they load, they are right, they say what they are. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNpz } from '../../src/model/npz.js';
import { readModelInfo } from '../../src/model/read.js';
import { createRandom } from '../../src/stats/random.js';

const at = (file: string): string => fileURLToPath(new URL(`../../models/${file}`, import.meta.url));
const open = (file: string): Promise<InferenceSession> =>
  InferenceSession.create(at(file), { intraOpNumThreads: 1 });

const digits = parseNpz(readFileSync(at('digits-test.npz')), 'digits-test.npz', 'images');
const labels = parseNpz(readFileSync(at('digits-test.npz')), 'digits-test.npz', 'labels');

/** Digits `from` to `to` as the models take them. */
const images = (from: number, to: number): Tensor => {
  const bytes = (digits.data as Uint8Array).subarray(from * 784, to * 784);
  // The factor that the scenarios give as `scale`.
  return new Tensor(
    'float32',
    Float32Array.from(bytes, (pixel) => pixel * 0.00392156862745098),
    [to - from, 1, 28, 28],
  );
};

const floats = (tensor: Tensor | undefined): Float32Array => tensor?.data as Float32Array;

const largestDifference = (a: Float32Array, b: Float32Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] ?? Number.NaN))), 0);
};

describe('the held-out digits', () => {
  it('are a thousand images with labels, every class among them, small enough to commit', () => {
    expect(digits).toMatchObject({ dtype: 'uint8', dims: [1000, 1, 28, 28] });
    expect(labels).toMatchObject({ dtype: 'int64', dims: [1000] });
    const counts = new Map<bigint, number>();
    for (const label of labels.data as BigInt64Array) counts.set(label, (counts.get(label) ?? 0) + 1);
    expect([...counts.keys()].toSorted((a, b) => Number(a - b))).toEqual([
      0n,
      1n,
      2n,
      3n,
      4n,
      5n,
      6n,
      7n,
      8n,
      9n,
    ]);
    expect(Math.min(...counts.values())).toBeGreaterThan(60);
    expect(statSync(at('digits-test.npz')).size).toBeLessThan(300_000);
  });

  it('are not sorted: any hundred in a row hold most classes', () => {
    for (let start = 0; start < 1000; start += 100) {
      expect(
        new Set((labels.data as BigInt64Array).subarray(start, start + 100)).size,
      ).toBeGreaterThanOrEqual(8);
    }
  });
});

describe.each([
  { name: 'mlp', least: 0.94 },
  { name: 'cnn', least: 0.98 },
  { name: 'wide', least: 0.97 },
])('digits-$name.onnx', ({ name, least }) => {
  const file = `digits-${name}.onnx`;
  let session: InferenceSession;
  beforeAll(async () => {
    session = await open(file);
  });
  afterAll(async () => {
    await session.release();
  });

  it('is small, float32, and has a dynamic batch', async () => {
    const info = await readModelInfo(at(file));
    expect(info.bytes).toBeLessThan(2_000_000);
    expect(info.irVersion).toBeLessThanOrEqual(10);
    expect(info.opsets['ai.onnx']).toBeGreaterThanOrEqual(17);
    expect(Object.keys(info.weightBytes)).toEqual(['float32']);
    expect(info.inputs).toEqual([
      { name: 'image', kind: 'tensor', dtype: 'float32', shape: ['batch', 1, 28, 28] },
    ]);
    expect(info.outputs).toEqual([
      { name: 'logits', kind: 'tensor', dtype: 'float32', shape: ['batch', 10] },
    ]);
  });

  it(`is right about at least ${least * 100}% of the held-out digits`, async () => {
    let correct = 0;
    for (let start = 0; start < 1000; start += 100) {
      const logits = floats((await session.run({ image: images(start, start + 100) }))['logits']);
      for (let item = 0; item < 100; item += 1) {
        const row = logits.subarray(item * 10, item * 10 + 10);
        if (BigInt(row.indexOf(Math.max(...row))) === labels.data[start + item]) correct += 1;
      }
    }
    expect(correct / 1000).toBeGreaterThanOrEqual(least);
  });

  it('gives an item the same answer alone as in a batch', async () => {
    const together = floats((await session.run({ image: images(0, 8) }))['logits']);
    const alone = floats((await session.run({ image: images(5, 6) }))['logits']);
    expect(largestDifference(alone, together.subarray(50, 60))).toBeLessThan(1e-4);
  });
});

it('the wide network is an order of magnitude more work than the small one', async () => {
  const sessions = [await open('digits-cnn.onnx'), await open('digits-wide.onnx')];
  const image = images(0, 16);
  const times: number[][] = sessions.map(() => []);
  for (let run = 0; run < 21; run += 1) {
    for (const [index, session] of sessions.entries()) {
      const start = performance.now();
      await session.run({ image });
      times[index]?.push(performance.now() - start);
    }
  }
  const [cnn, wide] = times.map((list) => list.toSorted((a, b) => a - b)[10] ?? Number.NaN);
  await Promise.all(sessions.map((session) => session.release()));
  // 16.6 times the multiply-adds; the least asked for leaves room for a busy machine.
  expect((wide ?? Number.NaN) / (cnn ?? Number.NaN)).toBeGreaterThan(4);
});

describe('the generated text encoder', () => {
  const script = at('build/text-encoder.mjs');
  let session: InferenceSession;

  beforeAll(async () => {
    execFileSync(process.execPath, [script], { stdio: 'ignore' });
    session = await open('generated/text-encoder.onnx');
  });
  afterAll(async () => {
    await session.release();
  });

  /** Pooled vectors of rows of ids; `counting[row]` tokens of a row have mask 1, the rest is padding. */
  const encode = async (
    rows: readonly (readonly number[])[],
    counting: readonly number[],
  ): Promise<Float32Array> => {
    const length = rows[0]?.length ?? 0;
    const ids = BigInt64Array.from(rows.flat(), BigInt);
    const mask = BigInt64Array.from(
      rows.flatMap((_, row) =>
        Array.from({ length }, (_unused, token) => (token < (counting[row] ?? 0) ? 1n : 0n)),
      ),
    );
    const dims = [rows.length, length];
    const { pooled } = await session.run({
      input_ids: new Tensor('int64', ids, dims),
      attention_mask: new Tensor('int64', mask, dims),
    });
    expect(pooled?.dims).toEqual([rows.length, 384]);
    return floats(pooled);
  };

  const random = createRandom(7);
  const tokens = (length: number): number[] => Array.from({ length }, () => random.int(8000));

  it('says that its weights are random, and names batch and sequence', async () => {
    const info = await readModelInfo(at('generated/text-encoder.onnx'));
    expect(info.symbolicDims).toEqual(['batch', 'sequence']);
    expect(info.inputs.map((input) => [input.name, input.dtype])).toEqual([
      ['input_ids', 'int64'],
      ['attention_mask', 'int64'],
    ]);
    expect(info.operators).toMatchObject({ Erf: 6, Softmax: 6, LayerNormalization: 13 });
    expect(readFileSync(at('generated/text-encoder.onnx')).subarray(0, 400).toString('latin1')).toContain(
      'random weights',
    );
  });

  it('is made again only when the generator changed', () => {
    const file = at('generated/text-encoder.onnx');
    const before = statSync(file).mtimeMs;
    execFileSync(process.execPath, [script], { stdio: 'ignore' });
    expect(statSync(file).mtimeMs).toBe(before);
  });

  it('gives finite numbers that differ between texts, at any length up to 512', async () => {
    for (const length of [1, 17, 512]) {
      const pooled = await encode([tokens(length), tokens(length)], [length, length]);
      expect(pooled.every(Number.isFinite)).toBe(true);
      expect(largestDifference(pooled.subarray(0, 384), pooled.subarray(384))).toBeGreaterThan(0.1);
    }
  });

  it('ignores what the mask hides', async () => {
    const text = tokens(20);
    const plain = await encode([text], [20]);
    const padded = await encode([[...text, ...tokens(12)]], [20]);
    expect(largestDifference(plain, padded)).toBeLessThan(1e-4);
    const unhidden = await encode([[...text, ...tokens(12)]], [32]);
    expect(largestDifference(plain, unhidden)).toBeGreaterThan(0.01);
  });

  it('attends: what a token changes depends on the other tokens', async () => {
    const rest = tokens(14);
    const [first, second, third, fourth] = tokens(4) as [number, number, number, number];
    const effect = async (beside: number): Promise<Float32Array> => {
      const pooled = await encode(
        [
          [first, beside, ...rest],
          [second, beside, ...rest],
        ],
        [16, 16],
      );
      return pooled.subarray(0, 384).map((value, index) => value - (pooled[384 + index] ?? Number.NaN));
    };
    expect(largestDifference(await effect(third), await effect(fourth))).toBeGreaterThan(0.001);
  });

  it('reads in order', async () => {
    const text = tokens(24);
    const plain = await encode([text], [24]);
    const reversed = await encode([text.toReversed()], [24]);
    expect(largestDifference(plain, reversed)).toBeGreaterThan(0.01);
  });

  it('gives a row the same answer alone as in a batch', async () => {
    const rows = [tokens(32), tokens(32), tokens(32)];
    const together = await encode(rows, [32, 11, 20]);
    for (const [row, counting] of [32, 11, 20].entries()) {
      const alone = await encode([rows[row] ?? []], [counting]);
      expect(largestDifference(alone, together.subarray(row * 384, row * 384 + 384))).toBeLessThan(1e-4);
    }
  });

  it('answers zeros, not NaN, for padding alone', async () => {
    const pooled = await encode([tokens(8)], [0]);
    expect(pooled.every((value) => value === 0)).toBe(true);
  });
});
