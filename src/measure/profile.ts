/**
 * Passes that are not measurements: a profiled one, which says who ran each node, and the start of a
 * provider. No latency of a cell comes from here.
 */
import type { Engine, EngineSession, EngineTensor } from '../engine/types.js';
import { buildFeeds, type BuiltFeeds } from '../model/feeds.js';
import { medianOf } from '../stats/quantile.js';
import { now } from './clock.js';
import type { Phase, ProfileSamples, ProfileTask, ProviderTask } from './messages.js';

/** Requests before those that count: the first ones make shaders and choose algorithms. */
const FIRST = 2;
/** Requests that count, at most and at least; a slow model is cut short after the time, ns. */
const MOST = 10;
const LEAST = 3;
const BUDGET = 2_000_000_000;

/** Serves a few requests and gives the duration of each that counts, ns. */
const serve = async (session: EngineSession, built: BuiltFeeds): Promise<number[]> => {
  const feeds = built.feeds.map((set) => session.prepare({ ...set, ...built.initialStates }));
  const durations: number[] = [];
  const start = now();
  for (let index = 0; index < FIRST + MOST; index++) {
    const set = feeds[index % feeds.length];
    if (set === undefined) break;
    const begin = now();
    await session.run(set);
    const end = now();
    if (index >= FIRST) durations.push(end - begin);
    if (durations.length >= LEAST && end - start > BUDGET) break;
  }
  return durations;
};

/** The same requests without and then with the profile. Throws what the runtime throws. */
export const measurePlacement = async (
  engine: Engine,
  task: ProfileTask,
  enter: (phase: Phase) => Promise<void>,
): Promise<ProfileSamples> => {
  await enter('inputs');
  const { model } = task;
  const built = await buildFeeds({
    info: model.values,
    specs: model.inputs,
    batch: task.batch,
    dims: task.dims,
    pool: Math.min(model.pool, FIRST + MOST),
    seed: task.seed,
    ...(model.batchDim === undefined ? {} : { batchDim: model.batchDim }),
  });
  await enter('load');
  const plain = await engine.open(model.path, task.session);
  await enter('sampling');
  const unprofiled = medianOf(await serve(plain, built));
  await plain.close();
  await enter('load');
  const session = await engine.profile(model.path, task.session);
  await enter('sampling');
  const profiled = medianOf(await serve(session, built));
  return { trace: await session.finish(FIRST), profiled, unprofiled };
};

const zeros = (session: EngineSession): Record<string, EngineTensor> =>
  Object.fromEntries(
    session.inputs.map((input) => {
      const dims = (input.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
      const size = dims.reduce((product, dim) => product * dim, 1);
      return [input.name, { dtype: 'float32', dims, data: new Float32Array(size) }];
    }),
  );

/** Opens a session with the provider and runs it once. Resolves to the time it took, ns. */
export const startProvider = async (
  engine: Engine,
  task: ProviderTask,
  enter: (phase: Phase) => Promise<void>,
): Promise<number> => {
  await enter('load');
  const start = now();
  const session = await engine.open(task.emptyModel, {
    provider: task.provider,
    threads: 1,
    interThreads: 1,
    graphOptimization: 'all',
    executionMode: 'sequential',
    spinning: false,
  });
  await enter('first-run');
  await session.run(session.prepare(zeros(session)));
  const elapsed = now() - start;
  await session.close();
  return elapsed;
};
