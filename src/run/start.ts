/** The Results document before anything is measured, and when a run goes on. */
import { createHash } from 'node:crypto';
import { isAbsolute, relative } from 'node:path';
import type { ModelInfo } from '../model/types.js';
import { blankCell } from '../results/blank.js';
import type { Environment } from '../results/environment-schema.js';
import { SCHEMA_VERSION, type CellResult, type Results, type ScenarioRecord } from '../results/schema.js';
import type { Override } from '../scenario/parse.js';
import type { Plan, PlanCell } from '../scenario/types.js';
import { UserError, type Problem } from '../vocabulary/errors.js';
import { formatShard, type Shard } from '../vocabulary/shards.js';
import { shellWord } from '../vocabulary/shell.js';
import { fileOf, modelOf } from './task.js';

/** ModelInfo by absolute path of the file. */
export type ModelInfos = ReadonlyMap<string, ModelInfo>;

export interface StartOptions {
  readonly plan: Plan;
  readonly infos: ModelInfos;
  readonly environment: Environment;
  readonly mlat: string;
  readonly overrides: ScenarioRecord['overrides'];
  /** Paths in the document are relative to this folder. */
  readonly cwd: string;
  readonly startedAt: string;
}

/** A path for a document: relative to the working folder, with forward slashes. */
const shared = (cwd: string, path: string): string => relative(cwd, path).replaceAll('\\', '/') || '.';

const commandOf = (
  file: string | null,
  overrides: ScenarioRecord['overrides'],
  shard: Shard | undefined,
): string =>
  [
    'mlat bench',
    ...(file === null ? [] : [shellWord(file)]),
    // One flag can make several changes.
    ...new Set(overrides.map(({ flag }) => flag)),
    ...(shard === undefined ? [] : [`--shard ${formatShard(shard)}`]),
  ].join(' ');

const scenarioRecord = ({ plan, overrides, cwd }: StartOptions): ScenarioRecord => {
  const { scenario } = plan;
  return {
    name: scenario.name,
    ...(scenario.description === undefined ? {} : { description: scenario.description }),
    file: scenario.file === null ? null : shared(cwd, scenario.file),
    sha256: scenario.source === null ? null : createHash('sha256').update(scenario.source).digest('hex'),
    source: scenario.source,
    overrides: overrides.map(({ path, value, flag }) => ({ path: [...path], value, flag })),
    command: commandOf(scenario.file === null ? null : shared(cwd, scenario.file), overrides, plan.shard),
    models: Object.fromEntries(
      scenario.models.map((model) => [
        model.name,
        {
          file: shared(cwd, model.path),
          variants: Object.fromEntries(
            Object.entries(model.variants).map(([name, path]) => [name, shared(cwd, path)]),
          ),
        },
      ]),
    ),
    rounds:
      'fixed' in scenario.measure.rounds
        ? { fixed: scenario.measure.rounds.fixed }
        : { looks: [...scenario.measure.rounds.looks] },
    ...(plan.cells.some((cell) => cell.params.start === 'cold')
      ? { cold: { ...scenario.measure.cold } }
      : {}),
    sampling: {
      samples: scenario.measure.sampling.samples,
      duration: scenario.measure.sampling.duration,
    },
    seed: scenario.measure.seed,
    budget: scenario.measure.budget,
    rules: scenario.rules.map((rule) => ({ ...rule, where: [...rule.where] })),
    require: scenario.require,
    objective: scenario.objective,
    mute: [...scenario.mute],
  };
};

const emptyCell = (cell: PlanCell, info: ModelInfo | undefined): CellResult => ({
  ...blankCell(cell),
  model: info === undefined ? null : { file: info.file, sha256: info.sha256, bytes: info.bytes },
});

/** What lets a merge find the rest of the plan. */
const shardOf = ({ shard }: Plan): Pick<Results, 'shard'> =>
  shard === undefined
    ? {}
    : {
        shard: {
          index: shard.index,
          count: shard.count,
          plan: shard.whole.map(({ id, params }) => ({ id, params })),
        },
      };

/** A document in which every cell of the plan is pending. */
export const startResults = (options: StartOptions): Results => ({
  schemaVersion: SCHEMA_VERSION,
  kind: 'mlat-results',
  mlat: options.mlat,
  startedAt: options.startedAt,
  finishedAt: null,
  state: 'running',
  scenario: scenarioRecord(options),
  environment: options.environment,
  ...shardOf(options.plan),
  cells: options.plan.cells.map((cell) =>
    emptyCell(cell, options.infos.get(fileOf(modelOf(options.plan.scenario, cell), cell.params.precision))),
  ),
  verdicts: [],
  findings: [],
  decision: null,
});

/** What may change when a run goes on; the rest would mix measurements of two kinds in one cell. */
const CHANGEABLE = ['rounds', 'budget', 'deadline', 'memoryLimit'];

/** The overrides of a run that goes on: its own, but for those given anew. Throws for what cannot change. */
export const resumedOverrides = (earlier: Results, given: readonly Override[]): Override[] => {
  const fixed = given.filter(
    ({ path: [section, key] }) => section === 'measure' && !CHANGEABLE.includes(String(key)),
  );
  const flags = new Set(fixed.map(({ flag }) => flag));
  if (flags.size > 0) {
    throw new UserError(
      [...flags].map((flag) => ({
        message: `${flag} cannot change while a run goes on: its rounds would not be alike.`,
        hint: 'Leave it out, or start a new run.',
      })),
    );
  }
  const paths = new Set(given.map(({ path }) => path.join('.')));
  return [...earlier.scenario.overrides.filter(({ path }) => !paths.has(path.join('.'))), ...given];
};

/** Absolute paths on the command line, as the document keeps them: relative to the working folder. */
export const withRelativePath = (override: Override, cwd: string): Override => {
  const { value, flag } = override;
  if (typeof value !== 'string' || !isAbsolute(value)) return override;
  const path = relative(cwd, value);
  return { ...override, value: path, flag: flag.replace(value, path) };
};

/**
 * The document of an earlier run, ready to go on: rounds that were aborted are taken out and their
 * cells are pending again. Throws a UserError when what would be measured now is not what was
 * measured then: another scenario, model file, set of cells or machine.
 */
export const resumeResults = (earlier: Results, fresh: Results): Results => {
  const problems: Problem[] = [];
  if (earlier.scenario.sha256 !== fresh.scenario.sha256) {
    problems.push({
      message: 'the scenario file has changed since the run started.',
      hint: 'Start a new run.',
    });
  }
  if (earlier.environment.fingerprint !== fresh.environment.fingerprint) {
    problems.push({
      message: 'this machine is not the one the run started on (processor, CPU limits or versions differ).',
      hint: 'Start a new run.',
    });
  }
  const byId = new Map(earlier.cells.map((cell) => [cell.id, cell]));
  for (const cell of fresh.cells) {
    const before = byId.get(cell.id);
    if (before === undefined) {
      problems.push({ message: `the run has no cell ${cell.label} (${cell.id}).`, hint: 'Start a new run.' });
    } else if (before.model !== null && before.model.sha256 !== cell.model?.sha256) {
      problems.push({
        message: `${before.model.file} has changed since the run started.`,
        hint: 'Start a new run.',
      });
    }
  }
  const planned = new Set(fresh.cells.map((cell) => cell.id));
  for (const cell of earlier.cells.filter(({ id }) => !planned.has(id))) {
    problems.push({
      message: `the cell ${cell.label} (${cell.id}) of the run would be left out.`,
      hint: 'Start a new run.',
    });
  }
  if (problems.length > 0) throw new UserError(problems);
  return {
    ...earlier,
    // Rules, rounds and budget may be others now.
    scenario: fresh.scenario,
    state: 'running',
    finishedAt: null,
    verdicts: [],
    findings: [],
    decision: null,
    patterns: [],
    cells: earlier.cells.map((cell) => {
      // A cell that failed for a reason of its own would fail again.
      if (cell.state === 'failed' || cell.state === 'timed-out') return cell;
      const { reason: _reason, ...rest } = cell;
      return {
        ...rest,
        state: 'pending',
        rounds: cell.rounds.filter((round) => round.state === 'completed'),
      };
    }),
  };
};
