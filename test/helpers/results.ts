/**
 * Results documents for tests: cells whose rounds are drawn from a seeded model of a process (log-normal
 * latency, a level of its own for each process), digested and summarised by the program's own code.
 * The same arguments always give the same document.
 */
import { createHash } from 'node:crypto';
import { blankCell } from '../../src/results/blank.js';
import { digestRound, failedRound, type RawRound } from '../../src/results/digest.js';
import type { Environment } from '../../src/results/environment-schema.js';
import {
  SCHEMA_VERSION,
  type CellResult,
  type Disturbance,
  type Reason,
  type Results,
} from '../../src/results/schema.js';
import { COLD_STARTS } from '../../src/vocabulary/cold.js';
import { coldRound, type ColdOptions } from './cold.js';
import { summariseCell } from '../../src/results/summarise.js';
import { proportionInterval } from '../../src/stats/intervals.js';
import { createRandom, deriveSeed } from '../../src/stats/random.js';
import { formatMetricValue, parseMetric } from '../../src/vocabulary/metrics.js';
import {
  cellLabel,
  defaultParams,
  identityOf,
  varyingAxes,
  type CellParams,
} from '../../src/vocabulary/params.js';
import type { Condition, Objective, Operator, Rule } from '../../src/vocabulary/rules.js';

export const US = 1e3;
export const MS = 1e6;

export interface SyntheticCell {
  readonly params?: Partial<CellParams>;
  /** Median latency of the cell, ns; 2 ms when left out. */
  readonly p50?: number;
  /** Standard deviation of the log latency inside a process; 0.1. */
  readonly spread?: number;
  /** Standard deviation of the log level between processes; 0.02. */
  readonly betweenRounds?: number;
  /** Measured rounds; as many as the scenario's fixed rounds, or its first look. */
  readonly rounds?: number;
  /** Requests a round; 400. */
  readonly samples?: number;
  /** Failed requests in each round; 0. */
  readonly errors?: number;
  /** Pause after each request, ns; 0. */
  readonly idle?: number;
  readonly accuracy?: { readonly correct: number; readonly n: number };
  readonly placement?: CellResult['placement'];
  readonly pool?: { readonly size: number; readonly source: string };
  /** Peak resident bytes; 120 MiB. */
  readonly peak?: number;
  /** Changes what the process of a round reports. */
  readonly raw?: (round: number, raw: RawRound) => Partial<RawRound>;
  readonly disturbance?: Partial<Disturbance>;
  /** Changes what a process of a cell with start cold reports. */
  readonly cold?: ColdOptions;
  /** A cell without, or with a broken, measurement. A failed one keeps `rounds` good rounds before it. */
  readonly state?: 'pending' | 'failed' | 'timed-out' | 'skipped' | 'aborted';
  readonly reason?: Reason;
}

export interface SyntheticRun {
  readonly cells: readonly SyntheticCell[];
  readonly rules?: readonly Rule[];
  /** 'any'. */
  readonly require?: Results['scenario']['require'];
  readonly objective?: Objective | null;
  /** {fixed: 5}. */
  readonly policy?: Results['scenario']['rounds'];
  readonly seed?: number;
  /** Processes of cells with start cold; 20. */
  readonly coldStarts?: number;
  readonly mute?: readonly string[];
  readonly state?: Results['state'];
  readonly environment?: Partial<Environment>;
}

/** A rule as scenario files say it: rule('p99', '<=', 10 * MS, {batch: '8'}). */
export const rule = (
  metric: string,
  operator: Operator,
  limit: number,
  where: Readonly<Record<string, string>> = {},
): Rule => {
  const kind = parseMetric(metric)?.kind ?? 'duration';
  const conditions: Condition[] = Object.entries(where).map(([key, value]) => ({ key, value }));
  const filter = conditions.map(({ key, value }) => `${key} = ${value}`).join(' and ');
  const text = `${metric} ${operator} ${formatMetricValue(kind, limit)}${filter === '' ? '' : ` where ${filter}`}`;
  return {
    text,
    metric,
    operator,
    limit,
    where: conditions,
    location: { file: 'scenario.yaml', line: 12, column: 5 },
  };
};

export const maximize = (metric: string): Objective => ({
  text: `maximize ${metric}`,
  direction: 'maximize',
  metric,
});
export const minimize = (metric: string): Objective => ({
  text: `minimize ${metric}`,
  direction: 'minimize',
  metric,
});

/** The machine of every synthetic document: four CPUs, nothing known against it. */
export const environment: Environment = {
  os: { platform: 'linux', release: '6.1.0', arch: 'x64' },
  cpu: {
    model: 'Example CPU 2.0 GHz',
    logical: 4,
    allowed: 4,
    quota: null,
    governor: 'performance',
    features: ['avx2', 'avx512_vnni'],
    virtual: false,
  },
  memory: { total: 16 * 2 ** 30, limit: null },
  node: 'v20.19.0',
  runtime: { name: 'onnxruntime-node', version: '1.30.0', providers: ['cpu'] },
  harness: {
    clockStep: 40,
    clockCost: 45,
    emptyModel: { n: 2000, p50: 14_000, p99: 40_000, nativeP50: 7_000 },
    noise: { n: 5000, p50: 100_000, p99: 112_000, max: 180_000, lostShare: 0.004 },
    disturbance: {
      stealShare: 0,
      throttledShare: 0,
      otherShare: 0.01,
      cpuPerWall: 0.99,
      involuntarySwitches: 2,
    },
  },
  loadAverage: 0.1,
  fingerprint: '0123456789abcdef',
};

const STARTED = Date.UTC(2026, 0, 5, 12, 0, 0);

/** The raw material of one synthetic round. */
export const rawRound = (cell: SyntheticCell, seed: number, round: number): RawRound => {
  const random = createRandom(deriveSeed(seed, round));
  const level = (cell.p50 ?? 2 * MS) * Math.exp((cell.betweenRounds ?? 0.02) * random.normal());
  const n = cell.samples ?? 400;
  const durations = Float64Array.from({ length: n }, () =>
    Math.round(level * Math.exp((cell.spread ?? 0.1) * random.normal())),
  );
  const starts = new Float64Array(n);
  let clock = 0;
  for (let index = 0; index < n; index++) {
    starts[index] = clock;
    clock += (durations[index] ?? 0) + (cell.idle ?? 0);
  }
  const raw: RawRound = {
    durations,
    starts,
    elapsed: clock,
    errors: cell.errors ?? 0,
    setup: { importRuntime: 60 * MS, createSession: 8 * MS, prepareInputs: 2 * MS, firstRun: 5 * MS },
    warmup: { requests: 60, elapsed: 60 * level, first: 3 * level, steady: true, rule: 'two windows agree' },
    memory: {
      beforeModel: 60 * 2 ** 20,
      afterLoad: 90 * 2 ** 20,
      peak: (cell.peak ?? 120 * 2 ** 20) + 4096 * round,
    },
    disturbance: {
      stealShare: 0,
      throttledShare: 0,
      otherShare: 0.01,
      cpuPerWall: 0.98,
      involuntarySwitches: 3,
      ...cell.disturbance,
    },
    wrapper: { n: 200, total: Math.round(level), native: Math.round(Math.max(level * 0.5, level - 7_000)) },
    stages: null,
  };
  return { ...raw, ...cell.raw?.(round, raw) };
};

const paramsOf = (cell: SyntheticCell): CellParams => ({
  ...defaultParams(),
  model: 'digits',
  threads: 1,
  ...cell.params,
});

const DEFAULT_REASON: Readonly<Record<NonNullable<SyntheticCell['state']>, Reason | undefined>> = {
  pending: undefined,
  failed: {
    kind: 'crashed',
    message: 'the process died of SIGSEGV during sampling',
    phase: 'sampling',
    signal: 'SIGSEGV',
  },
  'timed-out': { kind: 'deadline', message: 'no answer within 60.0 s', phase: 'warm-up' },
  skipped: { kind: 'no-hardware', message: 'this machine has no CUDA device' },
  aborted: { kind: 'interrupted', message: 'the run was interrupted before this cell was measured' },
};

const buildCell = (cell: SyntheticCell, label: string, run: SyntheticRun, wanted: number): CellResult => {
  const params = paramsOf(cell);
  const id = createHash('sha256').update(identityOf(params)).digest('hex').slice(0, 10);
  const seed = deriveSeed(run.seed ?? 1, id);
  const usual = params.start === 'cold' ? (run.coldStarts ?? COLD_STARTS) : wanted;
  const count = cell.rounds ?? (cell.state === undefined ? usual : 0);
  const metaOf = (index: number): { index: number; order: number; startedAt: string } => ({
    index,
    order: index,
    startedAt: new Date(STARTED + index * 10_000).toISOString(),
  });
  const rounds = Array.from({ length: count }, (_, index) =>
    params.start === 'cold'
      ? coldRound(cell.cold ?? {}, seed, metaOf(index))
      : digestRound(rawRound(cell, seed, index), metaOf(index)),
  );
  const reason = cell.reason ?? (cell.state === undefined ? undefined : DEFAULT_REASON[cell.state]);
  if ((cell.state === 'failed' || cell.state === 'timed-out') && reason !== undefined) {
    rounds.push(failedRound(cell.state, reason, metaOf(count)));
  }
  return summariseCell({
    ...blankCell({ id, params, label }),
    state: cell.state ?? 'pending',
    ...(reason === undefined ? {} : { reason }),
    model: { file: 'models/digits.onnx', sha256: 'ab'.repeat(32), bytes: 123_456 },
    pool: count === 0 ? null : (cell.pool ?? { size: 64, source: 'uniform float32' }),
    rounds,
    accuracy:
      cell.accuracy === undefined
        ? null
        : {
            ...cell.accuracy,
            share: cell.accuracy.correct / cell.accuracy.n,
            interval: proportionInterval(cell.accuracy.correct, cell.accuracy.n, 0.95),
            labels: 'models/digits-labels.npy',
          },
    outputs:
      count === 0
        ? null
        : { fetched: [{ name: 'scores', dtype: 'float32', shape: [params.batch, 10] }], notFetched: [] },
    histogram: null,
    ...(cell.placement === undefined ? {} : { placement: cell.placement }),
  });
};

/** A whole document, not yet judged. */
export const buildResults = (run: SyntheticRun): Results => {
  const policy = run.policy ?? { fixed: 5 };
  const wanted = 'fixed' in policy ? policy.fixed : (policy.looks[0] ?? 1);
  const params = run.cells.map(paramsOf);
  const varying = varyingAxes(params);
  return {
    schemaVersion: SCHEMA_VERSION,
    kind: 'mlat-results',
    mlat: '0.1.0',
    startedAt: new Date(STARTED).toISOString(),
    finishedAt: new Date(STARTED + 60_000).toISOString(),
    state: run.state ?? 'completed',
    scenario: {
      name: 'synthetic',
      file: 'scenario.yaml',
      sha256: 'cd'.repeat(32),
      source: 'model: models/digits.onnx\n',
      overrides: [],
      command: 'mlat bench scenario.yaml',
      models: { digits: { file: 'models/digits.onnx', variants: {} } },
      rounds: policy,
      ...(params.some(({ start }) => start === 'cold')
        ? { cold: { starts: run.coldStarts ?? COLD_STARTS, pageCache: 'dropped' as const } }
        : {}),
      sampling: { samples: 400, duration: null },
      seed: run.seed ?? 1,
      budget: null,
      rules: [...(run.rules ?? [])],
      require: run.require ?? 'any',
      objective: run.objective === undefined ? maximize('throughput') : run.objective,
      mute: [...(run.mute ?? [])],
    },
    environment: { ...environment, ...run.environment },
    cells: run.cells.map((cell, index) =>
      buildCell(cell, cellLabel(params[index] as CellParams, varying), run, wanted),
    ),
    verdicts: [],
    findings: [],
    decision: null,
  };
};

/** A small sweep over the batch: 1, 4 and 16 items at 1, 2.5 and 8 ms, with a p99 rule that the last breaks. */
export const batchSweep = (run: Partial<SyntheticRun> = {}): Results =>
  buildResults({
    cells: [
      { params: { batch: 1 }, p50: 1 * MS },
      { params: { batch: 4 }, p50: 2.5 * MS },
      { params: { batch: 16 }, p50: 8 * MS },
    ],
    rules: [rule('p99', '<=', 5 * MS), rule('throughput', '>=', 500)],
    ...run,
  });
