import { describe, expect, it } from 'vitest';
import { checkInputs, type ModelEnds } from '../../src/model/check.js';
import type { ValueInfo } from '../../src/model/types.js';
import { formatProblem } from '../../src/vocabulary/errors.js';
import type { InputSpec, LabelsSpec } from '../../src/vocabulary/inputs.js';

const value = (
  name: string,
  dtype: string,
  shape: ValueInfo['shape'] = ['batch', 4],
  kind = 'tensor',
): ValueInfo => ({
  name,
  kind,
  dtype,
  shape,
});

const SCORES = value('scores', 'float32');

const problemsOf = (
  inputs: ValueInfo[],
  specs: Record<string, InputSpec>,
  { outputs = [SCORES], labels }: { outputs?: ValueInfo[]; labels?: LabelsSpec } = {},
): string[] => {
  const info: ModelEnds = { inputs, outputs };
  return checkInputs(info, { inputs: specs, labels }).map(formatProblem);
};

/** The problems of one input "x" of a dtype. */
const one = (dtype: string, spec: InputSpec): string[] => problemsOf([value('x', dtype)], { x: spec });

describe('checkInputs', () => {
  it('finds nothing where everything fits', () => {
    const inputs = ['float32', 'float16', 'int64', 'uint8', 'bool', 'string'].map((dtype) =>
      value(dtype, dtype),
    );
    expect(problemsOf(inputs, {})).toEqual([]);
    expect(
      problemsOf(inputs, {
        float32: { from: 'uniform', min: -1, max: 1 },
        float16: { from: 'normal', mean: 0, stdev: 2 },
        int64: { from: 'integers', max: 30_000 },
        uint8: { from: 'file', file: '/data/x.npz', array: 'images' },
        bool: { from: 'constant', value: true },
        string: { from: 'strings', values: ['a'] },
      }),
    ).toEqual([]);
  });

  it('finds names that the model does not have', () => {
    expect(problemsOf([value('input_ids', 'int64')], { input_id: { from: 'integers' } })).toEqual([
      'the model has no input "input_id". Did you mean "input_ids"?',
    ]);
    expect(problemsOf([value('x', 'int64')], { pixels: { from: 'integers' } })[0]).toContain(
      'Its inputs are x.',
    );
  });

  it.each<[string, InputSpec, string]>([
    [
      'float32',
      { from: 'strings', values: ['a'] },
      'input "x" is float32, not text. Fill it with from: uniform',
    ],
    ['string', { from: 'uniform' }, 'input "x" takes strings. Fill it with from: strings'],
    ['string', { from: 'normal', mean: 0, stdev: 1 }, 'takes strings'],
    ['string', { from: 'constant', value: 5 }, 'input "x" is string, not 5. Write it as text: "5"'],
    ['string', { from: 'strings', values: [] }, 'has no strings'],
    ['string', { from: 'file', file: 'x.npy', scale: 2 }, 'no scale'],
    ['int64', { from: 'constant', value: 'abc' }, 'input "x" is int64, not text ("abc"). Give a number.'],
    ['int64', { from: 'constant', value: true }, 'is int64, not true'],
    ['int64', { from: 'constant', value: 0.5 }, 'constant 0.5 is no whole number'],
    ['int64', { from: 'normal', mean: 0, stdev: 1 }, 'a normal distribution gives fractions'],
    [
      'uint8',
      { from: 'integers', max: 256 },
      'input "x" is uint8, and max 256 is beyond it. Stay within 0 to 255.',
    ],
    ['uint8', { from: 'integers', min: -1, max: 5 }, 'min -1 is beyond it'],
    ['int8', { from: 'uniform', min: 0, max: 0.5 }, 'max 0.5 is no whole number'],
    ['bool', { from: 'constant', value: 2 }, 'constant 2 is beyond it'],
    ['float16', { from: 'uniform', max: 70_000 }, 'max 70000 is beyond it'],
    ['float32', { from: 'constant', value: 1e39 }, 'constant 1e+39 is beyond it'],
    ['float32', { from: 'uniform', min: 2 }, 'has max 1 under min 2'],
    [
      'float32',
      { from: 'file', file: 'photos.zip' },
      'photos.zip: cannot read arrays from a .zip file. Give one of .npy',
    ],
  ])('finds that %s cannot be filled with %j', (dtype, spec, message) => {
    const problems = one(dtype, spec);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it('finds inputs that the runtime cannot be given', () => {
    expect(problemsOf([value('s', 'float32', null, 'sequence')], {})[0]).toContain('is a sequence');
    expect(problemsOf([value('o', 'float32', null, 'optional')], {})[0]).toContain('is an optional');
    expect(problemsOf([value('b', 'bfloat16')], {})[0]).toContain('is bfloat16');
    expect(problemsOf([value('i', 'int4')], {})[0]).toContain('is int4');
  });

  it('finds a model that returns no tensor', () => {
    expect(problemsOf([], {}, { outputs: [value('maps', 'int64', null, 'sequence')] })[0]).toContain(
      'no tensor among its outputs',
    );
  });

  it('compares a state with the output that feeds it', () => {
    const inputs = [value('x', 'float32'), value('h', 'float32', [2, 'batch', 8])];
    const states = (output: string, outputs: ValueInfo[]) =>
      problemsOf(inputs, { h: { from: 'state', output, initial: 0 } }, { outputs });
    expect(states('hn', [value('hn', 'float32', ['', '', ''])])).toEqual([]);
    expect(states('hn', [value('hn', 'float32', null)])).toEqual([]);
    expect(states('hm', [value('hn', 'float32')])).toEqual([
      'input "h" is fed from output "hm", which the model does not have. Did you mean "hn"?',
    ]);
    expect(states('hn', [value('hn', 'float16', [2, 'batch', 8])])[0]).toContain(
      'input "h" is float32 [2, batch, 8] and cannot be fed from output "hn", float16 [2, batch, 8].',
    );
    expect(states('hn', [value('hn', 'float32', [2, 'batch'])])).toHaveLength(1);
    expect(states('hn', [value('hn', 'float32', [1, 'batch', 8])])).toHaveLength(1);
    expect(states('hn', [SCORES, value('hn', 'float32', null, 'sequence')])[0]).toContain(
      'a sequence of float32',
    );
  });

  it('wants labels to have an output, a file and items', () => {
    const inputs = [value('x', 'float32')];
    const fromFile: Record<string, InputSpec> = { x: { from: 'file', file: 'x.npy' } };
    expect(problemsOf(inputs, fromFile, { labels: { file: 'y.npy', output: 'scores' } })).toEqual([]);
    expect(problemsOf(inputs, fromFile, { labels: { file: 'y.npy', output: 'score' } })[0]).toMatch(
      /"score".*Did you mean "scores"/,
    );
    expect(problemsOf(inputs, fromFile, { labels: { file: 'y.csv' } })[0]).toContain(
      'y.csv: cannot read arrays',
    );
    expect(problemsOf(inputs, {}, { labels: { file: 'y.npy' } })[0]).toContain('no input is filled from one');
  });

  it('tells everything at once', () => {
    const specs: Record<string, InputSpec> = {
      y: { from: 'integers' },
      x: { from: 'strings', values: ['a'] },
    };
    expect(
      problemsOf([value('x', 'int64')], specs, { labels: { file: 'y.npy', output: 'nowhere' } }),
    ).toHaveLength(4);
  });
});
