/** Whether a model can be served from a cache of predictions. */
import type { ResolvedShapes } from '../model/shapes.js';
import type { ModelInfo } from '../model/types.js';
import type { ModelSpec } from '../scenario/types.js';
import type { Problem } from '../vocabulary/errors.js';
import { isMix } from '../vocabulary/mix.js';
import type { CellParams } from '../vocabulary/params.js';

/**
 * What stands against a cache in front of this model: each item must be its own, with inputs that make a
 * key, and with more items than one in a request the model must take any number of them.
 */
export const cacheProblems = (
  params: CellParams,
  model: Pick<ModelSpec, 'inputs' | 'module'>,
  info: Pick<ModelInfo, 'inputs'>,
  resolved: ResolvedShapes,
): Problem[] => {
  if (params.cache === 0) return [];
  const problem = (message: string, hint: string): Problem => ({ message: `cache: ${message}.`, hint });
  const problems: Problem[] = [];
  const names = info.inputs.map(({ name }) => name);
  const state = names.find((name) => model.inputs[name]?.from === 'state');
  if (state !== undefined) {
    problems.push(
      problem(
        `the state "${state}" makes every answer depend on the requests before, so none can be stored`,
        'Measure this model without a cache.',
      ),
    );
  }
  const text = info.inputs.find(({ dtype }) => dtype === 'string');
  if (text !== undefined) {
    const message = `input "${text.name}" holds texts, and keys are made from numbers`;
    problems.push(problem(message, 'Measure this model without a cache.'));
  }
  if (model.module !== undefined) {
    const message = 'a module with its own stages cannot be measured behind it';
    problems.push(problem(message, 'Leave out the module, or the cache.'));
  }
  if (isMix(params.dims)) {
    const message = 'the items of a mix have several sizes, which one batch of misses cannot hold';
    problems.push(problem(message, 'Measure the sizes as a sweep (dims).'));
  }
  if (params.batch > 1 && problems.length === 0) {
    const { kind } = resolved.batch;
    const other = names.find((name) => resolved.batchAxes[name] !== 0);
    if (kind === 'fixed' || kind === 'none') {
      const message = `this model takes exactly ${params.batch} items a request, and the misses of a request are often fewer`;
      problems.push(problem(message, 'Export it with a dynamic batch.'));
    } else if (other !== undefined) {
      const message = `input "${other}" does not have the batch as its first dimension, so its items cannot be looked up one by one`;
      problems.push(problem(message, 'Measure the cache with batch 1.'));
    }
  }
  return problems;
};
