/**
 * The file that a cell measures: the model, or what the runtime saves after its graph optimisation,
 * made once for each model and way to optimise it and kept for the run.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { SessionParams } from '../engine/types.js';
import type { ModelInfo } from '../model/types.js';
import type { PageCacheRecord } from '../results/cold-schema.js';
import type { CellResult } from '../results/schema.js';
import type { PageCache } from '../vocabulary/cold.js';
import { canonicalJson } from '../vocabulary/params.js';
import type { ExecuteOptions, Execution, Executor } from './executor.js';
import { setPageCache } from './page-cache.js';

/** A file ready to be measured. */
export interface CellFile {
  readonly path: string;
  /** It and the files that hold its weights, absolute. */
  readonly all: readonly string[];
  readonly bytes: number;
  /** For the cell: how the file was made; undefined for the model itself. */
  readonly optimised?: NonNullable<CellResult['optimised']>;
}

export interface ModelFiles {
  /** The optimised form of a model; or how making it failed, which fails the cell as a round would. */
  optimised(
    path: string,
    session: SessionParams,
    options: ExecuteOptions,
  ): Promise<CellFile | Extract<Execution, { kind: 'failed' }>>;
  setPageCache(files: readonly string[], wanted: PageCache): Promise<PageCacheRecord>;
  /** Removes what was made. */
  dispose(): Promise<void>;
}

/** The model itself as a file to measure. */
export const plainFile = (path: string, info: ModelInfo): CellFile => ({
  path,
  all: [path, ...info.externalData.map(({ file }) => resolve(dirname(path), file))],
  bytes: info.bytes,
});

/** What decides how the runtime optimises; how many threads then run it does not. */
const optimisationOf = (path: string, session: SessionParams): string => {
  const { threads: _, interThreads: __, spinning: ___, executionMode: ____, ...rest } = session;
  return canonicalJson({ path, ...rest });
};

/**
 * Files that this package's own executor makes, in a new folder under `folder`: beside the results
 * rather than in the system's folder for temporary files, which may be memory that is never cold.
 */
export const createModelFiles = (executor: Executor, folder: string): ModelFiles => {
  const made = new Map<string, Promise<CellFile | Extract<Execution, { kind: 'failed' }>>>();
  let home: Promise<string> | null = null;

  const newHome = async (): Promise<string> => {
    await mkdir(folder, { recursive: true });
    return mkdtemp(join(folder, 'optimised-'));
  };

  const make = async (
    path: string,
    session: SessionParams,
    options: ExecuteOptions,
  ): Promise<CellFile | Extract<Execution, { kind: 'failed' }>> => {
    home ??= newHome();
    const output = join(await home, `${made.size}.onnx`);
    const execution = await executor.execute({ kind: 'optimise', model: path, session, output }, options);
    switch (execution.kind) {
      case 'optimised': {
        const { bytes } = execution;
        return {
          path: output,
          all: [output],
          bytes,
          optimised: { bytes, elapsed: Math.round(execution.elapsed) },
        };
      }
      case 'failed':
        return execution;
      default:
        throw new Error(`an optimise task was answered with ${execution.kind}`);
    }
  };

  return {
    optimised: (path, session, options) => {
      const key = optimisationOf(path, session);
      const known = made.get(key);
      if (known !== undefined) return known;
      const making = make(path, session, options);
      made.set(key, making);
      return making;
    },
    setPageCache,
    dispose: async () => {
      if (home !== null) await rm(await home, { recursive: true, force: true });
    },
  };
};

/** Runs `body` with such files, and removes what was made when it ends, however it ends. */
export const withModelFiles = async <T>(
  executor: Executor,
  folder: string,
  body: (files: ModelFiles) => Promise<T>,
): Promise<T> => {
  const files = createModelFiles(executor, folder);
  try {
    return await body(files);
  } finally {
    await files.dispose();
  }
};
