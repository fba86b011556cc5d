/**
 * The page cache before a cold start: a model's files are dropped from it or read into it, and then it
 * is looked at. Neither needs to be root. What a system can't do or tell is "unknown", never assumed.
 */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { PageCacheRecord } from '../results/cold-schema.js';
import type { CacheState, PageCache } from '../vocabulary/cold.js';

const run = promisify(execFile);

/** Both programs answer at once; one that hangs must not hang the run. */
const TIMEOUT_MS = 10_000;

/**
 * GNU dd with `iflag=nocache count=0` asks the kernel (posix_fadvise, POSIX_FADV_DONTNEED) to drop the
 * whole file: clean pages that nobody has mapped go. Other systems' dd refuses the flag.
 */
const drop = async (file: string): Promise<void> => {
  await run('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'], { timeout: TIMEOUT_MS });
};

const warm = async (file: string): Promise<void> => {
  // Read and thrown away.
  for await (const _ of createReadStream(file, { highWaterMark: 1 << 20 }));
};

/** Bytes of a file in the page cache, by fincore of util-linux; null where it can't be told. */
const residentOf = async (file: string): Promise<number | null> => {
  try {
    const { stdout } = await run('fincore', ['--bytes', '--noheadings', '--output', 'RES', file], {
      timeout: TIMEOUT_MS,
    });
    const bytes = Number(stdout.trim());
    return stdout.trim() !== '' && Number.isFinite(bytes) ? bytes : null;
  } catch {
    return null;
  }
};

/** Of a file in pages: a page or two at its ends don't make it warm, nor their absence cold. */
const ALMOST = 0.01;

/** What a share of resident bytes means. */
export const stateOf = (resident: number | null): CacheState => {
  if (resident === null) return 'unknown';
  if (resident <= ALMOST) return 'cold';
  return resident >= 1 - ALMOST ? 'warm' : 'partly';
};

/** The state of these files together, as fincore sees it. */
export const readPageCache = async (files: readonly string[]): Promise<Omit<PageCacheRecord, 'wanted'>> => {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const parts = await Promise.all(files.map(residentOf));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const inCache = parts.reduce<number | null>(
    (sum, part) => (sum === null || part === null ? null : sum + part),
    0,
  );
  // Residents are whole pages, so a small file can have more than its size.
  const resident = inCache === null || total === 0 ? null : Math.min(1, inCache / total);
  return { found: stateOf(resident), resident };
};

/** Drops or warms the files as far as this system can, then looks. Never throws for what it can't do. */
export const setPageCache = async (files: readonly string[], wanted: PageCache): Promise<PageCacheRecord> => {
  for (const file of files) {
    // A system that can't drop it is told by the look.
    await (wanted === 'dropped' ? drop(file) : warm(file)).catch(() => undefined);
  }
  return { wanted, ...(await readPageCache(files)) };
};
