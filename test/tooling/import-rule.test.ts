/**
 * The import rule of .oxlintrc.json, tried for every pair of folders of src/ on files made for the
 * purpose, so that a slip in one of its regular expressions can't go unseen.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BASE = ['vocabulary', 'stats'];
const DOCUMENTS = [...BASE, 'scenario', 'model', 'results', 'engine'];
const PROCESSES = [...DOCUMENTS, 'measure', 'load', 'serve'];

/** What each folder of src/ may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  vocabulary: [],
  stats: ['vocabulary'],
  scenario: BASE,
  model: BASE,
  results: BASE,
  engine: BASE,
  measure: DOCUMENTS,
  load: DOCUMENTS,
  serve: DOCUMENTS,
  run: PROCESSES,
  judge: [...BASE, 'results'],
  report: [...BASE, 'results', 'judge'],
  cli: [...PROCESSES, 'run', 'judge', 'report'],
};
const FOLDERS = Object.keys(MAY_IMPORT);
const PURE = ['vocabulary', 'stats', 'judge', 'report'];

const root = fileURLToPath(new URL('../..', import.meta.url));
let workspace = '';

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

/** The type-aware half of the linter is found beside it only where node_modules is. */
const requireFromOxlint = createRequire(path.join(root, 'node_modules/oxlint/package.json'));
const tsgolint = (): string =>
  requireFromOxlint.resolve(`@oxlint-tsgolint/${process.platform}-${process.arch}/package.json`);

/** Lints a folder with the configuration in it; each finding as "rule file". */
const lint = async (folder: string): Promise<string[]> => {
  const oxlint = path.join(root, 'node_modules/oxlint/bin/oxlint');
  const executable = process.platform === 'win32' ? 'tsgolint.exe' : 'tsgolint';
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [oxlint, '--format', 'json'],
      {
        cwd: folder,
        timeout: 20_000,
        env: { ...process.env, OXLINT_TSGOLINT_PATH: path.join(path.dirname(tsgolint()), executable) },
      },
      (error, out, err) => {
        // Exit code 1 says that there are findings.
        if (error === null || error.code === 1) resolve(out);
        else reject(new Error(`oxlint: ${err || out}`, { cause: error }));
      },
    );
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
  return diagnostics.map(({ code, filename }) => `${/\(([\w-]+)\)/.exec(code)?.[1] ?? code} ${filename}`);
};

/** Writes these files beside a copy of the configuration; the paths that break one rule, sorted. */
const offenders = async (rule: string, files: Readonly<Record<string, string>>): Promise<string[]> => {
  const folder = await mkdtemp(path.join(workspace, 'case-'));
  await copyFile(path.join(root, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  const found = await lint(folder);
  return [
    ...new Set(found.filter((line) => line.startsWith(`${rule} `)).map((line) => line.split(' ')[1] ?? '')),
  ].toSorted();
};

const pairs = FOLDERS.flatMap((from) => FOLDERS.filter((to) => to !== from).map((to) => ({ from, to })));
const values = Object.fromEntries(
  FOLDERS.map((name) => [`src/${name}/values.ts`, 'export const value: number = 1;\n']),
);

beforeAll(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'mlat-import-rule-'));
});
afterAll(async () => {
  await rm(workspace, { recursive: true, force: true });
});

test('every folder of src/ is in the table', async () => {
  const folders = (await readdir(path.join(root, 'src'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(FOLDERS).toEqual(expect.arrayContaining(folders));
});

describe('which folder imports which', () => {
  const forms: readonly (readonly [string, string, (target: string) => string])[] = [
    [
      'a value',
      '',
      (target) => `import { value } from '../${target}';\nexport const copy: number = value;\n`,
    ],
    [
      'a type, from a folder inside',
      'inside/',
      (target) => `import type { value } from '../../${target}';\nexport type Copy = typeof value;\n`,
    ],
    ['a re-export', '', (target) => `export { value } from '../${target}';\n`],
    [
      'a lazy import',
      '',
      (target) => `export const later = async (): Promise<unknown> => import('../${target}');\n`,
    ],
  ];

  test.each(forms)('%s', async (_, inside, text) => {
    const name = (from: string, to: string): string => `src/${from}/${inside}to-${to}.ts`;
    const files = Object.fromEntries(pairs.map(({ from, to }) => [name(from, to), text(`${to}/values.js`)]));
    const forbidden = pairs.filter(({ from, to }) => MAY_IMPORT[from]?.includes(to) === false);
    expect(forbidden.length).toBeGreaterThan(50);
    expect(await offenders('no-restricted-imports', { ...values, ...files })).toEqual(
      forbidden.map(({ from, to }) => name(from, to)).toSorted(),
    );
  });

  test('the library imports no cli', async () => {
    const line = (from: string): string => `export { value } from './${from}/values.js';\n`;
    expect(await offenders('no-restricted-imports', { ...values, 'src/index.ts': line('cli') })).toEqual([
      'src/index.ts',
    ]);
    expect(await offenders('no-restricted-imports', { ...values, 'src/index.ts': line('run') })).toEqual([]);
  });

  test('only engine imports the runtime', async () => {
    const files = Object.fromEntries(
      FOLDERS.map((name) => [`src/${name}/runtime.ts`, "export { Tensor } from 'onnxruntime-node';\n"]),
    );
    expect(await offenders('no-restricted-imports', files)).toEqual(
      FOLDERS.filter((name) => name !== 'engine')
        .map((name) => `src/${name}/runtime.ts`)
        .toSorted(),
    );
  });
});

describe('no I/O where documents, statistics, judgement and reports are made', () => {
  const schemas = ['src/scenario/schema.ts', 'src/results/conclusions-schema.ts'];
  const file = (folder: string): string => `src/${folder}/pure.ts`;
  const places = [...FOLDERS.map(file), ...schemas];
  const pure = [...PURE.map(file), ...schemas].toSorted();
  const everywhere = (text: string): Record<string, string> =>
    Object.fromEntries(places.map((place) => [place, text]));

  test.each([
    'node:fs',
    'node:fs/promises',
    'fs',
    'node:child_process',
    'node:os',
    'node:process',
    'node:worker_threads',
    'node:console',
    'node:perf_hooks',
    'node:net',
  ])('%s', async (name) => {
    const text = `import * as io from '${name}';\nexport const it: unknown = io;\n`;
    expect(await offenders('no-restricted-imports', everywhere(text))).toEqual(pure);
  });

  test.each([
    ['no-restricted-globals', 'process.env'],
    ['no-restricted-globals', 'setTimeout'],
    ['no-restricted-globals', 'performance.now()'],
    ['no-restricted-properties', 'Date.now()'],
  ])('%s: %s', async (rule, code) => {
    expect(await offenders(rule, everywhere(`export const it: unknown = ${code};\n`))).toEqual(pure);
  });

  test('modules that compute are allowed', async () => {
    const text = "import { createHash } from 'node:crypto';\nexport const it: unknown = createHash;\n";
    expect(await offenders('no-restricted-imports', everywhere(text))).toEqual([]);
  });
});

describe('printing', () => {
  test('nothing but cli touches stdout, and nobody uses console', async () => {
    const files = (code: string): Record<string, string> =>
      Object.fromEntries(FOLDERS.map((name) => [`src/${name}/print.ts`, `${code};\nexport {};\n`]));
    const rest = FOLDERS.filter((name) => name !== 'cli' && !PURE.includes(name));
    expect(await offenders('no-restricted-properties', files("process.stdout.write('x')"))).toEqual(
      rest.map((name) => `src/${name}/print.ts`).toSorted(),
    );
    expect(await offenders('no-console', files("console.log('x')"))).toEqual(
      FOLDERS.map((name) => `src/${name}/print.ts`).toSorted(),
    );
  });
});

test('modules that import one another are found', async () => {
  const files = {
    'src/run/one.ts': "import { two } from './two.js';\nexport const one = (): unknown => two;\n",
    'src/run/two.ts': "import { one } from './one.js';\nexport const two = (): unknown => one;\n",
  };
  expect(await offenders('no-cycle', files)).toEqual(Object.keys(files));
});

test('a promise left to float is found: the lint knows types', async () => {
  const text = 'const later = async (): Promise<number> => 1;\nlater();\nexport {};\n';
  expect(await offenders('no-floating-promises', { 'src/run/later.ts': text })).toEqual(['src/run/later.ts']);
});
