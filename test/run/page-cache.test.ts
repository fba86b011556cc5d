/** The page cache of this machine, set by mlat and looked at by fincore called here. */
import { execFileSync } from 'node:child_process';
import { openSync, fsyncSync, closeSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPageCache, setPageCache, stateOf } from '../../src/run/page-cache.js';

const SIZE = 8 * 2 ** 20;

const fincore = (file: string): number | null => {
  try {
    return Number(execFileSync('fincore', ['-b', '-n', '-o', 'RES', file], { encoding: 'utf8' }).trim());
  } catch {
    return null;
  }
};

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlat-cache-'));
  file = join(folder, 'weights.bin');
  writeFileSync(file, new Uint8Array(SIZE).fill(7));
  const handle = openSync(file, 'r+');
  fsyncSync(handle);
  closeSync(handle);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a share of a file is cold, warm or partly there', () => {
  expect([null, 0, 0.005, 0.4, 0.995, 1].map(stateOf)).toEqual([
    'unknown',
    'cold',
    'cold',
    'partly',
    'warm',
    'warm',
  ]);
});

describe('a file on this disk', () => {
  it('is dropped, read back and seen as fincore sees it', async ({ skip }) => {
    const before = fincore(file);
    skip(before === null, 'fincore of util-linux is not here');
    skip(before === 0, 'what was just written is not in the page cache: this disk has none');
    const dropped = await setPageCache([file], 'dropped');
    const after = fincore(file);
    skip(after === SIZE, 'this file system keeps its files in memory (tmpfs)');
    expect(after).toBe(0);
    expect(dropped).toEqual({ wanted: 'dropped', found: 'cold', resident: 0 });
    const warmed = await setPageCache([file], 'warmed');
    expect(fincore(file)).toBe(SIZE);
    expect(warmed).toEqual({ wanted: 'warmed', found: 'warm', resident: 1 });
  });

  it('counts with the other files of a model', async ({ skip }) => {
    skip(fincore(file) === null, 'fincore of util-linux is not here');
    const small = join(folder, 'graph.bin');
    writeFileSync(small, new Uint8Array(SIZE));
    await setPageCache([file], 'dropped');
    skip(fincore(file) !== 0, 'this file system keeps its files in memory (tmpfs)');
    expect(await readPageCache([file, small])).toEqual({ found: 'partly', resident: 0.5 });
  });
});
