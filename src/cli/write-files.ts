/** Writing report files, with errors that a person can act on. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CellReporter } from '../report/types.js';
import type { Results } from '../results/schema.js';
import { makeFolder } from '../results/store.js';
import { noRoomFor, UserError, whyNotWritten } from '../vocabulary/errors.js';

/** Writes a text file and its folders. Throws a UserError, with exit code 3 when the disk is full. */
export const writeText = async (path: string, shown: string, content: string): Promise<void> => {
  try {
    makeFolder(dirname(path));
    await writeFile(path, content);
  } catch (error) {
    const isFull = noRoomFor(error) !== undefined;
    throw new UserError(
      {
        message: `cannot be written: ${whyNotWritten(error)}.`,
        location: { file: shown },
        hint: isFull
          ? 'Make room, then run mlat report on the results again.'
          : 'Choose another place with --output.',
      },
      isFull ? 3 : 2,
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
