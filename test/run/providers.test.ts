/** Which cells are skipped or profiled, and when: the run with a mock in the place of the processes. */
import { describe, expect, it } from 'vitest';
import type { ProfileSamples, Task } from '../../src/measure/messages.js';
import type { ModelInfo } from '../../src/model/types.js';
import { findPlacement, wantsPlacement } from '../../src/run/placement.js';
import {
  findUnavailable,
  providersRequired,
  skipUnavailable,
  tryProviders,
} from '../../src/run/providers.js';
import type { Execution, Executor } from '../../src/run/executor.js';
import { expandScenario } from '../../src/scenario/expand.js';
import { parseScenario } from '../../src/scenario/parse.js';
import type { Plan } from '../../src/scenario/types.js';
import { formatProvider, type ProviderStatus } from '../../src/vocabulary/providers.js';
import { buildResults, environment } from '../helpers/results.js';

const never = new AbortController().signal;

const planOf = (more: string): Plan =>
  expandScenario(
    parseScenario({
      text: `name: t\nmodel: ./m.onnx\n${more}`,
      file: 't.yaml',
      baseDir: '/m',
      overrides: [],
    }),
  );

const status = (name: string, lack?: string): ProviderStatus => ({
  name,
  listed: true,
  bundled: false,
  available: lack === undefined,
  device: null,
  software: false,
  driver: null,
  checks:
    lack === undefined ? [] : [{ name: 'driver', status: 'missing', seen: lack, action: 'Install it.' }],
});

const crash: Execution = {
  kind: 'failed',
  state: 'failed',
  reason: { kind: 'crashed', message: 'the process died of SIGSEGV', stderr: ['out of memory'] },
};

/** Answers tasks in turn and says which they were. */
const mock = (answer: (task: Task) => Execution): { executor: Executor; asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    executor: {
      execute: (task) => {
        asked.push(task.kind === 'provider' ? `provider ${formatProvider(task.provider)}` : task.kind);
        return Promise.resolve(answer(task));
      },
    },
  };
};

const started: Execution = { kind: 'started', elapsed: 1 };

describe('findUnavailable', () => {
  const plan = planOf('sweep: {provider: [cpu, cuda, webgpu, webgpu(preferredLayout=NCHW)], batch: [1, 2]}');
  const machine = { ...environment, providers: [status('cuda', 'no driver'), status('webgpu')] };

  it('starts what has nothing missing, once with each set of options, and never the CPU', async () => {
    const { executor, asked } = mock(() => started);
    expect(await findUnavailable(plan, machine, executor, never)).toEqual([
      { provider: 'cuda', reason: { kind: 'no-hardware', message: 'no driver. Install it.' } },
    ]);
    expect(asked).toEqual(['provider webgpu', 'provider webgpu(preferredLayout=NCHW)']);
  });

  it('takes a provider that has all and does not start for unavailable, with its last words', async () => {
    const { executor } = mock(() => crash);
    expect((await findUnavailable(plan, machine, executor, never))[1]).toEqual({
      provider: 'webgpu',
      reason: {
        kind: 'no-hardware',
        message: 'all that webgpu needs was found, but it does not start: the process died of SIGSEGV',
        stderr: ['out of memory'],
      },
    });
  });

  it('asks nothing of a plan for the CPU', async () => {
    const { executor, asked } = mock(() => crash);
    expect(await findUnavailable(planOf(''), machine, executor, never)).toEqual([]);
    expect(asked).toEqual([]);
  });
});

it('the doctor starts what has nothing missing', async () => {
  const { executor, asked } = mock(() => crash);
  const tried = await tryProviders([status('cpu'), status('cuda', 'x'), status('webgpu')], executor, never);
  expect(asked).toEqual(['provider webgpu']);
  expect(tried.map(({ available }) => available)).toEqual([true, false, false]);
  expect(tried[2]?.checks.at(-1)).toMatchObject({ name: 'start', status: 'wrong' });
});

describe('cells of a provider that is not available', () => {
  const unavailable = [
    { provider: 'cuda', reason: { kind: 'no-hardware', message: 'no driver. Install it.' } },
  ];

  it('are skipped with the reason, and only they', () => {
    const results = buildResults({
      cells: [
        { state: 'pending' },
        { state: 'pending', params: { provider: 'cuda' } },
        { state: 'pending', params: { provider: 'webgpu' } },
      ],
    });
    const { cells } = skipUnavailable(results, unavailable);
    expect(cells.map(({ state }) => state)).toEqual(['pending', 'skipped', 'pending']);
    expect(cells[1]?.reason).toEqual(unavailable[0]?.reason);
  });

  it('keep what was measured of them before', () => {
    const results = buildResults({ cells: [{ params: { provider: 'cuda' }, rounds: 2 }] });
    const pending = {
      ...results,
      cells: results.cells.map((cell) => ({ ...cell, state: 'pending' as const })),
    };
    expect(skipUnavailable(pending, unavailable).cells[0]?.state).toBe('pending');
  });

  it('are a failure with exit code 3 where providers are required', () => {
    const error = providersRequired(unavailable);
    expect(error.exitCode).toBe(3);
    expect(error.message).toBe('provider cuda is not available: no driver. Install it.');
  });
});

describe('the profiled pass', () => {
  const info = { inputs: [], outputs: [] } as unknown as ModelInfo;
  const samples: ProfileSamples = {
    trace: {
      runs: 10,
      nodes: [
        { provider: 'CPUExecutionProvider', operator: 'Shape', count: 1 },
        { provider: 'WebGpuExecutionProvider', operator: 'Conv', count: 4 },
        { provider: 'CPUExecutionProvider', operator: 'Relu', count: 2 },
      ],
      copies: { nodes: 3, ns: 500 },
      outside: 700,
    },
    profiled: 1200,
    unprofiled: 1000,
  };

  it('is run where there is something to compare or to judge, and else not', () => {
    expect(wantsPlacement(planOf('sweep: {provider: [cpu, webgpu]}'))).toBe(true);
    expect(wantsPlacement(planOf('sla: nodes on cpu >= 100%'))).toBe(true);
    expect(wantsPlacement(planOf('sla: p99 <= 1ms'))).toBe(false);
  });

  it('becomes a placement: counts by provider, operators that fell back, the distortion', async () => {
    const plan = planOf('sweep: {provider: webgpu}');
    const { executor, asked } = mock(() => ({ kind: 'profiled', samples }));
    const [cell] = plan.cells;
    if (cell === undefined) throw new Error('no cell');
    expect(await findPlacement(plan, cell, info, { executor, signal: never })).toEqual({
      asked: 'webgpu',
      runs: 10,
      total: 7,
      onAsked: 4,
      nodes: { CPUExecutionProvider: 3, WebGpuExecutionProvider: 4 },
      elsewhere: [
        { provider: 'CPUExecutionProvider', operator: 'Relu', nodes: 2 },
        { provider: 'CPUExecutionProvider', operator: 'Shape', nodes: 1 },
      ],
      copies: { nodes: 3, ns: 500 },
      outside: 700,
      distortion: 1.2,
    });
    expect(asked).toEqual(['profile']);
  });

  it('says why when it fails, and nothing when it was interrupted', async () => {
    const plan = planOf('sweep: {provider: webgpu}');
    const [cell] = plan.cells;
    if (cell === undefined) throw new Error('no cell');
    const failed = await findPlacement(plan, cell, info, { ...mock(() => crash), signal: never });
    expect(failed).toMatchObject({ total: 0, problem: 'the process died of SIGSEGV' });
    const aborted: Execution = {
      kind: 'failed',
      state: 'aborted',
      reason: { kind: 'interrupted', message: 'interrupted' },
    };
    expect(await findPlacement(plan, cell, info, { ...mock(() => aborted), signal: never })).toBeNull();
  });
});
