import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import { parseResults, serialiseResults } from '../../src/results/document.js';
import { machinesOf } from '../../src/results/machines.js';
import { pooledHistogram, measuredRounds } from '../../src/results/rounds.js';
import type { Results } from '../../src/results/schema.js';
import { createRandom } from '../../src/stats/random.js';
import { MS, type SyntheticRun } from '../helpers/results.js';
import { machineNamed, merged, runOf, shardsOf } from '../helpers/runs.js';

const batches = [1, 2, 4, 8, 16, 32, 64];
const plan: SyntheticRun = {
  cells: batches.map((batch) => ({ params: { batch }, p50: batch * MS, rounds: 2, samples: 80 })),
  policy: { fixed: 2 },
};
const other = machineNamed('Another CPU');

const at = (results: Results, batch: number): Results['cells'] =>
  results.cells.filter(({ params }) => params.batch === batch);

describe('mergeResults of shards', () => {
  it('has exactly the cells of the plan, in its order, with their numbers', () => {
    const whole = runOf(plan, { minute: 0 });
    const joined = merged(shardsOf(plan, 4));
    expect(joined.cells.map(({ id, label }) => [id, label])).toEqual(
      whole.cells.map(({ id, label }) => [id, label]),
    );
    expect(joined.cells.map(({ latency }) => latency)).toEqual(whole.cells.map(({ latency }) => latency));
    expect(joined).toMatchObject({ state: 'completed', startedAt: whole.startedAt });
    expect(joined.shard).toBeUndefined();
    expect(joined.runs?.map(({ shard }) => shard?.index)).toEqual([1, 2, 3, 4]);
    expect(joined.environments).toHaveLength(1);
    expect(new Set(joined.cells.map(({ machine }) => machine))).toEqual(
      new Set([whole.environment.fingerprint]),
    );
  });

  it('is a document that can be written and read', () => {
    const joined = merged(shardsOf(plan, 3));
    expect(parseResults(serialiseResults(joined), 'results.json')).toEqual(joined);
  });

  it('numbers the processes in the order in which they started', () => {
    const joined = merged(shardsOf(plan, 3));
    const rounds = joined.cells.flatMap((cell) => cell.rounds);
    const sorted = rounds.toSorted((a, b) => a.order - b.order);
    expect(sorted.map(({ order }) => order)).toEqual(rounds.map((_, index) => index));
    expect(sorted.map(({ startedAt }) => startedAt)).toEqual(
      sorted.map(({ startedAt }) => startedAt).toSorted(),
    );
  });

  it('names the shard that is missing in each of its cells, until it is there', () => {
    const [one, two, three] = shardsOf(plan, 3) as [Results, Results, Results];
    const joined = merged([one, three]);
    expect(joined.cells.map(({ id }) => id)).toEqual(runOf(plan, { minute: 0 }).cells.map(({ id }) => id));
    const absent = joined.cells.filter(({ state }) => state === 'aborted');
    expect(absent.map(({ id }) => id)).toEqual(two.cells.map(({ id }) => id));
    expect(absent[0]?.reason).toEqual({
      kind: 'missing-shard',
      message: 'shard 2/3 is missing: measure it with --shard 2/3 and merge again',
    });
    expect(merged([joined, two])).toEqual(merged([one, two, three]));
  });

  it('takes shards without a cell', () => {
    const small = { ...plan, cells: plan.cells.slice(0, 2) };
    const shards = shardsOf(small, 3);
    expect(shards.map(({ cells }) => cells.length).toSorted((a, b) => a - b)).toEqual([0, 1, 1]);
    expect(merged(shards).cells.every(({ state }) => state === 'completed')).toBe(true);
  });

  it('leaves out what was concluded from each by itself', () => {
    const shards = shardsOf(plan, 2).map((results) => ({ ...results, ...judge(results) }));
    expect(merged(shards)).toEqual(merged(shardsOf(plan, 2)));
  });

  it('drops the shard from the command that repeats the run', () => {
    const shards = shardsOf(plan, 2).map((results, index) => ({
      ...results,
      scenario: { ...results.scenario, command: `mlat bench scenario.yaml --shard ${index + 1}/2` },
    }));
    expect(merged(shards).scenario.command).toBe('mlat bench scenario.yaml');
  });

  it('is as complete as the least complete run', () => {
    const [one, two] = shardsOf(plan, 2) as [Results, Results];
    const cut: Results = { ...two, state: 'interrupted' };
    expect(merged([one, cut]).state).toBe('interrupted');
    expect(merged([one, { ...two, state: 'running', finishedAt: null }])).toMatchObject({
      state: 'running',
      finishedAt: null,
    });
    expect(merged([one, two]).finishedAt).toBe(two.finishedAt);
  });
});

describe('mergeResults of repeated runs', () => {
  it('adds rounds and histograms up on equal machines', () => {
    const [first, second] = [
      runOf({ ...plan, seed: 1 }, { minute: 0 }),
      runOf({ ...plan, seed: 2 }, { minute: 5 }),
    ];
    const same: Results = { ...second, scenario: first.scenario };
    const joined = merged([same, first]);
    const cell = joined.cells[2]!;
    expect(cell.rounds.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(cell.n).toBe(4 * 80);
    expect(cell.latency?.p50.rounds).toBe(4);
    expect(pooledHistogram(measuredRounds(cell))?.count).toBe(320);
    expect(cell.rounds.map(({ histogram }) => histogram)).toEqual([
      ...first.cells[2]!.rounds.map(({ histogram }) => histogram),
      ...second.cells[2]!.rounds.map(({ histogram }) => histogram),
    ]);
  });

  it('never pools unequal machines: such a cell is one for each machine', () => {
    const joined = merged([runOf(plan, { minute: 5, machine: other }), runOf(plan, { minute: 0 })]);
    expect(joined.cells).toHaveLength(2 * batches.length);
    const [a, b] = at(joined, 4);
    expect(a?.label).toBe('batch 4, machine A');
    expect(b?.label).toBe('batch 4, machine B');
    expect(a?.id).toMatch(/^[0-9a-f]{10}@01234567$/);
    expect(b?.id).toBe(`${a?.id.split('@')[0]}@${other.fingerprint.slice(0, 8)}`);
    expect([a?.rounds.length, b?.rounds.length]).toEqual([2, 2]);
    expect(joined.environments?.map(({ cpu }) => cpu.model)).toEqual(['Example CPU 2.0 GHz', 'Another CPU']);
    expect(joined.environment).toEqual(joined.environments?.[0]);
    expect(machinesOf(joined).map(({ name, cells }) => [name, cells.length])).toEqual([
      ['A', 7],
      ['B', 7],
    ]);
  });

  it('leaves the ids alone where every cell has one machine', () => {
    const [one, two] = [
      runOf(plan, { minute: 0, shard: { index: 1, count: 2 } }),
      runOf(plan, { minute: 1, machine: other, shard: { index: 2, count: 2 } }),
    ];
    const joined = merged([one, two]);
    expect(joined.cells.every(({ id }) => /^[0-9a-f]{10}$/.test(id))).toBe(true);
    expect(machinesOf(joined)).toHaveLength(2);
  });

  it('prefers a measurement to a cell that another run skipped or did not reach', () => {
    const skipped = {
      ...plan,
      cells: plan.cells.map((cell) => ({ ...cell, state: 'skipped' as const, rounds: 0 })),
    };
    const aborted = {
      ...plan,
      cells: plan.cells.map((cell) => ({ ...cell, state: 'aborted' as const, rounds: 0 })),
    };
    const joined = merged([
      runOf(skipped, { minute: 0, machine: other }),
      runOf(aborted, { minute: 1, machine: other }),
      runOf(plan, { minute: 2 }),
    ]);
    expect(joined.cells.map(({ state, n }) => [state, n])).toEqual(batches.map(() => ['completed', 160]));
    expect(merged([runOf(aborted, { minute: 1 }), runOf(skipped, { minute: 0 })]).cells[0]).toMatchObject({
      state: 'skipped',
      reason: { kind: 'no-hardware' },
    });
  });

  it('keeps a failure: a cell that failed in one run failed', () => {
    const broken = {
      ...plan,
      cells: plan.cells.map((cell) => ({ ...cell, state: 'failed' as const, rounds: 1 })),
    };
    const joined = merged([runOf(plan, { minute: 0 }), runOf(broken, { minute: 1 })]);
    expect(joined.cells[0]).toMatchObject({ state: 'failed', reason: { kind: 'crashed' } });
    expect(joined.cells[0]?.rounds).toHaveLength(4);
  });
});

describe('the order of a merge', () => {
  const documents = [
    runOf(plan, { minute: 0, shard: { index: 1, count: 3 } }),
    runOf(plan, { minute: 1, shard: { index: 2, count: 3 } }),
    runOf(plan, { minute: 2, machine: other, shard: { index: 2, count: 3 } }),
    runOf(plan, { minute: 3, machine: machineNamed('third'), shard: { index: 3, count: 3 } }),
    runOf(plan, { minute: 4, machine: other }),
    {
      ...runOf(
        { ...plan, cells: plan.cells.map((cell) => ({ ...cell, state: 'timed-out', rounds: 1 })) },
        { minute: 5 },
      ),
      state: 'out-of-budget',
    },
  ] as const satisfies readonly Results[];
  const expected = merged(documents);

  it('makes no difference', () => {
    const random = createRandom(7);
    for (let time = 0; time < 20; time++) expect(merged(random.shuffle(documents))).toEqual(expected);
  });

  it('makes no difference either when some were merged before', () => {
    const random = createRandom(8);
    for (let time = 0; time < 20; time++) {
      // Any tree of merges: two documents are taken out and their merge is put back, until one is left.
      let rest: readonly Results[] = documents;
      while (rest.length > 1) {
        const [a, b, ...others] = random.shuffle(rest) as [Results, Results, ...Results[]];
        rest = [merged([a, b]), ...others];
      }
      expect(rest[0]).toEqual(expected);
    }
  });

  it('leaves a merged document as it is when it is merged alone', () => {
    expect(merged([expected])).toEqual(expected);
  });
});

describe('what is refused', () => {
  const [one, two] = shardsOf(plan, 2) as [Results, Results];
  const changed = (change: Partial<Results['scenario']>): Results => ({
    ...two,
    scenario: { ...two.scenario, ...change },
  });
  const hint = 'Merge runs of one scenario, measured with the same flags and the same mlat.';

  it.each([
    [
      'another scenario',
      changed({ sha256: 'ef'.repeat(32) }),
      'the scenario file differs from that of run-1/results.json.',
    ],
    [
      'other flags',
      changed({ overrides: [{ path: ['measure', 'rounds'], value: 3, flag: '--rounds 3' }] }),
      'what the flags set differs from run-1/results.json.',
    ],
    [
      'another seed',
      changed({ seed: 2 }),
      'the seed differs from that of run-1/results.json: 2 here, 1 there.',
    ],
    [
      'another version',
      { ...two, mlat: '9.9.9' },
      'the version of mlat differs from that of run-1/results.json: 9.9.9 here, 0.1.0 there.',
    ],
    [
      'another plan',
      runOf({ ...plan, cells: plan.cells.slice(1) }, { minute: 3 }),
      'the cells of the plan differ from those of run-1/results.json.',
    ],
  ])('%s', (_, document, message) => {
    expect(() => merged([one, document])).toThrow(`run-2/results.json: ${message} ${hint}`);
  });

  it('names everything that differs', () => {
    expect(() => merged([one, changed({ sha256: null, seed: 3 })])).toThrow(
      /the scenario file differs[^]*the seed differs/,
    );
  });

  it('shards of different counts', () => {
    expect(() => merged([one, runOf(plan, { minute: 9, shard: { index: 1, count: 3 } })])).toThrow(
      'the plan was cut into different numbers of shards: 2 (run-1/results.json), 3 (run-2/results.json).',
    );
  });

  it('another model file of the same name', () => {
    const cells = two.cells.map((cell) => ({ ...cell, model: { ...cell.model!, sha256: 'ef'.repeat(32) } }));
    expect(() => merged([one, { ...two, cells }])).toThrow(
      'run-2/results.json: the model file models/digits.onnx is not the one that run-1/results.json measured.',
    );
  });

  it('the same document twice, also inside a merged one, and two states of one run', () => {
    const twice =
      'run-2/results.json: holds what run-1/results.json holds too: the same run would count twice.';
    expect(() => merged([one, one])).toThrow(twice);
    expect(() => merged([merged([one, two]), two])).toThrow(twice);
    expect(() => merged([one, { ...one, finishedAt: null, state: 'interrupted' }])).toThrow(twice);
  });
});
