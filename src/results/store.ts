/**
 * Where a run keeps its document. A save replaces the file in one step: a reader, or a run that is
 * killed at any moment, finds the old document or the new one, never a part.
 */
import { accessSync, constants, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, noRoomFor, UserError, whyNotWritten } from '../vocabulary/errors.js';
import { formatBytes } from '../vocabulary/units.js';
import { serialiseResults } from './document.js';
import type { Results } from './schema.js';

export const RESULTS_FILE = 'results.json';

export interface Store {
  /** The document's path, in the folder as it was given. */
  readonly path: string;
  /** Writes the document; saves that overlap are done one after the other. Throws UserError, see openStore. */
  save(results: Results): Promise<void>;
}

/** The file operations a save is made of; the tests put failing ones in their place. */
export interface StoreFiles {
  /** Makes the folder and its parents; throws where it can't be made or written. */
  prepare(dir: string): void;
  /** Writes a whole file and has the disk confirm it. */
  write(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  exists(path: string): boolean;
  /** Has the disk confirm a rename in this folder, where the system can. */
  confirm(dir: string): Promise<void>;
}

/**
 * Opens the folder of a run, making it where needed. `shownDir` is what messages call it.
 *
 * Throws UserError: with exit code 2 when the folder can't be made or written; from `save` with exit
 * code 3 when the disk is full or a quota or a size limit is reached. What was saved before stays.
 */
export const openStore = (dir: string, shownDir = dir, files: StoreFiles = nodeFiles): Store => {
  const path = join(dir, RESULTS_FILE);
  const shown: Shown = { dir: shownDir, path: join(shownDir, RESULTS_FILE) };
  const temporary = join(dir, `${RESULTS_FILE}.tmp`);
  try {
    files.prepare(dir);
  } catch (error) {
    throw folderError(error, shown);
  }

  const write = async (text: string): Promise<void> => {
    try {
      await files.write(temporary, text);
      await files.rename(temporary, path);
      await files.confirm(dir);
    } catch (error) {
      await files.remove(temporary).catch(() => undefined);
      throw saveError(error, { shown, size: Buffer.byteLength(text), kept: files.exists(path) });
    }
  };

  let last: Promise<void> = Promise.resolve();
  return {
    path,
    save: (results) => {
      const text = serialiseResults(results);
      const mine = last.then(() => write(text));
      // The next save goes on after a failed one; the failure itself is told to its own caller.
      last = mine.catch(() => undefined);
      return mine;
    },
  };
};

const nodeFiles: StoreFiles = {
  prepare: (dir) => {
    makeFolder(dir);
    accessSync(dir, constants.W_OK | constants.X_OK);
    // A run that was killed while it saved leaves its half file.
    rmSync(join(dir, `${RESULTS_FILE}.tmp`), { force: true });
  },
  write: async (path, text) => {
    const file = await open(path, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  exists: existsSync,
  confirm: async (dir) => {
    let folder: FileHandle;
    try {
      folder = await open(dir, 'r');
    } catch {
      // Windows opens no folders; its rename needs no such confirmation.
      return;
    }
    try {
      await folder.sync();
    } catch {
      // Some network file systems refuse to sync a folder. The document itself is written.
    } finally {
      await folder.close();
    }
  },
};

/**
 * Makes a folder and its parents. Not by mkdir's own `recursive`, which on Node 20 never returns
 * where a file system takes no folders although the parent is there, as in /proc.
 */
export const makeFolder = (dir: string): void => {
  try {
    mkdirSync(dir);
  } catch (error) {
    const parent = dirname(dir);
    if (codeOf(error) === 'ENOENT' && !existsSync(parent)) {
      makeFolder(parent);
      mkdirSync(dir);
    } else if (codeOf(error) !== 'EEXIST' || !statSync(dir).isDirectory()) {
      throw error;
    }
  }
};

/** The document's place, as it is told to a person. */
interface Shown {
  readonly dir: string;
  readonly path: string;
}

const folderError = (error: unknown, shown: Shown): unknown => {
  if (noRoomFor(error) !== undefined) return saveError(error, { shown, size: 0, kept: false });
  // An error that no file operation raises is a defect and keeps its stack.
  if (codeOf(error) === undefined) return error;
  return new UserError({
    message: `cannot write results to ${shown.dir}: ${whyNotWritten(error)}.`,
    hint: 'Choose another folder.',
  });
};

const saveError = (
  error: unknown,
  { shown, size, kept }: { readonly shown: Shown; readonly size: number; readonly kept: boolean },
): unknown => {
  const full = noRoomFor(error);
  if (full === undefined) return folderError(error, shown);
  return new UserError(
    {
      message: `${full}: cannot write ${shown.path}${size === 0 ? '' : ` (${formatBytes(size)})`}. ${
        kept ? 'It still holds what was saved before.' : 'Nothing had been saved before.'
      }`,
      hint: kept
        ? `Make room, then go on with --resume ${shown.dir}.`
        : 'Make room, or choose another folder.',
    },
    3,
  );
};
