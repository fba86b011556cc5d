/**
 * What a timed process loads. It starts afresh for every round, so what it doesn't need costs the run
 * time; and what it has loaded is in the memory that is reported.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** The files and packages that a file imports when it is loaded: types and import() left out. */
const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)(?! type)\s[^;]*?from '([^']+)';/gm)].flatMap(
    ([statement, name]) =>
      // `import { type A, type B }` is gone after the build as well.
      name === undefined || /^import \{(?:\s*type \w+,?)+\s*\}/.test(statement) ? [] : [name],
  );

const loadedBy = (entries: readonly string[]): { files: Set<string>; packages: Set<string> } => {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const name of importsOf(file)) {
      if (!name.startsWith('.')) packages.add(name);
      else visit(join(dirname(file), name.replace(/\.js$/, '.ts')));
    }
  };
  for (const entry of entries) visit(join(source, entry));
  return { files, packages };
};

it('no schemas, no reader of ONNX, no reports: the runtime and what fills its inputs', () => {
  const entries = ['measure/child.ts', 'measure/round.ts', 'measure/harness.ts', 'engine/onnxruntime.ts'];
  const { files, packages } = loadedBy(entries);
  expect([...files].every((file) => existsSync(file))).toBe(true);
  expect([...packages].filter((name) => !name.startsWith('node:')).toSorted()).toEqual([
    'fflate',
    'onnxruntime-node',
  ]);
  const folders = new Set([...files].map((file) => file.slice(source.length).split(/[\\/]/)[0]));
  expect(folders).toEqual(new Set(['engine', 'measure', 'model', 'stats', 'vocabulary']));
});

it('such an import would be seen', () => {
  expect(loadedBy(['vocabulary/params.ts']).packages).toContain('zod');
});
