/** `mlat bench`: the main job. Steps only; what they do is in ../../bench.ts. */
import { bench as runBench, prepare, type BenchOptions, type BenchRun } from '../../bench.js';
import { isModelFile, modelOverrides, type Override } from '../../run/prepare.js';
import { flagOverrides } from '../../scenario/flags.js';
import { UserError, type ExitCode } from '../../vocabulary/errors.js';
import { parseShard, type Shard } from '../../vocabulary/shards.js';
import { finish } from '../finish.js';
import type { Io } from '../io.js';
import type { BenchFlags } from '../options.js';
import { createProgress } from '../terminal/progress.js';
import { version } from '../version.js';
import { renderPlan } from './plan.js';

const targetOf = (
  target: string | undefined,
  flags: BenchFlags,
): { target: string | undefined; overrides: Override[] } => {
  const overrides = flagOverrides(flags);
  if (target === undefined) {
    if (flags.resume !== undefined) return { target: undefined, overrides };
    throw new UserError({
      message: 'nothing to measure.',
      hint: 'Give a scenario (.yaml, .json) or a model (.onnx): mlat bench model.onnx',
    });
  }
  if (flags.resume !== undefined) {
    throw new UserError({
      message: '--resume takes the scenario from the run it goes on with.',
      hint: `Leave out ${target}.`,
    });
  }
  return isModelFile(target)
    ? { target: undefined, overrides: [...modelOverrides(target), ...overrides] }
    : { target, overrides };
};

const shardOf = (flags: BenchFlags): Shard | undefined => {
  if (flags.shard === undefined) return undefined;
  if (flags.resume !== undefined) {
    throw new UserError({
      message: '--resume takes the shard from the run it goes on with.',
      hint: 'Leave out --shard.',
    });
  }
  return parseShard(flags.shard);
};

/** The first Ctrl-C ends the run in order, the second at once. */
const watchInterrupts = (io: Io): { signal: AbortSignal; stop: () => void } => {
  const controller = new AbortController();
  const stop = io.onInterrupt(() => {
    if (controller.signal.aborted) io.exitNow(130);
    controller.abort();
  });
  return { signal: controller.signal, stop };
};

/** Runs `mlat bench`. Throws UserError for what the user can mend. */
export const bench = async (io: Io, given: string | undefined, flags: BenchFlags): Promise<ExitCode> => {
  const shard = shardOf(flags);
  const { target, overrides } = targetOf(given, flags);
  if (flags.dryRun === true) {
    const { plan, infos } = await prepare({ target, overrides, cwd: io.cwd, shard });
    io.stdout.write(flags.json === true ? `${JSON.stringify(plan, null, 2)}\n` : renderPlan(plan, infos));
    return 0;
  }

  const interrupts = watchInterrupts(io);
  const progress =
    flags.quiet === true ? null : createProgress(io.stderr, { color: flags.color, env: io.env });
  let run: BenchRun;
  try {
    run = await runBench({
      target,
      overrides,
      cwd: io.cwd,
      version: version(),
      output: flags.output,
      resume: flags.resume,
      shard,
      bail: flags.bail,
      requireProviders: flags.requireProviders,
      signal: interrupts.signal,
      emit: (event) => progress?.handle(event),
    } satisfies BenchOptions);
  } finally {
    progress?.end();
    interrupts.stop();
  }

  return finish(io, run, flags);
};
