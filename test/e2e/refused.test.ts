/** Mistakes that are told before anything is measured: exit code 2, one line each, no folder of a run. */
import { existsSync } from 'node:fs';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  elementwiseModel,
  matmulModel,
  sequenceModel,
  stringModel,
  writeExternalModel,
  writeModel,
} from '../helpers/onnx.js';
import { errorLines, mlat, MEASURE, QUICK, workspace, writeFiles } from './mlat.js';

let cwd: string;

/** A .npy file of version 1.0. */
const npy = (descr: string, shape: string, data: Uint8Array): Uint8Array => {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const padded = `${header.padEnd(128 - 10 - 1)}\n`;
  const prefix = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length, 0);
  return Buffer.concat([prefix, Buffer.from(padded), data]);
};

beforeAll(async () => {
  cwd = await workspace();
  await writeModel(cwd, 'good.onnx', elementwiseModel());
  await writeModel(cwd, 'fixed.onnx', elementwiseModel([1, 4]));
  await writeModel(cwd, 'sequence.onnx', sequenceModel());
  await writeModel(cwd, 'string.onnx', stringModel());
  await truncate(await writeModel(cwd, 'truncated.onnx', matmulModel(64, 2)), 9000);
  await rm((await writeExternalModel(cwd, 'external')).data);
  await writeFiles(cwd, { 'empty.onnx': '', 'text.onnx': 'This is a letter,\nnot a model.\n' });
});

/** Runs `mlat bench` and expects exit code 2, nothing on stdout and no run; returns the lines of stderr. */
const refused = async (...args: string[]): Promise<string[]> => {
  const outcome = await mlat(cwd, 'bench', ...args);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(existsSync(join(cwd, 'reports'))).toBe(false);
  // Nothing but the mistakes, a line each.
  expect(outcome.stderr).toBe(
    errorLines(outcome)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return errorLines(outcome);
};

describe.concurrent('model files', () => {
  it.each([
    [
      'truncated.onnx',
      'the file is cut short: it ends after 8.79 KiB, inside a part that is longer. Copy, download or export the model again.',
    ],
    ['empty.onnx', 'the file is empty. Copy, download or export the model again.'],
    ['text.onnx', 'this is not an ONNX model but plain text. Give the .onnx file.'],
    [
      'external.onnx',
      'the model keeps weights in "external.bin", which is not beside it. Copy that file next to the model, under the same name.',
    ],
    ['nowhere.onnx', 'there is no such file. Check the path of the model.'],
  ])('%s', async (file, message) => {
    expect(await refused(file)).toEqual([`mlat: ${file}: ${message}`]);
  });

  it('a variant that is not there, from the file and from a flag', async () => {
    await writeFiles(cwd, {
      'variant.yaml': 'model: { path: ./good.onnx, variants: { int8: ./int8.onnx } }\n',
    });
    const lines = ['mlat: int8.onnx: there is no such file. Check the path of the model.'];
    expect(await refused('variant.yaml')).toEqual(lines);
    expect(await refused('good.onnx', '--variant', 'int8=int8.onnx')).toEqual(lines);
  });

  it('a batch of 8 for a model whose batch is fixed; with several models it says which', async () => {
    const message =
      "the model's batch is fixed at 1; asked for 8: export with a dynamic batch or leave out batch: [8].";
    expect(await refused('fixed.onnx', '--batch', '8')).toEqual([`mlat: fixed.onnx: ${message}`]);
    await writeFiles(cwd, {
      'two.yaml': 'models: { good: ./good.onnx, fixed: ./fixed.onnx }\nsweep: { batch: [1, 8] }\n',
    });
    expect(await refused('two.yaml')).toEqual([`mlat: two.yaml: model fixed: ${message}`]);
  });

  it('sizes that cannot be guessed', async () => {
    expect(await refused('sequence.onnx')).toEqual([
      'mlat: sequence.onnx: dimension "sequence" of input "input_ids", "attention_mask" has no size, and it cannot be guessed. Give it one, dims: {sequence: ...} or --dims sequence=<size>.',
    ]);
  });
});

describe('inputs of the wrong type', () => {
  const withInput = async (input: string, model = 'good'): Promise<string[]> => {
    await writeFiles(cwd, { 'input.yaml': `model: ./${model}.onnx\ninputs: ${input}\n${MEASURE}` });
    return refused('input.yaml');
  };

  it('strings for numbers, numbers for strings', async () => {
    expect(await withInput('{ x: [a, b] }')).toEqual([
      'mlat: input.yaml: input "x" is float32, not text. Fill it with from: uniform, normal, integers or a file.',
    ]);
    expect(await withInput('{ text: { from: uniform } }', 'string')).toEqual([
      'mlat: input.yaml: input "text" takes strings. Fill it with from: strings, from a file, or with a constant text.',
    ]);
  });

  it('a name that the model does not have', async () => {
    expect(await withInput('{ y: 1 }')).toEqual([
      'mlat: input.yaml: the model has no input "y". Did you mean "x"?',
    ]);
  });

  it('files: missing, another dtype, another shape, cut short', async () => {
    const letters = Uint32Array.from('abcdefghijklmnopqrstuvwx', (letter) => letter.charCodeAt(0));
    await writeFile(join(cwd, 'text.npy'), npy('<U3', '(2, 4)', new Uint8Array(letters.buffer)));
    await writeFile(join(cwd, 'complex.npy'), npy('<c16', '(2, 4)', new Uint8Array(128)));
    await writeFile(join(cwd, 'wide.npy'), npy('<f4', '(2, 5)', new Uint8Array(40)));
    await writeFile(join(cwd, 'short.npy'), npy('<f4', '(2, 4)', new Uint8Array(12)));
    const lines = async (file: string): Promise<string> => (await withInput(`{ x: ./${file} }`)).join('\n');
    expect(await lines('missing.npy')).toBe('mlat: missing.npy: there is no such file.');
    expect(await lines('text.npy')).toMatch(
      /^mlat: text\.npy: the array holds string; input "x" takes float32\. /,
    );
    expect(await lines('complex.npy')).toBe(
      'mlat: complex.npy: the array\'s dtype is "<c16", which no model takes. Convert it with x.astype().',
    );
    expect(await lines('wide.npy')).toMatch(
      /^mlat: wide\.npy: the array is 2 x 5; input "x" takes items of 4\. /,
    );
    expect(await lines('short.npy')).toMatch(/^mlat: short\.npy: the file is cut short: /);
  });

  it('fractions for whole numbers', async () => {
    await writeFile(
      join(cwd, 'half.npy'),
      npy('<f4', '(2, 4)', new Uint8Array(Float32Array.from({ length: 8 }, () => 0.5).buffer)),
    );
    await writeFiles(cwd, {
      'ids.yaml': `model: ./sequence.onnx\ndims: { sequence: 4 }\ninputs: { input_ids: ./half.npy }\n${MEASURE}`,
    });
    expect((await refused('ids.yaml')).join('\n')).toMatch(
      /^mlat: half\.npy: the array holds 0\.5 at element 0, which is no whole number, as int64 needs; input "input_ids"/,
    );
  });

  it('labels that are not as many as the items', async () => {
    await writeFile(join(cwd, 'items.npy'), npy('<f4', '(2, 4)', new Uint8Array(32)));
    await writeFiles(cwd, {
      'labels.yaml': `model: ./good.onnx\ninputs: { x: ./items.npy }\nlabels: { file: ./items.npy }\n${MEASURE}`,
    });
    expect(await refused('labels.yaml')).toEqual([
      'mlat: items.npy: there are 8 labels for 2 items. Give one whole number for each item, in the same order.',
    ]);
  });

  it('a module that is not there', async () => {
    await writeFiles(cwd, { 'module.yaml': `model: ./good.onnx\nmodule: ./nowhere.mjs\n${MEASURE}` });
    expect(await refused('module.yaml')).toEqual(['mlat: nowhere.mjs: there is no such module.']);
  });
});

describe.concurrent('scenarios', () => {
  it('five mistakes: all five, each with its line and column', async () => {
    await writeFiles(cwd, {
      'five.yaml': [
        'model: ./good.onnx',
        'sweep:',
        '  batch: [1, zero]',
        '  thraeds: 2',
        'measure:',
        '  duration: 5',
        'sla: p99 < fast',
        'objective: maximise speed',
        '',
      ].join('\n'),
    });
    const lines = await refused('five.yaml');
    expect(lines.map((line) => /^mlat: (five\.yaml:\d+:\d+): /.exec(line)?.[1])).toEqual([
      'five.yaml:3:14',
      'five.yaml:4:3',
      'five.yaml:6:13',
      'five.yaml:7:6',
      'five.yaml:8:12',
    ]);
    expect(lines[1]).toContain('Did you mean "threads"?');
    expect(lines[2]).toContain('expected a duration with a unit, such as 40ms, 2s or 10m, found 5');
  });

  it('what is no scenario: not there, empty, a folder, another text', async () => {
    await writeFiles(cwd, { 'nothing.yaml': '\n', 'letter.yaml': 'Dear reader,\n' });
    const give = 'Give a scenario (.yaml, .json) or a model (.onnx).';
    expect(await refused('nowhere.yaml')).toEqual([`mlat: nowhere.yaml: there is no such file. ${give}`]);
    expect(await refused('.')).toEqual([`mlat: .: is a folder. ${give}`]);
    expect((await refused('nothing.yaml')).join('\n')).toMatch(/^mlat: nothing\.yaml: the file is empty\. /);
    expect((await refused('letter.yaml')).join('\n')).toMatch(
      /^mlat: letter\.yaml: a scenario is a mapping, /,
    );
  });
});

describe.concurrent('the command line', () => {
  it('names the flag whose value is wrong', async () => {
    const lines = await refused(
      'good.onnx',
      '--batch',
      '0',
      '--deadline',
      '3',
      '--memory-limit',
      'lots',
      '--sla',
      'p99<1',
    );
    expect(lines.map((line) => /^mlat: (--[\w-]+): /.exec(line)?.[1])).toEqual([
      '--batch',
      '--deadline',
      '--memory-limit',
      '--sla',
    ]);
  });

  it.each([
    [
      ['bench'],
      'nothing to measure. Give a scenario (.yaml, .json) or a model (.onnx): mlat bench model.onnx',
    ],
    [['bench', '--frobnicate'], "unknown option '--frobnicate'. See mlat bench --help."],
    [['bench', 'good.onnx', '--btch', '1'], "unknown option '--btch'. Did you mean --batch?"],
    [['bench', 'good.onnx', '-o'], "option '-o, --output <folder>' argument missing. See mlat bench --help."],
    [
      ['bench', 'good.onnx', '--inconclusive', 'maybe'],
      "option '--inconclusive <action>' argument 'maybe' is invalid. Allowed choices are warn, fail. See mlat bench --help.",
    ],
    [['benhc'], "unknown command 'benhc'. Did you mean bench?"],
    [['frobnicate'], "unknown command 'frobnicate'. See mlat --help."],
    [['inspect'], "missing required argument 'model'. See mlat inspect --help."],
    [['inspect', 'nowhere.onnx'], 'nowhere.onnx: there is no such file. Check the path of the model.'],
    [['init', 'text.onnx'], 'text.onnx: this is not an ONNX model but plain text. Give the .onnx file.'],
    [
      ['bench', '--resume', 'nowhere'],
      'nowhere: holds no results.json to go on with. Give the folder of a run.',
    ],
    [
      ['bench', '--resume', 'good.onnx'],
      'good.onnx: holds no results.json to go on with. Give the folder of a run.',
    ],
    [
      ['bench', 'good.onnx', '--resume', 'nowhere'],
      '--resume takes the scenario from the run it goes on with. Leave out good.onnx.',
    ],
  ])('mlat %j', async (args, message) => {
    expect(await mlat(cwd, ...args)).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: `mlat: ${message}\n`,
    });
  });

  it('a folder for the run that cannot be written', async () => {
    await writeFiles(cwd, { taken: 'a file\n' });
    expect(await refused('good.onnx', ...QUICK, '-o', 'taken')).toEqual([
      'mlat: cannot write results to taken: there is a file of this name. Choose another folder.',
    ]);
    expect(await refused('good.onnx', ...QUICK, '-o', 'taken/run')).toEqual([
      'mlat: cannot write results to taken/run: a part of the path is a file. Choose another folder.',
    ]);
  });

  it.runIf(process.platform === 'linux')('a folder where the system takes none', async () => {
    expect((await refused('good.onnx', ...QUICK, '-o', '/proc/mlat')).join('\n')).toMatch(
      /^mlat: cannot write results to \/proc\/mlat: .*\. Choose another folder\.$/,
    );
  });
});
