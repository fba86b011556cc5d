import { describe, expect, it } from 'vitest';
import { breakEvenOf } from '../../src/judge/findings/cold.js';
import { findProblems } from '../../src/judge/findings/findings.js';
import { judge } from '../../src/judge/judge.js';
import { outcomeOf } from '../../src/judge/outcome.js';
import { nextRounds } from '../../src/judge/policy.js';
import type { Finding, Verdict } from '../../src/results/conclusions-schema.js';
import type { Results } from '../../src/results/schema.js';
import type { Rule } from '../../src/vocabulary/rules.js';
import type { ColdOptions } from '../helpers/cold.js';
import { buildResults, minimize, MS, rule, type SyntheticRun } from '../helpers/results.js';

const COLD = { params: { start: 'cold' } } as const;

const verdictsOf = (rules: readonly Rule[], run: Partial<SyntheticRun> = {}): Verdict[] =>
  judge(buildResults({ cells: [{}, COLD], coldStarts: 29, rules, ...run })).verdicts;

/** The finding of an id on one cold cell. */
const found = (id: string, cold: ColdOptions, rest: Partial<SyntheticRun> = {}): Finding | undefined =>
  findProblems(buildResults({ cells: [{ ...COLD, cold }], ...rest })).find((finding) => finding.id === id);

describe('rules', () => {
  it('on cold starts are about cold cells, and the others about warm ones', () => {
    const verdicts = verdictsOf([
      rule('cold p90', '<=', 1000 * MS),
      rule('p99', '<=', 50 * MS),
      rule('memory', '<=', 2 ** 30),
    ]);
    expect(verdicts.map(({ metric, status, rounds }) => [metric, status, rounds])).toEqual([
      ['cold p90', 'pass', 29],
      ['p99', 'pass', 5],
      ['memory', 'pass', 5],
    ]);
  });

  it('are judged by order statistics of the processes', () => {
    const [pass, fail, open] = verdictsOf([
      rule('cold p50', '<=', 250 * MS),
      rule('cold p50', '<=', 150 * MS),
      rule('cold p50', '<=', 192 * MS),
    ]);
    expect([pass?.status, fail?.status, open?.status]).toEqual(['pass', 'fail', 'inconclusive']);
    expect(pass?.interval).toMatchObject({ level: 0.95, method: 'order statistics over processes' });
    const values = buildResults({ cells: [{}, COLD], coldStarts: 29 }).cells[1]?.rounds.map(({ cold }) => {
      const { start = 0, import: loaded = 0, read, session = 0, first = 0 } = cold?.phases ?? {};
      return start + loaded + (read ?? 0) + session + first;
    });
    const sorted = values?.toSorted((a, b) => a - b) ?? [];
    // P(B(29, 1/2) <= 9) is 3.1% and P(B <= 10) 6.8%: the 10th and the 20th of 29.
    expect(pass?.interval).toMatchObject({ low: sorted[9], high: sorted[19] });
    expect(pass?.actual).toBe(sorted[14]);
  });

  it('name a phase, or the mean', () => {
    const verdicts = verdictsOf([
      rule('cold session p50', '<=', 100 * MS),
      rule('cold import mean', '<=', MS),
    ]);
    expect(verdicts.map(({ status }) => status)).toEqual(['pass', 'fail']);
    expect(verdicts[1]?.interval?.method).toBe('t over processes');
  });

  it('have no data where no cell starts as they need, and say where to put it', () => {
    const cold = verdictsOf([rule('cold p90', '<=', MS)], { cells: [{}] });
    expect(cold).toMatchObject([{ status: 'no-data', cell: null }]);
    expect(cold[0]?.message).toContain('no cell has start cold; put cold into sweep.start');
    const warm = verdictsOf([rule('p99', '<=', MS)], { cells: [COLD] });
    expect(warm[0]?.message).toContain('no cell has start warm');
  });

  it('have no data from too few processes, and none of a read that the runtime does', () => {
    const few = verdictsOf([rule('cold p90', '<=', 1000 * MS)], { coldStarts: 28 });
    expect(few).toMatchObject([{ status: 'no-data', actual: null }]);
    expect(few[0]?.message).toContain('needs 29 processes, and 28 were measured');
    const own = verdictsOf([rule('cold read p50', '<=', 1000 * MS)], {
      cells: [{ ...COLD, cold: { phases: { read: null } } }],
    });
    expect(own[0]?.message).toContain('the runtime reads the file');
  });

  it('are judged at 95% whatever looks the warm cells have', () => {
    const looks = { policy: { looks: [5, 10, 20] } };
    const [cold, warm] = verdictsOf([rule('cold p50', '<=', 250 * MS), rule('p50', '<=', 50 * MS)], looks);
    expect(cold?.interval?.level).toBe(0.95);
    expect(warm?.interval?.level).toBeCloseTo(1 - 0.05 / 3);
  });
});

describe('the decision', () => {
  const at = (batch: number, p50: number, session: number): SyntheticRun['cells'] => [
    { params: { batch }, p50 },
    { params: { batch, start: 'cold' }, cold: { phases: { session } } },
  ];

  it('ranks configurations by their warm cells', () => {
    const results = buildResults({
      cells: [...at(1, 3 * MS, 60 * MS), ...at(2, 2 * MS, 900 * MS)],
      objective: minimize('p99'),
    });
    const { decision } = judge(results);
    expect(decision?.status).toBe('deploy');
    expect(decision?.cell).toBe(results.cells[2]?.id);
  });

  it('leaves out a configuration whose cold start breaks a rule', () => {
    const results = buildResults({
      cells: [...at(1, 3 * MS, 60 * MS), ...at(2, 2 * MS, 900 * MS)],
      objective: minimize('p99'),
      rules: [rule('cold p50', '<=', 500 * MS), rule('p99', '<=', 50 * MS)],
    });
    const { decision } = judge(results);
    expect(decision?.cell).toBe(results.cells[0]?.id);
    expect(decision?.flips.join(' ')).toContain('cold p50');
  });

  it('goes by the cold cells when the objective is theirs', () => {
    const results = buildResults({
      cells: [...at(1, 3 * MS, 60 * MS), ...at(2, 2 * MS, 900 * MS)],
      objective: minimize('cold p50'),
    });
    const { decision } = judge(results);
    expect(decision).toMatchObject({ status: 'deploy', cell: results.cells[1]?.id });
  });

  it('is there for cold cells alone', () => {
    const results = buildResults({ cells: [COLD], objective: minimize('cold p50') });
    expect(outcomeOf({ ...results, ...judge(results) }).kind).toBe('ok');
  });
});

describe('nextRounds', () => {
  const fresh = (run: Partial<SyntheticRun>): Results =>
    buildResults({ cells: [{ rounds: 0 }, { ...COLD, rounds: 0 }], ...run });
  const counted = (results: Results): number[] => {
    const next = nextRounds(results);
    return results.cells.map(({ id }) =>
      next === 'done' ? 0 : next.filter(({ cell }) => cell === id).length,
    );
  };

  it('gives cold cells a count of their own, spread among the rounds of the others', () => {
    const results = fresh({ coldStarts: 29 });
    expect(counted(results)).toEqual([5, 29]);
    const next = nextRounds(results);
    const warm = results.cells[0]?.id;
    const places = next === 'done' ? [] : next.flatMap(({ cell }, place) => (cell === warm ? [place] : []));
    // Of 34 processes: the fifth warm one comes late, not among the first ten.
    expect(places[4]).toBeGreaterThan(22);
    expect(new Set(places.slice(1).map((place, index) => place - (places[index] ?? 0))).size).toBeLessThan(4);
  });

  it('adds none to them at later looks', () => {
    const results = buildResults({
      cells: [{ p50: 10 * MS, betweenRounds: 0.1 }, COLD],
      policy: { looks: [5, 10] },
      rules: [rule('p50', '<=', 10 * MS), rule('cold p50', '<=', 193 * MS)],
    });
    expect(judge(results).verdicts.map(({ status }) => status)).toEqual(['inconclusive', 'inconclusive']);
    expect(counted(results)).toEqual([5, 0]);
  });

  it('goes on where an interrupted run ended', () => {
    expect(counted(buildResults({ cells: [{}, { ...COLD, rounds: 12 }] }))).toEqual([0, 8]);
    expect(nextRounds(buildResults({ cells: [{}, COLD] }))).toBe('done');
  });
});

describe('findings', () => {
  it('name the phase that dominates, and only that', () => {
    const ids = (cold: ColdOptions): string[] =>
      findProblems(buildResults({ cells: [{ ...COLD, cold }] })).map(({ id }) => id);
    expect(ids({ phases: { import: 300 * MS } })).toContain('cold-import');
    expect(ids({ phases: { first: 300 * MS } })).toContain('cold-first-run');
    expect(ids({ phases: { session: 300 * MS } })).toContain('cold-optimisation');
    const none = ids({ phases: { start: 60 * MS, import: 60 * MS, session: 60 * MS } });
    expect(none.filter((id) => id !== 'cold-warm-up')).toEqual([]);
  });

  it('say how much of the session is optimising, when less of it was measured beside', () => {
    const session = (ms: number): ColdOptions => ({ phases: { session: ms * MS } });
    const run = (saved: number, more: object = {}): Finding | undefined =>
      found('cold-optimisation', session(400), {
        cells: [
          { ...COLD, cold: session(400) },
          { params: { start: 'cold', optimised: true, ...more }, cold: session(saved) },
        ],
      });
    expect(run(100)).toMatchObject({ severity: 'warning', cells: [expect.any(String)] });
    expect(run(100)?.cause).toMatch(/with start cold, optimised yes it takes 9\d\.\d ms|it takes 10\d ms/);
    expect(run(400)?.cause).toContain('not surely faster');
    // Another batch is another question.
    expect(run(100, { batch: 8 })?.action).toContain('optimised: [no, yes]');
    const lower = found(
      'cold-optimisation',
      {},
      {
        cells: [
          { ...COLD, cold: session(400) },
          { params: { start: 'cold', graphOptimization: 'basic' }, cold: session(100) },
        ],
      },
    );
    expect(lower?.action).toContain('lower level');
  });

  it('tell a file that was not cold from one of which nobody knows', () => {
    const cache = (found_: 'warm' | 'unknown' | 'cold'): ColdOptions => ({
      pageCache: { wanted: 'dropped', found: found_, resident: found_ === 'warm' ? 1 : null },
    });
    expect(found('cold-page-cache', cache('warm'))).toMatchObject({ severity: 'warning' });
    expect(found('cold-page-cache', cache('unknown'))).toMatchObject({ severity: 'note' });
    expect(found('cold-page-cache', cache('cold'))).toBeUndefined();
    const warmed = { wanted: 'warmed', found: 'warm', resident: 1 } as const;
    expect(found('cold-page-cache', { pageCache: warmed })).toBeUndefined();
  });

  it('speak of shapes, of noise, and of a latency that never settles', () => {
    const shapes = (first: number) => ({ shapes: [{ shape: 'x 1x8', first: first * MS, again: MS }] });
    expect(found('cold-new-shape', shapes(9))?.cause).toContain('x 1x8');
    expect(found('cold-new-shape', shapes(1.5))).toBeUndefined();
    const steal = {
      stealShare: 0.06,
      throttledShare: 0,
      otherShare: 0,
      cpuPerWall: 1,
      involuntarySwitches: 0,
    };
    expect(found('cold-noisy-machine', { raw: { disturbance: steal } })?.severity).toBe('serious');
    const warmup = { requests: 9, elapsed: 1, first: 1, steady: false, rule: 'r' };
    expect(found('cold-never-steady', { raw: { warmup } })).toMatchObject({ severity: 'warning' });
    expect(found('cold-never-steady', {})).toBeUndefined();
  });

  it('leave the detectors of warm requests out of it', () => {
    const ids = findProblems(buildResults({ cells: [COLD], coldStarts: 3 })).map(({ id }) => id);
    expect(ids).not.toContain('few-rounds');
    expect(ids).not.toContain('too-few-samples');
  });

  it('say of a run that was cut short how many cold starts are missing', () => {
    const run = { cells: [{ ...COLD, rounds: 12 }], state: 'interrupted' as const };
    const cut = findProblems(buildResults(run)).find(({ id }) => id === 'incomplete');
    expect(cut?.cause).toContain('after 12 of 20 rounds');
  });
});

describe('the break-even of a warm-up', () => {
  it('is where the slow first requests are under 1% of all, and what they cost under 1% of the time', () => {
    // First 8, then 4 and 2 ms, then 1 ms each: three slow ones, 11 ms beyond the level together.
    const [cell] = buildResults({ cells: [{ ...COLD, cold: { spread: 0 } }] }).cells;
    expect(cell?.cold?.untilSteady).toMatchObject({ slow: 3, extra: 11 * MS, level: MS });
    expect(breakEvenOf(cell?.cold as never)).toEqual({ p99: 300, mean: 1100, takes: 258 * MS });
  });

  it('is not there without slow first requests', () => {
    const cold = { spread: 0, phases: { first: MS }, runs: Array.from({ length: 60 }, () => MS) };
    expect(found('cold-warm-up', cold)).toBeUndefined();
    expect(found('cold-warm-up', {})?.severity).toBe('note');
  });
});
