/**
 * The main job as a short list of steps: the row of documents from a scenario to a judged Results
 * document. It prints nothing and exits nothing; the command line and the library both call it.
 */
import { existsSync } from 'node:fs';
import { readFile, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { judge } from './judge/judge.js';
import { nextRounds } from './judge/policy.js';
import { emptyModel } from './model/build.js';
import { parseResults } from './results/document.js';
import type { Environment } from './results/environment-schema.js';
import type { Results } from './results/schema.js';
import { openStore, RESULTS_FILE, type Store } from './results/store.js';
import { readEnvironment } from './run/environment.js';
import type { RunEvent } from './run/events.js';
import { createExecutor, type Executor } from './run/executor.js';
import { withModelFiles } from './run/model-files.js';
import { checkFiles, checkPlan, loadPlan, readModels, type Override } from './run/prepare.js';
import { findUnavailable, providersRequired, skipUnavailable } from './run/providers.js';
import { runPlan } from './run/runner.js';
import {
  resumedOverrides,
  resumeResults,
  startResults,
  withRelativePath,
  type ModelInfos,
} from './run/start.js';
import { shardPlan } from './scenario/shard.js';
import type { Plan } from './scenario/types.js';
import { codeOf, UserError } from './vocabulary/errors.js';
import type { Shard } from './vocabulary/shards.js';
import { NS_PER_S } from './vocabulary/units.js';

export interface BenchOptions {
  /** A scenario file; undefined: the overrides name the model. */
  readonly target: string | undefined;
  readonly overrides: readonly Override[];
  readonly cwd: string;
  /** mlat's version, for the document. */
  readonly version: string;
  /** Where the run lands; undefined: reports/<scenario>-<time> under `cwd`. */
  readonly output?: string | undefined;
  /** The folder of an interrupted run to go on with. */
  readonly resume?: string | undefined;
  /** Measure this share of the plan; a run that goes on keeps its own. */
  readonly shard?: Shard | undefined;
  readonly bail?: boolean | undefined;
  /** Refuse to measure when an execution provider of the plan is not available. */
  readonly requireProviders?: boolean | undefined;
  readonly emit?: ((event: RunEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface BenchRun {
  readonly results: Results;
  /** The folder of the run. */
  readonly folder: string;
  /** Why the document could not be written; null when it was. What was measured is in `results`. */
  readonly unsaved: UserError | null;
}

/**
 * What would be measured: the plan and the facts of its model files, checked against each other. The
 * whole plan is checked, so that a mistake stops every shard and not the one that has the cell.
 */
export const prepare = async (
  options: Pick<BenchOptions, 'target' | 'overrides' | 'cwd' | 'shard'>,
): Promise<{ plan: Plan; infos: ModelInfos }> => {
  const plan = await loadPlan({ path: options.target, overrides: options.overrides, cwd: options.cwd });
  const infos = await readModels(plan, options.cwd);
  const misfits = checkPlan(plan, infos);
  const problems = misfits.length > 0 ? misfits : await checkFiles(plan, infos, options.cwd);
  if (problems.length > 0) throw new UserError(problems);
  return { plan: options.shard === undefined ? plan : shardPlan(plan, options.shard), infos };
};

/** The executor that forks this package's own child. */
export const defaultExecutor = (): Executor => createExecutor(new URL('./measure/child.js', import.meta.url));

/** How long the machine's noise is watched before a run. */
const BENCH_NOISE = NS_PER_S / 2;
const HARNESS_DEADLINE = 60 * NS_PER_S;

/** Measures the harness and reads the machine. A harness process that fails stops the run: nothing else would work. */
export const probeMachine = async (
  executor: Executor,
  noiseDuration = BENCH_NOISE,
  signal?: AbortSignal,
): Promise<Environment> => {
  const probe = await executor.execute(
    { kind: 'harness', emptyModel: emptyModel(), noiseDuration },
    {
      limits: { deadline: HARNESS_DEADLINE + noiseDuration, memoryLimit: null },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  if (probe.kind === 'failed') {
    if (probe.state === 'aborted')
      throw new UserError({ message: 'interrupted before anything was measured.' }, 130);
    throw new UserError(
      {
        message: `the runtime does not start here: ${probe.reason.message}.`,
        hint: [...(probe.reason.stderr ?? []), 'Try: node -e "require(\'onnxruntime-node\')"'].join(' | '),
      },
      3,
    );
  }
  return readEnvironment(probe.kind === 'harness' ? probe.samples : null);
};

const timeStamp = (date: Date): string => date.toISOString().slice(0, 19).replaceAll(':', '-');

const fileName = (name: string): string => name.replaceAll(/[^\w.-]+/g, '-').replace(/^[-.]+/, '') || 'run';

/** Shards that start in the same second beside each other land in folders of their own. */
const shardName = (shard: Shard | undefined): string =>
  shard === undefined ? '' : `-shard-${shard.index}-of-${shard.count}`;

/** reports/<scenario>-<time>; with a number behind it for the second run of the same second. */
const defaultFolder = (cwd: string, name: string, started: Date, shard: Shard | undefined): string => {
  const base = join('reports', `${fileName(name)}-${timeStamp(started)}${shardName(shard)}`);
  for (let count = 1; ; count += 1) {
    const folder = count === 1 ? base : `${base}-${count}`;
    if (!existsSync(resolve(cwd, folder))) return folder;
  }
};

const readEarlier = async (cwd: string, folder: string): Promise<Results> => {
  const file = join(folder, RESULTS_FILE);
  try {
    return parseResults(await readFile(resolve(cwd, file), 'utf8'), file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error;
    throw new UserError({
      message: `holds no ${RESULTS_FILE} to go on with.`,
      location: { file: folder },
      hint: 'Give the folder of a run.',
    });
  }
};

/**
 * Saves that don't end the run when they fail: a full disk must not cost the measurement, and the
 * next save tries again. `failure` is that of the last save.
 */
const patientSaves = (
  store: Store,
  emit: (event: RunEvent) => void,
): { save: (results: Results) => Promise<void>; failure: () => UserError | null } => {
  let failure: UserError | null = null;
  return {
    failure: () => failure,
    save: async (results) => {
      try {
        await store.save(results);
        failure = null;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        // Told when it happens, so that room can be made, and not again with every round.
        if (failure === null) emit({ type: 'unsaved', message: error.message });
        failure = error;
      }
    },
  };
};

/** Measures, judges and saves. Throws UserError for what the user can mend, before measuring where possible. */
export const bench = async (options: BenchOptions): Promise<BenchRun> => {
  const emit = options.emit ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const { cwd } = options;
  const earlier = options.resume === undefined ? null : await readEarlier(cwd, options.resume);
  const target = earlier === null ? options.target : (earlier.scenario.file ?? undefined);
  const given = options.overrides.map((override) => withRelativePath(override, cwd));
  const overrides = earlier === null ? given : resumedOverrides(earlier, given);

  if (earlier?.runs !== undefined) {
    throw new UserError({
      message: 'a merged document is not a run that can go on.',
      location: { file: options.resume ?? '' },
      hint: 'Go on with the run it was merged from, and merge again.',
    });
  }
  const shard = earlier === null ? options.shard : earlier.shard;

  emit({ type: 'phase', phase: 'preparing' });
  const { plan, infos } = await prepare({ target, overrides, cwd, shard }).catch((error: unknown) => {
    if (earlier === null || !(error instanceof UserError)) throw error;
    throw new UserError([
      ...error.problems,
      {
        message: `${options.resume}: a run goes on in the folder where it was started, with the files it had.`,
        hint: `It was: ${earlier.scenario.command}`,
      },
    ]);
  });
  const started = new Date();
  const shown = options.resume ?? options.output ?? defaultFolder(cwd, plan.scenario.name, started, shard);
  const folder = resolve(cwd, shown);
  const store = openStore(folder, shown);

  const begin = (environment: Environment): Results => {
    const startedAt = started.toISOString();
    const fresh = startResults({
      plan,
      infos,
      environment,
      overrides,
      cwd,
      mlat: options.version,
      startedAt,
    });
    return earlier === null ? fresh : resumeResults(earlier, fresh);
  };
  // What has changed since the earlier run is told before the machine is measured for a second.
  if (earlier !== null) begin(earlier.environment);

  emit({ type: 'phase', phase: 'harness' });
  const executor = defaultExecutor();
  let start: Results;
  try {
    const environment = await probeMachine(executor, BENCH_NOISE, signal);
    const unavailable = await findUnavailable(plan, environment, executor, signal);
    if (options.requireProviders === true && unavailable.length > 0) throw providersRequired(unavailable);
    start = skipUnavailable(begin(environment), unavailable);
    // Before anything is measured there is nothing to lose by stopping.
    await store.save(start);
  } catch (error) {
    // A folder with nothing in it would look like a lost run; one with anything in it stays.
    await rmdir(folder).catch(() => undefined);
    throw error;
  }
  const saves = patientSaves(store, emit);
  emit({ type: 'phase', phase: 'rounds' });
  const measured = await withModelFiles(executor, folder, (files) =>
    runPlan(plan, start, {
      executor,
      policy: nextRounds,
      save: saves.save,
      emit,
      now: Date.now,
      infos,
      files,
      signal,
      bail: options.bail ?? false,
    }),
  );
  emit({ type: 'phase', phase: 'judging' });
  const results: Results = { ...measured, ...judge(measured) };
  emit({ type: 'phase', phase: 'writing' });
  await saves.save(results);
  return { results, folder, unsaved: saves.failure() };
};
