/** What `mlat bench` measures and says when nothing is wrong, and its exit codes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseResults } from '../../src/results/document.js';
import type { CellResult, Results } from '../../src/results/schema.js';
import {
  classifierModel,
  labelEncoderModel,
  statefulModel,
  stringModel,
  writeModel,
  zipMapModel,
} from '../helpers/onnx.js';
import { cellOf, mlat, QUICK, readResults, workspace, writeFiles, type Outcome } from './mlat.js';

let cwd: string;

beforeAll(async () => {
  cwd = await workspace();
  await Promise.all(
    Object.entries({
      plain: classifierModel(),
      strings: stringModel(),
      words: labelEncoderModel(),
      zipmap: zipMapModel(),
      counter: statefulModel(),
    }).map(([name, model]) => writeModel(cwd, `${name}.onnx`, model)),
  );
});

describe('models of every kind in one run', () => {
  const GAP = 20e6;
  let outcome: Outcome;
  let results: Results;

  beforeAll(async () => {
    await writeFiles(cwd, {
      'stages.mjs': `
const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
export const preprocess = (item) => { spin(2); return item; };
export const postprocess = (outputs) => { spin(1); if (outputs.scores.dims[1] !== 4) throw new Error('scores'); };
`,
      // Each answer goes to a file, so that the test sees what the model was given.
      'counter.mjs': `
import { appendFileSync } from 'node:fs';
export const postprocess = ({ y }) => appendFileSync(new URL('counts.txt', import.meta.url), y.data[0] + '\\n');
`,
      'kinds.yaml': `
models:
  plain: plain.onnx
  strings: strings.onnx
  words: { path: words.onnx, inputs: { word: [cat, dog, bird] } }
  zipmap: zipmap.onnx
  staged: { path: plain.onnx, module: stages.mjs }
  counter:
    path: counter.onnx
    module: counter.mjs
    inputs: { x: 1, state: { from: state, output: stateN } }
include:
  - { model: plain, idle: 20ms }
measure: { rounds: 1, samples: 60, warmup: 3 }
`,
    });
    outcome = await mlat(cwd, 'bench', 'kinds.yaml', '-o', 'kinds');
    results = readResults(join(cwd, 'kinds'));
  });

  it('measures every cell', () => {
    expect(outcome.code).toBe(0);
    expect(results.state).toBe('completed');
    expect(results.cells.map(({ params, state, n }) => [params.model, params.idle, state, n])).toEqual([
      ['plain', 0, 'completed', 60],
      ['strings', 0, 'completed', 60],
      ['words', 0, 'completed', 60],
      ['zipmap', 0, 'completed', 60],
      ['staged', 0, 'completed', 60],
      ['counter', 0, 'completed', 60],
      ['plain', GAP, 'completed', 60],
    ]);
  });

  it('strings go in and out', () => {
    expect(cellOf(results, 'strings').outputs).toEqual({
      fetched: [{ name: 'same', dtype: 'string', shape: [1] }],
      notFetched: [],
    });
    expect(cellOf(results, 'words').outputs?.fetched).toEqual([
      { name: 'number', dtype: 'int64', shape: [1] },
    ]);
    expect(cellOf(results, 'words').pool?.source).toContain('word');
  });

  it('an output that is no tensor is named, and not fetched', () => {
    expect(cellOf(results, 'zipmap').outputs).toEqual({
      fetched: [{ name: 'label', dtype: 'int64', shape: [1] }],
      notFetched: [
        { name: 'probabilities', why: 'not a tensor: onnxruntime-node cannot return sequences and maps' },
      ],
    });
  });

  it('state that is fed back advances with every request', () => {
    const counts = readFileSync(join(cwd, 'counts.txt'), 'utf8').trim().split('\n').map(Number);
    // One at first, three to warm up, sixty samples, and the pass for the wrapper's share.
    expect(counts.length).toBeGreaterThanOrEqual(64);
    expect(counts).toEqual(counts.map((_, index) => 4 * (index + 1)));
  });

  it("the stages of a user's module add up to the latency", () => {
    const cell = cellOf(results, 'staged');
    expect(cell.stages.map(({ name, n }) => [name, n])).toEqual([
      ['preprocess', 60],
      ['inference', 60],
      ['postprocess', 60],
    ]);
    const [before = 0, inference = 0, after = 0] = cell.stages.map(({ mean }) => mean);
    expect(inference).toBeGreaterThan(0);
    expect(before / after).toBeGreaterThan(1.2);
    const mean = cell.latency?.mean.value ?? Number.NaN;
    expect(Math.abs((before + inference + after) / mean - 1)).toBeLessThan(0.02);
  });

  it('a pause between requests counts for throughput and not for latency', () => {
    const cell = results.cells.find(({ params }) => params.idle === GAP) as CellResult;
    const [round] = cell.rounds;
    expect(round?.elapsed ?? 0).toBeGreaterThan(60 * GAP);
    expect((round?.busy ?? 0) / (round?.elapsed ?? 0)).toBeLessThan(0.5);
    expect((cell.latency?.p50.value ?? GAP) / GAP).toBeLessThan(0.5);
    expect(cell.throughput?.value).toBeCloseTo((60 / (round?.elapsed ?? 0)) * 1e9, 3);
    expect((cell.throughput?.value ?? 0) / (cellOf(results, 'plain').throughput?.value ?? 0)).toBeLessThan(
      0.5,
    );
  });

  it('says on stdout what it found, and on stderr what it does', () => {
    expect(outcome.stdout).toMatch(/^\w+ {2}kinds: /);
    for (const cell of results.cells) expect(outcome.stdout).toContain(cell.id);
    expect(outcome.stdout).toContain('Files  kinds/');
    expect(outcome.stderr.split('\n')).toEqual([
      'measuring this machine',
      '7 cells, 7 rounds',
      expect.stringMatching(/^completed: 7 of 7 rounds in \d+:\d\d$/) as string,
      'judging',
      'writing the results',
      '',
    ]);
  });
});

describe('a model and flags, without a scenario', () => {
  it('--json prints one document, which is the one in the folder; paths in it are relative', async () => {
    const model = join(cwd, 'plain.onnx');
    const flags = ['--batch', '1,2', ...QUICK, '--json', '--quiet', '--variant', `other=${model}`];
    const outcome = await mlat(cwd, 'bench', model, ...flags, '-o', 'json');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toBe(readFileSync(join(cwd, 'json', 'results.json'), 'utf8'));
    const { scenario, cells } = parseResults(outcome.stdout, 'stdout');
    expect(cells.map(({ params }) => [params.precision, params.batch])).toEqual([
      ['original', 1],
      ['original', 2],
      ['other', 1],
      ['other', 2],
    ]);
    expect(outcome.stdout).not.toContain(cwd);
    expect(scenario).toMatchObject({
      file: null,
      command:
        'mlat bench plain.onnx --batch 1,2 --rounds 1 --samples 20 --variant other=plain.onnx --warmup 2',
    });
  });

  const planned = async (...args: string[]): Promise<{ id: string; params: Record<string, unknown> }[]> => {
    const outcome = await mlat(cwd, 'bench', ...args, '--dry-run', '--json');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    return (JSON.parse(outcome.stdout) as { cells: { id: string; params: Record<string, unknown> }[] }).cells;
  };

  it('gives the cells, ids included, that a scenario with the same values gives; flags override it', async () => {
    await writeFiles(cwd, {
      'plain.yaml': 'model: plain.onnx\nsweep: { batch: [1, 4], threads: [1, 2], idle: 5ms }\n',
    });
    const byFile = await planned('plain.yaml');
    expect(byFile).toHaveLength(4);
    expect(await planned('plain.onnx', '--batch', '1,4', '--threads', '1,2', '--idle', '5ms')).toEqual(
      byFile,
    );
    const overridden = await planned('plain.yaml', '--batch', '8', '--idle', '0');
    expect(overridden.map(({ params }) => [params['batch'], params['threads'], params['idle']])).toEqual([
      [8, 1, 0],
      [8, 2, 0],
    ]);
  });

  it('takes names with spaces and letters of any alphabet, and repeats them so that a shell can', async () => {
    await writeModel(join(cwd, 'my models'), 'größe 1.onnx', classifierModel());
    const flags = [...QUICK, '--quiet', '-o', 'my run'];
    expect((await mlat(cwd, 'bench', 'my models/größe 1.onnx', ...flags)).code).toBe(0);
    const { scenario, cells } = readResults(join(cwd, 'my run'));
    expect(scenario.command).toMatch(/^mlat bench 'my models\/größe 1\.onnx' --rounds 1 /);
    expect(cells[0]?.model?.file).toBe('größe 1.onnx');
  });

  it('--dry-run prints the plan and an estimate, measures nothing and writes nothing', async () => {
    const { code, stdout, stderr } = await mlat(
      cwd,
      'bench',
      'plain.onnx',
      '--batch',
      '1,4',
      '--sla',
      'p99<=10ms',
      '--dry-run',
      '-o',
      'dry',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('plain: 2 cells, 5 rounds each');
    expect(stdout).toContain('SLA: p99<=10ms');
    expect(stdout).toMatch(/Takes about .+; .+ at the most/);
    expect(stdout).toContain('Nothing was measured.');
    expect(existsSync(join(cwd, 'dry'))).toBe(false);
  });
});

describe('rules and exit codes', () => {
  // Rules are judged again on what is measured already: only the machine is looked at anew.
  const judged = async (sla: string, ...flags: string[]): Promise<Outcome> =>
    mlat(cwd, 'bench', '--resume', 'judged', '--sla', sla, '--quiet', ...flags);

  it('0 when they hold, 10 when one fails or has no data', async () => {
    const flags = ['--rounds', '3', '--samples', '60', '--warmup', '2', '--quiet', '-o', 'judged'];
    const passed = await mlat(cwd, 'bench', 'plain.onnx', '--sla', 'p50 <= 1h', ...flags);
    expect(passed).toMatchObject({ code: 0, stderr: '' });
    expect(passed.stdout).toMatch(/^PASS /);

    const failed = await judged('p50 <= 1ns');
    expect(failed).toMatchObject({ code: 10, stderr: '' });
    expect(failed.stdout).toMatch(/^FAIL /);

    const without = await judged('p99.9 <= 1h');
    expect(without).toMatchObject({ code: 10, stderr: '' });
    expect(without.stdout).toContain('no data');
    expect(readResults(join(cwd, 'judged')).verdicts.map(({ status }) => status)).toEqual(['no-data']);
  });

  it('with one round nothing is shown: 0, or 12 where that is asked to fail', async () => {
    const once = ['bench', 'plain.onnx', '--sla', 'p50 <= 1h', ...QUICK, '--quiet', '-o', 'once'];
    const warned = await mlat(cwd, ...once);
    expect(warned).toMatchObject({ code: 0, stderr: '' });
    expect(warned.stdout).toMatch(/^INCONCLUSIVE /);
    const failed = await mlat(cwd, 'bench', '--resume', 'once', '--quiet', '--inconclusive', 'fail');
    expect(failed.code).toBe(12);
    expect(failed.stdout).toMatch(/^INCONCLUSIVE /);
  });
});
