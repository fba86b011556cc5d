import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import { outcomeOf, type Outcome } from '../../src/judge/outcome.js';
import type { Finding } from '../../src/results/conclusions-schema.js';
import type { Results } from '../../src/results/schema.js';
import { renderText } from '../../src/report/text.js';
import { exitCodeOf } from '../../src/cli/exit-codes.js';
import { maximize, minimize, MS, rule, type SyntheticRun } from '../helpers/results.js';
import { machineNamed, merged, runOf, shardsOf } from '../helpers/runs.js';

const judged = (results: Results): Results => ({ ...results, ...judge(results) });
const outcome = (results: Results): Outcome => outcomeOf(judged(results));
const exit = (results: Results): number => exitCodeOf(outcome(results), 'warn');
const found = (results: Results, id: string): Finding | undefined =>
  judge(results).findings.find((finding) => finding.id === id);

const generous = rule('p99', '<=', 1000 * MS);
const impossible = rule('p99', '<=', 1);
const batches = [1, 2, 4, 8];
const plan = (run: Partial<SyntheticRun> = {}): SyntheticRun => ({
  cells: batches.map((batch) => ({ params: { batch }, p50: batch * MS })),
  require: 'every',
  ...run,
});
const other = machineNamed('Another CPU');

/** The shard of two that has the cell of this batch, and the one that hasn't. */
const shardsAbout = (run: SyntheticRun, batch: number): readonly [Results, Results] => {
  const [one, two] = shardsOf(run, 2) as [Results, Results];
  return one.cells.some(({ params }) => params.batch === batch) ? [one, two] : [two, one];
};

describe('a shard', () => {
  it('leaves rules about the cells of other shards to them', () => {
    const run = plan({ rules: [rule('p99', '<=', 1, { batch: '8' })] });
    const [having, lacking] = shardsAbout(run, 8);
    expect(judge(lacking).verdicts).toMatchObject([
      {
        status: 'not-applicable',
        cell: null,
        message: expect.stringContaining('other shards have the cells'),
      },
    ]);
    expect(outcome(lacking)).toEqual({ kind: 'ok', message: 'No rule is about the cells of this shard.' });
    expect(renderText(judged(lacking))).toContain('NO SLA');
    expect(exit(having)).toBe(10);
    expect(exit(merged([having, lacking]))).toBe(10);
  });

  it('leaves a rule that matches nothing at all to the merged document', () => {
    const shards = shardsOf(plan({ rules: [rule('p99', '<=', 1, { batch: '9' })] }), 2);
    expect(shards.map(exit)).toEqual([0, 0]);
    expect(judge(shards[0]!).verdicts[0]).toMatchObject({
      status: 'not-applicable',
      message: expect.stringContaining('no cell of the plan matches the rule'),
    });
    expect(judge(merged(shards)).verdicts[0]?.status).toBe('no-data');
    expect(exit(merged(shards))).toBe(10);
  });

  it('does not fail a rule that any one cell may meet, for another shard may have that cell', () => {
    const run = plan({ rules: [rule('p99', '<=', 2 * MS)], require: 'any' });
    const [having, lacking] = shardsAbout(run, 1);
    const slow = { ...lacking, cells: lacking.cells.filter(({ params }) => params.batch > 2) };
    expect(outcome(having).kind).toBe('ok');
    expect(outcome(slow)).toMatchObject({
      kind: 'inconclusive',
      message: expect.stringContaining('judged over all shards when they are merged'),
    });
    expect(exit(merged([having, lacking]))).toBe(0);
    const never = shardsOf(plan({ rules: [impossible], require: 'any' }), 2);
    expect(never.map(exit)).toEqual([0, 0]);
    expect(exit(merged(never))).toBe(10);
  });

  it('decides among its own cells and says so', () => {
    const [one] = shardsOf(plan({ rules: [generous] }), 2) as [Results];
    expect(judge(one).decision?.sentence).toMatch(/^Shard 1\/2 alone: Deploy batch /);
    expect(outcome(one).message).toBe('The cells of this shard meet the SLA.');
    expect(renderText(judged(one))).toMatch(/2 cells of 4 \(shard 1\/2\)/);
  });

  it('is done when it has no cell, or none that this machine can run', () => {
    const empty = shardsOf(plan({ cells: [{}], rules: [generous] }), 2).find(
      ({ cells }) => cells.length === 0,
    )!;
    expect(exit(empty)).toBe(0);
    expect(renderText(judged(empty))).toContain('This shard has no cell to measure.');
    const skipped = plan({
      cells: batches.map((batch) => ({ params: { batch }, state: 'skipped' })),
      rules: [generous],
    });
    expect(shardsOf(skipped, 2).map(exit)).toEqual([0, 0]);
    expect(judge(merged(shardsOf(skipped, 2))).verdicts[0]?.status).toBe('no-data');
  });

  it('still fails for a cell that failed', () => {
    const failing = plan({ cells: batches.map((batch) => ({ params: { batch }, state: 'failed' })) });
    expect(shardsOf(failing, 2).map(exit)).toEqual([3, 3]);
  });
});

describe('a missing shard', () => {
  it('is named, and the merge does not pass', () => {
    const [one] = shardsOf(plan({ rules: [generous], require: 'any' }), 2) as [Results];
    const joined = merged([one]);
    expect(outcome(joined)).toEqual({
      kind: 'shard-missing',
      message:
        '2 of 4 cells were not measured: shard 2/2 is missing: measure it with --shard 2/2 and merge again.',
    });
    expect(exit(joined)).toBe(3);
    expect(found(joined, 'missing-shard')?.cause).toMatch(
      /^2 of 4 cells were not measured \(batch \d; batch \d\): shard 2\/2 is missing/,
    );
    expect(renderText(judged(joined))).toContain('INCOMPLETE');
    expect(
      exit(
        merged([
          runOf(plan({ rules: [generous], require: 'every' }), { minute: 0, shard: { index: 1, count: 2 } }),
        ]),
      ),
    ).toBe(10);
  });
});

describe('machines', () => {
  const apart = (run: Partial<SyntheticRun> = {}): Results =>
    merged([
      runOf(plan(run), { minute: 0, shard: { index: 1, count: 2 } }),
      runOf(plan(run), { minute: 1, machine: other, shard: { index: 2, count: 2 } }),
    ]);

  it('that are equal are compared, with a note that runs are separate', () => {
    const joined = merged(shardsOf(plan({ objective: minimize('p50') }), 2));
    expect(judge(joined).decision).toMatchObject({ status: 'deploy', runnerUp: { interval: {} } });
    expect(found(joined, 'separate-runs')?.severity).toBe('note');
    expect(found(joined, 'unequal-machines')).toBeUndefined();
  });

  it('that are unequal are named, and no ratio across them tells anything apart', () => {
    const joined = apart({ objective: minimize('p50') });
    expect(found(joined, 'unequal-machines')).toMatchObject({
      severity: 'warning',
      cause: expect.stringMatching(
        /machines A \(Example CPU 2\.0 GHz, 4 CPUs, 2 cells\) and B \(Another CPU, 4 CPUs, 2 cells\), which differ in processor/,
      ),
    });
    expect(found(joined, 'separate-runs')).toBeUndefined();
    const { decision } = judge(joined);
    expect(decision?.status).toBe('tie');
    expect(decision?.sentence).toContain('they were measured on unequal machines');
    expect(decision?.sentence).toMatch(
      /Cells were measured on unequal machines \(A and B\), and only those of machine [AB] are compared with it\.$/,
    );
    const machineOf = (id: string | null | undefined): string | undefined =>
      joined.cells.find((cell) => cell.id === id)?.machine;
    for (const { cell, interval } of [decision!.runnerUp!, ...decision!.others]) {
      expect(interval === null).toBe(machineOf(cell) !== machineOf(decision!.cell));
    }
  });

  it('have a column in the table and a line each', () => {
    const text = renderText(judged(apart()), { width: 120 });
    expect(text).toMatch(/on A +Example CPU 2\.0 GHz.*: 2 cells/);
    expect(text).toMatch(/on B +Another CPU.*: 2 cells/);
    expect(text).toMatch(/batch +machine +p50/);
    const cell = judged(apart()).cells.at(-1)!;
    expect(renderText(judged(apart()), { cell: cell.id })).toMatch(/machine +[AB], (Example|Another) CPU/);
  });

  it('are judged each by itself where both measured the whole plan', () => {
    const sizes = [16, 64];
    const cells = [1, 2].flatMap((batch) =>
      sizes.map((size) => ({ params: { batch, dims: { sequence: size } }, p50: batch * size * 1e4 })),
    );
    const run = plan({ cells, rules: [generous], objective: maximize('throughput') });
    const joined = merged([runOf(run, { minute: 0 }), runOf(run, { minute: 1, machine: other })]);
    const { decision, verdicts } = judge(joined);
    expect(verdicts.map(({ status }) => status)).toEqual(joined.cells.map(() => 'pass'));
    // Four configurations: two on each machine, each with both of its workloads.
    expect(decision?.sentence).toMatch(/machine [AB].*at all 2 workloads/);
    expect(1 + 1 + decision!.others.length).toBe(4);
  });

  it('make no configuration of a part: what one machine measured at some workloads only is left out', () => {
    const cells = [16, 64].map((size) => ({ params: { dims: { sequence: size } } }));
    const run = plan({ cells, rules: [generous] });
    const joined = merged([
      runOf(run, { minute: 0 }),
      runOf(run, { minute: 1, machine: other, shard: { index: 1, count: 2 } }),
    ]);
    expect(joined.cells).toHaveLength(3);
    const { decision } = judge(joined);
    const machine = joined.cells.find(({ id }) => id === decision?.cell)?.machine;
    expect(machine).toBe(joined.environments?.[0]?.fingerprint);
    expect(decision?.runnerUp).toBeNull();
  });

  it('count threads by their own CPUs', () => {
    const small = { ...other, cpu: { ...other.cpu, allowed: 1, logical: 1 } };
    const run = plan({ cells: batches.map((batch) => ({ params: { batch, threads: 2 } })) });
    const joined = merged([
      runOf(run, { minute: 0, shard: { index: 1, count: 2 } }),
      runOf(run, { minute: 1, machine: small, shard: { index: 2, count: 2 } }),
    ]);
    const cellsOfB = joined.cells.filter(({ machine }) => machine === small.fingerprint).map(({ id }) => id);
    expect(found(joined, 'oversubscribed-threads')?.cells).toEqual(cellsOfB);
  });
});
