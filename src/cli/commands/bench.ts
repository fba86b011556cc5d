/** `mlat bench`: the main job. Steps only; what they do is in ../../bench.ts. */
import { join, relative } from 'node:path';
import { bench as runBench, prepare, type BenchOptions, type BenchRun } from '../../bench.js';
import { outcomeOf } from '../../judge/outcome.js';
import { reporters } from '../../report/registry.js';
import type { ReportFile } from '../../report/types.js';
import { serialiseResults } from '../../results/document.js';
import { isModelFile, modelOverrides, type Override } from '../../run/prepare.js';
import { flagOverrides } from '../../scenario/flags.js';
import { UserError, type ExitCode } from '../../vocabulary/errors.js';
import { shellWord } from '../../vocabulary/shell.js';
import { exitCodeOf, firstOf } from '../exit-codes.js';
import type { Io } from '../io.js';
import type { BenchFlags } from '../options.js';
import { renderOptions } from '../terminal/render-options.js';
import { createProgress } from '../terminal/progress.js';
import { version } from '../version.js';
import { writeCellFiles } from '../write-files.js';
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

/** The first Ctrl-C ends the run in order, the second at once. */
const watchInterrupts = (io: Io): { signal: AbortSignal; stop: () => void } => {
  const controller = new AbortController();
  const stop = io.onInterrupt(() => {
    if (controller.signal.aborted) io.exitNow(130);
    controller.abort();
  });
  return { signal: controller.signal, stop };
};

/** A path as the user would type it. */
const shown = (io: Io, path: string): string => relative(io.cwd, path) || '.';

/** Writes the histograms beside the document; says which files the run has now. */
const writeHistograms = async (io: Io, run: BenchRun): Promise<ReportFile[]> => {
  const folder = shown(io, run.folder);
  const files: ReportFile[] = [
    { path: join(folder, 'results.json'), describe: 'everything measured; mlat report reads it' },
  ];
  for (const reporter of Object.values(reporters)) {
    if (!reporter.perCell) continue;
    const written = await writeCellFiles(reporter, run.results, run.folder, folder);
    if (written.length > 0) {
      files.push({
        path: join(folder, `*.${reporter.extension}`),
        describe: `${reporter.describe} (${written.length})`,
      });
    }
  }
  return files;
};

/** What a run says that ended before it was done. */
const ENDED_EARLY: Readonly<Partial<Record<BenchRun['results']['state'], string>>> = {
  interrupted: 'interrupted',
  bailed: 'stopped at the first failure',
  'out-of-budget': 'the time budget is used up',
};

/** Runs `mlat bench`. Throws UserError for what the user can mend. */
export const bench = async (io: Io, given: string | undefined, flags: BenchFlags): Promise<ExitCode> => {
  const { target, overrides } = targetOf(given, flags);
  if (flags.dryRun === true) {
    const { plan, infos } = await prepare({ target, overrides, cwd: io.cwd });
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
      bail: flags.bail,
      signal: interrupts.signal,
      emit: (event) => progress?.handle(event),
    } satisfies BenchOptions);
  } finally {
    progress?.end();
    interrupts.stop();
  }

  let unsaved = run.unsaved;
  let files: ReportFile[] = [];
  if (unsaved === null) {
    try {
      files = await writeHistograms(io, run);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unsaved = error;
    }
  }
  const { results } = run;
  io.stdout.write(
    flags.json === true
      ? serialiseResults(results)
      : reporters.text.render(results, { ...renderOptions(io.stdout, flags.color, io.env), files }),
  );
  const ended = ENDED_EARLY[results.state];
  if (ended !== undefined && run.unsaved === null) {
    io.stderr.write(`mlat: ${ended}; go on with: mlat bench --resume ${shellWord(shown(io, run.folder))}\n`);
  }
  if (unsaved !== null) io.stderr.write(`mlat: ${unsaved.message}\n`);
  return firstOf(exitCodeOf(outcomeOf(results), flags.inconclusive), unsaved?.exitCode ?? 0);
};
