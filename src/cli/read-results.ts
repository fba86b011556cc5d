/** Reading a results document that the command line names. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { parseResults } from '../results/document.js';
import type { Results } from '../results/schema.js';
import { codeOf, UserError } from '../vocabulary/errors.js';

/**
 * Reads a document, given as a file or as the folder of a run; `file` is its absolute path. Throws a
 * UserError where there is none, or where it can't be read.
 */
export const readResults = async (cwd: string, path: string): Promise<{ results: Results; file: string }> => {
  const given = resolve(cwd, path);
  try {
    const file = (await stat(given)).isDirectory() ? join(given, 'results.json') : given;
    return {
      results: parseResults(await readFile(file, 'utf8'), relative(cwd, file) || basename(file)),
      file,
    };
  } catch (error) {
    const location = { file: path };
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') {
      throw new UserError({
        message: 'there is no results document.',
        location,
        hint: 'Give a results.json, or the folder of a run that holds one.',
      });
    }
    if (codeOf(error) === 'EACCES') throw new UserError({ message: 'may not be read.', location });
    throw error;
  }
};
