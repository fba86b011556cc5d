/** `mlat report`: a report again, from the document alone. */
import { join, relative, resolve } from 'node:path';
import { judge } from '../../judge/judge.js';
import { reporters } from '../../report/registry.js';
import type { Reporter } from '../../report/types.js';
import type { Results } from '../../results/schema.js';
import { UserError, type ExitCode } from '../../vocabulary/errors.js';
import type { Io } from '../io.js';
import { readResults } from '../read-results.js';
import { renderOptions } from '../terminal/render-options.js';
import { writeCellFiles, writeText } from '../write-files.js';

export interface ReportFlags {
  readonly format: string;
  readonly output?: string;
  readonly cell?: string;
  readonly color?: boolean;
}

const reporterNamed = (name: string): Reporter => {
  const found = Object.values(reporters).find((reporter) => reporter.name === name);
  if (found !== undefined) return found;
  throw new UserError({
    message: `there is no report format "${name}".`,
    hint: `Formats: ${Object.values(reporters)
      .map((reporter) => reporter.name)
      .join(', ')}.`,
  });
};

/** A document that was cut off before it was judged is judged now; a judged one is left as it was. */
const concluded = (results: Results): Results =>
  results.decision === null && results.verdicts.length === 0 ? { ...results, ...judge(results) } : results;

/** Runs `mlat report`. */
export const report = async (io: Io, path: string, flags: ReportFlags): Promise<ExitCode> => {
  const reporter = reporterNamed(flags.format);
  const { results: read, file } = await readResults(io.cwd, path);
  const results = concluded(read);
  const cell = flags.cell === undefined ? {} : { cell: flags.cell };
  if (reporter.perCell) {
    if (flags.output === undefined) {
      const texts = reporter.files(results, cell);
      // One file can go to stdout; several run together would be none.
      if (texts.length === 1) {
        io.stdout.write(texts[0]?.content ?? '');
        return 0;
      }
      throw new UserError({
        message: `${reporter.name} makes a file for each of ${texts.length} cells.`,
        hint: 'Name a folder with --output, or one cell with --cell.',
      });
    }
    const names = await writeCellFiles(reporter, results, resolve(io.cwd, flags.output), flags.output);
    for (const name of names) io.stderr.write(`${join(flags.output, name)}\n`);
    return 0;
  }
  if (flags.output !== undefined) {
    await writeText(
      resolve(io.cwd, flags.output),
      flags.output,
      reporter.render(results, { ...cell, width: 100 }),
    );
    io.stderr.write(`${flags.output}\n`);
    return 0;
  }
  const files = [{ path: relative(io.cwd, file) || file, describe: 'everything measured' }];
  io.stdout.write(
    reporter.render(results, { ...renderOptions(io.stdout, flags.color, io.env), ...cell, files }),
  );
  return 0;
};
