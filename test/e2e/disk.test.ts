/** Disks that take nothing, or no more: what was saved stays, what was measured is told. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifierModel, elementwiseModel, writeModel } from '../helpers/onnx.js';
import { command, mlat, QUICK, readResults, start, workspace, writeFiles, type Outcome } from './mlat.js';

let cwd: string;

/**
 * How a file system of one's own is mounted here: in a namespace of the user's, or as root; null
 * where neither is allowed, as in many containers. It goes away with the process.
 */
const findUnshare = (): readonly string[] | null => {
  for (const flags of [['--user', '--map-root-user', '--mount'], ['--mount']]) {
    try {
      execFileSync('unshare', [...flags, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
      return flags;
    } catch {
      // Not allowed, or no such program.
    }
  }
  return null;
};

const unshare = findUnshare();

/** Runs a shell script with a small disk of its own at ./disk; "$@" is the command line of mlat. */
const withDisk = async (options: string, script: string, ...args: string[]): Promise<Outcome> => {
  const mounted = `mount -t tmpfs -o ${options} tmpfs disk && ${script}`;
  return start(
    'unshare',
    [...(unshare ?? []), 'sh', '-c', mounted, 'sh', process.execPath, command, ...args],
    cwd,
  ).ended;
};

beforeAll(async () => {
  cwd = await workspace();
  mkdirSync(join(cwd, 'disk'));
  await writeModel(cwd, 'a.onnx', classifierModel());
  await writeModel(cwd, 'b.onnx', elementwiseModel());
  await writeFiles(cwd, {
    'two.yaml': 'models: { a: a.onnx, b: b.onnx }\nmeasure: { rounds: 4, samples: 20, warmup: 2 }\n',
  });
});

describe.skipIf(unshare === null)('a small disk of its own (skipped where none can be mounted)', () => {
  it('that fills up during a run: exit code 3, the report, and the rounds saved before', async () => {
    // Room for the document of a few rounds beside its next version, not for that of all eight.
    const outcome = await withDisk(
      'size=24k',
      '"$@"; code=$?; ls disk/run > left.txt; cp -r disk/run kept; exit $code',
      'bench',
      'two.yaml',
      '-o',
      'disk/run',
    );
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
    const full =
      /the disk is full: cannot write disk\/run\/results\.json \([\d.]+ KiB\)\. It still holds what was saved before\. Make room, then go on with --resume disk\/run\./g;
    // Once when it happens, so that room can be made, and once at the end.
    expect(outcome.stderr.match(full)).toHaveLength(2);
    expect(outcome.stderr.trimEnd().split('\n').at(-1)).toMatch(/^mlat: the disk is full: /);
    // Everything was measured, and the report has it.
    expect(outcome.stdout).toContain('2 cells, 4 rounds each: 8 processes, 160 requests');

    const kept = readResults(join(cwd, 'kept'));
    const rounds = kept.cells.flatMap((cell) => cell.rounds);
    expect(rounds.length).toBeGreaterThan(0);
    expect(rounds.length).toBeLessThan(8);
    expect(rounds.every((round) => round.state === 'completed' && round.n === 20)).toBe(true);

    // With room again, the run goes on from there.
    await rename(join(cwd, 'kept'), join(cwd, 'again'));
    const resumed = await mlat(cwd, 'bench', '--resume', 'again');
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain(`2 cells, 8 rounds, ${rounds.length} of them measured before`);
    const after = readResults(join(cwd, 'again'));
    expect(after.cells.map((cell) => cell.n)).toEqual([80, 80]);
    for (const cell of kept.cells) {
      for (const round of cell.rounds) {
        expect(after.cells.find(({ id }) => id === cell.id)?.rounds).toContainEqual(round);
      }
    }
  });

  it('that is full from the start: exit code 3 before anything is measured', async () => {
    const outcome = await withDisk(
      'size=8k',
      'head -c 8192 /dev/zero > disk/filler; "$@"',
      'bench',
      'a.onnx',
      ...QUICK,
      '-o',
      'disk/run',
    );
    expect(outcome).toMatchObject({ code: 3, stdout: '' });
    expect(outcome.stderr).toMatch(
      /^mlat: the disk is full: cannot write disk\/run\/results\.json \([\d.]+ KiB\)\. Nothing had been saved before\. Make room, or choose another folder\.$/m,
    );
  });

  it('that is read-only: exit code 2', async () => {
    const outcome = await withDisk('ro', '"$@"', 'bench', 'a.onnx', ...QUICK, '-o', 'disk/run');
    expect(outcome).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr:
        'mlat: cannot write results to disk/run: the file system is read-only. Choose another folder.\n',
    });
  });
});
