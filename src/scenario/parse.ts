/** The first step of the row: the text of a scenario, and what flags change in it, to a Scenario. */
import { UserError, type Problem } from '../vocabulary/errors.js';
import type { CellParams } from '../vocabulary/params.js';
import type { Objective, Rule } from '../vocabulary/rules.js';
import { COLD_OBJECTIVE, coldSpec } from './cold.js';
import { Draft, flagName, inReadingOrder, problemAt, type Override } from './draft.js';
import { countDimSets } from './dims.js';
import { normaliseInclude } from './include.js';
import { issueProblems } from './issues.js';
import { draftModels, modelKeyPath } from './models.js';
import { nameFrom } from './names.js';
import {
  normaliseExclude,
  normaliseMeasure,
  normaliseModels,
  normaliseSweep,
  resolver,
} from './normalise.js';
import { readRules, referenceProblems } from './references.js';
import { scenarioSchema, type ParsedModel, type ParsedScenario } from './schema.js';
import { readSource } from './source.js';
import type { Scenario, SweepSpec } from './types.js';

export type { Override } from './draft.js';

/** More cells than this are a mistake in the sweep: they would take days. */
export const MOST_CELLS = 2000;

export interface ScenarioText {
  /** YAML or JSON; null: the overrides say everything. */
  readonly text: string | null;
  /** The file's name for messages and for the default of `name`; null without a file. */
  readonly file: string | null;
  /** Absolute folder that paths in the file are relative to. */
  readonly baseDir: string;
  /** What flags change, later ones over earlier ones. */
  readonly overrides?: readonly Override[];
  /** Absolute folder that paths in overrides are relative to; default `baseDir`. */
  readonly cwd?: string;
}

/** Meeting the SLA leaves the choice among what meets it: then more throughput is worth having. */
const WITH_RULES: Objective = { text: 'maximize throughput', direction: 'maximize', metric: 'throughput' };
/** Without limits, throughput would only reward the largest batch, so the tail decides. */
const WITHOUT_RULES: Objective = { text: 'minimize p99', direction: 'minimize', metric: 'p99' };

const defaultObjective = (
  { start }: SweepSpec,
  include: readonly CellParams[],
  rules: readonly Rule[],
): Objective => {
  const isCold = start.every((one) => one === 'cold') && include.every((cell) => cell.start === 'cold');
  if (isCold) return COLD_OBJECTIVE;
  return rules.length > 0 ? WITH_RULES : WITHOUT_RULES;
};

const fail = (problems: readonly Problem[]): void => {
  if (problems.length > 0) throw new UserError(inReadingOrder(problems));
};

const tooManyDims = (draft: Draft, parsed: ParsedScenario): Problem[] =>
  draftModels(draft).flatMap((model) => {
    const given = model.name === undefined ? parsed.model : parsed.models?.[model.name];
    const own: Pick<ParsedModel, 'dims' | 'mix'> = typeof given === 'object' ? given : {};
    const count = countDimSets({ dims: own.dims ?? parsed.dims, mix: own.mix ?? parsed.mix });
    const path = modelKeyPath(draft, model, 'dims');
    return count <= MOST_CELLS
      ? []
      : [
          problemAt(draft, path, `gives ${count} combinations of sizes; ${MOST_CELLS} is the limit`, {
            at: 'key',
            hint: 'Give fewer sizes.',
          }),
        ];
  });

/**
 * Reads and checks a scenario and fills in its defaults. Nothing is read but the arguments: whether
 * the files exist is for those who open them. Throws one UserError (exit code 2) with every problem
 * of the document, each with its line and column, or the flag that caused it.
 */
export const parseScenario = ({
  text,
  file,
  baseDir,
  overrides = [],
  cwd = baseDir,
}: ScenarioText): Scenario => {
  const source =
    text === null ? { draft: new Draft({}, new Map()), problems: [] } : readSource(text, file ?? 'scenario');
  const rejected = overrides.flatMap(({ flag, reject }) =>
    reject === undefined ? [] : [{ location: { file: flagName(flag) }, ...reject }],
  );
  if (source.draft === null) throw new UserError(inReadingOrder([...source.problems, ...rejected]));

  const draft = source.draft.with(overrides);
  const { data: parsed, error } = scenarioSchema.safeParse(draft.value);
  fail([
    ...source.problems,
    ...rejected,
    ...(error === undefined ? [] : issueProblems(draft, error)),
    ...referenceProblems(draft),
  ]);
  if (parsed === undefined) throw new Error('a scenario that does not parse has no problem to show');
  fail(tooManyDims(draft, parsed));

  const models = normaliseModels(draft, parsed, resolver(draft, baseDir, cwd));
  const precision = parsed.precision ?? [
    'original',
    ...models.flatMap((model) => Object.keys(model.variants)),
  ];
  const context = {
    models,
    precision: [...new Set(precision)],
    sweep: normaliseSweep(parsed.sweep, parsed.cache),
  };
  const include = normaliseInclude(draft, parsed.include ?? [], context);
  fail(include.problems);

  const { rules, objective } = readRules(draft);
  return {
    name: parsed.name ?? nameFrom(file ?? models[0]?.path ?? ''),
    ...(parsed.description === undefined ? {} : { description: parsed.description }),
    file,
    source: text,
    ...context,
    exclude: normaliseExclude(draft, parsed.exclude),
    include: include.cells,
    measure: normaliseMeasure(parsed.measure, coldSpec(parsed.measure ?? {}, rules, objective)),
    rules,
    objective: objective ?? defaultObjective(context.sweep, include.cells, rules),
    require: parsed.require ?? 'every',
    mute: parsed.mute ?? [],
  };
};
