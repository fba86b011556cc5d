import { describe, expect, it } from 'vitest';
import { nextRounds } from '../../src/judge/policy.js';
import type { RoundSamples, Task } from '../../src/measure/messages.js';
import type { ModelInfo } from '../../src/model/types.js';
import type { Environment } from '../../src/results/environment-schema.js';
import type { Results } from '../../src/results/schema.js';
import type { RunEvent } from '../../src/run/events.js';
import type { Execution, Executor } from '../../src/run/executor.js';
import { createModelFiles, type ModelFiles } from '../../src/run/model-files.js';
import { runPlan } from '../../src/run/runner.js';
import { resumeResults, startResults } from '../../src/run/start.js';
import { expandScenario } from '../../src/scenario/expand.js';
import { parseScenario } from '../../src/scenario/parse.js';
import type { Plan } from '../../src/scenario/types.js';
import { createRandom } from '../../src/stats/random.js';
import { UserError } from '../../src/vocabulary/errors.js';

const info: ModelInfo = {
  file: 'm.onnx',
  bytes: 10,
  sha256: 'a'.repeat(64),
  externalData: [],
  irVersion: 8,
  producer: '',
  opsets: { 'ai.onnx': 17 },
  inputs: [{ name: 'x', kind: 'tensor', dtype: 'float32', shape: ['batch', 4] }],
  outputs: [{ name: 'y', kind: 'tensor', dtype: 'float32', shape: ['batch', 4] }],
  symbolicDims: ['batch'],
  operators: { Relu: 1 },
  parameters: 0,
  weightBytes: {},
};

const quiet = { stealShare: 0, throttledShare: 0, otherShare: 0, cpuPerWall: 1, involuntarySwitches: 0 };

const environment: Environment = {
  os: { platform: 'linux', release: '6', arch: 'x64' },
  cpu: { model: 'cpu', logical: 4, allowed: 4, quota: null, governor: null, features: [], virtual: false },
  memory: { total: 8e9, limit: null },
  node: '20.19.0',
  runtime: { name: 'onnxruntime-node', version: '1.30.0', providers: ['cpu'] },
  harness: null,
  loadAverage: 0,
  fingerprint: 'f',
};

const planOf = (measure: string, batches = '[1, 2, 4]', extra = ''): Plan =>
  expandScenario(
    parseScenario({
      text: `name: t\nmodel: ./m.onnx\nsweep: {batch: ${batches}}\nmeasure: {${measure}}\n${extra}`,
      file: 't.yaml',
      baseDir: '/models',
      overrides: [],
    }),
  );

const infosOf = (plan: Plan): Map<string, ModelInfo> =>
  new Map([[plan.scenario.models[0]?.path ?? '', info]]);

const start = (plan: Plan): Results =>
  startResults({
    plan,
    infos: infosOf(plan),
    environment,
    mlat: '0.0.0',
    overrides: [],
    cwd: '/models',
    startedAt: '2026-01-01T00:00:00.000Z',
  });

const samplesOf = (median: number, seed: number, n = 400): RoundSamples => {
  const random = createRandom(seed);
  const durations = Float64Array.from({ length: n }, () => median * Math.exp(0.05 * random.normal()));
  const starts = new Float64Array(n);
  for (let index = 1; index < n; index++)
    starts[index] = (starts[index - 1] ?? 0) + (durations[index - 1] ?? 0);
  return {
    durations,
    starts,
    elapsed: (starts[n - 1] ?? 0) + (durations[n - 1] ?? 0),
    errors: 0,
    setup: { importRuntime: 1, createSession: 1, prepareInputs: 1, firstRun: 1 },
    warmup: { requests: 10, elapsed: 10, first: 1, steady: true, rule: 'test' },
    memory: { beforeModel: 1, afterLoad: 2, peak: 3 },
    disturbance: quiet,
    wrapper: null,
    stages: null,
    pool: { size: 32, source: 'synthetic' },
    outputs: { fetched: [], notFetched: [] },
    accuracy: null,
    cache: null,
  };
};

type Answer = (task: Extract<Task, { kind: 'measure' }>, call: number) => Execution;

/** A mock executor that counts, and says which batch was asked for when. */
const mock = (answer: Answer): { executor: Executor; asked: number[] } => {
  const asked: number[] = [];
  return {
    asked,
    executor: {
      execute: (task) => {
        if (task.kind !== 'measure') throw new Error('only measure tasks are expected');
        asked.push(task.batch);
        return Promise.resolve(answer(task, asked.length));
      },
    },
  };
};

const healthy: Answer = (task, call) => ({ kind: 'measured', samples: samplesOf(task.batch * 1e6, call) });

const crash = (state: 'failed' | 'timed-out' = 'failed'): Execution => ({
  kind: 'failed',
  state,
  reason: { kind: 'crashed', message: 'the process died of SIGSEGV', signal: 'SIGSEGV' },
});

const filesFor = (executor: Executor): ModelFiles => ({
  ...createModelFiles(executor, '/nowhere'),
  setPageCache: (_files, wanted) => Promise.resolve({ wanted, found: 'cold', resident: 0 }),
});

interface RunOptions {
  readonly from?: Results;
  readonly bail?: boolean;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

const run = async (plan: Plan, executor: Executor, options: RunOptions = {}) => {
  const saved: Results[] = [];
  const events: RunEvent[] = [];
  const results = await runPlan(plan, options.from ?? start(plan), {
    executor,
    policy: nextRounds,
    save: (document) => {
      saved.push(document);
      return Promise.resolve();
    },
    emit: (event) => events.push(event),
    now: options.now ?? (() => 0),
    infos: infosOf(plan),
    files: filesFor(executor),
    signal: options.signal ?? new AbortController().signal,
    bail: options.bail ?? false,
  });
  return { results, saved, events };
};

describe('runPlan', () => {
  it('measures every cell in every round, interleaved, and saves after each', async () => {
    const plan = planOf('rounds: 3');
    const { executor, asked } = mock(healthy);
    const { results, saved, events } = await run(plan, executor);
    expect(asked).toHaveLength(9);
    for (const round of [0, 1, 2]) {
      expect(asked.slice(round * 3, round * 3 + 3).toSorted((a, b) => a - b)).toEqual([1, 2, 4]);
    }
    expect(results.state).toBe('completed');
    expect(results.cells.map((cell) => [cell.state, cell.rounds.length, cell.n])).toEqual([
      ['completed', 3, 1200],
      ['completed', 3, 1200],
      ['completed', 3, 1200],
    ]);
    expect(saved).toHaveLength(10);
    expect(saved[0]?.cells.flatMap((cell) => cell.rounds)).toHaveLength(1);
    expect(events.filter((event) => event.type === 'round-finished')).toHaveLength(9);
    expect(events.at(-1)).toEqual({ type: 'finished', state: 'completed' });
  });

  it('takes the same order with the same seed and another with another', async () => {
    const orders = await Promise.all(
      ['rounds: 4, seed: 1', 'rounds: 4, seed: 1', 'rounds: 4, seed: 2'].map(async (measure) => {
        const { executor, asked } = mock(healthy);
        await run(planOf(measure, '[1, 2, 4, 8]'), executor);
        return asked.join(' ');
      }),
    );
    expect(orders[0]).toBe(orders[1]);
    expect(orders[0]).not.toBe(orders[2]);
  });

  it('goes on after a cell that crashes, and keeps the rounds it had', async () => {
    const plan = planOf('rounds: 3');
    const perBatch = new Map<number, number>();
    const { executor, asked } = mock((task, call) => {
      const seen = (perBatch.get(task.batch) ?? 0) + 1;
      perBatch.set(task.batch, seen);
      return task.batch === 2 && seen === 2 ? crash() : healthy(task, call);
    });
    const { results } = await run(plan, executor);
    const failed = results.cells.find((cell) => cell.params.batch === 2);
    expect(failed?.state).toBe('failed');
    expect(failed?.reason).toMatchObject({ kind: 'crashed', signal: 'SIGSEGV' });
    expect(failed?.rounds.map((round) => round.state)).toEqual(['completed', 'failed']);
    expect(asked.filter((batch) => batch === 2)).toHaveLength(2);
    expect(results.cells.filter((cell) => cell.state === 'completed')).toHaveLength(2);
    expect(results.state).toBe('completed');
  });

  it('keeps a deadline apart from a crash', async () => {
    const plan = planOf('rounds: 1', '[1]');
    const { results } = await run(plan, mock(() => crash('timed-out')).executor);
    expect(results.cells[0]?.state).toBe('timed-out');
  });

  it('stops at the first failure with bail, and says of the rest why', async () => {
    const plan = planOf('rounds: 2');
    const { executor, asked } = mock(() => crash());
    const { results } = await run(plan, executor, { bail: true });
    expect(asked).toHaveLength(1);
    expect(results.state).toBe('bailed');
    expect(results.cells.filter((cell) => cell.state === 'aborted').map((cell) => cell.reason?.kind)).toEqual(
      ['bail', 'bail'],
    );
  });

  it('starts no round after the budget', async () => {
    const plan = planOf('rounds: 4, budget: 10s');
    let time = 0;
    const { executor, asked } = mock((task, call) => {
      time += 4_000;
      return healthy(task, call);
    });
    const { results } = await run(plan, executor, { now: () => time });
    expect(asked).toHaveLength(3);
    expect(results.state).toBe('out-of-budget');
    expect(results.cells.every((cell) => cell.state === 'completed' && cell.rounds.length === 1)).toBe(true);
  });

  it('ends in order when interrupted, and a resumed run measures only what is missing', async () => {
    const plan = planOf('rounds: 3');
    const controller = new AbortController();
    const first = mock((task, call) => {
      if (call < 5) return healthy(task, call);
      controller.abort();
      return { kind: 'failed', state: 'aborted', reason: { kind: 'interrupted', message: 'interrupted' } };
    });
    const { results: stopped } = await run(plan, first.executor, { signal: controller.signal });
    expect(stopped.state).toBe('interrupted');
    expect(stopped.cells.flatMap((cell) => cell.rounds)).toHaveLength(4);

    const second = mock(healthy);
    const { results, events } = await run(plan, second.executor, {
      from: resumeResults(stopped, start(plan)),
    });
    expect(second.asked).toHaveLength(5);
    expect(events[0]).toMatchObject({ type: 'started', done: 4 });
    expect(results.state).toBe('completed');
    expect(results.cells.map((cell) => cell.rounds.map((round) => round.index))).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    const orders = results.cells.flatMap((cell) => cell.rounds.map((round) => round.order));
    expect(new Set(orders).size).toBe(9);
  });

  it('measures on at the looks only what is undecided', async () => {
    const plan = planOf(
      'rounds: {until: decided, looks: [5, 10]}',
      '[1, 4]',
      'sla: ["p50 <= 1ms where batch = 1", "p50 <= 40ms where batch = 4"]',
    );
    // Batch 1 sits on its limit, batch 4 far below.
    const { executor, asked } = mock(healthy);
    const { results, events } = await run(plan, executor);
    const rounds = Object.fromEntries(results.cells.map((cell) => [cell.params.batch, cell.rounds.length]));
    expect(rounds).toEqual({ 1: 10, 4: 5 });
    expect(asked).toHaveLength(15);
    expect(events.filter((event) => event.type === 'look')).toEqual([
      { type: 'look', rounds: 5, undecided: 1, planned: 15 },
    ]);
  });
});

describe('resumeResults', () => {
  const stopped = (): Results => start(planOf('rounds: 2'));

  it('refuses another scenario, another machine and another model file', () => {
    const fresh = stopped();
    const other: Results = {
      ...fresh,
      scenario: { ...fresh.scenario, sha256: 'b'.repeat(64) },
      environment: { ...fresh.environment, fingerprint: 'g' },
      cells: fresh.cells.map((cell) => ({ ...cell, model: { file: 'm.onnx', sha256: 'c', bytes: 1 } })),
    };
    let problems: string[] = [];
    try {
      resumeResults(other, fresh);
    } catch (error) {
      problems = error instanceof UserError ? error.problems.map((problem) => problem.message) : [];
    }
    expect(problems.join('\n')).toMatch(/scenario file has changed/);
    expect(problems.join('\n')).toMatch(/not the one the run started on/);
    expect(problems.join('\n')).toMatch(/m\.onnx has changed/);
  });
});

describe('the document', () => {
  it('holds no absolute path', async () => {
    const plan = planOf('rounds: 1');
    const { results } = await run(plan, mock(healthy).executor);
    expect(JSON.stringify(results)).not.toContain('/models');
  });
});
