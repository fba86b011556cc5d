/** Writing report files, with errors that a person can act on. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CellReporter } from '../report/types.js';
import type { Results } from '../results/schema.js';
import { codeOf, messageOf, UserError } from '../vocabulary/errors.js';

/** Writes a text file and its folders. Throws a UserError, with exit code 3 when the disk is full. */
export const writeText = async (path: string, shown: string, content: string): Promise<void> => {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (error) {
    const code = codeOf(error) ?? '';
    const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
    throw new UserError(
      {
        message: full ? 'cannot be written: the disk is full.' : `cannot be written: ${messageOf(error)}.`,
        location: { file: shown },
        hint: full
          ? 'Free some space and run mlat report on the folder again.'
          : 'Choose another place with --output.',
      },
      full ? 3 : 2,
    );
  }
};

/** Writes the files of a per-cell reporter into a folder; returns their names. */
export const writeCellFiles = async (
  reporter: CellReporter,
  results: Results,
  folder: string,
  shown: string,
): Promise<readonly string[]> => {
  const files = reporter.files(results);
  for (const { name, content } of files) await writeText(join(folder, name), join(shown, name), content);
  return files.map((file) => file.name);
};
