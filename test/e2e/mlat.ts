/** The built command as a person runs it: in a folder of its own, with a bare environment. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { parseResults } from '../../src/results/document.js';
import type { CellResult, Results } from '../../src/results/schema.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const command = join(root, 'bin', 'mlat.js');

/** As little measuring as a test needs. */
export const QUICK = ['--rounds', '1', '--samples', '20', '--warmup', '2'];
export const MEASURE = 'measure: { rounds: 1, samples: 20, warmup: 2 }\n';

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  /** What it has written to stderr so far. */
  readonly stderr: () => string;
  readonly ended: Promise<Outcome>;
}

/** Nothing of the person's own environment but where programs are. */
export const environment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: home,
  NO_COLOR: '1',
});

/** Starts a program in `cwd`, in a process group of its own. */
export const start = (program: string, args: readonly string[], cwd: string): Started => {
  const child = spawn(program, args, {
    cwd,
    env: environment(cwd),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, stderr: () => stderr, ended };
};

/** Runs `mlat` in `cwd` to its end. A stack on stderr is an error: nothing here is a defect of mlat. */
export const mlat = async (cwd: string, ...args: readonly string[]): Promise<Outcome> => {
  const outcome = await start(process.execPath, [command, ...args], cwd).ended;
  if (/^\s+at /m.test(outcome.stderr)) throw new Error(`a stack on stderr:\n${outcome.stderr}`);
  return outcome;
};

/** The lines that tell a mistake. */
export const errorLines = ({ stderr }: Outcome): string[] =>
  stderr.split('\n').filter((line) => line.startsWith('mlat: '));

/** An empty folder that goes away when the tests of the file are done. */
export const workspace = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'mlat-e2e-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** Writes text files into a folder. */
export const writeFiles = async (folder: string, files: Readonly<Record<string, string>>): Promise<void> => {
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
};

/** The document of a run, read and checked as `mlat report` does. */
export const readResults = (folder: string): Results => {
  const file = join(folder, 'results.json');
  return parseResults(readFileSync(file, 'utf8'), file);
};

/** The cell of a document that measures a model. */
export const cellOf = (results: Results, model: string): CellResult => {
  const cell = results.cells.find(({ params }) => params.model === model);
  if (cell === undefined) throw new Error(`no cell measures ${model}`);
  return cell;
};

/** Waits until `look` gives something, for at most `seconds`. */
export const until = async <T>(what: string, look: () => T | undefined, seconds = 30): Promise<T> => {
  const last = Date.now() + seconds * 1000;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > last) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
};
