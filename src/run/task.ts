/** From a cell of the plan to the task that one child process gets. */
import type { MeasureTask } from '../measure/messages.js';
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

/** The task of one round of one cell. All cells get the same inputs in round k: the seed leaves the cell out. */
export const measureTask = (
  scenario: Scenario,
  cell: PlanCell,
  info: ModelInfo,
  round: number,
): MeasureTask => {
  const model = modelOf(scenario, cell);
  const { params } = cell;
  return {
    kind: 'measure',
    model: {
      path: fileOf(model, params.precision),
      values: { inputs: info.inputs, outputs: info.outputs },
      inputs: model.inputs,
      pool: model.pool,
      ...(model.batchDim === undefined ? {} : { batchDim: model.batchDim }),
      ...(model.labels === undefined ? {} : { labels: model.labels }),
      ...(model.module === undefined ? {} : { module: model.module }),
    },
    session: {
      provider: params.provider,
      threads: params.threads,
      interThreads: params.interThreads,
      graphOptimization: params.graphOptimization,
      executionMode: params.executionMode,
      spinning: params.spinning,
    },
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
