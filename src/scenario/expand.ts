/** The second step of the row: a Scenario to a Plan, the list of cells that will be measured. */
import { createHash } from 'node:crypto';
import { UserError, type Problem } from '../vocabulary/errors.js';
import {
  AXES,
  cellLabel,
  identityOf,
  matchesCondition,
  varyingAxes,
  type CellParams,
} from '../vocabulary/params.js';
import { cacheMistake, withTraffic } from './cache.js';
import { withoutIdle } from './cold.js';
import { MOST_CELLS } from './parse.js';
import type { Exclusion, Plan, Scenario, SweepSpec } from './types.js';

/** Combinations that are made at most before `exclude` thins them out. */
const MOST_COMBINATIONS = 100 * MOST_CELLS;

/** The id of a cell: the first 10 hexadecimal digits of SHA-256 over identityOf(params). */
export const cellId = (params: CellParams): string =>
  createHash('sha256').update(identityOf(params)).digest('hex').slice(0, 10);

const sweptAxes = AXES.map((axis) => axis.key).filter(
  (key): key is keyof SweepSpec => key !== 'model' && key !== 'precision' && key !== 'dims',
);

/** The precisions of one model that the scenario asks for. */
const precisionsOf = (scenario: Scenario, index: number): string[] =>
  scenario.precision.filter(
    (name) => name === 'original' || Object.hasOwn(scenario.models[index]?.variants ?? {}, name),
  );

const countCombinations = (scenario: Scenario): number => {
  const swept = sweptAxes.reduce((total, key) => total * scenario.sweep[key].length, 1);
  return scenario.models.reduce(
    (total, model, index) => total + precisionsOf(scenario, index).length * model.dims.length * swept,
    0,
  );
};

/** All combinations as written: models, then precisions, dims and the sweep, its last axis fastest. */
const combinations = (scenario: Scenario): CellParams[] => {
  const starts = scenario.models.flatMap((model, index) =>
    precisionsOf(scenario, index).flatMap((precision) =>
      model.dims.map((dims): Partial<CellParams> => ({ model: model.name, precision, dims })),
    ),
  );
  const complete = sweptAxes.reduce<Partial<CellParams>[]>(
    (rows, key) => rows.flatMap((row) => scenario.sweep[key].map((value) => ({ ...row, [key]: value }))),
    starts,
  );
  // Every axis was filled in: three at the start, the others by the reduction.
  return (complete as CellParams[]).map((params) => withTraffic(withoutIdle(params)));
};

const matches = ({ conditions }: Exclusion, params: CellParams): boolean =>
  conditions.every((condition) => matchesCondition(params, condition));

const describe = ({ conditions }: Exclusion): string =>
  conditions.map(({ key, value }) => `${key} = ${value}`).join(' and ');

const unmatched = (exclusion: Exclusion): Problem => ({
  ...(exclusion.location === undefined ? {} : { location: exclusion.location }),
  message: `exclude: no cell has ${describe(exclusion)}.`,
  hint: 'Correct a value, or remove the entry.',
});

const planProblem = (scenario: Scenario, message: string, hint: string): Problem => ({
  ...(scenario.file === null ? {} : { location: { file: scenario.file } }),
  message,
  hint,
});

/**
 * The cells of a scenario: the product of models, precisions, sizes and sweep, less what `exclude`
 * matches, plus `include`, each once, in the order written. Throws a UserError when an exclusion
 * matches nothing, when no cell is left, or when there are more than MOST_CELLS.
 */
export const expandScenario = (scenario: Scenario): Plan => {
  const tooMany = (count: number): UserError =>
    new UserError(
      planProblem(
        scenario,
        `the sweep has ${count} cells; ${MOST_CELLS} is the limit.`,
        'Give fewer values, or exclude combinations.',
      ),
    );
  const count = countCombinations(scenario);
  if (count > MOST_COMBINATIONS) throw tooMany(count);

  const all = combinations(scenario);
  const problems = scenario.exclude
    .filter((exclusion) => exclusion.mustMatch && !all.some((params) => matches(exclusion, params)))
    .map(unmatched);
  if (problems.length > 0) throw new UserError(problems);
  const mistake = all.map(cacheMistake).find((found) => found !== null);
  if (mistake !== undefined) {
    throw new UserError(
      planProblem(scenario, `cache: ${mistake}.`, 'Give a larger size, or smaller batches.'),
    );
  }

  const kept = all.filter((params) => !scenario.exclude.some((exclusion) => matches(exclusion, params)));
  const byId = new Map([...kept, ...scenario.include].map((params) => [cellId(params), params]));
  if (byId.size > MOST_CELLS) throw tooMany(byId.size);
  if (byId.size === 0) {
    const hint =
      all.length > 0 ? 'Exclude fewer combinations.' : 'Name a precision that a model has, or "original".';
    throw new UserError(planProblem(scenario, 'no cell is left to measure.', hint));
  }
  const varying = varyingAxes([...byId.values()]);
  const cells = [...byId].map(([id, params]) => ({ id, params, label: cellLabel(params, varying) }));
  return { scenario, cells };
};
