/**
 * Cells that fail while others are measured: the sweep goes on, each failure is told with its reason,
 * and what is good is complete.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Results } from '../../src/results/schema.js';
import {
  classifierModel,
  crashingModel,
  danglingModel,
  hangingModel,
  hungryModel,
  lostBatchModel,
  nanModel,
  writeModel,
} from '../helpers/onnx.js';
import { cellOf, mlat, QUICK, readResults, workspace, writeFiles, type Outcome } from './mlat.js';

let cwd: string;
let sweep: Outcome;
let results: Results;

/** Modules for one model each, and what is said of them. */
const MODULES = {
  segv: [
    'export const preprocess = () => process.kill(process.pid, "SIGSEGV");',
    'the process died of SIGSEGV during first-run',
  ],
  exits: [
    'export const preprocess = () => process.exit(7);',
    'the process ended with exit code 7 during first-run and sent no result',
  ],
  throws: [
    'export const preprocess = () => {\n  throw new Error("no such image: /srv/photos/cat.jpg");\n};',
    'preprocess failed: throws.mjs:2:9: no such image: cat.jpg',
  ],
  late: [
    'let served = 0;\nexport const postprocess = () => {\n  if ((served += 1) > 10) throw new Error("tired");\n};',
    'postprocess failed: late.mjs:3:33: tired',
  ],
  uncaught: [
    'export const preprocess = async (item) => {\n  setTimeout(() => {\n    throw new Error("later");\n  });\n  return new Promise(() => item);\n};',
    'an error that nothing caught: uncaught.mjs:3:11: later',
  ],
  returns: [
    'export const preprocess = () => undefined;',
    'preprocess made no inputs for the model: it returned undefined; return tensors by name, such as {"x": {dtype: "float32", dims: [1, 2], data: Float32Array.of(1, 2)}}',
  ],
  syntax: ['export const preprocess = (', 'the module cannot be loaded: syntax.mjs: Unexpected end of input'],
  imports: [
    'import "no-such-package";',
    "the module cannot be loaded: imports.mjs: Cannot find package 'no-such-package' imported from imports.mjs",
  ],
  empty: [
    'export const other = 1;',
    'empty.mjs exports neither preprocess nor postprocess; export at least one of them',
  ],
  wrong: ['export const preprocess = "yes";', 'wrong.mjs exports preprocess, but it is not a function'],
} as const satisfies Record<string, readonly [string, string]>;

beforeAll(async () => {
  cwd = await workspace();
  await Promise.all(
    Object.entries({
      good: classifierModel(),
      hang: hangingModel(),
      crash: crashingModel(),
      hungry: hungryModel(600),
      nan: nanModel(),
      dangling: danglingModel(),
      lost: lostBatchModel(),
    }).map(([name, model]) => writeModel(cwd, `${name}.onnx`, model)),
  );
  await writeFiles(
    cwd,
    Object.fromEntries(Object.entries(MODULES).map(([name, [source]]) => [`${name}.mjs`, source])),
  );
  const withModules = Object.keys(MODULES).map(
    (name) => `  ${name}: { path: good.onnx, module: ${name}.mjs }\n`,
  );
  await writeFiles(cwd, {
    'sweep.yaml': [
      'models:\n',
      ...['good', 'hang', 'crash', 'hungry', 'nan', 'dangling'].map((name) => `  ${name}: ${name}.onnx\n`),
      ...withModules,
      'measure: { rounds: 2, samples: 60, warmup: 2, deadline: 4s, memoryLimit: 400MiB }\n',
    ].join(''),
  });
  sweep = await mlat(cwd, 'bench', 'sweep.yaml', '-o', 'run');
  results = readResults(join(cwd, 'run'));
});

describe('a sweep with one good model and many bad ones', () => {
  it('ends by itself, with exit code 3', () => {
    expect(sweep).toMatchObject({ code: 3, signal: null });
    expect(results.state).toBe('completed');
    // No cell is tried again after it failed.
    expect(results.cells.filter((cell) => cell.rounds.length === 2)).toEqual([cellOf(results, 'good')]);
    expect(results.cells.filter((cell) => cell.rounds.length === 1)).toHaveLength(results.cells.length - 1);
  });

  it('has measured the good cell in full, and written it', () => {
    const good = cellOf(results, 'good');
    expect(good).toMatchObject({ state: 'completed', n: 120 });
    expect(good.rounds.map(({ state, n }) => [state, n])).toEqual([
      ['completed', 60],
      ['completed', 60],
    ]);
    expect(good.latency?.p50).toMatchObject({ value: expect.any(Number) as number, n: 120, rounds: 2 });
    expect(readdirSync(join(cwd, 'run')).toSorted()).toEqual([
      `good.${good.id}.hgrm`,
      `good.${good.id}.hlog`,
      'results.json',
    ]);
  });

  it('a model that hangs is stopped at its deadline', () => {
    expect(cellOf(results, 'hang')).toMatchObject({
      state: 'timed-out',
      reason: {
        kind: 'deadline',
        phase: 'first-run',
        message: 'no result after 4.00 s; raise the deadline if the model is just slow',
      },
    });
  });

  it.runIf(process.arch === 'x64')('a model that crashes the runtime', () => {
    expect(cellOf(results, 'crash')).toMatchObject({
      state: 'failed',
      reason: {
        kind: 'crashed',
        phase: 'first-run',
        signal: 'SIGFPE',
        message: 'the process died of SIGFPE during first-run',
      },
    });
  });

  it.runIf(process.platform === 'linux')('a model over the memory limit', () => {
    const { state, reason } = cellOf(results, 'hungry');
    expect({ state, reason }).toMatchObject({
      state: 'failed',
      reason: { kind: 'memory-limit', phase: 'first-run' },
    });
    expect(reason?.message).toMatch(
      /^used \d+ MiB of memory, over the limit of 400 MiB; raise the memory limit, or take a smaller batch$/,
    );
  });

  it('outputs that are not numbers', () => {
    const { state, reason } = cellOf(results, 'nan');
    expect({ state, reason }).toMatchObject({
      state: 'failed',
      reason: { kind: 'not-finite', phase: 'first-run' },
    });
    expect(reason?.message).toMatch(/^output "y" is NaN at \[0, 0\]: /);
  });

  it('a graph that the runtime refuses', () => {
    const { state, reason } = cellOf(results, 'dangling');
    expect({ state, reason }).toMatchObject({
      state: 'failed',
      reason: { kind: 'load-failed', phase: 'load' },
    });
    expect(reason?.message).toMatch(/^Load model from dangling\.onnx failed:.*'nowhere'/);
  });

  it.each(Object.entries(MODULES))('the module %s', (name, [, message]) => {
    const cell = cellOf(results, name);
    expect(cell.state).toBe('failed');
    // Some versions of Node tell the line of a syntax error.
    expect(cell.reason?.message.replace(/(?<=syntax\.mjs)(?::\d+)+/, '')).toBe(message);
    expect(cell.reason?.kind).toBe(
      { segv: 'crashed', exits: 'crashed', uncaught: 'crashed' }[name] ?? 'module',
    );
  });

  it('tells each failure once while it runs, and again in the report', () => {
    for (const cell of results.cells.filter(({ state }) => state !== 'completed')) {
      const lines = sweep.stderr.split('\n').filter((line) => line.startsWith(`✗ ${cell.label}, round 1: `));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(cell.reason?.message);
    }
    expect(sweep.stdout).toContain(`${results.cells.length - 1} of ${results.cells.length} cells failed`);
    expect(sweep.stdout).not.toMatch(/^\s+at /m);
  });

  it('names no folder, user or machine in the document, nor in what it prints', () => {
    const texts = [JSON.stringify(results), sweep.stdout, sweep.stderr];
    for (const secret of [cwd, homedir(), process.cwd(), '/tmp/', '/srv/']) {
      for (const text of texts) expect(text).not.toContain(secret);
    }
    for (const name of [hostname(), userInfo().username]) {
      expect(texts.join('\n')).not.toMatch(new RegExp(`\\b${name.replaceAll(/\W/g, String.raw`\$&`)}\\b`));
    }
  });
});

describe('--bail', () => {
  it('stops at the first failure and keeps what was measured; --resume goes on without it', async () => {
    await writeFiles(cwd, {
      'bail.yaml':
        'models: { good: good.onnx, nan: nan.onnx }\nmeasure: { rounds: 2, samples: 20, warmup: 2 }\n',
    });
    const bailed = await mlat(cwd, 'bench', 'bail.yaml', '-o', 'bail', '--bail');
    expect(bailed.code).toBe(3);
    expect(bailed.stderr).toContain(
      'mlat: stopped at the first failure; go on with: mlat bench --resume bail\n',
    );
    const before = readResults(join(cwd, 'bail'));
    expect(before.state).toBe('bailed');
    expect(cellOf(before, 'nan').state).toBe('failed');

    const resumed = await mlat(cwd, 'bench', '--resume', 'bail');
    expect(resumed.code).toBe(3);
    const after = readResults(join(cwd, 'bail'));
    expect(after.state).toBe('completed');
    expect(cellOf(after, 'nan')).toEqual(cellOf(before, 'nan'));
    expect(cellOf(after, 'good')).toMatchObject({ state: 'completed', n: 40 });
  });
});

it('a model that loses its batch gives no number', async () => {
  const outcome = await mlat(cwd, 'bench', 'lost.onnx', '--batch', '8', ...QUICK, '-o', 'lost');
  expect(outcome.code).toBe(3);
  expect(outcome.stderr).toContain('output "y" has a batch of 1 (1 x 32); asked for 8');
  expect(readResults(join(cwd, 'lost')).cells[0]).toMatchObject({
    state: 'failed',
    reason: { kind: 'output-batch' },
    latency: null,
  });
  expect(existsSync(join(cwd, 'lost', 'results.json'))).toBe(true);
  expect(readFileSync(join(cwd, 'lost', 'results.json'), 'utf8')).not.toContain(cwd);
});
