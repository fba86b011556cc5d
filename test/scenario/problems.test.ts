import { describe, expect, it } from 'vitest';
import { METRIC_NAMES } from '../../src/vocabulary/metrics.js';
import { AXES } from '../../src/vocabulary/params.js';
import { problems } from './helpers.js';

const ALL_AXES = AXES.map((axis) => axis.key).join(', ');
const METRICS = METRIC_NAMES.filter((name) => name !== 'pNN').join(', ');
const SWEPT =
  'provider, batch, threads, interThreads, graphOptimization, executionMode, spinning, idle, start, optimised';

describe('a scenario with mistakes', () => {
  it('reports five mistakes as those five, each where it stands', () => {
    const text = [
      'modle: ../models/digits-cnn.onnx', // 1: a key that doesn't exist
      'sweep:',
      '  batch: [1, four, 16]', // 2: not a number
      '  graphOptimization: exended', // 3: not one of the words
      'measure:',
      '  duration: 2', // 4: no unit
      'sla:',
      '  - p99 <= 40ms',
      '  - p999 <= 80ms', // 5: no such metric
    ].join('\n');
    expect(problems(text)).toEqual([
      's.yaml:1:1: unknown key "modle"; the keys are name, description, model, models, variants, batchDim, dims, mix, inputs, labels, pool, module, precision, sweep, cache, exclude, include, measure, sla, require, objective, mute. Did you mean "model"?',
      's.yaml:3:14: sweep.batch[1]: expected a whole number of at least 1, found "four"',
      's.yaml:4:22: sweep.graphOptimization: expected one of disabled, basic, extended, layout, all, or a list of such values, found "exended". Did you mean "extended"?',
      's.yaml:6:13: measure.duration: expected a duration with a unit, such as 40ms, 2s or 10m, found 2',
      `s.yaml:9:5: sla[1]: unknown metric "p999"; the metrics are percentiles such as p50 or p99.9, and ${METRICS}. Did you mean "p99.9"?`,
    ]);
  });

  it('tells a misspelt key once, not as missing too', () => {
    expect(problems('model: {pth: a.onnx}\nlabels: {flie: x.npz}')).toEqual([
      's.yaml:1:9: unknown key "pth" in model; the keys are path, variants, batchDim, dims, mix, inputs, labels, pool, module. Did you mean "path"?',
      's.yaml:2:10: unknown key "flie" in labels; the keys are file, array, output. Did you mean "file"?',
    ]);
  });

  it('gives every problem as one line', () => {
    const lines = problems(
      'model: "a\\nb"\nname: "x\\ny"\nsla: ["p99\\n<= 1"]\nvariants: {"a\\nb": c}\n"k\\ny": 1',
    );
    expect(lines.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
      's.yaml:2',
      's.yaml:3',
      's.yaml:4',
      's.yaml:5',
    ]);
  });

  const one = (body: string): string[] => problems(`model: a.onnx\n${body}`);

  it.each(
    [
      // Unions say what fits the value's kind, or all that is possible.
      ['model: 5', 'unused'],
      [
        'sweep: {batch: for}',
        's.yaml:2:16: sweep.batch: expected a whole number of at least 1, or a list of such values, found "for"',
      ],
      ['sweep: {batch: [0]}', 's.yaml:2:17: sweep.batch[0]: expected a whole number of at least 1, found 0'],
      [
        'sweep: {batch: []}',
        's.yaml:2:16: sweep.batch: expected a list with at least one value, found an empty list',
      ],
      [
        'sweep: {threads: [1, many]}',
        's.yaml:2:22: sweep.threads[1]: expected a whole number of threads, or auto, found "many"',
      ],
      [
        'sweep: {spinning: offf}',
        's.yaml:2:19: sweep.spinning: expected true or false (on and off do as well), or a list of such values, found "offf". Did you mean "off"?',
      ],
      [
        'sweep: {idle: 50}',
        's.yaml:2:15: sweep.idle: expected a pause with a unit, such as 0ms or 50ms, or a list of such values, found 50',
      ],
      ['sweep:', `s.yaml:2:1: sweep: expected a mapping with keys among ${SWEPT}, found nothing`],
      [
        'measure: {rounds: many}',
        's.yaml:2:19: measure.rounds: expected a number of rounds, until-decided, or {until: decided, looks: [5, 10, 20]}, found "many"',
      ],
      [
        'measure: {rounds: until-decied}',
        's.yaml:2:19: measure.rounds: expected a number of rounds, until-decided, or {until: decided, looks: [5, 10, 20]}, found "until-decied". Did you mean "until-decided"?',
      ],
      [
        'measure: {rounds: {until: decided, looks: [10, 5]}}',
        's.yaml:2:43: measure.rounds.looks: expected rounds in rising order, such as [5, 10, 20], found a list',
      ],
      [
        'measure: {warmup: stedy}',
        's.yaml:2:19: measure.warmup: expected steady, a number of requests, or {maxDuration: 10s}, found "stedy". Did you mean "steady"?',
      ],
      [
        'measure: {memoryLimit: 2G}',
        's.yaml:2:24: measure.memoryLimit: expected a size with a unit, such as 512MiB or 2GiB, found "2G"',
      ],
      [
        'measure: {budget: 0s}',
        's.yaml:2:19: measure.budget: expected a duration above zero and of at most a week, such as 40ms, 2s or 10m, found "0s"',
      ],
      [
        'measure: {deadline: 99999999999999999h}',
        's.yaml:2:21: measure.deadline: expected a duration above zero and of at most a week, such as 40ms, 2s or 10m, found "99999999999999999h"',
      ],
      ['measure: {seed: 1.5}', 's.yaml:2:17: measure.seed: expected a whole number of at least 0, found 1.5'],
      [
        'measure: {samples: .inf}',
        's.yaml:2:20: measure.samples: expected a whole number from 1 to 2000000, found Infinity',
      ],
      [
        'measure: {samples: 10, duration: 1s}',
        's.yaml:2:24: measure.duration: does not go with samples, which is an exact number of requests. Keep one of them.',
      ],
      [
        'inputs: {x: {from: unifrom}}',
        's.yaml:2:20: inputs.x.from: expected one of uniform, integers, normal, constant, strings, file, state, found "unifrom". Did you mean "uniform"?',
      ],
      [
        'inputs: {x: {min: 1}}',
        's.yaml:2:13: inputs.x: the key "from" is missing; expected one of uniform, integers, normal, constant, strings, file, state',
      ],
      [
        'inputs: {x: {from: normal, mean: 0}}',
        's.yaml:2:13: inputs.x: the key "stdev" is missing; expected a number of at least 0',
      ],
      [
        'inputs: {x: {from: integers, min: 5, max: 3}}',
        's.yaml:2:43: inputs.x.max: expected a number of at least min, 5, found 3',
      ],
      [
        'inputs: {x: images.npx}',
        's.yaml:2:13: inputs.x: expected a path that ends in .npy, .npz, .jsonl or .pb, or {from: ...}, found "images.npx"',
      ],
      ['inputs: {x: [a, 1]}', 's.yaml:2:17: inputs.x[1]: expected text (put it in quotes), found 1'],
      [
        'inputs: {x: {from: uniform, shape: [batch, 0]}}',
        's.yaml:2:44: inputs.x.shape[1]: expected a whole number of at least 1, found 0',
      ],
      [
        'dims: {batch: [1, 2]}',
        's.yaml:2:8: dims.batch: the batch is an axis of its own. Give its sizes under sweep.batch.',
      ],
      [
        'batchDim: N\ndims: {N: 2}',
        's.yaml:3:8: dims.N: the batch is an axis of its own. Give its sizes under sweep.batch.',
      ],
      ['mix: [{weight: 0, dims: {s: 1}}]', 's.yaml:2:16: mix[0].weight: expected a number above 0, found 0'],
      [
        'mix: [{weight: 1, dims: {s: 1}}, {weight: 1, dims: {}}]',
        's.yaml:2:52: mix[1].dims: the size of s is missing, which other parts of the mix give',
      ],
      [
        'variants: {original: b.onnx}',
        's.yaml:2:12: variants.original: not a possible name here; expected another one, since "original" is the model itself',
      ],
      [
        'precision: [int8]',
        's.yaml:2:13: precision[0]: no model has the variant "int8"; the precisions are original',
      ],
      [
        'variants: {int8: b.onnx}\nprecision: itn8',
        's.yaml:3:12: precision: no model has the variant "itn8"; the precisions are original, int8. Did you mean "int8"?',
      ],
      ['models: {b: b.onnx}', 's.yaml:2:1: models: give either "model" or "models". Keep one of them.'],
      [
        'exclude: [{treads: 1}]',
        `s.yaml:2:12: exclude[0].treads: "treads" is neither an axis nor a dimension; the axes are ${ALL_AXES}. Did you mean "threads"?`,
      ],
      [
        'exclude: [{batch: many}]',
        's.yaml:2:19: exclude[0].batch: expected a whole number of at least 1, found "many"',
      ],
      [
        'exclude: [{}]',
        's.yaml:2:11: exclude[0]: expected at least one axis or dimension, found an empty mapping',
      ],
      [
        'exclude: {batch: 1}',
        's.yaml:2:10: exclude: expected a list of mappings such as {batch: 16, threads: 1}, found a mapping',
      ],
      [
        'include: [{batch: 2, precision: int8}]',
        's.yaml:2:33: include[0].precision: the model a has no variant "int8"; its precisions are original',
      ],
      ['dims: {s: [1, 2]}\ninclude: [{batch: 2}]', 's.yaml:3:11: include[0]: must say the size of "s"'],
      [
        'dims: {s: [1, 2]}\ninclude: [{s: big}]',
        's.yaml:3:15: include[0].s: expected a whole number of at least 1, found "big"',
      ],
      ['dims: {s: 1}\ninclude: [{dims: mix}]', 's.yaml:3:18: include[0].dims: the model a has no mix'],
      [
        'sla: [p99 <= 40]',
        's.yaml:2:7: sla[0]: p99 is a duration, in one of ns, us, ms, s, m, h: write 40ms, not "40"',
      ],
      [
        'sla: p99 <= 40ms where sequenec = 16\ndims: {sequence: 16}',
        `s.yaml:2:6: sla: "sequenec" is neither an axis nor a dimension; the axes are ${ALL_AXES}, the dimensions sequence. Did you mean "sequence"?`,
      ],
      [
        'sla: p99 <= 40ms where inter = 1',
        `s.yaml:2:6: sla: "inter" is neither an axis nor a dimension; the axes are ${ALL_AXES}. Did you mean "interThreads"?`,
      ],
      ['sla: []', 's.yaml:2:6: sla: expected a list with at least one value, found an empty list'],
      [
        'objective: maximize p99',
        's.yaml:2:12: objective: p99 is better when it is lower. Write "minimize p99".',
      ],
      [
        'name: a/b',
        's.yaml:2:7: name: expected a name of at most 80 letters, digits, spaces and . _ + -, found "a/b"',
      ],
      ['12: 3', /^s\.yaml:2:1: unknown key "12"; the keys are name, /],
      [
        'dims: {a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], b: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], c: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], d: [1, 2, 3]}',
        's.yaml:2:1: dims: gives 3000 combinations of sizes; 2000 is the limit. Give fewer sizes.',
      ],
    ].slice(1),
  )('%s', (body, message) => {
    expect(one(String(body))).toEqual([
      typeof message === 'string' ? message : expect.stringMatching(message),
    ]);
  });

  it('says what a model may be', () => {
    expect(problems('model: 5')).toEqual([
      's.yaml:1:8: model: expected the path of an ONNX file, or a mapping with the key path, found 5',
    ]);
    expect(problems('model:')).toEqual([
      's.yaml:1:1: model: expected the path of an ONNX file, or a mapping with the key path, found nothing',
    ]);
    expect(problems('models: {}')).toEqual([
      's.yaml:1:9: models: expected at least one model, found an empty mapping',
    ]);
    expect(problems('name: x')).toEqual(['s.yaml:1:1: no model is named. Add "model: path/to/model.onnx".']);
  });

  it('wants the variants of several models with each', () => {
    expect(problems('models: {a: a.onnx, b: b.onnx}\nvariants: {int8: c.onnx}')).toEqual([
      's.yaml:2:1: variants: with several models, variants belong to one of them. Move them to models.<name>.variants.',
    ]);
  });

  it('wants to know which model an included cell is of', () => {
    const models = 'models: {cnn: a.onnx, mlp: b.onnx}\n';
    expect(problems(`${models}include: [{batch: 2}]`)).toEqual([
      's.yaml:2:11: include[0]: must say which model: one of cnn, mlp',
    ]);
    expect(problems(`${models}include: [{model: cn}]`)).toEqual([
      's.yaml:2:19: include[0].model: no model is called "cn"; the models are cnn, mlp. Did you mean "cnn"?',
    ]);
  });

  it('does not call a key of a rule unknown when the dims that would name it are broken', () => {
    expect(one('dims: [16]\nsla: p99 <= 1ms where sequence = 16')).toEqual([
      's.yaml:2:7: dims: expected a mapping of dimensions to sizes, such as {sequence: [16, 128]}, found a list',
    ]);
  });
});
