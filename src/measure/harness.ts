/** What the harness costs on this machine, measured in a process of its own before the first cell. */
import type { Engine } from '../engine/types.js';
import { measureClock, now } from './clock.js';
import { cgroupFolder, disturbanceBetween, readCounters } from './counters.js';
import type { HarnessSamples, HarnessTask } from './messages.js';
import { MIN_WARMUP } from './sample.js';

const BLOCKS = 20;
const RUNS_PER_BLOCK = 50;

/** About 100 us of dependent arithmetic: long enough for the clock, short enough to catch a stall. */
const KERNEL_STEPS = 40_000;

const kernel = (seed: number): number => {
  let state = seed | 0;
  for (let step = 0; step < KERNEL_STEPS; step++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  return state;
};

const measureNoise = (duration: number): Float64Array => {
  const durations = new Float64Array(Math.ceil(duration / 20_000) + 16);
  let sink = 1;
  for (let step = 0; step < 50; step++) sink = kernel(sink);
  let taken = 0;
  const origin = now();
  let end = origin;
  while (end - origin < duration && taken < durations.length) {
    const begin = end;
    sink = kernel(sink);
    end = now();
    durations[taken] = end - begin;
    taken += 1;
  }
  // The result is used, so that the loop can't be optimised away.
  return sink === 0.5 ? new Float64Array(0) : durations.slice(0, taken);
};

/**
 * Clock, round trip of an empty model and the machine's noise. Blocks of the plain public call and
 * blocks with the native call timed alternate, so that drift falls on both.
 */
export const measureHarness = async (engine: Engine, task: HarnessTask): Promise<HarnessSamples> => {
  const session = await engine.open(task.emptyModel, {
    provider: 'cpu',
    threads: 1,
    interThreads: 1,
    graphOptimization: 'all',
    executionMode: 'sequential',
    spinning: false,
  });
  const feeds = session.prepare(
    Object.fromEntries(
      session.inputs.map((input) => {
        const dims = (input.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
        const size = dims.reduce((product, dim) => product * dim, 1);
        return [input.name, { dtype: 'float32', dims, data: new Float32Array(size) }];
      }),
    ),
  );
  const warmedUp = now() + MIN_WARMUP;
  while (now() < warmedUp) await session.run(feeds);
  const total = new Float64Array(BLOCKS * RUNS_PER_BLOCK);
  const native: number[] = [];
  let nativeKnown = true;
  for (let block = 0; block < BLOCKS; block++) {
    for (let run = 0; run < RUNS_PER_BLOCK; run++) {
      const begin = now();
      await session.run(feeds);
      total[block * RUNS_PER_BLOCK + run] = now() - begin;
    }
    const timed = await session.timeNative(async () => {
      for (let run = 0; run < RUNS_PER_BLOCK; run++) await session.run(feeds);
    });
    if (timed === null) nativeKnown = false;
    else native.push(...timed);
  }
  await session.close();
  const clock = measureClock();
  const cgroup = cgroupFolder();
  const before = readCounters(cgroup);
  const durations = measureNoise(task.noiseDuration);
  return {
    clockStep: clock.step,
    clockCost: clock.cost,
    total,
    native: nativeKnown ? Float64Array.from(native) : null,
    kernel: durations,
    disturbance: disturbanceBetween(before, readCounters(cgroup)),
    runtime: { name: engine.name, version: engine.version, providers: [...engine.providers()] },
    providers: await engine.probe(),
  };
};
