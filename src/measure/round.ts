/**
 * One round: load the model, check what it answers, warm up, sample, and then look at what must not
 * be looked at while the clock runs.
 */
import type { Engine, EngineSession } from '../engine/types.js';
import { top1 } from '../model/accuracy.js';
import type { BuiltFeeds } from '../model/feeds.js';
import type { LabelledBatch } from '../model/file-inputs.js';
import { nearestRank } from '../stats/quantile.js';
import { UserError } from '../vocabulary/errors.js';
import { now } from './clock.js';
import { cgroupFolder, disturbanceBetween, readCounters } from './counters.js';
import { feedsOf, firstAnswer, OutputError } from './first-run.js';
import type { MeasureTask, Phase, RoundSamples } from './messages.js';
import { capacityFor, RepeatedFailure, sample, warmUp } from './sample.js';
import { createServer, type Server } from './server.js';
import { loadModule, ModuleError } from './user-module.js';

/** The kind of reason for whatever was thrown in a phase; see reasonSchema. */
export const kindOf = (error: unknown, phase: Phase): string => {
  if (error instanceof OutputError) return error.kind;
  if (error instanceof ModuleError) return 'module';
  if (error instanceof UserError) return 'input-mismatch';
  switch (phase) {
    case 'import':
      return 'runtime-unusable';
    case 'inputs':
      return 'input-mismatch';
    case 'load':
      return 'load-failed';
    default:
      return 'run-failed';
  }
};

/** The pass after sampling that times the native call: requests a block, blocks, and ns for all of it. */
const WRAPPER_REQUESTS = 20;
const WRAPPER_BLOCKS = 4;
const WRAPPER_BUDGET = 200_000_000;

const memoryNow = (): number => process.memoryUsage.rss();

/** Collects garbage left by loading, so that its pause doesn't fall on the first samples. */
const collectGarbage = (): void => {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
};

const median = (values: readonly number[]): number =>
  nearestRank(
    values.toSorted((a, b) => a - b),
    0.5,
  );

/**
 * The public call against the native call inside it, without the user's stages: blocks of each
 * alternate, so that drift falls on both. Bounded in time: for a slow model few requests are enough to
 * show that the wrapper's share is small, and for one that takes seconds nobody asks.
 */
const measureWrapper = async (
  session: EngineSession,
  server: Server,
  typical: number,
): Promise<RoundSamples['wrapper']> => {
  if (typical > WRAPPER_BUDGET) return null;
  const perBlock = Math.min(
    WRAPPER_REQUESTS,
    Math.max(1, Math.floor(WRAPPER_BUDGET / WRAPPER_BLOCKS / typical)),
  );
  const total: number[] = [];
  const native: number[] = [];
  for (let block = 0; block < WRAPPER_BLOCKS; block++) {
    for (let index = 0; index < perBlock; index++) {
      const begin = now();
      await server.call(index);
      total.push(now() - begin);
    }
    const timed = await session.timeNative(async () => {
      for (let index = 0; index < perBlock; index++) await server.call(index);
    });
    if (timed === null) return null;
    native.push(...timed);
  }
  return { n: native.length, total: median(total), native: median(native) };
};

const measureAccuracy = async (
  session: EngineSession,
  built: BuiltFeeds,
  labelled: Iterable<LabelledBatch>,
  named: string | undefined,
): Promise<RoundSamples['accuracy']> => {
  const output = named ?? session.fetched[0];
  if (output === undefined) return null;
  let correct = 0;
  let n = 0;
  for (const { feeds, labels: wanted } of labelled) {
    const answers = session.read(await session.run(session.prepare({ ...feeds, ...built.initialStates })));
    const scores = answers[output];
    if (scores === undefined)
      throw new OutputError('run-failed', `the model has no output ${output} for the labels`);
    const result = top1(scores, wanted);
    correct += result.correct;
    n += result.n;
  }
  return n === 0 ? null : { correct, n };
};

/** Runs the whole round. Throws what kindOf() names. */
export const measureRound = async (
  engine: Engine,
  task: MeasureTask,
  importRuntime: number,
  enter: (phase: Phase) => Promise<void>,
): Promise<RoundSamples> => {
  await enter('inputs');
  const inputsStart = now();
  const { model } = task;
  const module = model.module === undefined ? null : await loadModule(model.module);
  const built = await feedsOf(task);
  const prepareInputs = now() - inputsStart;
  // Labels that don't fit are told before the work, not after it.
  const labelled = task.first && built.labelled !== undefined ? await built.labelled() : null;
  const beforeModel = memoryNow();

  await enter('load');
  const loadStart = now();
  const session = await engine.open(model.path, task.session);
  const createSession = now() - loadStart;
  const afterLoad = memoryNow();

  await enter('first-run');
  const server = await createServer(session, built, module, { batch: task.batch, seed: task.seed });
  const { duration: firstRun, answer, outputs } = await firstAnswer(session, server, built, task);

  await enter('warm-up');
  const { warmup, typical } = await warmUp(server.serve, task.warmup, task.idle, firstRun);
  const cached =
    task.cache === null
      ? null
      : // Only where there is a cache, so that no other process loads what it needs.
        await (
          await import('./cache-server.js')
        ).startCache({
          session,
          feeds: built.feeds,
          outputs: answer,
          batch: task.batch,
          ...task.cache,
          seed: task.seed,
          idle: task.idle,
        });
  const served = cached?.typical ?? typical;
  const capacity = capacityFor(task.sampling, task.idle, served);
  await enter('sampling');
  collectGarbage();
  const cgroup = cgroupFolder();
  const times = server.recordStages?.(capacity) ?? null;
  cached?.server.record(capacity);
  const before = readCounters(cgroup);
  const { serve, prepare } = cached?.server ?? { serve: server.serve, prepare: null };
  const sampled = await sample(serve, task.sampling, task.idle, capacity, prepare).catch((error: unknown) => {
    throw error instanceof RepeatedFailure ? error.cause : error;
  });
  const disturbance = disturbanceBetween(before, readCounters(cgroup));
  const stages =
    times === null
      ? null
      : {
          preprocess: times.preprocess.slice(0, times.taken),
          inference: times.inference.slice(0, times.taken),
          postprocess: times.postprocess.slice(0, times.taken),
        };
  const peak = process.resourceUsage().maxRSS * 1024;

  await enter('after');
  return {
    durations: sampled.durations,
    starts: sampled.starts,
    elapsed: sampled.elapsed,
    errors: sampled.errors,
    setup: { importRuntime, createSession, prepareInputs, firstRun },
    warmup,
    memory: { beforeModel, afterLoad, peak },
    disturbance,
    // Behind a cache most requests make no call; the cell without one tells what the call costs.
    wrapper: cached === null ? await measureWrapper(session, server, typical) : null,
    stages,
    pool:
      cached === null
        ? { ...server.pool }
        : { ...server.pool, source: `${server.pool.source}; each item made different by a number in it` },
    outputs: {
      fetched: Object.entries(outputs).map(([name, tensor]) => ({
        name,
        dtype: tensor.dtype,
        shape: [...tensor.dims],
      })),
      notFetched: [...session.notFetched],
    },
    accuracy:
      labelled === null ? null : await measureAccuracy(session, built, labelled, model.labels?.output),
    cache: cached?.server.recorded() ?? null,
  };
};
