/** One task in one real process, forked from the built child.js: what goes well, and every way to end badly. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MeasureTask, Phase } from '../../src/measure/messages.js';
import { emptyModel } from '../../src/model/build.js';
import { readModelInfo } from '../../src/model/read.js';
import { createExecutor, type Execution, type ExecuteOptions } from '../../src/run/executor.js';
import { medianOf } from '../../src/stats/quantile.js';
import { classifierModel, hangingModel, hungryModel, writeModel } from '../helpers/onnx.js';

const executor = createExecutor(new URL('../../dist/measure/child.js', import.meta.url));
const MIB = 2 ** 20;
const SECOND = 1e9;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlat-executor-'));
  await writeModel(folder, 'good.onnx', classifierModel());
  await writeModel(folder, 'hang.onnx', hangingModel());
  await writeModel(folder, 'hungry.onnx', hungryModel(600));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const taskFor = async (model: string, more: Partial<MeasureTask['model']> = {}): Promise<MeasureTask> => {
  const path = join(folder, model);
  const { inputs, outputs } = await readModelInfo(path);
  return {
    kind: 'measure',
    model: { path, values: { inputs, outputs }, inputs: {}, pool: 4, ...more },
    session: {
      provider: 'cpu',
      threads: 1,
      interThreads: 0,
      graphOptimization: 'all',
      executionMode: 'sequential',
      spinning: true,
    },
    dims: {},
    batch: 2,
    idle: 0,
    cache: null,
    warmup: { requests: 5, maxDuration: 10 * SECOND },
    sampling: { samples: 50, duration: null, minSamples: 50 },
    seed: 1,
    first: true,
  };
};

let modules = 0;
const withModule = async (source: string): Promise<MeasureTask> => {
  modules += 1;
  const module = join(folder, `module-${modules}.mjs`);
  await writeFile(module, source);
  return taskFor('good.onnx', { module });
};

const execute = async (
  task: MeasureTask,
  { deadline = 60 * SECOND, memoryLimit = null }: Partial<ExecuteOptions['limits']> = {},
  options: Partial<ExecuteOptions> = {},
): Promise<Execution> => executor.execute(task, { limits: { deadline, memoryLimit }, ...options });

describe('a process that measures', () => {
  it('goes through the phases in order and brings back as many samples as asked for', async () => {
    const phases: Phase[] = [];
    const execution = await execute(
      await taskFor('good.onnx'),
      {},
      { onPhase: (phase) => phases.push(phase) },
    );
    expect(phases).toEqual(['import', 'inputs', 'load', 'first-run', 'warm-up', 'sampling', 'after']);
    if (execution.kind !== 'measured') throw new Error(JSON.stringify(execution));
    const { samples } = execution;
    expect(samples.durations).toBeInstanceOf(Float64Array);
    expect(samples.durations).toHaveLength(50);
    expect(samples.starts).toHaveLength(50);
    expect(samples.durations.every((duration) => duration > 0)).toBe(true);
    // Requests follow each other: none starts before the last has ended.
    samples.starts.forEach((start, index) => {
      const before = index === 0 ? 0 : (samples.starts[index - 1] ?? 0) + (samples.durations[index - 1] ?? 0);
      expect(start).toBeGreaterThanOrEqual(before - 1);
    });
    expect(samples.elapsed).toBeGreaterThanOrEqual(
      samples.durations.reduce((sum, value) => sum + value, 0) - 1,
    );
    expect(samples).toMatchObject({
      errors: 0,
      warmup: { requests: 5, steady: null },
      pool: { size: 4 },
      outputs: { fetched: [{ name: 'scores', dtype: 'float32', shape: [2, 4] }], notFetched: [] },
      stages: null,
      accuracy: null,
    });
    expect(Object.values(samples.setup).every((duration) => duration > 0)).toBe(true);
    expect(samples.memory.peak).toBeGreaterThanOrEqual(samples.memory.afterLoad ?? Number.POSITIVE_INFINITY);
    expect(samples.disturbance.cpuPerWall).toBeGreaterThan(0);
  });

  it('measures the harness', async () => {
    const execution = await executor.execute(
      { kind: 'harness', emptyModel: emptyModel(), noiseDuration: 0.05 * SECOND },
      { limits: { deadline: 60 * SECOND, memoryLimit: null } },
    );
    if (execution.kind !== 'harness') throw new Error(JSON.stringify(execution));
    const { clockStep, clockCost, total, native, kernel, runtime } = execution.samples;
    expect(clockStep).toBeGreaterThan(0);
    expect(clockCost).toBeGreaterThanOrEqual(0);
    expect(total).toHaveLength(1000);
    expect(native).toHaveLength(1000);
    expect(kernel.length).toBeGreaterThan(10);
    for (const values of [total, native ?? [], kernel]) {
      expect([...values].every((value) => value > 0)).toBe(true);
    }
    // The native call is inside of the whole.
    expect(medianOf([...(native ?? [])])).toBeLessThan(medianOf([...total]));
    expect(runtime.name).toBe('onnxruntime-node');
    expect(runtime.providers).toContain('cpu');
  });
});

describe('a process that ends badly', () => {
  it('is killed at its deadline', async () => {
    expect(await execute(await taskFor('hang.onnx'), { deadline: 3 * SECOND })).toEqual({
      kind: 'failed',
      state: 'timed-out',
      reason: {
        kind: 'deadline',
        phase: 'first-run',
        message: 'no result after 3.00 s; raise the deadline if the model is just slow',
      },
    });
  });

  it.runIf(process.platform !== 'win32')('is killed over the memory limit', async () => {
    const execution = await execute(await taskFor('hungry.onnx'), { memoryLimit: 400 * MIB });
    expect(execution).toMatchObject({
      kind: 'failed',
      state: 'failed',
      reason: { kind: 'memory-limit', phase: 'first-run' },
    });
    // The same model without a limit is measured.
    const task = await taskFor('hungry.onnx');
    const sampling = { samples: 1, duration: null, minSamples: 1 };
    const free = await execute({ ...task, batch: 1, warmup: { requests: 0, maxDuration: SECOND }, sampling });
    expect(free.kind).toBe('measured');
  });

  it.runIf(process.platform !== 'win32').each(['SIGSEGV', 'SIGABRT', 'SIGBUS'] as const)(
    'dies of %s',
    async (signal) => {
      const task = await withModule(
        `export const preprocess = () => process.kill(process.pid, '${signal}');`,
      );
      expect(await execute(task)).toEqual({
        kind: 'failed',
        state: 'failed',
        reason: {
          kind: 'crashed',
          signal,
          phase: 'first-run',
          message: `the process died of ${signal} during first-run`,
        },
      });
    },
  );

  it.runIf(process.platform !== 'win32')('is killed by someone else', async () => {
    const task = await withModule("export const preprocess = () => process.kill(process.pid, 'SIGKILL');");
    expect(await execute(task)).toMatchObject({
      state: 'failed',
      reason: { kind: 'killed', signal: 'SIGKILL', phase: 'first-run' },
    });
  });

  it('exits: its code and its last lines are kept, without colour or folders', async () => {
    const task = await withModule(`
export const preprocess = () => {
  for (let line = 1; line <= 20; line += 1) console.error(\`\\u001B[31mline \${line}\\u001B[0m of /home/jane/app/main.mjs\`);
  process.exit(7);
};`);
    expect(await execute(task)).toEqual({
      kind: 'failed',
      state: 'failed',
      reason: {
        kind: 'crashed',
        exitCode: 7,
        phase: 'first-run',
        message: 'the process ended with exit code 7 during first-run and sent no result',
        stderr: Array.from({ length: 12 }, (_, index) => `line ${index + 9} of main.mjs`),
      },
    });
  });

  it('never starts', async () => {
    const nowhere = createExecutor(new URL('nowhere.js', import.meta.url));
    const execution = await nowhere.execute(await taskFor('good.onnx'), {
      limits: { deadline: 60 * SECOND, memoryLimit: null },
    });
    expect(execution).toMatchObject({
      kind: 'failed',
      state: 'failed',
      reason: { kind: 'crashed', exitCode: 1, phase: 'start' },
    });
  });

  it('throws: the reason says what kind it is', async () => {
    const missing = await taskFor('good.onnx', { path: join(folder, 'gone.onnx') });
    expect(await execute(missing)).toMatchObject({
      state: 'failed',
      reason: { kind: 'load-failed', phase: 'load' },
    });
    const text = await taskFor('good.onnx', { inputs: { x: { from: 'strings', values: ['a'] } } });
    expect(await execute(text)).toMatchObject({
      state: 'failed',
      reason: {
        kind: 'input-mismatch',
        phase: 'inputs',
        message: expect.stringContaining('not text') as string,
      },
    });
  });
});

describe('an interruption', () => {
  it('ends a process at once, even one in which a model hangs', async () => {
    const controller = new AbortController();
    const execution = await execute(
      await taskFor('hang.onnx'),
      {},
      {
        signal: controller.signal,
        onPhase: (phase) => {
          if (phase === 'first-run') setTimeout(() => controller.abort(), 200);
        },
      },
    );
    expect(execution).toEqual({
      kind: 'failed',
      state: 'aborted',
      reason: { kind: 'interrupted', phase: 'first-run', message: 'interrupted' },
    });
  });

  it('before the start: no process at all', async () => {
    const phases: Phase[] = [];
    const execution = await execute(
      await taskFor('good.onnx'),
      {},
      { signal: AbortSignal.abort(), onPhase: (phase) => phases.push(phase) },
    );
    expect(execution).toMatchObject({ state: 'aborted', reason: { kind: 'interrupted' } });
    expect(phases).toEqual([]);
  });
});
