/**
 * One cold start: what an application does from its first line to its first answer, each step timed
 * by itself, and the requests after it until the latency is steady. What mlat does besides (making
 * inputs, watching for an orphan, checking outputs) comes between the phases and is none of them.
 */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Engine, EngineSession } from '../engine/types.js';
import type { BuiltFeeds } from '../model/feeds.js';
import { now } from './clock.js';
import { cgroupFolder, disturbanceBetween, readCounters } from './counters.js';
import { feedsOf, firstAnswer } from './first-run.js';
import type { ColdSamples, ColdTask, Phase } from './messages.js';
import { warmUp } from './sample.js';
import { createServer, type Server } from './server.js';
import { loadModule } from './user-module.js';

/** When the process began, by the clock that all processes share and by its own, and the import's time; ns. */
export interface ColdStart {
  readonly firstLine: bigint;
  readonly begin: number;
  readonly importRuntime: number;
}

/** Kills the process when its parent has died. It has started before a phase is timed, and sleeps then. */
const watchForOrphan = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./orphan-watch.js', import.meta.url), {
      workerData: Number(process.argv[2]),
      stdout: false,
    });
    worker.once('online', resolve);
    worker.once('error', reject);
    worker.unref();
  });

const readModel = (task: ColdTask): Uint8Array | null =>
  task.fromBytes ? readFileSync(task.model.path) : null;

const shapeOf = (feeds: BuiltFeeds['feeds'][number]): string =>
  Object.entries(feeds)
    .map(([name, { dims }]) => `${name} ${dims.join('x')}`)
    .join(', ');

/** The place in the pool of the first request of each shape, but for that of request 0, which was run already. */
const furtherShapes = ({ feeds }: BuiltFeeds): { readonly shape: string; readonly index: number }[] => {
  const names = feeds.map(shapeOf);
  return [...new Set(names)]
    .filter((shape) => shape !== names[0])
    .map((shape) => ({ shape, index: names.indexOf(shape) }));
};

const timed = async (body: () => Promise<unknown>): Promise<number> => {
  const start = now();
  await body();
  return now() - start;
};

/** The first and the second request of each further shape: what the first costs beyond a usual one. */
const runShapes = async (built: BuiltFeeds, server: Server): Promise<ColdSamples['shapes']> => {
  const measured: ColdSamples['shapes'][number][] = [];
  for (const { shape, index } of furtherShapes(built)) {
    const first = await timed(() => server.once(index));
    measured.push({ shape, first, again: await timed(() => server.once(index)) });
  }
  return measured;
};

const open = async (
  engine: Engine,
  task: ColdTask,
): Promise<{ session: EngineSession; read: number | null; create: number }> => {
  const start = now();
  const bytes = readModel(task);
  const opened = now();
  const session = await engine.open(bytes ?? task.model.path, task.session);
  return { session, read: bytes === null ? null : opened - start, create: now() - opened };
};

/** Runs the rest of a cold start after the import. Throws what kindOf() of round.ts names. */
export const measureCold = async (
  engine: Engine,
  task: ColdTask,
  start: ColdStart,
  enter: (phase: Phase) => void,
): Promise<ColdSamples> => {
  enter('inputs');
  const { model } = task;
  await watchForOrphan();
  const module = model.module === undefined ? null : await loadModule(model.module);
  const built = await feedsOf(task);
  const cgroup = cgroupFolder();
  const before = readCounters(cgroup);
  const beforeModel = process.memoryUsage.rss();

  enter('load');
  const { session, read, create } = await open(engine, task);
  const afterLoad = process.memoryUsage.rss();

  enter('first-run');
  const server = await createServer(session, built, module, { batch: task.batch, seed: task.seed });
  const { duration: first, outputs } = await firstAnswer(session, server, built, task);

  enter('warm-up');
  const shapesStart = now();
  const shapes = await runShapes(built, server);
  const shapesTime = shapes.length === 0 ? 0 : now() - shapesStart;
  const runs: number[] = [];
  const steadyStart = now();
  const { warmup } = await warmUp(server.serve, task.warmup, task.idle, first, (duration) => {
    runs.push(duration);
  });
  const steady = now() - steadyStart;
  const samples = {
    firstLine: start.firstLine,
    phases: { import: start.importRuntime, read, session: create, first, shapes: shapesTime, steady },
    runs: Float64Array.from(runs),
    warmup,
    shapes,
    memory: { beforeModel, afterLoad, peak: process.resourceUsage().maxRSS * 1024 },
    disturbance: disturbanceBetween(before, readCounters(cgroup)),
    pool: { size: built.feeds.length, source: built.source },
    outputs: {
      fetched: Object.entries(outputs).map(([name, tensor]) => ({
        name,
        dtype: tensor.dtype,
        shape: [...tensor.dims],
      })),
      notFetched: [...session.notFetched],
    },
  };
  return { ...samples, life: now() - start.begin };
};
