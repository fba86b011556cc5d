/** The end of a command that made a results document: histograms, report, exit code. */
import { join, relative } from 'node:path';
import { outcomeOf } from '../judge/outcome.js';
import { reporters } from '../report/registry.js';
import type { ReportFile } from '../report/types.js';
import { serialiseResults } from '../results/document.js';
import type { Results } from '../results/schema.js';
import { UserError, type ExitCode } from '../vocabulary/errors.js';
import { shellWord } from '../vocabulary/shell.js';
import { exitCodeOf, firstOf } from './exit-codes.js';
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

/** What a run says that ended before it was done. */
const ENDED_EARLY: Readonly<Partial<Record<Results['state'], string>>> = {
  interrupted: 'interrupted',
  bailed: 'stopped at the first failure',
  'out-of-budget': 'the time budget is used up',
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
  const ended = ENDED_EARLY[results.state];
  // A merged document goes on in the runs it was joined from.
  if (ended !== undefined && results.runs === undefined && run.unsaved === null) {
    io.stderr.write(`mlat: ${ended}; go on with: mlat bench --resume ${shellWord(shown(io, run.folder))}\n`);
  }
  if (unsaved !== null) io.stderr.write(`mlat: ${unsaved.message}\n`);
  return firstOf(exitCodeOf(outcomeOf(results), flags.inconclusive), unsaved?.exitCode ?? 0);
};
