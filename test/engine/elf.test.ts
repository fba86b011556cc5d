/** Reading shared libraries: those that the test makes, and the runtime's own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readElf, versionsIn } from '../../src/engine/elf.js';
import { findLibrary, missingLibraries, parseCache, systemSearch } from '../../src/engine/libraries.js';
import { fakeLibrary, type FakeLibrary } from '../helpers/elf.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlat-elf-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, library: FakeLibrary): string => {
  const path = join(folder, name);
  writeFileSync(path, fakeLibrary(library));
  return path;
};

describe('readElf', () => {
  it('reads the processor, the needed libraries and the folders', () => {
    const path = write('libfull.so', {
      needed: ['libcublasLt.so.13', 'libc.so.6'],
      runpath: '$ORIGIN:/opt/cuda/lib',
    });
    expect(readElf(path)).toEqual({
      arch: 'x64',
      needed: ['libcublasLt.so.13', 'libc.so.6'],
      searched: ['$ORIGIN', '/opt/cuda/lib'],
      searchedFirst: false,
    });
  });

  it('takes an rpath where there is no runpath, and looks there first', () => {
    expect(readElf(write('librpath.so', { rpath: '/a:/b' }))).toMatchObject({
      searched: ['/a', '/b'],
      searchedFirst: true,
    });
  });

  it('names another processor', () => {
    expect(readElf(write('libarm.so', { machine: 183 }))?.arch).toBe('arm64');
    expect(readElf(write('libother.so', { machine: 8 }))?.arch).toBe('machine 8');
  });

  it('gives null for what is no library, and for what is not there', () => {
    const path = join(folder, 'text.so');
    writeFileSync(path, 'Not found\n');
    expect(readElf(path)).toBeNull();
    expect(readElf(folder)).toBeNull();
    expect(readElf(join(folder, 'absent.so'))).toBeNull();
    expect(versionsIn(path)).toBeNull();
  });

  it('survives a library that was cut off anywhere', () => {
    const whole = fakeLibrary({ needed: ['liba.so', 'libb.so'], constants: ['1.30.0'], runpath: '/x' });
    const path = join(folder, 'cut.so');
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(path, whole.subarray(0, length));
      expect(() => [readElf(path), versionsIn(path)]).not.toThrow();
    }
    writeFileSync(path, whole);
    expect(readElf(path)?.needed).toEqual(['liba.so', 'libb.so']);
  });
});

describe('versionsIn', () => {
  it('finds a version that stands alone, and no other number', () => {
    const path = write('libversion.so', {
      constants: ['before', '1.29.0', 'CUDA 12.8.1', 'v1.28.0', '1.27.0-dev', '13.0.0'],
    });
    expect(versionsIn(path)).toEqual(['1.29.0']);
  });

  it('says when a library has no constants to be read', () => {
    expect(versionsIn(write('libstripped.so', {}))).toBeNull();
  });
});

describe('missingLibraries', () => {
  const search = { path: [], cache: new Map<string, string>(), defaults: [] };

  it('follows what is found to what that needs', () => {
    const start = write('libstart.so', { needed: ['libmiddle.so', 'libgone.so.1'], runpath: '$ORIGIN' });
    write('libmiddle.so', { needed: ['libend.so.2', 'libstart.so'], runpath: '$ORIGIN' });
    expect(missingLibraries(start, search)).toEqual([
      { name: 'libgone.so.1', by: 'libstart.so' },
      { name: 'libend.so.2', by: 'libmiddle.so' },
    ]);
  });

  it('looks in LD_LIBRARY_PATH, the cache and the usual folders', () => {
    const start = write('libsearch.so', { needed: ['libpath.so', 'libcached.so', 'libusual.so'] });
    for (const name of ['libpath.so', 'libcached.so', 'libusual.so']) write(name, {});
    expect(missingLibraries(start, search).map(({ name }) => name)).toHaveLength(3);
    const cache = new Map([['libcached.so', join(folder, 'libcached.so')]]);
    expect(missingLibraries(start, { ...search, cache }).map(({ name }) => name)).toEqual([
      'libpath.so',
      'libusual.so',
    ]);
    expect(missingLibraries(start, { ...search, path: [folder] })).toEqual([]);
    expect(missingLibraries(start, { ...search, defaults: [folder] })).toEqual([]);
  });

  it('does not believe a cache that names a file which is gone', () => {
    const cache = new Map([['libgone.so', join(folder, 'nowhere', 'libgone.so')]]);
    expect(findLibrary('libgone.so', { ...search, cache })).toBeNull();
  });
});

it('reads the cache as ldconfig prints it, the first of a name', () => {
  const text = [
    "2 libs found in cache `/etc/ld.so.cache'",
    '\tlibz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1',
    '\tlibz.so.1 (libc6) => /lib/i386-linux-gnu/libz.so.1',
    '\tlibc.so.6 (libc6,x86-64, OS ABI: Linux 3.2.0) => /lib/x86_64-linux-gnu/libc.so.6',
  ].join('\n');
  expect([...parseCache(text)]).toEqual([
    ['libz.so.1', '/lib/x86_64-linux-gnu/libz.so.1'],
    ['libc.so.6', '/lib/x86_64-linux-gnu/libc.so.6'],
  ]);
});

describe.runIf(process.platform === 'linux')("the runtime's own libraries", () => {
  const require = createRequire(import.meta.url);
  const manifest = require('onnxruntime-node/package.json') as { version: string };
  const native = join(
    dirname(require.resolve('onnxruntime-node/package.json')),
    `bin/napi-v6/linux/${process.arch}`,
  );
  const library = readdirSync(native).find((name) => name.startsWith('libonnxruntime.so')) ?? '';

  it('is of the version that the package says, and finds all it needs', () => {
    const path = join(native, library);
    expect(versionsIn(path)).toContain(manifest.version);
    expect(missingLibraries(path, systemSearch({}))).toEqual([]);
  });

  it('needs what the dynamic loader says it needs', () => {
    const path = join(native, library);
    const told = execFileSync('ldd', [path], { encoding: 'utf8' });
    for (const name of readElf(path)?.needed ?? []) {
      if (!name.startsWith('ld-linux')) expect(told).toContain(name);
    }
    expect(readElf(path)?.needed).toContain('libstdc++.so.6');
  });
});
