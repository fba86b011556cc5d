/**
 * Which shared libraries the dynamic loader would find, without loading any: a library that is loaded
 * runs code, and one of the wrong version can take the process with it. Search order: man 8 ld.so.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readElf } from './elf.js';

/** Where to look. Tests give folders of their own. */
export interface LibrarySearch {
  /** LD_LIBRARY_PATH as folders. */
  readonly path: readonly string[];
  /** The loader's cache: name to path. */
  readonly cache: ReadonlyMap<string, string>;
  /** Folders that are looked in last. */
  readonly defaults: readonly string[];
}

const DEFAULTS = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
];

/** Reads what `ldconfig -p` prints: "libz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1". */
export const parseCache = (text: string): Map<string, string> => {
  const found = new Map<string, string>();
  for (const [, name, path] of text.matchAll(/^\s*(\S+) \([^)]*\) => (\S+)$/gm)) {
    // The first is the one that the loader takes.
    if (name !== undefined && path !== undefined && !found.has(name)) found.set(name, path);
  }
  return found;
};

const readCache = (): Map<string, string> => {
  for (const command of ['ldconfig', '/sbin/ldconfig', '/usr/sbin/ldconfig']) {
    try {
      const text = execFileSync(command, ['-p'], {
        encoding: 'utf8',
        timeout: 5000,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return parseCache(text);
    } catch {
      // Not on the PATH, or a system without such a cache.
    }
  }
  return new Map();
};

/** How this process would look for libraries. */
export const systemSearch = (env: Readonly<Record<string, string | undefined>>): LibrarySearch => ({
  path: (env['LD_LIBRARY_PATH'] ?? '').split(/[:;]/).filter((folder) => folder !== ''),
  cache: readCache(),
  defaults: DEFAULTS,
});

/** The path at which a library would be found, or null. `near` are the folders of whoever needs it. */
export const findLibrary = (
  name: string,
  search: LibrarySearch,
  near: { readonly first?: readonly string[]; readonly second?: readonly string[] } = {},
): string | null => {
  if (name.includes('/')) return existsSync(name) ? name : null;
  const inFolders = (folders: readonly string[]): string | undefined =>
    folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const found = inFolders([...(near.first ?? []), ...search.path, ...(near.second ?? [])]);
  if (found !== undefined) return found;
  const cached = search.cache.get(name);
  return cached !== undefined && existsSync(cached) ? cached : (inFolders(search.defaults) ?? null);
};

/** A library that is needed and not found, and what needs it. */
export interface MissingLibrary {
  readonly name: string;
  /** File name of the library that needs it. */
  readonly by: string;
}

/** No provider comes near this; it ends a search that damaged files could prolong. */
const MAX_LIBRARIES = 256;

/** Every library that loading `path` would not find, over all levels, in the order met. */
export const missingLibraries = (path: string, search: LibrarySearch): MissingLibrary[] => {
  const missing: MissingLibrary[] = [];
  const seen = new Set<string>();
  const queue = [path];
  for (let index = 0; index < queue.length && index < MAX_LIBRARIES; index++) {
    const current = queue[index] ?? '';
    const elf = readElf(current);
    if (elf === null) continue;
    const origin = dirname(current);
    const folders = elf.searched.map((folder) => folder.replaceAll(/\$\{?ORIGIN\}?/g, origin));
    for (const name of elf.needed) {
      if (seen.has(name)) continue;
      seen.add(name);
      const found = findLibrary(name, search, elf.searchedFirst ? { first: folders } : { second: folders });
      if (found === null) missing.push({ name, by: current.slice(origin.length + 1) });
      else queue.push(found);
    }
  }
  return missing;
};
