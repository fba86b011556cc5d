/** What the package holds, from the list that npm itself would pack. Needs a build. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { root, runOrThrow } from './npm.js';

interface Packed {
  readonly files: readonly { readonly path: string }[];
  /** Bytes of the tarball. */
  readonly size: number;
}

const EXPECTED: readonly RegExp[] = [
  /^package\.json$/,
  /^README\.md$/,
  /^CHANGELOG\.md$/,
  /^LICENSE$/,
  /^bin\/mlat\.js$/,
  /^dist\/[a-z/-]+\.(?:js|d\.ts)$/,
  /^schema\/(?:results|scenario)\.schema\.json$/,
  /^models\/digits-[a-z]+\.onnx$/,
  /^models\/digits-test\.npz$/,
  /^scenarios\/quickstart\.yaml$/,
];

let packed: Packed;
let files: readonly string[] = [];

beforeAll(async () => {
  const { stdout } = await runOrThrow('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], root);
  packed = (JSON.parse(stdout) as [Packed])[0];
  files = packed.files.map((file) => file.path);
});

test('every file is one that belongs in a package', () => {
  expect(files.filter((file) => !EXPECTED.some((pattern) => pattern.test(file)))).toEqual([]);
});

test.each(EXPECTED)('%s is in it', (pattern) => {
  expect(files.some((file) => pattern.test(file))).toBe(true);
});

test('dist/ holds every module of src/ with its types, and no other', () => {
  const modules = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `dist/${file.split(path.sep).join('/').slice(0, -'.ts'.length)}`);
  expect(files.filter((file) => file.startsWith('dist/')).toSorted()).toEqual(
    modules.flatMap((module) => [`${module}.js`, `${module}.d.ts`]).toSorted(),
  );
});

test('the tarball is smaller than 5 MB', () => {
  expect(packed.size).toBeGreaterThan(0);
  expect(packed.size).toBeLessThan(5e6);
});
