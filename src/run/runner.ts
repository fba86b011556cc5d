/**
 * The loop of a run: ask the policy what to measure next, measure it in a fresh process, add it to
 * the document, save the document. Everything it touches is handed in, so that the tests run it
 * with a mock executor and a fake clock.
 */
import { basename } from 'node:path';
import type { Phase, RoundSamples } from '../measure/messages.js';
import type { ModelInfo } from '../model/types.js';
import type { SessionParams } from '../engine/types.js';
import { digestCold } from '../results/cold-digest.js';
import { digestRound, failedRound } from '../results/digest.js';
import type { CellResult, Reason, Results, RoundResult } from '../results/schema.js';
import { summariseCell } from '../results/summarise.js';
import type { Plan, PlanCell } from '../scenario/types.js';
import { proportionInterval } from '../stats/intervals.js';
import type { RunEvent } from './events.js';
import type { ExecuteOptions, Execution, Executor } from './executor.js';
import { findPlacement, wantsPlacement } from './placement.js';
import { plainFile, type CellFile, type ModelFiles } from './model-files.js';
import type { ModelInfos } from './start.js';
import { coldTask, fileOf, measureTask, modelOf, sessionOf } from './task.js';

/** What to measure next: rounds of cells in order, or nothing more. */
export type Policy = (
  results: Results,
) => readonly { readonly cell: string; readonly round: number }[] | 'done';

export interface RunDeps {
  readonly executor: Executor;
  readonly policy: Policy;
  readonly save: (results: Results) => Promise<void>;
  readonly emit: (event: RunEvent) => void;
  /** Wall clock, ms since 1970. */
  readonly now: () => number;
  readonly infos: ModelInfos;
  readonly files: ModelFiles;
  readonly signal: AbortSignal;
  /** Stop at the first cell that fails. */
  readonly bail: boolean;
}

type End = Exclude<Results['state'], 'running'>;

/** Runs the plan to its end and returns the document, not yet judged. Saves after every round. */
export const runPlan = async (plan: Plan, start: Results, deps: RunDeps): Promise<Results> => {
  const cells = new Map(plan.cells.map((cell) => [cell.id, cell]));
  const started = deps.now();
  let results = start;
  let order = start.cells.reduce((sum, cell) => sum + cell.rounds.length, 0);
  let end: End = 'completed';

  const already = order;
  deps.emit({
    type: 'started',
    cells: plan.cells.length,
    rounds: start.cells
      .filter((cell) => cell.state !== 'skipped')
      .reduce((sum, cell) => sum + firstLook(plan, cell), 0),
    done: already,
  });
  let looks = 0;
  measuring: for (;;) {
    const next = deps.policy(results);
    if (next === 'done' || next.length === 0) break;
    if (looks > 0) {
      const undecided = new Set(next.map(({ cell }) => cell));
      deps.emit({
        type: 'look',
        rounds: mostRounds(results),
        undecided: undecided.size,
        planned: order + next.length,
      });
    }
    looks += 1;
    for (const { cell: id, round } of next) {
      const cell = cells.get(id);
      const current = results.cells.find((candidate) => candidate.id === id);
      if (cell === undefined || current === undefined) throw new Error(`policy asked for unknown cell ${id}`);
      // It failed in an earlier round of this batch.
      if (current.state === 'failed' || current.state === 'timed-out') continue;
      if (deps.signal.aborted) {
        end = 'interrupted';
        break measuring;
      }
      if (
        plan.scenario.measure.budget !== null &&
        (deps.now() - started) * 1e6 > plan.scenario.measure.budget
      ) {
        end = 'out-of-budget';
        break measuring;
      }
      const ref = { id, label: cell.label };
      deps.emit({ type: 'round-started', cell: ref, round });
      const measured = await measureRound(plan, cell, round, order, deps);
      order += 1;
      const updated = addRound(plan, current, measured);
      results = replaceCell(results, updated);
      const failed = updated.state !== 'pending' && updated.state !== 'completed';
      deps.emit({
        type: 'round-finished',
        cell: ref,
        round,
        state: measured.round.state,
        p50: measured.round.latency?.p50 ?? null,
        p99: measured.round.latency?.p99 ?? null,
        ...(measured.round.reason === undefined ? {} : { reason: measured.round.reason }),
        ...(failed
          ? { dropped: next.filter((later) => later.cell === id && later.round > round).length }
          : {}),
      });
      if (measured.round.state === 'aborted') {
        end = 'interrupted';
        break measuring;
      }
      if (!failed && updated.placement === undefined && wantsPlacement(plan)) {
        const placement = await findPlacement(plan, cell, infoOf(plan, cell, deps), deps);
        if (placement !== null) results = replaceCell(results, { ...updated, placement });
      }
      await deps.save(results);
      if (deps.bail && failed) {
        end = 'bailed';
        break measuring;
      }
    }
  }
  results = finish(results, end, new Date(deps.now()).toISOString());
  await deps.save(results);
  deps.emit({ type: 'finished', state: end });
  return results;
};

const infoOf = (plan: Plan, cell: PlanCell, { infos }: RunDeps): ModelInfo => {
  const info = infos.get(fileOf(modelOf(plan.scenario, cell), cell.params.precision));
  if (info === undefined) throw new Error(`no model information for cell ${cell.id}`);
  return info;
};

interface Measured {
  readonly round: RoundResult;
  /** What of the cell a round tells; null of a round that failed. */
  readonly samples:
    | (Pick<RoundSamples, 'pool' | 'outputs' | 'accuracy'> & Pick<CellFile, 'optimised'>)
    | null;
}

const measureRound = async (
  plan: Plan,
  cell: PlanCell,
  round: number,
  order: number,
  deps: RunDeps,
): Promise<Measured> => {
  const { measure } = plan.scenario;
  const meta = { index: round, order, startedAt: new Date(deps.now()).toISOString() };
  const path = fileOf(modelOf(plan.scenario, cell), cell.params.precision);
  const info = infoOf(plan, cell, deps);
  const failed = (state: Failure['state'], reason: Reason): Measured => ({
    round: failedRound(state, reason, meta),
    samples: null,
  });
  const options: ExecuteOptions = {
    limits: { deadline: measure.deadline, memoryLimit: measure.memoryLimit },
    onPhase: (phase: Phase) =>
      deps.emit({ type: 'round-phase', cell: { id: cell.id, label: cell.label }, round, phase }),
    signal: deps.signal,
  };
  const file = cell.params.optimised
    ? await deps.files.optimised(path, sessionBefore(cell), options)
    : plainFile(path, info);
  if ('kind' in file) return failed(file.state, file.reason);
  const extra = file.optimised === undefined ? {} : { optimised: file.optimised };
  const task = measureTask(plan.scenario, cell, info, round, file.path);
  const isCold = cell.params.start === 'cold';
  const pageCache = isCold ? await deps.files.setPageCache(file.all, measure.cold.pageCache) : null;
  const execution = await deps.executor.execute(isCold ? coldTask(task, file) : task, options);
  switch (execution.kind) {
    case 'measured':
      return { round: digestRound(execution.samples, meta), samples: { ...execution.samples, ...extra } };
    case 'cold': {
      if (pageCache === null) throw new Error('a warm round was answered with a cold start');
      const { samples, clock } = execution;
      return {
        round: digestCold(samples, clock, pageCache, meta),
        samples: { ...samples, accuracy: null, ...extra },
      };
    }
    case 'failed':
      return failed(execution.state, execution.reason);
    default:
      throw new Error(`a measure task was answered with ${execution.kind}`);
  }
};

type Failure = Extract<Execution, { kind: 'failed' }>;

/** The session that makes the optimised file: with the optimisation that the cell asks for. */
const sessionBefore = (cell: PlanCell): SessionParams =>
  sessionOf({ ...cell, params: { ...cell.params, optimised: false } });

const addRound = (plan: Plan, cell: CellResult, { round, samples }: Measured): CellResult => {
  // An aborted round is no measurement and no failure of the cell: it is taken again on resume.
  if (round.state === 'aborted') return cell;
  const rounds = [...cell.rounds, round].toSorted((a, b) => a.index - b.index);
  const base: CellResult = { ...cell, rounds };
  if (round.state !== 'completed') {
    return summariseCell({
      ...base,
      state: round.state,
      ...(round.reason === undefined ? {} : { reason: round.reason }),
    });
  }
  return summariseCell({
    ...base,
    ...(samples === null ? {} : fromSamples(plan, samples, cell)),
  });
};

const fromSamples = (
  plan: Plan,
  samples: NonNullable<Measured['samples']>,
  cell: CellResult,
): Partial<CellResult> => ({
  ...(samples.optimised === undefined ? {} : { optimised: samples.optimised }),
  pool: samples.pool,
  outputs: {
    fetched: [...samples.outputs.fetched],
    notFetched: [...samples.outputs.notFetched],
  },
  ...(samples.accuracy === null ? {} : { accuracy: accuracyOf(plan, samples.accuracy, cell) }),
});

const accuracyOf = (
  plan: Plan,
  { correct, n }: { correct: number; n: number },
  cell: CellResult,
): CellResult['accuracy'] => {
  const labels = plan.scenario.models.find((model) => model.name === cell.params.model)?.labels;
  return {
    correct,
    n,
    share: correct / n,
    interval: proportionInterval(correct, n, 0.95),
    labels: labels === undefined ? '' : basename(labels.file),
  };
};

const replaceCell = (results: Results, cell: CellResult): Results => ({
  ...results,
  cells: results.cells.map((candidate) => (candidate.id === cell.id ? cell : candidate)),
});

const WHY: Readonly<Record<Exclude<End, 'completed'>, Reason>> = {
  interrupted: { kind: 'interrupted', message: 'the run was interrupted before this cell was measured' },
  bailed: { kind: 'bail', message: 'the run stopped at the first failure, as --bail asks' },
  'out-of-budget': {
    kind: 'budget',
    message: 'the time budget of the run was used up before this cell was measured',
  },
};

/** Cells that were measured at all are completed, with the rounds they have; the others say why not. */
const finish = (results: Results, state: End, finishedAt: string): Results => ({
  ...results,
  state,
  finishedAt,
  cells: results.cells.map((cell): CellResult => {
    if (cell.state !== 'pending') return cell;
    if (cell.rounds.length > 0) return { ...cell, state: 'completed' };
    if (state === 'completed') return cell;
    return { ...cell, state: 'aborted', reason: WHY[state] };
  }),
});

/** Rounds of a cell before the policy is asked for the first time whether that is enough. */
const firstLook = (plan: Plan, { params }: CellResult): number => {
  const { rounds, cold } = plan.scenario.measure;
  if (params.start === 'cold') return cold.starts;
  return 'fixed' in rounds ? rounds.fixed : (rounds.looks[0] ?? 0);
};

/** Of cells that are looked at: cold ones are measured once and for all. */
const mostRounds = (results: Results): number =>
  Math.max(
    0,
    ...results.cells.filter(({ params }) => params.start === 'warm').map((cell) => cell.rounds.length),
  );
