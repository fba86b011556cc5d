import { describe, expect, it } from 'vitest';
import { AXES, defaultParams } from '../../src/vocabulary/params.js';
import { parse } from './helpers.js';

/** Axes of a sweep that the scenario below doesn't name. */
const unswept = AXES.filter(({ key }) => key !== 'model' && key !== 'precision' && key !== 'dims');

const FULL = `
# yaml-language-server: $schema=../schema/scenario.schema.json
name: batching
description: how far batches pay
models:
  cnn: {path: ../models/cnn.onnx, variants: {int8: ./cnn.int8.onnx}}
  mlp: {path: ../models/mlp.onnx, pool: 64, dims: {}}
batchDim: N
dims: {sequence: [16, 128], height: 32}
inputs:
  ids: {from: integers, min: 0, max: 30521}
  x: {from: uniform, min: 0, max: 1, shape: [batch, 3, height, width]}
  y: {from: normal, mean: 0, stdev: 2}
  mask: 1
  flag: true
  text: [a, b]
  image: ./digits-test.npz
  scaled: {from: file, file: /data/digits.npz, array: images, scale: 0.00392}
  state: {from: state, output: stateN}
labels: {file: ./digits-test.npz, array: labels, output: logits}
module: ./prepost.mjs
precision: [original, int8]
sweep:
  batch: [1, 4, 16]
  threads: [1, auto, 0]
  interThreads: 1
  graphOptimization: [all, disabled]
  executionMode: parallel
  spinning: [on, false]
  idle: [0, 50ms]
exclude: [{batch: 16, threads: 0, spinning: true, idle: 0ms}]
include: [{batch: 64, threads: 2, model: cnn, sequence: 16, graphOptimization: basic}]
measure:
  rounds: {until: decided, looks: [4, 8]}
  warmup: {maxDuration: 5s}
  duration: 2s
  minSamples: 100
  budget: 10m
  deadline: 2m
  memoryLimit: 2GiB
  seed: 42
sla:
  - p99 <= 40ms
  - accuracy >= 98% where precision = int8 and model = cnn
objective: minimize p50
mute: [drift]
`;

describe('a scenario that says everything', () => {
  const scenario = parse(FULL);

  it('gives its models what is theirs and what they share', () => {
    expect(
      scenario.models.map(({ name, path, variants, pool, batchDim }) => ({
        name,
        path,
        variants,
        pool,
        batchDim,
      })),
    ).toEqual([
      {
        name: 'cnn',
        path: '/proj/models/cnn.onnx',
        variants: { int8: '/proj/scenarios/cnn.int8.onnx' },
        pool: 32,
        batchDim: 'N',
      },
      { name: 'mlp', path: '/proj/models/mlp.onnx', variants: {}, pool: 64, batchDim: 'N' },
    ]);
    expect(scenario.models.map((model) => model.dims)).toEqual([
      [
        { sequence: 16, height: 32 },
        { sequence: 128, height: 32 },
      ],
      [{}],
    ]);
    expect(scenario.models[0]).toMatchObject({
      labels: { file: '/proj/scenarios/digits-test.npz', array: 'labels', output: 'logits' },
      module: '/proj/scenarios/prepost.mjs',
    });
  });

  it('spells inputs out', () => {
    expect(scenario.models[0]?.inputs).toEqual({
      ids: { from: 'integers', min: 0, max: 30521 },
      x: { from: 'uniform', min: 0, max: 1, shape: ['batch', 3, 'height', 'width'] },
      y: { from: 'normal', mean: 0, stdev: 2 },
      mask: { from: 'constant', value: 1 },
      flag: { from: 'constant', value: true },
      text: { from: 'strings', values: ['a', 'b'] },
      image: { from: 'file', file: '/proj/scenarios/digits-test.npz' },
      scaled: { from: 'file', file: '/data/digits.npz', array: 'images', scale: 0.00392 },
      state: { from: 'state', output: 'stateN', initial: 0 },
    });
  });

  it('reads axes, without repeats', () => {
    expect(scenario.sweep).toEqual({
      ...Object.fromEntries(unswept.map(({ key, fallback }) => [key, [fallback]])),
      batch: [1, 4, 16],
      threads: [1, 0],
      interThreads: [1],
      graphOptimization: ['all', 'disabled'],
      executionMode: ['parallel'],
      spinning: [true, false],
      idle: [0, 50_000_000],
    });
    expect(scenario.precision).toEqual(['original', 'int8']);
  });

  it('brings conditions into the spelling of tables', () => {
    expect(scenario.exclude).toEqual([
      {
        conditions: [
          { key: 'batch', value: '16' },
          { key: 'threads', value: 'auto' },
          { key: 'spinning', value: 'on' },
          { key: 'idle', value: '0' },
        ],
        mustMatch: true,
        location: { file: 's.yaml', line: 31, column: 11 },
      },
    ]);
  });

  it('completes included cells: the only value of the sweep, or the default', () => {
    expect(scenario.include).toEqual([
      {
        ...defaultParams(),
        model: 'cnn',
        precision: 'original',
        dims: { sequence: 16, height: 32 },
        batch: 64,
        threads: 2,
        interThreads: 1,
        graphOptimization: 'basic',
        executionMode: 'parallel',
        spinning: true,
        idle: 0,
      },
    ]);
  });

  it('reads how to measure', () => {
    expect(scenario.measure).toEqual({
      cold: { pageCache: 'dropped', starts: 20 },
      rounds: { looks: [4, 8] },
      warmup: { requests: null, maxDuration: 5e9 },
      sampling: { samples: null, duration: 2e9, minSamples: 100 },
      budget: 600e9,
      deadline: 120e9,
      memoryLimit: 2 ** 31,
      seed: 42,
    });
  });

  it('reads rules with their places, the objective and what is mute', () => {
    expect(scenario.rules).toEqual([
      {
        text: 'p99 <= 40ms',
        metric: 'p99',
        operator: '<=',
        limit: 40e6,
        where: [],
        location: { file: 's.yaml', line: 43, column: 5 },
      },
      {
        text: 'accuracy >= 98% where precision = int8 and model = cnn',
        metric: 'accuracy',
        operator: '>=',
        limit: 0.98,
        where: [
          { key: 'precision', value: 'int8' },
          { key: 'model', value: 'cnn' },
        ],
        location: { file: 's.yaml', line: 44, column: 5 },
      },
    ]);
    expect(scenario.objective).toEqual({ text: 'minimize p50', direction: 'minimize', metric: 'p50' });
    expect(scenario.mute).toEqual(['drift']);
    expect(scenario).toMatchObject({
      name: 'batching',
      description: 'how far batches pay',
      file: 's.yaml',
      source: FULL,
    });
  });
});

describe('defaults', () => {
  it('measure a model with nothing else said', () => {
    const scenario = parse('model: ../m/tiny.model.onnx');
    expect(scenario).toMatchObject({
      name: 's',
      models: [
        {
          name: 'tiny.model',
          path: '/proj/m/tiny.model.onnx',
          variants: {},
          dims: [{}],
          inputs: {},
          pool: 32,
        },
      ],
      precision: ['original'],
      sweep: {
        batch: [1],
        threads: [0],
        interThreads: [0],
        graphOptimization: ['all'],
        executionMode: ['sequential'],
        spinning: [true],
        idle: [0],
      },
      exclude: [],
      include: [],
      measure: {
        rounds: { fixed: 5 },
        warmup: { requests: null, maxDuration: 10e9 },
        sampling: { samples: null, duration: 1e9, minSamples: 300 },
        budget: null,
        memoryLimit: null,
        seed: 1,
      },
      rules: [],
      mute: [],
    });
  });

  it('measure the original and every variant', () => {
    expect(
      parse('models: {a: {path: a.onnx, variants: {int8: b, fp16: c}}, d: {path: d, variants: {int8: e}}}')
        .precision,
    ).toEqual(['original', 'int8', 'fp16']);
  });

  it('leave a process two minutes beside what its warm-up and sampling may take', () => {
    const deadline = (measure: string): number =>
      parse(`model: a.onnx\nmeasure: ${measure}`).measure.deadline / 1e9;
    expect(deadline('{}')).toBe(120 + 10 + 10);
    expect(deadline('{duration: 30s, warmup: {maxDuration: 60s}}')).toBe(120 + 60 + 300);
    expect(deadline('{samples: 1000}')).toBe(120 + 10 + 600);
    expect(parse('model: a.onnx\nmeasure: {warmup: 20, deadline: 3m}').measure.warmup).toEqual({
      requests: 20,
      maxDuration: 180e9,
    });
  });

  it('decide by throughput when there are limits, by the tail when there are none', () => {
    expect(parse('model: a.onnx').objective?.text).toBe('minimize p99');
    expect(parse('model: a.onnx\nsla: p99 <= 1ms').objective?.text).toBe('maximize throughput');
  });

  it('name the scenario after its file, in letters that a folder can have', () => {
    expect(parse('model: a.onnx', { file: 'x/My batch: 3*.yaml' }).name).toBe('My batch- 3-');
    expect(parse('model: a.onnx', { file: '.hidden' }).name).toBe('hidden');
    expect(parse('model: a.onnx', { file: '...' }).name).toBe('scenario');
  });
});

describe('short forms', () => {
  it('stand for the long ones', () => {
    const scenario = parse(
      'model: {path: a.onnx, pool: 3}\npool: 9\nmeasure: {rounds: until-decided, warmup: 7, samples: 50}\nsla: p99 <= 1ms\nmute: drift\nprecision: original\n',
    );
    expect(scenario.models[0]?.pool).toBe(3);
    expect(scenario.measure).toMatchObject({
      rounds: { looks: [5, 10, 20] },
      warmup: { requests: 7 },
      sampling: { samples: 50, duration: null, minSamples: 50 },
    });
    expect(scenario.rules.map((rule) => rule.text)).toEqual(['p99 <= 1ms']);
    expect(scenario.mute).toEqual(['drift']);
  });
});

describe('dims and mix', () => {
  const dims = (text: string): unknown => parse(`model: a.onnx\n${text}`).models[0]?.dims;

  it('are swept as a product', () => {
    expect(dims('dims: {h: [1, 2], w: [3, 4, 3]}')).toEqual([
      { h: 1, w: 3 },
      { h: 1, w: 4 },
      { h: 2, w: 3 },
      { h: 2, w: 4 },
    ]);
  });

  const mix = 'mix: [{weight: 2, dims: {s: 16}}, {weight: 1, dims: {s: 128}}]';

  it('have the mix as one more value of the dimensions that it names', () => {
    expect(dims(`dims: {s: [16, 64], h: 32}\n${mix}`)).toEqual([
      { s: 16, h: 32 },
      { s: 64, h: 32 },
      {
        mix: [
          { weight: 2, dims: { s: 16, h: 32 } },
          { weight: 1, dims: { s: 128, h: 32 } },
        ],
      },
    ]);
  });

  it('have only the mix where nothing else sizes its dimensions, crossed with the others', () => {
    expect(dims(mix)).toEqual([
      {
        mix: [
          { weight: 2, dims: { s: 16 } },
          { weight: 1, dims: { s: 128 } },
        ],
      },
    ]);
    expect(dims(`dims: {h: [1, 2]}\n${mix}`)).toEqual(
      [1, 2].map((h) => ({
        mix: [
          { weight: 2, dims: { h, s: 16 } },
          { weight: 1, dims: { h, s: 128 } },
        ],
      })),
    );
  });
});

describe('include', () => {
  const include = (text: string): unknown => parse(`model: a.onnx\n${text}`).include[0]?.dims;

  it('takes the one set of sizes, a size outside of the sweep, or the mix', () => {
    expect(include('dims: {s: 16, h: 1}\ninclude: [{batch: 2}]')).toEqual({ s: 16, h: 1 });
    expect(include('dims: {s: [16, 32], h: 1}\ninclude: [{s: 512}]')).toEqual({ s: 512, h: 1 });
    expect(
      include('dims: {s: [16, 32]}\nmix: [{weight: 1, dims: {s: 4}}]\ninclude: [{dims: mix, batch: 2}]'),
    ).toEqual({
      mix: [{ weight: 1, dims: { s: 4 } }],
    });
  });

  it('takes the only precision of the sweep, where the model has it', () => {
    const models = 'models: {a: {path: a.onnx, variants: {int8: b.onnx}}, c: c.onnx}\nprecision: int8\n';
    const cells = parse(`${models}include: [{model: a, batch: 2}, {model: c, batch: 2}]`).include;
    expect(cells.map((cell) => [cell.model, cell.precision])).toEqual([
      ['a', 'int8'],
      ['c', 'original'],
    ]);
  });
});
