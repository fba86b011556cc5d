/** `mlat merge`: shards or repeated runs as one document, judged and reported like a run. */
import { dirname, relative, resolve } from 'node:path';
import { judge } from '../../judge/judge.js';
import { mergeResults } from '../../results/merge.js';
import type { MergeInput } from '../../results/runs.js';
import type { Results } from '../../results/schema.js';
import { openStore } from '../../results/store.js';
import { UserError, type ExitCode, type Problem } from '../../vocabulary/errors.js';
import { finish } from '../finish.js';
import type { Io } from '../io.js';
import { readResults } from '../read-results.js';

export interface MergeFlags {
  readonly output: string;
  readonly json?: boolean;
  readonly inconclusive: 'warn' | 'fail';
  readonly color?: boolean;
}

/** Reads every document; throws a UserError with all that can't be read. */
const readAll = async (
  io: Io,
  paths: readonly [string, ...string[]],
  output: string,
): Promise<readonly [MergeInput, ...MergeInput[]]> => {
  const problems: Problem[] = [];
  const read = async (path: string): Promise<MergeInput[]> => {
    try {
      const { results, file } = await readResults(io.cwd, path);
      if (dirname(file) === output) {
        problems.push({
          message: 'is the folder that --output names: the merged document would overwrite it.',
          location: { file: path },
          hint: 'Choose another folder.',
        });
      }
      return [{ results, file: relative(io.cwd, file) || path }];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  };
  const inputs: MergeInput[] = [];
  for (const path of paths) inputs.push(...(await read(path)));
  const [first, ...others] = inputs;
  if (problems.length > 0 || first === undefined) throw new UserError(problems);
  return [first, ...others];
};

/** Runs `mlat merge`. Throws UserError for what the user can mend; nothing is written then. */
export const merge = async (
  io: Io,
  paths: readonly [string, ...string[]],
  flags: MergeFlags,
): Promise<ExitCode> => {
  const folder = resolve(io.cwd, flags.output);
  const merged = mergeResults(await readAll(io, paths, folder));
  const results: Results = { ...merged, ...judge(merged) };
  let unsaved: UserError | null = null;
  try {
    await openStore(folder).save(results);
  } catch (error) {
    // A disk that is full costs the file; the report of what was merged is still worth printing.
    if (!(error instanceof UserError) || error.exitCode !== 3) throw error;
    unsaved = error;
  }
  return finish(io, { results, folder, unsaved }, flags);
};
