/** The end of a command that made a results document: histograms, report, exit code. */
import { join, relative, resolve } from 'node:path';
import { outcomeOf } from '../judge/outcome.js';
import { reporters } from '../report/registry.js';
import type { ReportFile } from '../report/types.js';
import { serialiseResults } from '../results/document.js';
import type { Results } from '../results/schema.js';
import { UserError, type ExitCode } from '../vocabulary/errors.js';
import { exitCodeOf } from './exit-codes.js';
import type { Io } from './io.js';
import { renderOptions } from './terminal/render-options.js';
import { writeCellFiles } from './write-files.js';

/** A judged document that lies in a folder, or could not be written there. */
export interface Finished {
  readonly results: Results;
  readonly folder: string;
  readonly unsaved: UserError | null;
}

export interface FinishFlags {
  readonly json?: boolean;
  readonly inconclusive: 'warn' | 'fail';
  readonly color?: boolean;
}

/** A path as the user would type it. */
const shown = (io: Io, path: string): string => relative(io.cwd, path) || '.';

/** Writes the histograms beside the document; says which files the run has now. */
const writeHistograms = async (io: Io, run: Finished): Promise<ReportFile[]> => {
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

/** Writes the files beside the document, prints the report or the document, and says the exit code. */
export const finish = async (io: Io, run: Finished, flags: FinishFlags): Promise<ExitCode> => {
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
  // A merged document goes on in the runs it was joined from.
  if (results.state !== 'completed' && results.runs === undefined && run.unsaved === null) {
    io.stderr.write(
      `mlat: ${results.state}; go on with: mlat bench --resume ${shown(io, resolve(io.cwd, run.folder))}\n`,
    );
  }
  const outcome = outcomeOf(results);
  if (unsaved !== null) {
    io.stderr.write(`mlat: ${unsaved.message}\n`);
    // An interruption outranks it; a failed rule doesn't make the missing document less missing.
    const code = exitCodeOf(outcome, flags.inconclusive);
    return code === 0 || code === 12 ? unsaved.exitCode : code;
  }
  return exitCodeOf(outcome, flags.inconclusive);
};
