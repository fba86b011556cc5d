import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import type { Decision } from '../../src/results/conclusions-schema.js';
import type { Results } from '../../src/results/schema.js';
import { ratioInterval } from '../../src/stats/intervals.js';
import {
  batchSweep,
  buildResults,
  maximize,
  minimize,
  MS,
  rule,
  type SyntheticCell,
} from '../helpers/results.js';

const decide = (results: Results): Decision => judge(results).decision!;
const labelOf = (results: Results, id: string | null | undefined): string | undefined =>
  results.cells.find((cell) => cell.id === id)?.label;

describe('a clear decision', () => {
  const results = batchSweep();
  const decision = decide(results);

  it('is the best by the objective among the cells that meet the SLA', () => {
    expect(decision).toMatchObject({
      status: 'deploy',
      objective: 'maximize throughput',
      metric: 'throughput',
    });
    // Batch 16 has more throughput and breaks the p99 rule.
    expect(labelOf(results, decision.cell)).toBe('batch 4');
    expect(decision.value).toBe(results.cells[1]?.throughput?.value);
    expect(decision.missing).toEqual([]);
  });

  it('is one sentence with the numbers', () => {
    expect(decision.sentence).toMatch(
      /^Deploy batch 4: throughput 1\.\d\dk\/s \(95%: 1\.\d\dk\/s to 1\.\d\dk\/s\), the best of the 2 of 3 cells that meet the SLA, with p99 3\.\d\d ms where the limit is 5\.00 ms; next is batch 1 \(against it \+\d\d\.\d%, 95%: \+\d\d\.\d% to \+\d\d\.\d%\)\.$/,
    );
  });

  it('compares the others with it, over rounds', () => {
    const rates = (index: number): number[] =>
      results.cells[index]!.rounds.map(
        (round) => (round.n * results.cells[index]!.params.batch * 1e9) / round.elapsed,
      );
    const { ratio, ...interval } = ratioInterval(rates(0), rates(1), 0.95)!;
    expect(labelOf(results, decision.runnerUp?.cell)).toBe('batch 1');
    expect(decision.runnerUp).toMatchObject({ ratio, interval, meetsSla: 'yes', note: 'meets the SLA' });
    expect(decision.others).toHaveLength(1);
    expect(decision.others[0]).toMatchObject({
      meetsSla: 'no',
      note: expect.stringMatching(/^p99 \S+ ms, limit 5\.00 ms$/),
    });
    expect(decision.others[0]?.ratio).toBeGreaterThan(1.1);
  });

  it('says what would flip it: the limit that lets a better cell in, and the one that rules it out', () => {
    const { verdicts } = judge(results);
    const upper = verdicts.find(
      (verdict) => verdict.cell === results.cells[2]!.id && verdict.metric === 'p99',
    )!.interval!.high;
    const flip = decision.flips.find((text) => text.includes('batch 16'))!;
    expect(flip).toMatch(
      /^A p99 limit of 1\d\.\d ms instead of 5\.00 ms would allow batch 16: throughput \+\d+\.\d%\.$/,
    );
    const limit = Number(/of (\S+) ms/.exec(flip)?.[1]) * MS;
    expect(limit).toBeGreaterThanOrEqual(upper);
    expect(limit).toBeLessThan(upper * 1.02);
    // The claim is kept: with that limit the decision does flip.
    const relaxed = batchSweep({ rules: [rule('p99', '<=', limit), rule('throughput', '>=', 500)] });
    expect(labelOf(relaxed, decide(relaxed).cell)).toBe('batch 16');
    expect(decision.flips).toContainEqual(
      expect.stringMatching(
        /^A p99 limit under 3\.\d\d ms instead of 5\.00 ms would change the choice to batch 1: throughput -\d+\.\d%\.$/,
      ),
    );
  });

  it('keeps the claim about the limit that rules it out', () => {
    const upper = judge(results).verdicts.find((verdict) => verdict.cell === decision.cell)!.interval!.high;
    const tighter = batchSweep({ rules: [rule('p99', '<=', upper * 0.999), rule('throughput', '>=', 500)] });
    expect(labelOf(tighter, decide(tighter).cell)).toBe('batch 1');
  });
});

describe('without rules', () => {
  it('follows the objective alone, and says that no SLA was asked', () => {
    const results = batchSweep({ rules: [] });
    const decision = decide(results);
    expect(labelOf(results, decision.cell)).toBe('batch 16');
    expect(decision.sentence).toContain('the best of 3 cells; no SLA was asked');
    expect(decision.others[0]?.note).toBe('no SLA was asked');
  });

  it('minimises p99 when the document has no objective either, and maximises throughput with rules', () => {
    expect(decide(batchSweep({ rules: [], objective: null }))).toMatchObject({ objective: 'minimize p99' });
    expect(decide(batchSweep({ objective: null }))).toMatchObject({ objective: 'maximize throughput' });
  });

  it('has a sentence for a single cell', () => {
    const one = buildResults({ cells: [{}], rules: [], objective: minimize('p50') });
    expect(decide(one).sentence).toMatch(
      /^Deploy digits: p50 \S+ ms \(95%: .*\), the only cell; no SLA was asked\.$/,
    );
    expect(decide(one)).toMatchObject({ status: 'deploy', runnerUp: null, others: [], flips: [] });
    const met = buildResults({ cells: [{}], rules: [rule('p99', '<=', 1000 * MS)] });
    expect(decide(met).sentence).toContain('the only cell, and it meets the SLA, with p99');
  });
});

describe('cells that cannot be told apart', () => {
  const pair = (change: SyntheticCell = {}, other: SyntheticCell = {}): Results =>
    buildResults({
      cells: [
        { params: { threads: 2 }, p50: 2 * MS, ...change },
        { params: { threads: 1 }, p50: 2.02 * MS, ...other },
      ],
      rules: [rule('p99', '<=', 1000 * MS)],
      objective: minimize('p50'),
    });

  it('are a tie, and the one that needs fewer threads is taken', () => {
    const results = pair();
    const decision = decide(results);
    expect(decision.status).toBe('tie');
    expect(labelOf(results, decision.cell)).toBe('threads 1');
    expect(labelOf(results, decision.runnerUp?.cell)).toBe('threads 2');
    expect(decision.runnerUp?.interval?.low).toBeLessThan(1);
    expect(decision.runnerUp?.interval?.high).toBeGreaterThan(1);
    expect(decision.sentence).toContain('one of the best of the 2 of 2 cells');
    expect(decision.sentence).toContain('cannot be told apart from threads 2 in p50 (against it ');
    expect(decision.sentence).toContain('and it needs fewer threads');
    expect(decision.flips[0]).toMatch(
      /^threads 2 may be the better one: its p50 may differ by as much as -\d+\.\d%\.$/,
    );
  });

  it('are told apart when they differ by more than rounds do', () => {
    const results = pair({ p50: 1 * MS });
    expect(decide(results).status).toBe('deploy');
    expect(labelOf(results, decide(results).cell)).toBe('threads 2');
  });

  it('count "auto" as all CPUs, and prefer the smaller batch among equal threads', () => {
    const auto = pair({ params: { threads: 0 } }, { params: { threads: 3 } });
    expect(labelOf(auto, decide(auto).cell)).toBe('threads 3');
    const batches = pair({ params: { batch: 8 } }, { params: { batch: 2 } });
    expect(labelOf(batches, decide(batches).cell)).toBe('batch 2');
    expect(decide(batches).sentence).toContain('its batch is smaller');
  });

  it('keep the best when the simpler one measures clearly worse, however wide the interval', () => {
    const noisy = pair({ betweenRounds: 0.4 }, { betweenRounds: 0.4, p50: 2.8 * MS });
    const decision = decide(noisy);
    expect(decision.status).toBe('tie');
    expect(labelOf(noisy, decision.cell)).toBe('threads 2');
    expect(decision.sentence).toContain('its measured p50 is the better one');
  });

  it('cannot be compared with one round each, and the best by value is taken', () => {
    const results = buildResults({
      cells: [
        { params: { threads: 2 }, p50: 2 * MS },
        { params: { threads: 1 }, p50: 2.01 * MS, betweenRounds: 0 },
      ],
      objective: minimize('p50'),
      policy: { fixed: 1 },
    });
    const decision = decide(results);
    expect(decision.status).toBe('tie');
    expect(decision.runnerUp?.interval).toBeNull();
    expect(decision.sentence).toContain('there are too few rounds for an interval');
  });

  it('use the level of the looks', () => {
    const results = buildResults({
      cells: [{ params: { threads: 2 } }, { params: { threads: 1 }, p50: 3 * MS }],
      objective: minimize('p50'),
      policy: { looks: [5, 10, 20] },
    });
    expect(decide(results).runnerUp?.interval?.level).toBeCloseTo(1 - 0.05 / 3, 10);
  });

  it('compare shares by their own intervals', () => {
    const accuracies = (a: number, b: number): Results =>
      buildResults({
        cells: [
          { params: { precision: 'original' }, accuracy: { correct: a, n: 1000 } },
          { params: { precision: 'int8' }, accuracy: { correct: b, n: 1000 } },
        ],
        objective: maximize('accuracy'),
      });
    expect(decide(accuracies(985, 980)).status).toBe('tie');
    expect(decide(accuracies(985, 900))).toMatchObject({ status: 'deploy', value: 0.985 });
    expect(decide(accuracies(985, 900)).sentence).toContain('accuracy 98.5%');
  });
});

describe('no cell meets the SLA', () => {
  const results = batchSweep({ rules: [rule('p99', '<=', 0.9 * MS), rule('throughput', '>=', 100)] });
  const decision = decide(results);

  it('names the nearest and what it lacks', () => {
    expect(decision.status).toBe('none-meets');
    expect(labelOf(results, decision.cell)).toBe('batch 1');
    expect(decision.sentence).toMatch(
      /^No cell meets the SLA; the nearest is batch 1: p99 1\.\d\d ms, limit 900 us\.$/,
    );
    expect(decision.missing).toEqual([
      expect.stringMatching(/^p99 is 1\.\d\d ms and must be at most 900 us: a change of -\d\d\.\d%\.$/),
    ]);
    expect(decision.flips[0]).toMatch(
      /^A p99 limit of 1\.\d\d ms instead of 900 us would allow batch 1: throughput \S+\/s\.$/,
    );
  });

  it('measures nearness by the worst rule', () => {
    // Batch 1 breaks one rule badly, batch 4 both a little.
    const both = batchSweep({ rules: [rule('p99', '<=', 2.8 * MS), rule('throughput', '>=', 1900)] });
    expect(labelOf(both, decide(both).cell)).toBe('batch 4');
    expect(decide(both).missing).toHaveLength(2);
    expect(decide(both).missing[1]).toMatch(
      /^throughput is \S+\/s and must be at least 1\.90k\/s: a change of \+\d+\.\d%\.$/,
    );
  });

  it('says what is not known rather than what is not so', () => {
    const few = batchSweep({ cells: [{ samples: 100 }], rules: [rule('p99', '<=', 5 * MS)] });
    expect(decide(few).status).toBe('none-meets');
    expect(decide(few).sentence).toBe(
      'No cell is shown to meet the SLA; the nearest is digits: p99: no data.',
    );
    expect(decide(few).missing[0]).toContain('p99 needs 299 requests');
    expect(decide(few).flips).toEqual([]);
  });

  it('takes a cell that breaks a rule for nearer than one without data', () => {
    const mixed = batchSweep({
      cells: [{ samples: 100 }, { params: { batch: 4 } }],
      rules: [rule('p99', '<=', 1 * MS)],
    });
    expect(labelOf(mixed, decide(mixed).cell)).toBe('batch 4');
  });
});

describe('an open SLA', () => {
  const edge = (): Results => {
    const wide = batchSweep({ rules: [rule('p99', '<=', 5 * MS)] });
    const { interval } = judge(wide).verdicts[1]!;
    return batchSweep({ rules: [rule('p99', '<=', (interval!.low + interval!.high) / 2)] });
  };

  it('deploys a cell that meets it, and tells that a better one may', () => {
    const results = edge();
    const decision = decide(results);
    expect(decision.status).toBe('deploy');
    expect(labelOf(results, decision.cell)).toBe('batch 1');
    expect(decision.flips[0]).toMatch(
      /^Whether batch 4 meets the SLA is open \(p99 .*, inconclusive\); if it does, it is the choice: throughput \+\d+\.\d%\.$/,
    );
    expect(decision.others.find((other) => other.cell === results.cells[1]!.id)).toMatchObject({
      meetsSla: 'unknown',
    });
  });

  it('is undecided when no cell is shown to meet it, and names the likeliest', () => {
    const results = batchSweep({ policy: { fixed: 1 } });
    const decision = decide(results);
    expect(decision.status).toBe('undecided');
    // Batch 16 has the most throughput, and its measured p99 is over the limit.
    expect(labelOf(results, decision.cell)).toBe('batch 4');
    expect(decision.sentence).toMatch(
      /^Undecided: no cell is shown to meet the SLA; the best that may is batch 4 with throughput \S+\/s, and open is p99 <= 5\.00 ms and throughput >= 500\/s\.$/,
    );
    expect(decision.missing).toHaveLength(2);
  });
});

describe('no data', () => {
  it.each<[string, Results, string]>([
    [
      'nothing measured',
      buildResults({ cells: [{ state: 'failed' }] }),
      'no cell was measured; digits: the process died of SIGSEGV during sampling',
    ],
    ['nothing begun', buildResults({ cells: [{ state: 'pending' }] }), 'no cell was measured'],
    [
      'no value for the objective',
      buildResults({ cells: [{}], objective: maximize('accuracy') }),
      'the model has no labels in the scenario',
    ],
    [
      'too few requests for it',
      buildResults({ cells: [{ samples: 10 }], objective: minimize('p99') }),
      'p99 needs 299 requests',
    ],
    [
      'an unknown objective',
      buildResults({ cells: [{}], objective: minimize('beauty') }),
      'this mlat knows no metric beauty',
    ],
    [
      'only invalid measurements',
      buildResults({ cells: [{ errors: 1 }], rules: [] }),
      'every measurement is invalid',
    ],
  ])('%s', (_, results, why) => {
    const decision = decide(results);
    expect(decision).toMatchObject({ status: 'no-data', cell: null, value: null, runnerUp: null });
    expect(decision.sentence).toContain(`No decision: ${why}`);
  });

  it('makes no decision without cells', () => {
    expect(judge(buildResults({ cells: [] })).decision).toBeNull();
  });
});

describe('cells out of the running', () => {
  it('are listed with the reason', () => {
    const results = buildResults({
      cells: [
        { params: { batch: 1 } },
        { params: { batch: 2 }, state: 'failed', rounds: 3 },
        { params: { batch: 4 }, state: 'skipped' },
        { params: { batch: 8 }, errors: 1 },
      ],
      rules: [],
    });
    const { others, cell, status } = decide(results);
    expect(status).toBe('deploy');
    expect(labelOf(results, cell)).toBe('batch 1');
    expect(others.map(({ note, value }) => [note, value === null])).toEqual([
      ['its measurement is invalid', false],
      ['failed: the process died of SIGSEGV during sampling', true],
      ['skipped: this machine has no CUDA device', true],
    ]);
  });

  it('a cell that no rule is about may be chosen, and it is said', () => {
    const results = batchSweep({ rules: [rule('p99', '<=', 5 * MS, { batch: '1' })] });
    const decision = decide(results);
    expect(labelOf(results, decision.cell)).toBe('batch 16');
    expect(decision.sentence).toContain('no rule is about it');
  });
});
