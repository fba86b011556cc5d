import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import { nextRounds, type NextRound } from '../../src/judge/policy.js';
import { digestRound, failedRound } from '../../src/results/digest.js';
import type { CellResult, Results } from '../../src/results/schema.js';
import { summariseCell } from '../../src/results/summarise.js';
import { createRandom, deriveSeed } from '../../src/stats/random.js';
import {
  buildResults,
  minimize,
  MS,
  rawRound,
  rule,
  type SyntheticCell,
  type SyntheticRun,
} from '../helpers/results.js';

const LOOKS = { looks: [3, 6, 12] };

/** A plan of cells that differ in batch; the rest as given. */
const plan = (cells: readonly SyntheticCell[], run: Partial<SyntheticRun> = {}): Results =>
  buildResults({
    cells: cells.map((cell, index) => ({ params: { batch: index + 1 }, state: 'pending', ...cell })),
    ...run,
  });

const rounds = (results: Results): readonly NextRound[] => {
  const next = nextRounds(results);
  if (next === 'done') throw new Error('nothing is left');
  return next;
};

/** The document after the round was measured, from the same seeded process model as the helper's. */
const measure = (results: Results, next: NextRound, specs: readonly SyntheticCell[]): Results => ({
  ...results,
  cells: results.cells.map((cell, index): CellResult => {
    if (cell.id !== next.cell) return cell;
    const spec = specs[index] ?? {};
    const meta = { index: next.round, order: 0, startedAt: '' };
    const round = digestRound(rawRound(spec, deriveSeed(results.scenario.seed, cell.id), next.round), meta);
    return summariseCell({ ...cell, rounds: [...cell.rounds, round] });
  }),
});

/** Runs the whole loop; returns the document and the groups of rounds the policy asked for. */
const play = (
  specs: readonly SyntheticCell[],
  run: Partial<SyntheticRun>,
): { results: Results; asked: number[][] } => {
  let results = plan(specs, run);
  const asked: number[][] = [];
  for (let next = nextRounds(results); next !== 'done'; next = nextRounds(results)) {
    for (const round of next) results = measure(results, round, specs);
    asked.push(results.cells.map((cell) => cell.rounds.length));
  }
  return { results, asked };
};

describe('a fixed number of rounds', () => {
  const four = plan([{}, {}, {}, {}], { policy: { fixed: 3 } });

  it('measures each cell once before any cell again', () => {
    const next = rounds(four);
    expect(next).toHaveLength(12);
    for (let round = 0; round < 3; round++) {
      const turn = next.slice(round * 4, round * 4 + 4);
      expect(turn.map((one) => one.round)).toEqual([round, round, round, round]);
      expect(turn.map((one) => one.cell).toSorted()).toEqual(four.cells.map((cell) => cell.id).toSorted());
    }
  });

  it('shuffles each turn by the seed of the scenario', () => {
    expect(rounds(four)).toEqual(rounds(four));
    const orders = [1, 2, 3, 4, 5, 6].map((seed) =>
      rounds(plan([{}, {}, {}, {}], { policy: { fixed: 3 }, seed }))
        .map((one) => one.cell)
        .join(),
    );
    expect(new Set(orders).size).toBeGreaterThan(4);
    const turns = rounds(plan([{}, {}, {}, {}], { policy: { fixed: 20 } })).map((one) => one.cell);
    const firsts = Array.from({ length: 20 }, (_, turn) => turns[turn * 4]);
    expect(new Set(firsts).size).toBe(4);
  });

  it('goes on where a run was interrupted, in the same order', () => {
    const all = rounds(four);
    let results = four;
    for (const next of all.slice(0, 5)) results = measure(results, next, []);
    expect(rounds(results)).toEqual(all.slice(5));
  });

  it('takes an aborted round again, and measures aborted cells', () => {
    const aborted = failedRound(
      'aborted',
      { kind: 'interrupted', message: 'x' },
      { index: 0, order: 0, startedAt: '' },
    );
    const results = plan([{ rounds: 2 }, { state: 'aborted' }], { policy: { fixed: 2 } });
    expect(rounds(results).map((one) => one.round)).toEqual([0, 1]);
    const [first, second] = plan([{ rounds: 2 }, {}], { policy: { fixed: 1 } }).cells;
    const torn = { ...results, cells: [first!, { ...second!, rounds: [aborted] }] };
    expect(rounds(torn)).toEqual([
      { cell: second!.id, round: 0 },
      { cell: second!.id, round: 1 },
    ]);
  });

  it('leaves failed, timed-out and skipped cells alone', () => {
    const results = plan([{ state: 'failed', rounds: 1 }, { state: 'timed-out' }, { state: 'skipped' }, {}], {
      policy: { fixed: 2 },
    });
    expect(new Set(rounds(results).map((one) => one.cell))).toEqual(new Set([results.cells[3]!.id]));
  });

  it('is done when nothing is missing', () => {
    expect(nextRounds(plan([{ rounds: 2 }, { rounds: 2 }], { policy: { fixed: 2 } }))).toBe('done');
    expect(nextRounds(plan([{ rounds: 3 }, { state: 'failed' }], { policy: { fixed: 2 } }))).toBe('done');
    expect(nextRounds(plan([], { policy: { fixed: 2 } }))).toBe('done');
  });

  it('measures without looking: a verdict changes nothing', () => {
    const clear = plan([{ rounds: 5 }], { policy: { fixed: 6 }, rules: [rule('p99', '<=', 1000 * MS)] });
    expect(rounds(clear)).toEqual([{ cell: clear.cells[0]!.id, round: 5 }]);
  });
});

describe('planned looks', () => {
  const limit = [rule('p99', '<=', 2.5 * MS)];
  const clear: SyntheticCell = { p50: 1 * MS };
  // Exactly at the limit, as far as the process model knows: exp(0.1 * 2.326) is 1.262.
  const atLimit: SyntheticCell = { p50: (2.5 * MS) / 1.262, betweenRounds: 0.05 };
  const over: SyntheticCell = { p50: 8 * MS };

  it('start with every cell up to the first look', () => {
    const results = plan([clear, atLimit, over], { policy: LOOKS, rules: limit });
    expect(rounds(results)).toHaveLength(9);
    expect(rounds(results).map((one) => one.round)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  });

  it('go on with the cells that are not decided, and end at the last look', () => {
    const { asked, results } = play([clear, atLimit, over], { policy: LOOKS, rules: limit });
    expect(asked[0]).toEqual([3, 3, 3]);
    expect(asked.at(-1)).toEqual([3, 12, 3]);
    expect(nextRounds(results)).toBe('done');
  });

  it('end at the first look when all is decided', () => {
    expect(play([clear, over], { policy: LOOKS, rules: limit }).asked).toEqual([[3, 3]]);
  });

  it('go on with the cells between which the decision hesitates', () => {
    const tie: SyntheticCell[] = [
      { params: { threads: 1 }, p50: 2 * MS, betweenRounds: 0.05 },
      { params: { threads: 2 }, p50: 2 * MS, betweenRounds: 0.05 },
      { params: { threads: 4 }, p50: 8 * MS, betweenRounds: 0.05 },
    ];
    const { asked } = play(tie, { policy: LOOKS, objective: minimize('p50') });
    expect(asked).toEqual([
      [3, 3, 3],
      [6, 6, 3],
      [12, 12, 3],
    ]);
  });

  it('give up on what more rounds cannot tell', () => {
    const cell: SyntheticCell = { accuracy: { correct: 98, n: 100 } };
    const open = plan([{ ...cell, rounds: 3 }], { policy: LOOKS, rules: [rule('accuracy', '>=', 0.98)] });
    expect(nextRounds(open)).toBe('done');
    const few = plan([{ samples: 100, rounds: 3 }], { policy: LOOKS, rules: limit });
    expect(nextRounds(few)).toBe('done');
    const only = plan([{ ...cell, rounds: 3 }], {
      policy: LOOKS,
      objective: { text: '', direction: 'maximize', metric: 'accuracy' },
    });
    expect(nextRounds(only)).toBe('done');
  });

  it('bring cells that an interruption left between looks to their look first', () => {
    const results = plan(
      [
        { ...atLimit, rounds: 3 },
        { ...atLimit, rounds: 1 },
        { ...over, rounds: 4 },
      ],
      {
        policy: LOOKS,
        rules: limit,
      },
    );
    const [, second, third] = results.cells.map((cell) => cell.id);
    const next = rounds(results);
    expect(next.filter((one) => one.cell === second).map((one) => one.round)).toEqual([1, 2]);
    expect(next.filter((one) => one.cell === third).map((one) => one.round)).toEqual([4, 5]);
    expect(next).toHaveLength(4);
  });

  it('need no rounds beyond the last look, even without a decision', () => {
    const results = plan([{ ...atLimit, rounds: 12 }], { policy: LOOKS, rules: limit });
    expect(nextRounds(results)).toBe('done');
  });

  it('go on from a single round, which tells nothing', () => {
    const results = plan([{ ...clear, rounds: 1 }], { policy: { looks: [1, 4] }, rules: limit });
    expect(rounds(results).map((one) => one.round)).toEqual([1, 2, 3]);
  });

  it('drop a cell that fails, and go on with the others', () => {
    const results = plan(
      [
        { ...atLimit, rounds: 3 },
        { state: 'failed', rounds: 2 },
      ],
      { policy: LOOKS, rules: limit },
    );
    expect(new Set(rounds(results).map((one) => one.cell))).toEqual(new Set([results.cells[0]!.id]));
  });
});

describe('false passes at the limit', () => {
  // A population of processes, and a limit exactly at its typical one: to pass is an error, and of all
  // runs with looks at 3, 6 and 12 rounds at most 5% may make it.
  const runs = 300;
  const random = createRandom(2024);
  const levels = Array.from({ length: 150 }, () => Math.round(2 * MS * Math.exp(0.1 * random.normal())));
  const typical = Math.exp(levels.reduce((sum, level) => sum + Math.log(level), 0) / levels.length);
  const population = buildResults({
    cells: [
      {
        rounds: levels.length,
        raw: (round, raw) => ({
          durations: new Float64Array(5).fill(levels[round] ?? 0),
          starts: raw.starts.slice(0, 5),
        }),
      },
    ],
    policy: LOOKS,
    rules: [rule('p50', '<=', typical)],
  });
  const [everyone] = population.cells;

  /** A run over these processes, as it is at a look. */
  const atLook = (
    processes: CellResult['rounds'],
    look: number,
    policy: Results['scenario']['rounds'],
  ): Results => ({
    ...population,
    scenario: { ...population.scenario, rounds: policy },
    cells: [{ ...everyone!, rounds: processes.slice(0, look) }],
  });
  const passes = (results: Results): boolean => judge(results).verdicts[0]?.status === 'pass';

  it('stay under 5% with planned looks, and would not without the plan', () => {
    let planned = 0;
    let naive = 0;
    for (let run = 0; run < runs; run++) {
      const processes = Array.from({ length: 12 }, () => everyone!.rounds[random.int(levels.length)]!);
      const end = LOOKS.looks.find((look) => nextRounds(atLook(processes, look, LOOKS)) === 'done') ?? 12;
      if (passes(atLook(processes, end, LOOKS))) planned += 1;
      // The same looks, each at the whole 5%.
      if (LOOKS.looks.some((look) => passes(atLook(processes, look, { fixed: 12 })))) naive += 1;
    }
    expect(planned / runs).toBeLessThan(0.05);
    expect(naive / runs).toBeGreaterThan(0.05);
  });
});
