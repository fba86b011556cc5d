/** From a cell of the plan to the task that one child process gets. */
import type { SessionParams } from '../engine/types.js';
import type { ColdTask, MeasureTask, ProfileTask } from '../measure/messages.js';
import type { ModelInfo } from '../model/types.js';
import type { ModelSpec, PlanCell, Scenario } from '../scenario/types.js';
import { deriveSeed } from '../stats/random.js';

/** The file that a cell measures: the model, or the variant that its precision names. */
export const fileOf = (model: ModelSpec, precision: string): string =>
  precision === 'original' ? model.path : (model.variants[precision] ?? model.path);

/** The model of a cell. Plans only hold cells whose model the scenario has. */
export const modelOf = (scenario: Scenario, cell: PlanCell): ModelSpec => {
  const found = scenario.models.find((model) => model.name === cell.params.model);
  if (found === undefined) throw new Error(`plan names unknown model ${cell.params.model}`);
  return found;
};

/** How the session of a cell is made. One from an optimised file has nothing left to optimise. */
export const sessionOf = ({ params }: PlanCell): SessionParams => ({
  provider: params.provider,
  threads: params.threads,
  interThreads: params.interThreads,
  graphOptimization: params.optimised ? 'disabled' : params.graphOptimization,
  executionMode: params.executionMode,
  spinning: params.spinning,
});

/**
 * The task of one round of one cell. All cells get the same inputs in round k: the seed leaves the cell
 * out. `path` is the file to measure, where it isn't the model itself.
 */
export const measureTask = (
  scenario: Scenario,
  cell: PlanCell,
  info: ModelInfo,
  round: number,
  path = fileOf(modelOf(scenario, cell), cell.params.precision),
): MeasureTask => {
  const model = modelOf(scenario, cell);
  const { params } = cell;
  return {
    kind: 'measure',
    model: {
      path,
      values: { inputs: info.inputs, outputs: info.outputs },
      inputs: model.inputs,
      pool: model.pool,
      ...(model.batchDim === undefined ? {} : { batchDim: model.batchDim }),
      ...(model.labels === undefined ? {} : { labels: model.labels }),
      ...(model.module === undefined ? {} : { module: model.module }),
    },
    session: sessionOf(cell),
    dims: params.dims,
    batch: params.batch,
    idle: params.idle,
    cache: params.traffic === 'any' ? null : { size: params.cache, traffic: params.traffic },
    warmup: scenario.measure.warmup,
    sampling: scenario.measure.sampling,
    seed: deriveSeed(scenario.measure.seed, 'round', round),
    first: round === 0,
  };
};

/** The task of the pass that says which provider ran each node: the inputs of the first round. */
export const profileTask = (scenario: Scenario, cell: PlanCell, info: ModelInfo): ProfileTask => {
  // The model itself is profiled, so it is optimised as it was for the saved file.
  const whole = { ...cell, params: { ...cell.params, optimised: false } };
  const { model, session, dims, batch, seed } = measureTask(scenario, whole, info, 0);
  return { kind: 'profile', model, session, dims, batch, seed };
};

/**
 * Of files this size on, Node reads no file in one go, and a session from memory is no choice that an
 * application has: 2 GiB.
 */
const MOST_BYTES = 2 ** 31 - 1;

/** The task of one cold start: what the same cell's round would do, up to where sampling begins. */
export const coldTask = (task: MeasureTask, file: { bytes: number; all: readonly string[] }): ColdTask => {
  const { model, session, dims, batch, idle, warmup, seed } = task;
  return {
    kind: 'cold',
    model,
    session,
    dims,
    batch,
    idle,
    warmup,
    seed,
    // Weights in other files are found beside the model's path only.
    fromBytes: file.all.length === 1 && file.bytes < MOST_BYTES,
  };
};
