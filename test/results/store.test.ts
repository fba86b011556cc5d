import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseResults, serialiseResults } from '../../src/results/document.js';
import type { Results } from '../../src/results/schema.js';
import { openStore, type StoreFiles } from '../../src/results/store.js';
import { UserError } from '../../src/vocabulary/errors.js';
import { batchSweep } from '../helpers/results.js';

const results = batchSweep({ seed: 1 });
const later: Results = { ...results, state: 'interrupted' };

const systemError = (code: string): Error => Object.assign(new Error(`${code}: refused`), { code });

/** Files in memory; `fail` is called before each operation and may throw. */
const memoryFiles = (
  fail: (operation: string) => void,
): StoreFiles & { readonly held: Map<string, string> } => {
  const held = new Map<string, string>();
  return {
    held,
    prepare: () => fail('prepare'),
    write: async (path, text) => {
      // Like a real file: a part is there when the disk fills up.
      held.set(path, text.slice(0, 10));
      fail('write');
      held.set(path, text);
    },
    rename: async (from, to) => {
      fail('rename');
      held.set(to, held.get(from) ?? '');
      held.delete(from);
    },
    remove: async (path) => {
      held.delete(path);
    },
    exists: (path) => held.has(path),
    confirm: async () => fail('confirm'),
  };
};

const failure = async (work: Promise<void>): Promise<UserError> => {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
};

describe('a store in a real folder', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mlat-store-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('makes the folder and keeps the last document, and nothing else', async () => {
    const run = join(dir, 'reports', 'a-run');
    const store = openStore(run);
    expect(store.path).toBe(join(run, 'results.json'));
    await store.save(results);
    await store.save(later);
    expect(parseResults(readFileSync(store.path, 'utf8'), store.path)).toEqual(later);
    expect(readdirSync(run)).toEqual(['results.json']);
  });

  it('does overlapping saves in their order', async () => {
    const store = openStore(dir);
    const documents = Array.from({ length: 8 }, (_, index): Results => ({
      ...results,
      mlat: `0.0.${index}`,
    }));
    await Promise.all(documents.map((document) => store.save(document)));
    expect(readFileSync(store.path, 'utf8')).toBe(serialiseResults(documents.at(-1)!));
  });

  it('clears away the half file of a run that was killed', () => {
    writeFileSync(join(dir, 'results.json.tmp'), '{"kind":');
    openStore(dir);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('refuses a folder below a file', () => {
    writeFileSync(join(dir, 'taken'), '');
    for (const path of [join(dir, 'taken'), join(dir, 'taken', 'run')]) {
      let error: unknown;
      try {
        openStore(path);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).exitCode).toBe(2);
      expect((error as UserError).message).toMatch(
        /^cannot write results to .*: .* file.*\. Choose another folder\.$/,
      );
    }
  });

  it.skipIf(process.platform !== 'linux')('does not hang where a file system takes no folders', () => {
    expect(() => openStore('/proc/mlat/run')).toThrow(/^cannot write results to .proc.mlat.run: /);
  });

  it.skipIf(!existsSync('/dev/full'))('survives a disk that is full', async () => {
    const store = openStore(dir);
    await store.save(results);
    // Everything written to /dev/full fails with ENOSPC.
    symlinkSync('/dev/full', join(dir, 'results.json.tmp'));
    const error = await failure(store.save(later));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain('the disk is full');
    expect(error.message).toContain('It still holds what was saved before');
    expect(readdirSync(dir)).toEqual(['results.json']);
    expect(readFileSync(store.path, 'utf8')).toBe(serialiseResults(results));
    await store.save(later);
    expect(readFileSync(store.path, 'utf8')).toBe(serialiseResults(later));
  });

  it('says that a folder is gone when it was removed during the run', async () => {
    const run = join(dir, 'run');
    mkdirSync(run);
    const store = openStore(run);
    rmSync(run, { recursive: true });
    expect((await failure(store.save(results))).message).toBe(
      `cannot write results to ${run}: the folder is not there. Choose another folder.`,
    );
  });
});

describe('a store whose files fail', () => {
  it.each([
    ['EACCES', 'permission denied'],
    ['EROFS', 'the file system is read-only'],
    ['ENOTDIR', 'a part of the path is a file'],
  ])('refuses a folder with %s as a mistake of the user', (code, why) => {
    const files = memoryFiles(() => {
      throw systemError(code);
    });
    expect(() => openStore('out', 'out', files)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: `cannot write results to out: ${why}. Choose another folder.`,
      }),
    );
  });

  it.each([
    ['ENOSPC', 'write', 'the disk is full'],
    ['EDQUOT', 'write', 'the disk quota is used up'],
    ['EFBIG', 'write', 'the limit for the size of a file is reached'],
    ['ENOSPC', 'rename', 'the disk is full'],
  ])(
    'ends with exit code 3 on %s at %s, keeps the last document and leaves no part',
    async (code, at, why) => {
      let armed = false;
      const files = memoryFiles((operation) => {
        if (armed && operation === at) throw systemError(code);
      });
      const store = openStore('out', 'out', files);
      await store.save(results);
      armed = true;
      const error = await failure(store.save(later));
      expect(error.exitCode).toBe(3);
      expect(error.message).toContain(why);
      expect(error.message).toContain('go on with --resume out');
      expect([...files.held.keys()]).toEqual([join('out', 'results.json')]);
      expect(files.held.get(store.path)).toBe(serialiseResults(results));
    },
  );

  it('says so when nothing had been saved before', async () => {
    const files = memoryFiles((operation) => {
      if (operation === 'write') throw systemError('ENOSPC');
    });
    const error = await failure(openStore('out', 'out', files).save(results));
    expect(error.message).toContain('Nothing had been saved before');
    expect(error.message).not.toContain('--resume');
    expect(files.held.size).toBe(0);
  });

  it('saves again after a failed save', async () => {
    let full = true;
    const files = memoryFiles((operation) => {
      if (full && operation === 'write') throw systemError('ENOSPC');
    });
    const store = openStore('out', 'out', files);
    const first = store.save(results);
    await failure(first);
    full = false;
    await store.save(later);
    expect(files.held.get(store.path)).toBe(serialiseResults(later));
  });

  it('does not dress up a defect as a mistake of the user', async () => {
    const files = memoryFiles((operation) => {
      if (operation === 'write') throw new TypeError('a bug');
    });
    await expect(openStore('out', 'out', files).save(results)).rejects.toThrow(TypeError);
  });
});
