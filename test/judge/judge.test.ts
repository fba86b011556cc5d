import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import { parseResults, serialiseResults } from '../../src/results/document.js';
import { resultsSchema, type Results } from '../../src/results/schema.js';
import { createRandom } from '../../src/stats/random.js';
import { buildResults, maximize, minimize, MS, rule, type SyntheticCell } from '../helpers/results.js';

const STATES = ['pending', 'failed', 'timed-out', 'skipped', 'aborted'] as const;

/** Any document: cells of all states and sizes, rules of all kinds, with and without an objective. */
const anyResults = (seed: number): Results => {
  const random = createRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[random.int(items.length)] as T;
  const maybe = (share: number): boolean => random.next() < share;
  const cells = Array.from({ length: random.int(4) }, (_, index): SyntheticCell => ({
    params: { batch: 2 ** index, threads: random.int(6), spinning: maybe(0.5) },
    p50: MS * (0.5 + 4 * random.next()),
    spread: 0.3 * random.next(),
    betweenRounds: 0.2 * random.next(),
    rounds: random.int(7),
    samples: pick([1, 4, 60, 300, 400]),
    errors: maybe(0.2) ? random.int(3) : 0,
    ...(maybe(0.4) ? { accuracy: { correct: 90 + random.int(11), n: 100 } } : {}),
    ...(maybe(0.3) ? { state: pick(STATES) } : {}),
  }));
  const rules = [
    rule('p99', '<=', MS * (1 + 4 * random.next())),
    rule('p73.1', '<', MS * (1 + 4 * random.next()), { batch: '2' }),
    rule('throughput', '>=', 100 + 1000 * random.next()),
    rule('errors', '<=', pick([0, 0.01])),
    rule('accuracy', '>=', 0.95),
    rule('memory', '<=', 130 * 2 ** 20),
    rule('max', '<=', 20 * MS, { batch: '64' }),
  ].filter(() => maybe(0.5));
  return buildResults({
    cells,
    rules,
    require: pick(['any', 'every'] as const),
    objective: pick([
      maximize('throughput'),
      minimize('p99'),
      minimize('memory'),
      maximize('accuracy'),
      minimize('errors'),
      null,
    ]),
    policy: pick([{ fixed: 5 }, { looks: [2, 4, 6] }]),
    state: pick(['completed', 'interrupted', 'out-of-budget', 'running'] as const),
    seed,
  });
};

describe('judge', () => {
  const documents = Array.from({ length: 60 }, (_, seed) => anyResults(seed));

  it('concludes the same from the saved document', () => {
    for (const results of documents) {
      expect(judge(parseResults(serialiseResults(results), 'results.json'))).toEqual(judge(results));
    }
  });

  it('concludes something that fits the schema, and does not look at older conclusions', () => {
    for (const results of documents) {
      const conclusions = judge(results);
      const judged = { ...results, ...conclusions };
      expect(resultsSchema.parse(judged)).toEqual(judged);
      expect(judge(judged)).toEqual(conclusions);
    }
  });

  it('never passes a rule on a cell without a valid measurement', () => {
    let seen = 0;
    for (const results of documents) {
      for (const verdict of judge(results).verdicts.filter(({ status }) => status === 'pass')) {
        const cell = results.cells.find((candidate) => candidate.id === verdict.cell)!;
        expect(cell.rounds.some((round) => round.state === 'completed')).toBe(true);
        expect(['failed', 'timed-out', 'skipped']).not.toContain(cell.state);
        expect(verdict.actual).not.toBeNull();
        expect(verdict.interval).not.toBeNull();
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(20);
  });

  it('deploys only cells that meet every rule about them, and always says one sentence', () => {
    const statuses = new Set<string>();
    for (const results of documents) {
      const { verdicts, decision } = judge(results);
      if (results.cells.length === 0) {
        expect(decision).toBeNull();
        continue;
      }
      expect(decision?.sentence).toMatch(/^[A-Z].*\.$/);
      statuses.add(decision?.status ?? '');
      if (decision?.status !== 'deploy' && decision?.status !== 'tie') continue;
      const own = verdicts.filter((verdict) => verdict.cell === decision.cell);
      expect(own.every((verdict) => verdict.status === 'pass')).toBe(true);
    }
    expect(statuses).toEqual(new Set(['deploy', 'tie', 'none-meets', 'undecided', 'no-data']));
  });

  it('names every cell once: chosen, runner-up or other', () => {
    for (const results of documents) {
      const { decision } = judge(results);
      if (decision === null || decision.status === 'no-data') continue;
      const named = [
        decision.cell,
        decision.runnerUp?.cell,
        ...decision.others.map((other) => other.cell),
      ].filter((id) => id !== undefined);
      expect(named).toHaveLength(results.cells.length);
      expect(new Set(named)).toEqual(new Set(results.cells.map((cell) => cell.id)));
    }
  });
});
