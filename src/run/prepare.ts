/** Before anything is measured: read the scenario, look at the model files, refuse what can't work. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, relative, resolve } from 'node:path';
import { checkInputs } from '../model/check.js';
import { buildFeeds } from '../model/feeds.js';
import { resolveShapes } from '../model/shapes.js';
import { readModelInfo } from '../model/read.js';
import type { ModelInfo } from '../model/types.js';
import { expandScenario } from '../scenario/expand.js';
import { parseScenario, type Override } from '../scenario/parse.js';
import type { Plan } from '../scenario/types.js';
import { codeOf, formatProblem, UserError, type Problem } from '../vocabulary/errors.js';
import { isMix } from '../vocabulary/mix.js';
import { shellWord } from '../vocabulary/shell.js';
import { cacheProblems } from './cache-check.js';
import type { ModelInfos } from './start.js';
import { fileOf, modelOf } from './task.js';

export type { Override };

const MODEL_FILES = ['.onnx', '.ort'];

/** What to measure: a scenario file, a model file, or flags alone. */
export interface Target {
  /** As given on the command line; undefined: the overrides name the model. */
  readonly path: string | undefined;
  readonly overrides: readonly Override[];
  readonly cwd: string;
}

/** A path as the user would write it from the working folder. */
const shown = (cwd: string, path: string): string => relative(cwd, resolve(cwd, path)) || basename(path);

const readScenarioText = async (path: string, cwd: string): Promise<string> => {
  try {
    return await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    const location = { file: shown(cwd, path) };
    switch (codeOf(error)) {
      case 'ENOENT':
        throw new UserError({
          message: 'there is no such file.',
          location,
          hint: 'Give a scenario (.yaml, .json) or a model (.onnx).',
        });
      case 'EISDIR':
        throw new UserError({
          message: 'is a folder.',
          location,
          hint: 'Give a scenario (.yaml, .json) or a model (.onnx).',
        });
      case 'EACCES':
        throw new UserError({ message: 'may not be read.', location });
      default:
        throw error;
    }
  }
};

/** True for a path that names a model rather than a scenario. */
export const isModelFile = (path: string): boolean => MODEL_FILES.includes(extname(path).toLowerCase());

/** The overrides that say what a bare model file means. */
export const modelOverrides = (path: string): Override[] => [
  { path: ['model'], value: path, flag: shellWord(path) },
];

/** Reads the target and expands it. Throws a UserError with every problem of the scenario. */
export const loadPlan = async ({ path, overrides, cwd }: Target): Promise<Plan> => {
  if (path === undefined) {
    return expandScenario(parseScenario({ text: null, file: null, baseDir: cwd, overrides }));
  }
  const text = await readScenarioText(path, cwd);
  return expandScenario(
    parseScenario({ text, file: shown(cwd, path), baseDir: dirname(resolve(cwd, path)), cwd, overrides }),
  );
};

/** Problems of files that were opened by their absolute path, under the names a user knows. */
const shownProblems = (error: unknown, cwd: string): Problem[] => {
  if (!(error instanceof UserError)) throw error;
  return error.problems.map((problem) =>
    problem.location === undefined
      ? problem
      : { ...problem, location: { ...problem.location, file: shown(cwd, problem.location.file) } },
  );
};

/** Reads every model file of the plan once. Throws a UserError with every problem. */
export const readModels = async (plan: Plan, cwd: string): Promise<ModelInfos> => {
  const infos = new Map<string, ModelInfo>();
  const problems: Problem[] = [];
  const files = new Set(
    plan.cells.map((cell) => fileOf(modelOf(plan.scenario, cell), cell.params.precision)),
  );
  for (const file of files) {
    try {
      infos.set(file, await readModelInfo(file));
    } catch (error) {
      problems.push(...shownProblems(error, cwd));
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return infos;
};

/**
 * Whether every cell's inputs can be made: sizes known, names right, batch possible. Problems of
 * several cells that read the same are told once.
 */
export const checkPlan = (plan: Plan, infos: ModelInfos): Problem[] => {
  const { scenario } = plan;
  const found = new Map<string, Problem>();
  for (const cell of plan.cells) {
    const model = modelOf(scenario, cell);
    const { precision } = cell.params;
    const path = fileOf(model, precision);
    const info = infos.get(path);
    if (info === undefined) continue;
    const name = precision === 'original' ? model.name : `${model.name}, ${precision}`;
    const sets = isMix(cell.params.dims) ? cell.params.dims.mix.map((part) => part.dims) : [cell.params.dims];
    for (const dims of sets) {
      const request = {
        batch: cell.params.batch,
        dims,
        inputs: model.inputs,
        ...(model.batchDim === undefined ? {} : { batchDim: model.batchDim }),
        ...(model.labels === undefined ? {} : { labels: model.labels }),
      };
      const resolved = resolveShapes(info.inputs, request);
      const shapes = Array.isArray(resolved) ? resolved : cacheProblems(cell.params, model, info, resolved);
      for (const problem of [...checkInputs(info, request), ...shapes]) {
        const located: Problem = {
          ...problem,
          message: infos.size > 1 ? `model ${name}: ${problem.message}` : problem.message,
          location: problem.location ?? { file: scenario.file ?? info.file },
        };
        found.set(located.message, located);
      }
    }
  }
  return [...found.values()];
};

/**
 * Whether the files that inputs, labels and modules come from can be used, tried once for each model
 * file: a file that is missing or of another dtype is told before anything is measured.
 */
export const checkFiles = async (plan: Plan, infos: ModelInfos, cwd: string): Promise<Problem[]> => {
  const found = new Map<string, Problem>();
  const add = (problems: readonly Problem[]): void => {
    for (const problem of problems) found.set(formatProblem(problem), problem);
  };
  const tried = new Set<string>();
  for (const cell of plan.cells) {
    const model = modelOf(plan.scenario, cell);
    const path = fileOf(model, cell.params.precision);
    const info = infos.get(path);
    const key = `${model.name}/${cell.params.precision}`;
    if (info === undefined || tried.has(key)) continue;
    tried.add(key);
    if (model.module !== undefined && !existsSync(model.module)) {
      add([{ message: 'there is no such module.', location: { file: shown(cwd, model.module) } }]);
    }
    const usesFiles = Object.values(model.inputs).some((spec) => spec.from === 'file');
    if (!usesFiles && model.labels === undefined) continue;
    try {
      const built = await buildFeeds({
        info,
        specs: model.inputs,
        batch: cell.params.batch,
        dims: cell.params.dims,
        pool: 1,
        seed: plan.scenario.measure.seed,
        ...(model.batchDim === undefined ? {} : { batchDim: model.batchDim }),
        ...(model.labels === undefined ? {} : { labels: model.labels }),
      });
      await built.labelled?.();
    } catch (error) {
      add(shownProblems(error, cwd));
    }
  }
  return [...found.values()];
};
