import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModule, ModuleError, stageError } from '../../src/measure/user-module.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlat-module-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const write = async (name: string, source: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, source);
  return path;
};

describe('loadModule', () => {
  it('takes named exports of an ES module', async () => {
    const path = await write('a.mjs', 'export const preprocess = () => 1; export const other = 2;');
    const module = await loadModule(path);
    expect(Object.keys(module).toSorted()).toEqual(['file', 'preprocess']);
    expect(module.file).toBe('a.mjs');
  });

  it('takes the exports of a CommonJS module', async () => {
    const path = await write(
      'b.cjs',
      'const build = () => ({ postprocess() {}, items: () => [1] }); module.exports = build();',
    );
    expect(Object.keys(await loadModule(path)).toSorted()).toEqual(['file', 'items', 'postprocess']);
  });

  it('takes an object as the default export', async () => {
    const path = await write('c.mjs', 'export default { preprocess() {} };');
    expect(Object.keys(await loadModule(path))).toContain('preprocess');
  });

  it.each([
    [
      'none.mjs',
      'export const other = 1;',
      'none.mjs exports neither preprocess nor postprocess; export at least one of them',
    ],
    [
      'items.mjs',
      'export const items = () => [];',
      'items.mjs exports neither preprocess nor postprocess; export at least one of them',
    ],
    ['text.mjs', 'export const preprocess = "yes";', 'text.mjs exports preprocess, but it is not a function'],
    [
      'throws.mjs',
      '\nthrow new Error("not today");',
      'the module cannot be loaded: throws.mjs:2:7: not today',
    ],
  ])('%s', async (name, source, message) => {
    const path = await write(name, source);
    await expect(loadModule(path)).rejects.toEqual(new ModuleError(message));
  });

  it('that cannot be read, or is no JavaScript', async () => {
    await expect(loadModule(join(folder, 'nowhere.mjs'))).rejects.toThrow(
      /^the module cannot be loaded: nowhere\.mjs: /,
    );
    await expect(loadModule(await write('syntax.mjs', 'export const = 1'))).rejects.toThrow(
      /^the module cannot be loaded: syntax\.mjs/,
    );
  });
});

describe('stageError', () => {
  const module = { file: 'app.mjs', postprocess: () => null };

  it('names the stage and the nearest line of the module', () => {
    const error = new Error('too small\nand a second line');
    error.stack = [
      'Error: too small',
      '    at resize (file:///srv/node_modules/images/index.mjs:10:3)',
      '    at preprocess (file:///srv/app.mjs:3:9)',
      '    at main (file:///srv/app.mjs:1:1)',
    ].join('\n');
    expect(stageError(module, 'preprocess', error).message).toBe('preprocess failed: app.mjs:3:9: too small');
  });

  it('does without a line where there is none', () => {
    expect(stageError(module, 'items', 'just text').message).toBe('items failed: app.mjs: just text');
  });

  it('leaves an error that says it all', () => {
    const error = new ModuleError('all is said');
    expect(stageError(module, 'preprocess', error)).toBe(error);
  });
});
