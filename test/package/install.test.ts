/**
 * The packed package in an empty folder, as a stranger gets it: installed by npm with its
 * dependencies, asked for help, run on its own scenario, and imported as a typed library.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root, run, runOrThrow } from './npm.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mlat-package-'));
  const { stdout } = await runOrThrow(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    root,
  );
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await runOrThrow(
    'npm',
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`],
    folder,
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const mlat = (...args: string[]): ReturnType<typeof run> =>
  run('npx', ['--no-install', 'mlat', ...args], folder);

test('mlat --help', async () => {
  const { code, stdout } = await mlat('--help');
  expect(code).toBe(0);
  expect(stdout).toContain('Usage: mlat');
  expect(stdout).toContain('bench');
});

test('mlat --version is the version of the package', async () => {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const { code, stdout } = await mlat('--version');
  expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: version });
});

test('mlat bench measures the scenario that comes with it', async () => {
  const scenario = 'node_modules/mlat/scenarios/quickstart.yaml';
  const short = ['--rounds', '2', '--duration', '100ms', '--sla', 'p50 <= 10s'];
  const { code, stderr } = await mlat('bench', scenario, ...short);
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(code, stderr).toBe(0);

  const [name, ...others] = await readdir(path.join(folder, 'reports'));
  expect(others).toEqual([]);
  const text = await readFile(path.join(folder, 'reports', name ?? '', 'results.json'), 'utf8');
  const { cells } = JSON.parse(text) as {
    cells: { state: string; rounds: unknown[]; params: { start: string; provider: unknown } }[];
  };
  expect(cells.length).toBeGreaterThan(1);
  // Cold starts have a count of their own, and a GPU is not everywhere.
  const plain = cells.filter(({ params }) => params.start === 'warm' && params.provider === 'cpu');
  expect(new Set(plain.map((cell) => `${cell.state} after ${cell.rounds.length} rounds`))).toEqual(
    new Set(['completed after 2 rounds']),
  );
  // A document that is meant to be shared says nothing of where it was made.
  expect(text).not.toContain(folder);
});

test('the library is typed', async () => {
  await writeFile(
    path.join(folder, 'use.ts'),
    [
      "import { judge, parseResults, UserError, type Conclusions, type Results } from 'mlat';",
      'export const conclude = (text: string): Conclusions => {',
      "  const results: Results = parseResults(text, 'results.json');",
      '  return judge(results);',
      '};',
      '// @ts-expect-error a document is text, not a number',
      'export const wrong = (): Conclusions => conclude(1);',
      'export const mine = (error: unknown): boolean => error instanceof UserError;',
      '',
    ].join('\n'),
  );
  const options = {
    noEmit: true,
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    skipLibCheck: false,
    types: ['node'],
    typeRoots: [path.join(root, 'node_modules/@types')],
  };
  await writeFile(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['use.ts'] }),
  );
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { code, stdout } = await run(process.execPath, [tsc, '--project', '.'], folder);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
});

test('the library imports, and a user mistake is a UserError', async () => {
  const script = [
    "import { parseResults, UserError } from 'mlat';",
    "try { parseResults('{', 'results.json'); }",
    'catch (error) { console.log(error instanceof UserError); }',
  ].join('\n');
  const { code, stdout, stderr } = await run(
    process.execPath,
    ['--input-type=module', '--eval', script],
    folder,
  );
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'true\n', stderr: '' });
});

test('the schemas can be found by name', async () => {
  const { stdout } = await runOrThrow(
    process.execPath,
    ['--eval', "console.log(require.resolve('mlat/schema/scenario.schema.json'))"],
    folder,
  );
  const schema = JSON.parse(await readFile(stdout.trim(), 'utf8')) as { type: string };
  expect(schema.type).toBe('object');
});
