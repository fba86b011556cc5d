/** Cold starts of the built command: phases against clocks of other processes, the page cache, the optimised model. */
import { execFileSync, fork } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChildMessage, ColdSamples, ColdTask } from '../../src/measure/messages.js';
import { readModelInfo } from '../../src/model/read.js';
import type { Results } from '../../src/results/schema.js';
import { mlat, readResults, root, workspace, writeFiles, type Outcome } from './mlat.js';

const MODEL = join(root, 'models', 'digits-cnn.onnx');

let cwd: string;
beforeAll(async () => {
  cwd = await workspace();
  copyFileSync(MODEL, join(cwd, 'm.onnx'));
});

describe('a run with cold starts', () => {
  let outcome: Outcome;
  let results: Results;

  beforeAll(async () => {
    await writeFiles(cwd, {
      'cold.yaml': `
model: m.onnx
sweep: { start: [warm, cold], optimised: [no, yes], threads: 1, idle: [0ms, 1ms] }
measure: { rounds: 2, samples: 300, warmup: 5, coldStarts: 6 }
sla:
  - cold p50 <= 60s
  - cold session mean <= 60s
  - p50 <= 600s
objective: minimize p50
`,
    });
    outcome = await mlat(cwd, 'bench', 'cold.yaml', '-o', 'run');
    results = readResults(join(cwd, 'run'));
  });

  const coldCells = () => results.cells.filter(({ params }) => params.start === 'cold');

  it('ends in a decision among configurations, by their warm cells', () => {
    expect(outcome.code).toBe(0);
    expect(results.cells).toHaveLength(6);
    const chosen = results.cells.find(({ id }) => id === results.decision?.cell);
    expect(chosen?.params.start).toBe('warm');
    expect(results.verdicts.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'pass'));
    expect(outcome.stdout).toMatch(/^Cold starts/m);
  });

  it('has as many processes as asked for, whose phases add up to the wall time within 3%', () => {
    expect(coldCells()).toHaveLength(2);
    for (const { cold, rounds } of coldCells()) {
      expect(rounds).toHaveLength(6);
      const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
      const sums = rounds.map(({ cold: one }) =>
        Object.values(one?.phases ?? {}).reduce<number>((sum, time) => sum + (time ?? 0), 0),
      );
      const walls = rounds.map(({ cold: one }) => one?.wall ?? 0);
      expect(Math.abs(mean(sums) / mean(walls) - 1)).toBeLessThan(0.03);
      expect(Math.abs((cold?.wall.accounted ?? 0) - 1)).toBeLessThan(0.03);
      // What the process did first cannot be nothing.
      for (const phase of ['start', 'import', 'session', 'first', 'steady'] as const) {
        for (const { cold: one } of rounds) expect(one?.phases[phase], phase).toBeGreaterThan(0);
      }
    }
  });

  it('measures the saved model where asked for, and removes it', () => {
    for (const { params, optimised, model } of results.cells) {
      expect(optimised !== undefined).toBe(params.optimised);
      if (optimised === undefined) continue;
      expect(optimised.bytes).toBeGreaterThan(0.5 * (model?.bytes ?? 0));
      expect(optimised.bytes).toBeLessThan(2 * (model?.bytes ?? 0));
    }
    expect(readdirSync(join(cwd, 'run')).filter((name) => name.startsWith('optimised'))).toEqual([]);
  });

  it('found the file as the page cache of this system allows', ({ skip }) => {
    const states = coldCells().flatMap(({ rounds }) => rounds.map(({ cold }) => cold?.pageCache));
    expect(states.every((state) => state?.wanted === 'dropped')).toBe(true);
    let resident: string;
    try {
      execFileSync('dd', [`if=${join(cwd, 'm.onnx')}`, 'iflag=nocache', 'count=0', 'status=none']);
      resident = execFileSync('fincore', ['-b', '-n', '-o', 'RES', join(cwd, 'm.onnx')], {
        encoding: 'utf8',
      });
    } catch {
      skip('GNU dd or fincore is not here');
      return;
    }
    skip(Number(resident) > 0, 'this file system keeps its files in memory (tmpfs)');
    expect(new Set(states.map((state) => state?.found))).toEqual(new Set(['cold']));
  });
});

describe('flags', () => {
  it('warm the page cache, and measure cold starts alone', async () => {
    const flags = ['--start', 'cold', '--cold-starts', '5', '--page-cache', 'warmed', '--warmup', '3'];
    const { code, stdout } = await mlat(cwd, 'bench', 'm.onnx', ...flags, '-o', 'warmed');
    expect([code, stdout.includes('minimize cold p50')]).toEqual([0, true]);
    const [cell] = readResults(join(cwd, 'warmed')).cells;
    expect(cell?.cold?.pageCache.wanted).toBe('warmed');
    expect(cell?.cold?.pageCache.found.cold).toBe(0);
    expect(cell?.cold?.answer.p50.value).not.toBeNull();
  });

  it('give no data to a rule that needs more processes than asked for', async () => {
    const flags = ['--start', 'cold', '--cold-starts', '2', '--warmup', '3', '--sla', 'cold p90<=1h'];
    const { code, stdout } = await mlat(cwd, 'bench', 'm.onnx', ...flags, '-o', 'few');
    expect(code).toBe(10);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('needs 29 processes, and 2 were measured');
  });

  it('give no data, and say why, to a rule on cold starts in a warm sweep', async () => {
    const flags = ['--rounds', '1', '--samples', '10', '--warmup', '1', '--sla', 'cold p50<=9s'];
    const { code, stdout } = await mlat(cwd, 'bench', 'm.onnx', ...flags, '-o', 'none');
    expect(code).toBe(10);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('put cold into sweep.start');
  });
});

describe('a mix of sizes', () => {
  it('has the first run of each shape', async () => {
    await writeFiles(cwd, {
      'mix.yaml': `
model: ${join(root, 'models', 'generated', 'text-encoder.onnx')}
mix:
  - { weight: 1, dims: { sequence: 8 } }
  - { weight: 1, dims: { sequence: 24 } }
inputs:
  input_ids: { from: integers, min: 0, max: 7999 }
  attention_mask: 1
pool: 4
sweep: { start: cold }
measure: { coldStarts: 2, warmup: 3 }
`,
    });
    await mlat(cwd, 'bench', 'mix.yaml', '-o', 'mix');
    const [cell] = readResults(join(cwd, 'mix')).cells;
    expect(cell?.cold?.shapes).toHaveLength(1);
    expect(cell?.cold?.shapes[0]?.shape).toMatch(/input_ids 1x(8|24)/);
    expect(cell?.cold?.phases.map(({ name }) => name)).toContain('shapes');
    expect(cell?.cold?.wall.accounted).toBeGreaterThan(0.97);
  });
});

describe('one cold process', () => {
  it('tells phases that fit the clock of a parent that is not mlat', async () => {
    const { inputs, outputs } = await readModelInfo(MODEL);
    const task: ColdTask = {
      kind: 'cold',
      model: { path: MODEL, values: { inputs, outputs }, inputs: {}, pool: 2 },
      session: {
        provider: 'cpu',
        threads: 1,
        interThreads: 0,
        graphOptimization: 'all',
        executionMode: 'sequential',
        spinning: true,
      },
      dims: {},
      batch: 1,
      idle: 0,
      warmup: { requests: 3, maxDuration: 1e9 },
      seed: 1,
      fromBytes: true,
    };
    const begin = process.hrtime.bigint();
    const child = fork(join(root, 'dist', 'measure', 'cold-child.js'), [String(process.pid)], {
      serialization: 'advanced',
    });
    child.send({ type: 'task', task });
    const seen: string[] = [];
    const samples = await new Promise<ColdSamples>((resolve, reject) => {
      child.on('message', (message: ChildMessage) => {
        if (message.type === 'phase') seen.push(message.phase);
        else if (message.type === 'cold') resolve(message.samples);
        else reject(new Error(JSON.stringify(message)));
      });
      child.on('error', reject);
    });
    const wall = Number(process.hrtime.bigint() - begin);
    expect(seen).toEqual(['inputs', 'load', 'first-run', 'warm-up']);
    const start = Number(samples.firstLine - begin);
    expect(start).toBeGreaterThan(0);
    expect((start + samples.life) / wall).toBeGreaterThan(0.95);
    expect((start + samples.life) / wall).toBeLessThanOrEqual(1);
    const named = Object.values(samples.phases).reduce<number>((sum, time) => sum + (time ?? 0), 0);
    expect(named).toBeLessThan(samples.life);
    expect(samples.runs).toHaveLength(3);
    expect(samples.phases.read).not.toBeNull();
  });
});
