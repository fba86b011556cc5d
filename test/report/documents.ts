/**
 * Fixed, judged documents for the reporters. The numbers come from the seeded builder; the conclusions
 * are written here, so that these tests say how a conclusion looks and not what the judge concludes.
 */
import type { Decision, Finding, Verdict, VerdictStatus } from '../../src/results/conclusions-schema.js';
import type { CellResult, Results } from '../../src/results/schema.js';
import type { Rule } from '../../src/vocabulary/rules.js';
import {
  buildResults,
  environment,
  maximize,
  MS,
  rule,
  US,
  type SyntheticCell,
  type SyntheticRun,
} from '../helpers/results.js';

const machine = {
  cpu: {
    ...environment.cpu,
    model: 'Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz',
    logical: 4,
    allowed: 2,
    virtual: true,
    governor: null,
  },
};

interface Judged {
  readonly name: string;
  readonly run: SyntheticRun;
  readonly chosen?: number | null;
  readonly runnerUp?: number;
  readonly status?: Decision['status'];
  readonly sentence: string;
  readonly findings?: (cells: readonly CellResult[]) => readonly Finding[];
  readonly missing?: readonly string[];
  readonly flips?: readonly string[];
  readonly models?: Results['scenario']['models'];
}

const estimateOf = (cell: CellResult, metric: string) =>
  metric === 'throughput'
    ? cell.throughput
    : (cell.latency?.[(metric === 'p99.9' ? 'p999' : metric) as 'p99'] ?? null);

const verdictOf = (wanted: Rule, cell: CellResult): Verdict => {
  const estimate = cell.state === 'completed' ? estimateOf(cell, wanted.metric) : null;
  const actual = estimate?.value ?? null;
  const upper = wanted.operator.startsWith('<');
  const bounds = estimate?.interval ?? null;
  const isWithin = (value: number): boolean => (upper ? value <= wanted.limit : value >= wanted.limit);
  let status: VerdictStatus = 'no-data';
  if (cell.reason?.kind === 'no-hardware') status = 'not-applicable';
  else if (actual !== null && bounds === null) status = 'inconclusive';
  else if (bounds !== null) {
    const [worse, better] = upper ? [bounds.high, bounds.low] : [bounds.low, bounds.high];
    status = isWithin(worse) ? 'pass' : isWithin(better) ? 'inconclusive' : 'fail';
  }
  const left = actual === null ? null : upper ? wanted.limit - actual : actual - wanted.limit;
  return {
    rule: wanted.text,
    status,
    cell: cell.id,
    metric: wanted.metric,
    operator: wanted.operator,
    expected: wanted.limit,
    actual,
    interval: bounds,
    headroom: left === null ? null : left / wanted.limit,
    n: cell.n,
    rounds: cell.rounds.length,
    message: `${wanted.text}, ${cell.label}: ${bounds === null ? 'one process has no bounds: what another would measure is unknown' : status}.`,
    ...(wanted.location === undefined ? {} : { location: wanted.location }),
  };
};

const judged = ({ name, run, ...told }: Judged): Results => {
  const results = buildResults({ environment: machine, ...run });
  const { cells } = results;
  const verdicts = results.scenario.rules.flatMap((wanted) => cells.map((cell) => verdictOf(wanted, cell)));
  const chosen = told.chosen === null ? undefined : cells[told.chosen ?? 0];
  const ranked = cells
    .filter((cell) => cell.state === 'completed' && cell !== chosen)
    .toSorted((a, b) => (b.throughput?.value ?? 0) - (a.throughput?.value ?? 0));
  const meets = (cell: CellResult): 'yes' | 'no' | 'unknown' => {
    const own = verdicts.filter((verdict) => verdict.cell === cell.id).map((verdict) => verdict.status);
    return own.includes('fail') ? 'no' : own.every((status) => status === 'pass') ? 'yes' : 'unknown';
  };
  const alternative = (cell: CellResult): Decision['others'][number] => {
    const value = cell.throughput?.value ?? null;
    const best = chosen?.throughput?.value ?? null;
    const ratio = value === null || best === null ? null : value / best;
    const interval =
      ratio === null ? null : { low: ratio * 0.97, high: ratio * 1.03, level: 0.95, method: 'welch-log' };
    return { cell: cell.id, value, ratio, interval, meetsSla: meets(cell), note: '' };
  };
  const runnerUp = told.runnerUp === undefined ? undefined : cells[told.runnerUp];
  const decision: Decision = {
    status: told.status ?? 'deploy',
    objective: 'maximize throughput',
    metric: 'throughput',
    cell: chosen?.id ?? null,
    value: chosen?.throughput?.value ?? null,
    sentence: told.sentence,
    runnerUp: runnerUp === undefined ? null : alternative(runnerUp),
    others: ranked.filter((cell) => cell !== runnerUp).map(alternative),
    missing: [...(told.missing ?? [])],
    flips: [...(told.flips ?? [])],
  };
  return {
    ...results,
    scenario: { ...results.scenario, name, ...(told.models === undefined ? {} : { models: told.models }) },
    verdicts,
    findings: [...(told.findings?.(cells) ?? [])],
    decision,
  };
};

/** Documents are never changed in place, so each is built once a file. */
const once = (build: () => Results): (() => Results) => {
  let built: Results | undefined;
  return () => (built ??= build());
};

/** The smallest thing there is: one cell, one round, 200 requests, no rule. */
export const oneCell = once(() =>
  judged({
    name: 'digits-mlp',
    run: { cells: [{ p50: 17 * US, samples: 200 }], policy: { fixed: 1 }, objective: null },
    sentence: 'Only one cell was measured, at 55.5k/s; there is nothing to choose between.',
  }),
);

const sweep = (batch: number, threads: number, p50: number): SyntheticCell => ({
  params: { batch, threads },
  p50,
  spread: 0.06,
  betweenRounds: 0.015,
  samples: 1000,
});

/** Six cells, two axes, two rules, a clear decision and a few findings: what most runs look like. */
export const typical = once(() =>
  judged({
    name: 'batching',
    run: {
      cells: [
        { ...sweep(1, 1, 2.1 * MS), accuracy: { correct: 981, n: 1000 } },
        { ...sweep(1, 2, 1.6 * MS), accuracy: { correct: 981, n: 1000 } },
        { ...sweep(8, 1, 11.2 * MS), accuracy: { correct: 981, n: 1000 } },
        { ...sweep(8, 2, 7.4 * MS), accuracy: { correct: 981, n: 1000 } },
        { ...sweep(32, 1, 41 * MS), accuracy: { correct: 981, n: 1000 } },
        { ...sweep(32, 2, 26 * MS), accuracy: { correct: 981, n: 1000 } },
      ],
      rules: [rule('p99', '<=', 10 * MS), rule('throughput', '>=', 450)],
      objective: maximize('throughput'),
    },
    chosen: 3,
    runnerUp: 1,
    sentence:
      'Deploy batch 8, threads 2: it meets the SLA with the highest throughput, 1.08k/s (95%: 1.06k/s to 1.09k/s).',
    flips: [
      'A p99 limit of 30.6 ms instead of 10.0 ms makes it batch 32, threads 2 (throughput +14.1%).',
      'A throughput limit over 1.06k/s leaves no cell that meets the SLA.',
    ],
    findings: (cells) => [
      {
        id: 'noisy-machine',
        severity: 'warning',
        cells: [],
        title: 'Other processes used 14% of the CPU while cells were measured.',
        cause: 'What else runs here takes CPU time and cache from the model, most of all in the tail.',
        action:
          'Stop other work on this machine, or measure on one that is idle; mlat doctor shows what it sees.',
        muted: false,
      },
      {
        id: 'never-steady',
        severity: 'serious',
        cells: cells.slice(4).map((cell) => cell.id),
        title: 'The warm-up ended before the latency was steady in 3 of 10 rounds.',
        cause:
          'The first sampled requests were still getting faster, so the percentiles mix warming up with serving.',
        action: 'Give the warm-up more time: measure.warmup.maxDuration.',
        muted: false,
      },
      {
        id: 'outliers',
        severity: 'note',
        cells: cells.slice(0, 1).map((cell) => cell.id),
        title: 'muted',
        cause: 'muted',
        action: 'muted',
        muted: true,
      },
    ],
  }),
);

/** Every way in which a cell can have no measurement, beside two that have one. */
export const failures = once(() =>
  judged({
    name: 'failures',
    run: {
      cells: [
        { params: { batch: 1 }, p50: 2 * MS },
        {
          params: { batch: 2 },
          state: 'failed',
          reason: {
            kind: 'crashed',
            message: 'the process died; the model crashes the runtime',
            phase: 'load',
            signal: 'SIGSEGV',
            stderr: [
              '\u001B[31m2026-01-05 [E:onnxruntime]\u001B[0m Exception during initialization:\tsize mismatch',
              '',
            ],
          },
        },
        {
          params: { batch: 4 },
          state: 'timed-out',
          reason: {
            kind: 'deadline',
            message: 'no answer within 60.0 s; raise measure.deadline if the model is that slow',
            phase: 'warm-up',
          },
        },
        {
          params: { batch: 8 },
          state: 'failed',
          rounds: 2,
          reason: {
            kind: 'memory-limit',
            message: 'the process used 2.1 GiB, over its limit of 2.0 GiB',
            phase: 'sampling',
            signal: 'SIGKILL',
          },
        },
        {
          params: { batch: 16 },
          state: 'failed',
          reason: {
            kind: 'not-finite',
            message: 'the output "scores" holds NaN',
            phase: 'first-run',
            exitCode: 1,
          },
        },
        {
          params: { batch: 32 },
          state: 'failed',
          reason: {
            kind: 'not-finite',
            message: 'the output "scores" holds NaN',
            phase: 'first-run',
            exitCode: 1,
          },
        },
        {
          params: { batch: 64 },
          state: 'skipped',
          reason: { kind: 'no-hardware', message: 'this machine has no CUDA device' },
        },
        {
          params: { batch: 128 },
          state: 'aborted',
          reason: { kind: 'interrupted', message: 'the run was interrupted before this cell was measured' },
        },
        { params: { batch: 256 }, state: 'pending' },
        { params: { batch: 512 }, p50: 900 * MS, samples: 100 },
      ],
      rules: [rule('p99', '<=', 1 * MS)],
      state: 'interrupted',
    },
    status: 'none-meets',
    sentence: 'No cell meets the SLA; batch 1 comes nearest.',
    missing: ['p99 is 2.55 ms and must be at most 1.00 ms: a change of -60.8%.'],
  }),
);

/** Sixty cells over three axes, a few of them failed: the table has to choose. */
export const sixty = once(() => {
  const cells = [1, 2, 4, 8, 16].flatMap((batch) =>
    [1, 2, 4].flatMap((threads) =>
      (['original', 'fp16', 'int8', 'int4'] as const).map((precision, index): SyntheticCell => {
        const base = {
          params: { batch, threads, precision },
          p50: (batch ** 0.8 / threads ** 0.6) * (1 - index / 8) * 4 * MS,
          samples: 120,
          rounds: 3,
        };
        if (precision === 'int4') {
          return {
            ...base,
            state: 'failed',
            rounds: 0,
            reason: {
              kind: 'load-failed',
              message: 'no kernel for MatMulNBits in this build of the runtime',
              phase: 'load',
            },
          };
        }
        return batch === 16 && threads === 4 && precision === 'fp16'
          ? {
              ...base,
              state: 'timed-out',
              rounds: 0,
              reason: { kind: 'deadline', message: 'no answer within 60.0 s', phase: 'first-run' },
            }
          : base;
      }),
    ),
  );
  return judged({
    name: 'sixty-cells',
    run: { cells, rules: [rule('p50', '<=', 20 * MS)], policy: { fixed: 3 } },
    chosen: cells.findIndex(
      ({ params }) => params?.batch === 16 && params.threads === 4 && params.precision === 'int8',
    ),
    runnerUp: cells.findIndex(
      ({ params }) => params?.batch === 8 && params.threads === 4 && params.precision === 'int8',
    ),
    sentence: 'Deploy int8, batch 16, threads 4: it meets the SLA with the highest throughput, 1.31k/s.',
  });
});

/** Names that a terminal could trip over. */
export const hostile = once(() =>
  judged({
    name: 'a\u001B]0;owned\u0007 \u001B[2J\u202Ename\r\nwith control characters',
    run: {
      cells: [
        { params: { model: '🚀 rocket 👨‍👩‍👧 家族', batch: 1 }, p50: 2 * MS },
        { params: { model: 'مودل-سريع', batch: 1 }, p50: 3 * MS },
        { params: { model: '\u001B[31mred\u001B[0m\u0000\u0008\u009B5m\tx', batch: 1 }, p50: 4 * MS },
        { params: { model: 'x'.repeat(300), batch: 1 }, p50: 5 * MS },
        {
          params: { model: 'dead', batch: 1 },
          state: 'failed',
          reason: {
            kind: 'crashed',
            message: `\u001B[5mboom\u001B[0m \uD800 ${'word '.repeat(60)}`,
            stderr: ['\u001B[2K\u001B[1Afoo\u0007'],
          },
        },
      ],
      rules: [rule('p99', '<=', 10 * MS)],
    },
    models: { ['\u001B[31mred']: { file: 'models/\u001B[2Jx.onnx', variants: {} } },
    sentence: `Deploy \u001B[32m🚀 rocket 👨‍👩‍👧 家族: it is the fastest.`,
    findings: (cells) => [
      {
        id: 'drift',
        severity: 'warning',
        cells: cells.slice(0, 4).map((cell) => cell.id),
        title: 'Latency \u001B[7mdrifted\u001B[0m.',
        cause: 'Line one.\nLine two.',
        action: 'Nothing.',
        muted: false,
      },
    ],
  }),
);
