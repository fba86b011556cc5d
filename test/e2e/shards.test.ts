/** A sweep over four machines, as four processes at the same time, and what a merge makes of it. */
import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Results } from '../../src/results/schema.js';
import type { Plan } from '../../src/scenario/types.js';
import * as e2e from './mlat.js';

let cwd: string;

const mlat = (...args: readonly string[]): Promise<e2e.Outcome> => e2e.mlat(cwd, ...args);
const read = (folder: string): Results => e2e.readResults(join(cwd, folder));
const write = (folder: string, results: Results): void =>
  writeFileSync(join(cwd, folder, 'results.json'), JSON.stringify(results));

const scenario = (rounds: number): string => `
name: sharded
model: digits-mlp.onnx
sweep: { batch: [1, 2, 4, 8], graphOptimization: [all, disabled], threads: [1] }
measure: { rounds: ${rounds}, samples: 60, warmup: 5 }
sla:
  # What was seen decides these: two rounds on a busy machine leave a percentile undecided.
  - errors <= 0%
  - memory <= 100GiB where batch = 8
require: every
`;

const folders = [1, 2, 3, 4].map((index) => `shards/${index}`);
const bench = (index: number, ...args: string[]): Promise<e2e.Outcome> =>
  mlat(
    'bench',
    'scenario.yaml',
    '--shard',
    `${index}/4`,
    '--output',
    folders[index - 1] ?? '',
    '--quiet',
    ...args,
  );

let outcomes: e2e.Outcome[];

beforeAll(async () => {
  cwd = await e2e.workspace();
  cpSync(join(e2e.root, 'models/digits-mlp.onnx'), join(cwd, 'digits-mlp.onnx'));
  writeFileSync(join(cwd, 'scenario.yaml'), scenario(2));
  outcomes = await Promise.all([1, 2, 3, 4].map((index) => bench(index)));
});

describe('four shards at the same time', () => {
  it('each measure two of the eight cells and know their place', () => {
    expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual(folders.map(() => [0, '']));
    expect(folders.map((folder) => read(folder).shard)).toMatchObject(
      [1, 2, 3, 4].map((index) => ({ index, count: 4, plan: expect.any(Array) })),
    );
    expect(folders.map((folder) => read(folder).cells.length)).toEqual([2, 2, 2, 2]);
    expect(outcomes[0]?.stdout).toContain('2 cells of 8 (shard 1/4)');
  });

  it('merge to exactly the cells of the whole plan, which the report tells from the document alone', async () => {
    const plan = JSON.parse((await mlat('bench', 'scenario.yaml', '--dry-run', '--json')).stdout) as Plan;
    const merged = await mlat('merge', ...folders, '--output', 'merged');
    expect([merged.code, merged.stderr]).toEqual([0, '']);
    const results = read('merged');
    expect(results.cells.map(({ id, params, label }) => ({ id, params, label }))).toEqual(
      plan.cells.map(({ id, params, label }) => ({ id, params, label })),
    );
    expect(results.cells.map(({ state, rounds }) => [state, rounds.length])).toEqual(
      plan.cells.map(() => ['completed', 2]),
    );
    expect(results.verdicts.map(({ status }) => status)).toEqual(Array.from({ length: 8 + 2 }, () => 'pass'));
    expect(results.decision?.cell).not.toBeNull();
    expect(merged.stdout).toContain('8 cells from 4 runs');

    const files = readdirSync(join(cwd, 'merged'));
    expect(files.filter((name) => name.endsWith('.hgrm'))).toHaveLength(8);
    expect(files.filter((name) => name.endsWith('.hlog'))).toHaveLength(8);
    const report = await mlat('report', 'merged');
    expect(report.code).toBe(0);
    expect(report.stdout).toContain(results.decision?.sentence.slice(0, 30));
    const json = await mlat('merge', ...folders.toReversed(), '--output', 'again', '--json');
    expect(JSON.parse(json.stdout)).toEqual(results);
  });

  it('show their own cells in a dry run, ids and all', async () => {
    const lists = await Promise.all(
      [1, 2, 3, 4].map(async (index) => {
        const { stdout } = await bench(index, '--dry-run', '--json');
        return (JSON.parse(stdout) as Plan).cells.map(({ id }) => id);
      }),
    );
    expect(lists).toEqual(folders.map((folder) => read(folder).cells.map(({ id }) => id)));
  });
});

describe('a merge', () => {
  it('names the shard that is missing, and does not pass', async () => {
    const { code, stdout } = await mlat(
      'merge',
      'shards/1',
      'shards/2',
      'shards/4',
      '--output',
      'incomplete',
    );
    // Every cell has to meet the rules, and two have no data.
    expect(code).toBe(10);
    expect(stdout).toContain('shard 3/4 is missing: measure it with --shard 3/4 and merge again');
    const absent = read('incomplete').cells.filter(({ state }) => state === 'aborted');
    expect(absent.map(({ id }) => id)).toEqual(read('shards/3').cells.map(({ id }) => id));
    const completed = await mlat('merge', 'incomplete', 'shards/3', '--output', 'completed', '--quiet');
    expect(completed.code).toBe(2);
    expect((await mlat('merge', 'incomplete', 'shards/3', '--output', 'completed')).code).toBe(0);
    expect(read('completed')).toEqual(read('merged'));
  });

  it('refuses a shard of a changed scenario, the same shard twice, no document, and to overwrite one', async () => {
    writeFileSync(join(cwd, 'scenario.yaml'), scenario(1));
    const changed = await mlat('bench', 'scenario.yaml', '--shard', '2/4', '--output', 'changed', '--quiet');
    writeFileSync(join(cwd, 'scenario.yaml'), scenario(2));
    expect(changed.code).toBe(0);
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await mlat('merge', ...args, '--output', 'refused');
      expect([code, stdout, existsSync(join(cwd, 'refused'))]).toEqual([2, '', false]);
      return stderr;
    };
    expect(await refused('shards/1', 'changed')).toBe(
      'mlat: changed/results.json: the scenario file differs from that of shards/1/results.json. ' +
        'Merge runs of one scenario, measured with the same flags and the same mlat.\n',
    );
    expect(await refused('shards/1', 'shards/1')).toBe(
      'mlat: shards/1/results.json: holds what shards/1/results.json holds too: the same run would count twice. ' +
        'Give each run once; of an interrupted and a resumed document, the later one.\n',
    );
    expect(await refused('shards/1', 'shards/5')).toMatch(/^mlat: shards\/5: there is no results document\./);
    const over = await mlat('merge', 'shards/1', 'shards/2', '--output', 'shards/2');
    expect([over.code, over.stderr]).toEqual([
      2,
      'mlat: shards/2: is the folder that --output names: the merged document would overwrite it. Choose another folder.\n',
    ]);
  });

  it('keeps a machine apart that is unequal', async () => {
    cpSync(join(cwd, 'shards/2'), join(cwd, 'elsewhere'), { recursive: true });
    const { environment, ...rest } = read('shards/2');
    write('elsewhere', {
      ...rest,
      environment: {
        ...environment,
        cpu: { ...environment.cpu, model: 'Another CPU' },
        fingerprint: 'feedfacefeedface',
      },
    });
    const { code, stdout } = await mlat(
      'merge',
      'shards/1',
      'elsewhere',
      'shards/3',
      'shards/4',
      '--output',
      'mixed',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('Measured on unequal machines');
    expect(stdout).toMatch(/on [AB] +Another CPU/);
  });
});

describe('--shard', () => {
  it.each([
    ['0/4', 'shards are counted from 1'],
    ['5/4', 'there are only 4 shards'],
    ['x', 'this is not a shard'],
  ])('refuses %s', async (shard, message) => {
    const { code, stderr } = await mlat('bench', 'scenario.yaml', '--shard', shard);
    expect([code, stderr]).toEqual([2, expect.stringMatching(`^mlat: --shard ${shard}: ${message}\\.`)]);
  });

  it('is kept by --resume, and is not for it to change', async () => {
    cpSync(join(cwd, 'shards/4'), join(cwd, 'resumed'), { recursive: true });
    const before = read('shards/4');
    const cells = before.cells.map((cell) => ({ ...cell, rounds: cell.rounds.slice(0, 1) }));
    write('resumed', { ...before, state: 'interrupted', cells });
    const again = await mlat('bench', '--resume', 'resumed', '--shard', '4/4', '--quiet');
    expect([again.code, again.stderr]).toEqual([
      2,
      'mlat: --resume takes the shard from the run it goes on with. Leave out --shard.\n',
    ]);
    const resumed = await mlat('bench', '--resume', 'resumed', '--quiet');
    expect([resumed.code, resumed.stderr]).toEqual([0, '']);
    const after = read('resumed');
    expect(after.shard).toEqual(before.shard);
    expect(after.cells.map(({ id, rounds }) => [id, rounds.length])).toEqual(
      before.cells.map(({ id }) => [id, 2]),
    );
    expect((await mlat('merge', ...folders.slice(0, 3), 'resumed', '--output', 'whole')).code).toBe(0);
    const merged = await mlat('bench', '--resume', 'whole');
    expect([merged.code, merged.stderr]).toEqual([
      2,
      'mlat: whole: a merged document is not a run that can go on. Go on with the run it was merged from, and merge again.\n',
    ]);
  });
});
