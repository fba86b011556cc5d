/**
 * Where a run keeps its document. A save replaces the file in one step: a reader, or a run that is
 * killed at any moment, finds the old document or the new one, never a part.
 */
import { accessSync, constants, existsSync, mkdirSync, rmSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, UserError } from '../vocabulary/errors.js';
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
 * Opens the folder of a run, making it where needed.
 *
 * Throws UserError: with exit code 2 when the folder can't be made or written; from `save` with exit
 * code 3 when the disk is full or a quota or a size limit is reached. What was saved before stays.
 */
export const openStore = (dir: string, files: StoreFiles = nodeFiles): Store => {
  const path = join(dir, RESULTS_FILE);
  const temporary = join(dir, `${RESULTS_FILE}.tmp`);
  try {
    files.prepare(dir);
  } catch (error) {
    throw folderError(error, dir);
  }

  const write = async (text: string): Promise<void> => {
    try {
      await files.write(temporary, text);
      await files.rename(temporary, path);
      await files.confirm(dir);
    } catch (error) {
      await files.remove(temporary).catch(() => undefined);
      throw saveError(error, { dir, path, size: Buffer.byteLength(text), kept: files.exists(path) });
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
    mkdirSync(dir, { recursive: true });
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

const WHY_NOT: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'there is a file of this name',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'the folder is not there',
};

const FULL: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the limit for the size of a file is reached',
};

const folderError = (error: unknown, dir: string): unknown => {
  const code = codeOf(error) ?? '';
  if (code in FULL) return saveError(error, { dir, path: dir, size: 0, kept: false });
  const why = WHY_NOT[code];
  // An error that no file operation raises is a defect and keeps its stack.
  if (why === undefined && code === '') return error;
  return new UserError({
    message: `cannot write results to ${dir}: ${why ?? messageOf(error)}.`,
    hint: 'Choose another folder.',
  });
};

const saveError = (
  error: unknown,
  at: { readonly dir: string; readonly path: string; readonly size: number; readonly kept: boolean },
): unknown => {
  const full = FULL[codeOf(error) ?? ''];
  if (full === undefined) return folderError(error, at.dir);
  const size = at.size === 0 ? '' : ` (${formatBytes(at.size)})`;
  return new UserError(
    {
      message: `${full}: cannot write ${at.path}${size}. ${
        at.kept ? `Nothing measured before is lost: ${at.path} holds it.` : 'Nothing had been saved before.'
      }`,
      hint: at.kept
        ? `Make room, then go on with --resume ${at.dir}.`
        : 'Make room, or choose another folder.',
    },
    3,
  );
};
