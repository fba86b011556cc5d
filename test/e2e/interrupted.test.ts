/** Runs that are cut off: by Ctrl-C, by a kill that nothing can catch, while a model hangs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Results } from '../../src/results/schema.js';
import { classifierModel, hangingModel, writeModel } from '../helpers/onnx.js';
import { command, mlat, readResults, start, until, workspace, writeFiles, type Started } from './mlat.js';

let cwd: string;

beforeAll(async () => {
  cwd = await workspace();
  await writeModel(cwd, 'a.onnx', classifierModel(4));
  await writeModel(cwd, 'b.onnx', classifierModel(8));
  await writeModel(cwd, 'hang.onnx', hangingModel());
  await writeFiles(cwd, {
    'two.yaml':
      'models: { a: a.onnx, b: b.onnx }\nmeasure: { rounds: 2, duration: 500ms, minSamples: 20, warmup: 2 }\n',
  });
});

const begin = (...args: string[]): Started => start(process.execPath, [command, 'bench', ...args], cwd);

/** The processes that a process has started and that still run. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

const isRunning = (pid: number): boolean => {
  try {
    // A zombie has ended; only its parent has not asked for its exit code.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const roundsOf = (results: Results): unknown[] =>
  results.cells.flatMap(({ id, rounds }) => rounds.map((round) => [id, round]));

/** The document of a run under way, once it has a round, and a further one is being measured. */
const untilRounds = (run: Started, folder: string): Promise<Results> =>
  until('a round', () => {
    if (!existsSync(join(cwd, folder, 'results.json'))) return undefined;
    const results = readResults(join(cwd, folder));
    return roundsOf(results).length > 0 && run.process.pid !== undefined ? results : undefined;
  });

/** Resumes and expects that all four rounds are there, those of before untouched. */
const resumed = async (folder: string, before: Results): Promise<void> => {
  const outcome = await mlat(cwd, 'bench', '--resume', folder);
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toContain(`2 cells, 4 rounds, ${roundsOf(before).length} of them measured before`);
  const after = readResults(join(cwd, folder));
  expect(after.state).toBe('completed');
  expect(after.startedAt).toBe(before.startedAt);
  expect(after.cells.map(({ rounds }) => rounds.map(({ index }) => index))).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(roundsOf(after)).toEqual(expect.arrayContaining(roundsOf(before)));
};

describe.skipIf(process.platform !== 'linux')('a parent that is killed', () => {
  it('leaves the document of the rounds before, a report of it, and no process', async () => {
    const run = begin('two.yaml', '-o', 'killed');
    await untilRounds(run, 'killed');
    const [child] = await until('a process that measures', () => {
      const children = childrenOf(run.process.pid ?? 0);
      return children.length > 0 ? children : undefined;
    });
    run.process.kill('SIGKILL');
    expect((await run.ended).signal).toBe('SIGKILL');
    await until('the process to end by itself', () => (isRunning(child ?? 0) ? undefined : true), 10);

    const before = readResults(join(cwd, 'killed'));
    expect(before.state).toBe('running');
    expect(roundsOf(before).length).toBeGreaterThan(0);
    expect(roundsOf(before).length).toBeLessThan(4);

    const report = await mlat(cwd, 'report', 'killed');
    expect(report).toMatchObject({ code: 0, stderr: '' });
    expect(report.stdout).toContain('The run has not ended: this is what was measured so far.');
    await resumed('killed', before);
  });

  it('takes a process with it in which a model hangs, and leaves a document without rounds', async () => {
    const run = begin('hang.onnx', '-o', 'hanging');
    const [child] = await until('a process that hangs', () => {
      if (!run.stderr().includes('1 cell, ')) return undefined;
      const children = childrenOf(run.process.pid ?? 0);
      return children.length > 0 ? children : undefined;
    });
    // The model is loaded and runs for ever once the process has used so much of a processor.
    const ticks = (): number =>
      Number(/\) \S(?: \S+){10} (\d+)/.exec(readFileSync(`/proc/${child}/stat`, 'utf8'))?.[1] ?? 0);
    await until('the model to hang', () => (ticks() > 60 ? true : undefined));
    run.process.kill('SIGKILL');
    await run.ended;
    await until('the hung process to end', () => (isRunning(child ?? 0) ? undefined : true), 10);
    expect(roundsOf(readResults(join(cwd, 'hanging')))).toEqual([]);
    const report = await mlat(cwd, 'report', 'hanging');
    expect(report.code).toBe(0);
    expect(report.stdout).toContain('Nothing was measured');
  });
});

describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
  /** A terminal sends the signal to the whole process group. */
  const interrupt = (run: Started): void => {
    process.kill(-(run.process.pid ?? 0), 'SIGINT');
  };

  it('writes and reports what there is, exits with 130, and says how to go on', async () => {
    const run = begin('two.yaml', '-o', 'interrupted');
    await untilRounds(run, 'interrupted');
    interrupt(run);
    const outcome = await run.ended;
    expect(outcome).toMatchObject({ code: 130, signal: null });
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
    expect(outcome.stderr).not.toContain('✗');
    expect(outcome.stderr).toContain('mlat: interrupted; go on with: mlat bench --resume interrupted\n');
    expect(outcome.stdout).toMatch(/^INTERRUPTED /);

    const before = readResults(join(cwd, 'interrupted'));
    expect(before.state).toBe('interrupted');
    expect(before.finishedAt).not.toBeNull();
    // The round under way is no failure, and is taken again.
    expect(before.cells.flatMap((cell) => cell.rounds.map((round) => round.state))).not.toContain('aborted');
    expect(outcome.stderr).toContain(`interrupted: ${roundsOf(before).length} of 4 rounds`);
    await resumed('interrupted', before);
  });

  it('before the first round: nothing is left behind', async () => {
    const run = begin('two.yaml', '-o', 'early');
    await until('the harness', () => (run.stderr().includes('measuring this machine') ? true : undefined));
    interrupt(run);
    const outcome = await run.ended;
    expect(outcome).toMatchObject({ code: 130, stdout: '' });
    expect(outcome.stderr).toBe('measuring this machine\nmlat: interrupted before anything was measured.\n');
    expect(existsSync(join(cwd, 'early'))).toBe(false);
  });
});

describe('--resume', () => {
  it('refuses what would mix two kinds of rounds, and what has changed', async () => {
    await writeFiles(cwd, {
      'short.yaml': 'model: a.onnx\nmeasure: { rounds: 1, samples: 20, warmup: 2 }\n',
    });
    expect((await mlat(cwd, 'bench', 'short.yaml', '-o', 'short')).code).toBe(0);
    const again = async (...args: string[]): Promise<string> => {
      const outcome = await mlat(cwd, 'bench', '--resume', 'short', ...args);
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      return outcome.stderr;
    };
    expect(await again('--samples', '30')).toBe(
      'mlat: --samples 30 cannot change while a run goes on: its rounds would not be alike. Leave it out, or start a new run.\n',
    );
    expect(await again('--batch', '2')).toMatch(/^mlat: the run has no cell .*\. Start a new run\.$/m);
    await writeModel(cwd, 'a.onnx', classifierModel(4, 8));
    expect(await again()).toMatch(/^mlat: a\.onnx has changed since the run started\. Start a new run\.$/m);
    await writeModel(cwd, 'a.onnx', classifierModel(4));

    // More rounds are welcome.
    const more = await mlat(cwd, 'bench', '--resume', 'short', '--rounds', '2');
    expect(more.code).toBe(0);
    expect(readResults(join(cwd, 'short')).cells[0]?.n).toBe(40);
  });
});
