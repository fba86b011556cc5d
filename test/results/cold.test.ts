import { describe, expect, it } from 'vitest';
import { digestCold, settlingOf, type RawCold } from '../../src/results/cold-digest.js';
import { coldBounds, coldRounds, coldValue, processesNeeded } from '../../src/results/cold-rounds.js';
import { parseResults, serialiseResults } from '../../src/results/document.js';
import { createRandom } from '../../src/stats/random.js';
import type { CellResult } from '../../src/results/schema.js';
import { buildResults, MS } from '../helpers/results.js';
import type { ColdOptions } from '../helpers/cold.js';

const coldCell = (cold: ColdOptions = {}, rounds = 29): CellResult => {
  const [cell] = buildResults({ cells: [{ params: { start: 'cold' }, cold, rounds }] }).cells;
  if (cell === undefined) throw new Error('no cell');
  return cell;
};

describe('digestCold', () => {
  const raw: RawCold = {
    firstLine: 1_050n,
    life: 1_000,
    phases: { import: 100, read: 20, session: 200, first: 30, shapes: 0, steady: 400 },
    runs: new Float64Array(0),
    warmup: { requests: 0, elapsed: 400, first: 30, steady: null, rule: 'none' },
    shapes: [],
    memory: { beforeModel: null, afterLoad: null, peak: null },
    disturbance: {
      stealShare: null,
      throttledShare: null,
      otherShare: null,
      cpuPerWall: null,
      involuntarySwitches: null,
    },
  };
  const clock = { forked: 1_000n, told: 2_055n, ended: 2_100n };
  const meta = { index: 3, order: 7, startedAt: '2026-01-01T00:00:00.000Z' };
  const cache = { wanted: 'dropped', found: 'cold', resident: 0 } as const;

  it('takes the start from the shared clock and what is left of the life, and the end, as other', () => {
    const { cold, n, latency, elapsed } = digestCold(raw, clock, cache, meta);
    expect(cold?.phases).toEqual({
      start: 50,
      import: 100,
      read: 20,
      session: 200,
      first: 30,
      shapes: 0,
      steady: 400,
      other: 1_000 - 750 + 50,
    });
    expect([n, latency, elapsed, cold?.wall]).toEqual([1, null, 1_100, 1_100]);
    const sum = Object.values(cold?.phases ?? {}).reduce<number>((total, time) => total + (time ?? 0), 0);
    expect(sum).toBe(1_100);
  });

  it.each([
    ['before fork()', 900n],
    ['too late for its life before the message', 1_060n],
  ])('finds out a clock that is not shared: first line %s', (_name, firstLine) => {
    const { cold } = digestCold({ ...raw, firstLine }, clock, cache, meta);
    expect(cold?.phases.start).toBe(1_055 - 1_000);
    expect(cold?.phases.other).toBe(1_000 - 750 + 45);
  });

  it('keeps a read that the runtime does itself apart from one of no time', () => {
    const own = digestCold({ ...raw, phases: { ...raw.phases, read: null } }, clock, cache, meta);
    expect(own.cold?.phases.read).toBeNull();
    expect(own.cold?.phases.other).toBe(1_000 - 730 + 50);
  });
});

describe('settlingOf', () => {
  it('counts the slow first requests and what they took beyond the level', () => {
    const runs = Float64Array.from([50, 20, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    expect(settlingOf(100, runs)).toEqual({ level: 10, slow: 3, extra: 90 + 40 + 10 });
  });

  it('is not taken in by one quick request among the slow ones', () => {
    const runs = Float64Array.from([30, 10, 30, 30, 30, ...Array.from({ length: 20 }, () => 10)]);
    expect(settlingOf(30, runs).slow).toBe(6);
  });

  it('finds nothing in noise around a level', () => {
    const random = createRandom(5);
    const runs = Float64Array.from({ length: 600 }, () => 1000 * Math.exp(0.02 * random.normal()));
    expect(settlingOf(1000, runs)).toMatchObject({ slow: 0, extra: 0 });
  });

  it('refuses a level from a handful of requests', () => {
    expect(settlingOf(9, Float64Array.from([5, 4, 3]))).toEqual({ level: null, extra: null, slow: 0 });
  });
});

describe('a cold cell', () => {
  it('has phases whose means add up to the wall time', () => {
    const { cold, n, latency, throughput } = coldCell();
    const sum = cold?.phases.reduce((total, phase) => total + (phase.mean.value ?? 0), 0) ?? 0;
    expect(sum / (cold?.wall.mean ?? 1)).toBeCloseTo(cold?.wall.accounted ?? 0, 6);
    expect(cold?.wall.accounted).toBeCloseTo(1, 6);
    expect([n, latency, throughput]).toEqual([29, null, null]);
    expect(cold?.phases.map(({ name }) => name)).not.toContain('shapes');
  });

  it('adds the answer up in each process, not from percentiles', () => {
    const cell = coldCell();
    const own = coldRounds(cell).map(({ cold: { phases: p } }) => {
      return p.start + p.import + (p.read ?? 0) + p.session + p.first;
    });
    expect(cell.cold?.answer.p50.value).toBe(own.toSorted((a, b) => a - b)[14]);
  });

  it.each([
    [4, ['mean']],
    [20, ['mean', 'p50']],
    [29, ['mean', 'p50', 'p90']],
    [59, ['mean', 'p50', 'p90', 'p95']],
  ] as const)('of %i processes gives %j and refuses the rest with what they need', (processes, given) => {
    const answer = coldCell({}, processes).cold?.answer;
    const names = ['mean', 'p50', 'p90', 'p95'] as const;
    expect(names.filter((name) => answer?.[name].value !== null)).toEqual(given);
    for (const name of names.filter((one) => !(given as readonly string[]).includes(one))) {
      expect(answer?.[name].need).toBe({ mean: 2, p50: 5, p90: 29, p95: 59 }[name]);
    }
  });

  it('has no read where the runtime reads, and the shapes of a mix as means', () => {
    const shapes = [{ shape: 'x 1x8', first: 4 * MS, again: MS }];
    const { cold } = coldCell({ phases: { read: null, shapes: 5 * MS }, shapes });
    expect(cold?.phases.find(({ name }) => name === 'read')).toMatchObject({ n: 0, mean: { value: null } });
    expect(cold?.shapes).toEqual([{ shape: 'x 1x8', n: 29, first: 4 * MS, again: MS }]);
    expect(cold?.wall.accounted).toBeGreaterThan(0.99);
  });

  it('counts what was found in the page cache', () => {
    const { cold } = coldCell({ pageCache: { wanted: 'dropped', found: 'partly', resident: 0.4 } }, 5);
    expect(cold?.pageCache.found).toEqual({ cold: 0, partly: 5, warm: 0, unknown: 0 });
  });

  it('survives the document', () => {
    const results = buildResults({ cells: [{ params: { start: 'cold', optimised: true } }, {}] });
    expect(parseResults(serialiseResults(results), 'r.json')).toEqual(results);
  });

  it('is read from a document that knows no cold starts', () => {
    const old = JSON.parse(serialiseResults(buildResults({ cells: [{}] }))) as {
      cells: { params: Record<string, unknown> }[];
    };
    for (const { params } of old.cells) {
      delete params['start'];
      delete params['optimised'];
    }
    const [cell] = parseResults(JSON.stringify(old), 'old.json').cells;
    expect(cell?.params).toMatchObject({ start: 'warm', optimised: false });
  });
});

describe('coldBounds', () => {
  it('cover the percentile as often as they say, and the mean', () => {
    const random = createRandom(11);
    const alpha = 0.05;
    const p90 = Math.exp(0.4 * 1.2815515655446004);
    const mean = Math.exp(0.4 ** 2 / 2);
    const misses = { p90: 0, mean: 0 };
    const runs = 4000;
    for (let run = 0; run < runs; run++) {
      const values = Array.from({ length: 29 }, () => Math.exp(0.4 * random.normal()));
      if ((coldBounds(values, 0.9, alpha)?.high ?? 0) < p90) misses.p90++;
      if ((coldBounds(values, 'mean', alpha)?.high ?? 0) < mean) misses.mean++;
    }
    // 0.9^29 is 4.7%: the bound by the largest value is exact.
    expect(misses.p90 / runs).toBeGreaterThan(0.035);
    expect(misses.p90 / runs).toBeLessThan(0.06);
    // Student on skewed values is a little short from above.
    expect(misses.mean / runs).toBeLessThan(0.09);
  });

  it('exist from the needed count on and not before', () => {
    for (const p of [0.5, 0.75, 0.9, 0.95]) {
      const need = processesNeeded(p);
      const values = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);
      expect(coldBounds(values(need), p, 0.05)).not.toBeNull();
      expect(coldBounds(values(need - 1), p, 0.05)).toBeNull();
    }
    expect(coldBounds([3], 'mean', 0.05)).toBeNull();
  });

  it('have zero as the lower bound of a percentile that has none among the values', () => {
    expect(coldBounds([4, 5, 6], 0.05, 0.05)).toMatchObject({ low: 0 });
    expect(coldValue([4, 5, 6], 0.5)).toBe(5);
  });
});
