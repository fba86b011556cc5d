import { describe, expect, it } from 'vitest';
import { FINDING_IDS, findProblems, INVALIDATING, invalidCells } from '../../src/judge/findings/findings.js';
import type { Finding } from '../../src/results/conclusions-schema.js';
import type { RawRound } from '../../src/results/digest.js';
import type { Results } from '../../src/results/schema.js';
import { createRandom } from '../../src/stats/random.js';
import {
  buildResults,
  environment,
  minimize,
  MS,
  rule,
  type SyntheticCell,
  type SyntheticRun,
} from '../helpers/results.js';

const find = (cells: readonly SyntheticCell[], run: Partial<SyntheticRun> = {}): Finding[] =>
  findProblems(buildResults({ cells, ...run }));

const idsOf = (findings: readonly Finding[]): string[] => findings.map((finding) => finding.id);

/** The finding of this id; fails the test when there is none. */
const only = (findings: readonly Finding[], id: string): Finding => {
  const found = findings.filter((finding) => finding.id === id);
  expect(idsOf(findings)).toContain(id);
  expect(found).toHaveLength(1);
  return found[0]!;
};

/** Durations of a round, made from the request's number. */
const shaped =
  (durationOf: (request: number, n: number, random: () => number) => number) =>
  (round: number, raw: RawRound): Partial<RawRound> => {
    const random = createRandom(1000 + round);
    const noise = (): number => Math.exp(0.03 * random.normal());
    return {
      durations: raw.durations.map((_, request) =>
        Math.round(durationOf(request, raw.durations.length, noise)),
      ),
    };
  };

describe('a sound measurement', () => {
  it('gives no findings', () => {
    expect(find([{}, { params: { batch: 4 } }])).toEqual([]);
  });
});

describe('too-few-samples', () => {
  it('warns of a percentile that a rule or the objective asks for', () => {
    const asked = only(find([{ samples: 120 }], { rules: [rule('p99.9', '<=', 5 * MS)] }), 'too-few-samples');
    expect(asked).toMatchObject({ severity: 'warning' });
    expect(asked.cause).toBe('digits: a round has 120 requests, too few for p99.9, p99; p99.9 needs 2995.');
    expect(asked.action).toContain('at least 2995 requests');
    expect(only(find([{ samples: 120 }], { objective: minimize('p99') }), 'too-few-samples').severity).toBe(
      'warning',
    );
  });

  it('notes a missing p99 that nobody asked for, and no rarer one', () => {
    expect(only(find([{ samples: 298 }]), 'too-few-samples').severity).toBe('note');
    expect(idsOf(find([{ samples: 299 }]))).toEqual([]);
    const elsewhere = [rule('p99.9', '<=', 5 * MS, { batch: '64' })];
    expect(idsOf(find([{}], { rules: elsewhere }))).toEqual([]);
  });
});

describe('few-rounds', () => {
  it('warns of one and notes two to four', () => {
    expect(only(find([{ rounds: 1 }]), 'few-rounds').severity).toBe('warning');
    expect(only(find([{ rounds: 4 }]), 'few-rounds')).toMatchObject({ severity: 'note' });
    expect(idsOf(find([{ rounds: 5 }]))).toEqual([]);
  });
});

describe('never-steady', () => {
  const unsteady = (rounds: number): SyntheticCell => ({
    raw: (round, raw) => ({ warmup: { ...raw.warmup, steady: round >= rounds, requests: 200 + round } }),
  });

  it('counts the rounds that were not', () => {
    const most = only(find([unsteady(3)]), 'never-steady');
    expect(most.severity).toBe('warning');
    expect(most.cause).toContain('in 3 of 5 rounds the latency was still changing after up to 202 requests');
    expect(only(find([unsteady(1)]), 'never-steady').severity).toBe('note');
  });

  it('says nothing of a warm-up that was not tested', () => {
    expect(find([{ raw: (_, raw) => ({ warmup: { ...raw.warmup, steady: null } }) }])).toEqual([]);
  });
});

describe('drift', () => {
  const rising = (size: number): SyntheticCell => ({
    raw: shaped((request, n, noise) => 2 * MS * noise() * (1 + (size * 1.5 * request) / n)),
  });

  it('tells a trend that the rounds share', () => {
    const slower = only(find([rising(0.1)]), 'drift');
    expect(slower.severity).toBe('warning');
    expect(slower.cause).toMatch(/changes by \+\d+\.\d%/);
    expect(only(find([rising(0.4)]), 'drift').severity).toBe('serious');
    expect(only(find([rising(-0.1)]), 'drift').action).toContain('warm-up');
    expect(idsOf(find([rising(0.02)]))).not.toContain('drift');
  });

  it('does not take noise that goes up and down for one', () => {
    const each = (size: number): SyntheticCell['raw'] => rising(size).raw;
    const mixed: SyntheticCell = {
      raw: (round, raw) => each([0.2, -0.15, 0.01, 0.18, -0.16][round] ?? 0)?.(round, raw) ?? {},
    };
    expect(idsOf(find([mixed]))).not.toContain('drift');
  });
});

describe('bimodal', () => {
  const twoKinds = shaped((request, _, noise) => (request % 3 === 0 ? 3 : 2) * MS * noise());

  it('tells two kinds of requests in a process', () => {
    const found = only(find([{ raw: twoKinds }]), 'bimodal');
    expect(found.severity).toBe('warning');
    expect(found.cause).toMatch(
      /either about (1\.9|2\.0)\d ms and about (2\.9|3\.0)\d ms, the slow kind 3\d\.\d% of requests/,
    );
  });

  it('expects them of a mix of sizes', () => {
    const dims = {
      mix: [
        { weight: 2, dims: { sequence: 16 } },
        { weight: 1, dims: { sequence: 128 } },
      ],
    };
    expect(only(find([{ params: { dims }, raw: twoKinds }]), 'bimodal')).toMatchObject({ severity: 'note' });
  });

  it('tells two kinds of processes', () => {
    const byProcess: SyntheticCell = {
      raw: (round, raw) => shaped((_, __, noise) => (round % 2 === 0 ? 2 : 3) * MS * noise())(round, raw),
    };
    expect(only(find([byProcess]), 'bimodal').cause).toContain('the processes fall into two groups');
  });
});

describe('outliers', () => {
  const every = (step: number) =>
    shaped((request, _, noise) => (request % step === 0 ? 20 : 2) * MS * noise());

  it('says which percentile they decide', () => {
    const many = only(find([{ raw: every(40) }]), 'outliers');
    expect(many).toMatchObject({ severity: 'warning' });
    expect(many.cause).toContain('2.50% of requests');
    expect(many.cause).toContain('decide p99;');
    const rare = only(find([{ raw: every(200) }]), 'outliers');
    expect(rare).toMatchObject({ severity: 'note' });
    expect(rare.cause).toContain('decide p99.9;');
    expect(idsOf(find([{ raw: shaped((_, __, noise) => 2 * MS * noise()) }]))).toEqual([]);
  });
});

describe('autocorrelated', () => {
  const bursts = (n: number): SyntheticCell => ({
    samples: n,
    raw: shaped((request, _, noise) => (request % 300 < 9 ? 3 : 2) * MS * noise()),
  });

  it('tells what dependent requests are worth for p99', () => {
    const found = only(find([bursts(900)]), 'autocorrelated');
    expect(found.severity).toBe('warning');
    expect(found.cause).toMatch(
      /the 900 requests of a round are worth \d+ independent ones \(.*\), fewer than the 299/,
    );
    expect(found.action).toMatch(/Sample about \d+ requests a round/);
  });
});

describe('throttled', () => {
  it('grades the worst round', () => {
    expect(only(find([{ disturbance: { throttledShare: 0.004 } }]), 'throttled').severity).toBe('warning');
    const bad = only(find([{ disturbance: { throttledShare: 0.04 } }]), 'throttled');
    expect(bad).toMatchObject({ severity: 'serious', cause: expect.stringContaining('4.00% of a round') });
    expect(idsOf(find([{ disturbance: { throttledShare: 0.0005 } }]))).toEqual([]);
    expect(
      idsOf(find([{ disturbance: { throttledShare: null, stealShare: null, otherShare: null } }])),
    ).toEqual([]);
  });
});

describe('noisy-machine', () => {
  it('tells steal, other processes and rounds that differ, together', () => {
    const found = only(
      find([{ disturbance: { stealShare: 0.02, otherShare: 0.5 }, betweenRounds: 0.4 }]),
      'noisy-machine',
    );
    expect(found.severity).toBe('serious');
    expect(found.cause).toContain('other virtual machines took 2.00%');
    expect(found.cause).toContain('other processes used 50.0%');
    expect(found.cause).toContain('the medians of its rounds differ by');
    expect(only(find([{ betweenRounds: 0.4 }]), 'noisy-machine').severity).toBe('warning');
    expect(idsOf(find([{ betweenRounds: 0.4, rounds: 2 }]))).toEqual(['few-rounds']);
  });

  it('tells what the harness saw before the run, apart from the cells', () => {
    const noisy = {
      harness: { ...environment.harness!, noise: { ...environment.harness!.noise, lostShare: 0.2 } },
    };
    const findings = find([{ disturbance: { stealShare: 0.02 } }], { environment: noisy });
    expect(
      findings.filter((finding) => finding.id === 'noisy-machine').map((finding) => finding.cells.length),
    ).toEqual([0, 1]);
    expect(find([{}], { environment: { harness: null } })).toEqual([]);
  });
});

describe('oversubscribed-threads', () => {
  const cpu = (allowed: number, quota: number | null): Partial<SyntheticRun> => ({
    environment: { cpu: { ...environment.cpu, allowed, quota } },
  });

  it('compares threads with the CPUs there are', () => {
    const found = only(find([{ params: { threads: 8 } }], cpu(4, null)), 'oversubscribed-threads');
    expect(found.cause).toContain('8 threads, and it may use 4 CPUs; its threads wait by spinning');
    expect(found.action).toBe('Use at most 4 threads, or turn spinning off.');
    const parked = find([{ params: { threads: 8, spinning: false } }], cpu(4, null));
    expect(only(parked, 'oversubscribed-threads').cause).not.toContain('spinning');
    expect(find([{ params: { threads: 4 } }], cpu(4, null))).toEqual([]);
  });

  it('sees the quota, also when the runtime chooses the threads', () => {
    const found = only(find([{ params: { threads: 0 } }], cpu(8, 1.5)), 'oversubscribed-threads');
    expect(found.cause).toContain('8 threads, and its quota grants 1.5 CPUs');
    expect(found.action).toContain('at most 1 threads');
    expect(find([{ params: { threads: 0 } }], cpu(8, null))).toEqual([]);
  });

  it('adds the threads between operators in parallel mode only', () => {
    const params = { threads: 3, interThreads: 3 } as const;
    expect(find([{ params }], cpu(4, null))).toEqual([]);
    const parallel = find([{ params: { ...params, executionMode: 'parallel' } }], cpu(4, null));
    expect(only(parallel, 'oversubscribed-threads').cause).toContain('6 threads');
  });
});

describe('wrapper-dominated', () => {
  const wrapped = (native: number): SyntheticCell => ({
    raw: () => ({ wrapper: { n: 200, total: 17_000, native } }),
  });

  it('tells a model that is smaller than the call', () => {
    const found = only(find([wrapped(10_000)]), 'wrapper-dominated');
    expect(found.cause).toBe(
      'digits: 41.2% of the 17.0 us of a request is the asynchronous call around the model.',
    );
    expect(find([wrapped(13_000)])).toEqual([]);
    expect(find([{ raw: () => ({ wrapper: null }) }])).toEqual([]);
  });
});

describe('small-pool', () => {
  it('warns of a single input and notes few', () => {
    expect(only(find([{ pool: { size: 1, source: 'a.npy' } }]), 'small-pool')).toMatchObject({
      severity: 'warning',
      cause: 'digits: one input was measured again and again (a.npy).',
    });
    expect(only(find([{ pool: { size: 7, source: 'a.npy' } }]), 'small-pool').severity).toBe('note');
    expect(find([{ pool: { size: 8, source: 'a.npy' } }])).toEqual([]);
  });
});

describe('what was not measured', () => {
  it('tells failed cells by their reason', () => {
    const findings = find([
      { params: { batch: 1 } },
      { params: { batch: 2 }, state: 'failed' },
      { params: { batch: 4 }, state: 'failed' },
      { params: { batch: 8 }, state: 'timed-out' },
    ]);
    expect(findings.map(({ id, severity, cells }) => [id, severity, cells.length])).toEqual([
      ['cell-failed', 'serious', 2],
      ['cell-failed', 'serious', 1],
    ]);
    expect(findings[0]?.cause).toBe(
      'batch 2: the process died of SIGSEGV during sampling. That is the worst of 2 such cells of 4.',
    );
    expect(findings[1]?.action).toContain('deadline');
  });

  it('notes cells this machine cannot run', () => {
    expect(only(find([{}, { params: { batch: 2 }, state: 'skipped' }]), 'cell-skipped').severity).toBe(
      'note',
    );
  });

  it('tells how far a run got that did not end by itself', () => {
    const cells: SyntheticCell[] = [
      { rounds: 5 },
      { params: { batch: 2 }, rounds: 3 },
      { params: { batch: 4 }, state: 'aborted' },
    ];
    const found = only(find(cells, { state: 'out-of-budget' }), 'incomplete');
    expect(found.cells).toHaveLength(2);
    expect(found.cause).toContain('the time budget was used up after 0 of 5 rounds');
    expect(idsOf(find(cells, { state: 'completed' }))).not.toContain('incomplete');
  });
});

describe('request-errors', () => {
  it('makes the measurement invalid unless a rule says how many may fail', () => {
    const results = buildResults({ cells: [{ errors: 2 }, { params: { batch: 2 } }] });
    expect(only(findProblems(results), 'request-errors').severity).toBe('serious');
    expect([...invalidCells(results)]).toEqual([
      [results.cells[0]!.id, '10 of 2010 requests failed (0.498%), and no rule on errors says how many may'],
    ]);
    const ruled = buildResults({ cells: [{ errors: 2 }], rules: [rule('errors', '<=', 0.01)] });
    expect(findProblems(ruled)).toEqual([]);
    expect(invalidCells(ruled).size).toBe(0);
    expect([...INVALIDATING]).toEqual(['request-errors', 'provider-unused']);
  });
});

describe('the list of findings', () => {
  const many = (run: Partial<SyntheticRun> = {}): Results =>
    buildResults({
      cells: [
        { params: { batch: 1, threads: 8 }, samples: 100 },
        { params: { batch: 2, threads: 16 }, errors: 1 },
        { params: { batch: 4, threads: 12 } },
      ],
      ...run,
    });

  it('has one entry for all cells with the same trouble, told by the worst', () => {
    const results = many();
    const found = only(findProblems(results), 'oversubscribed-threads');
    expect(found.cells).toEqual(results.cells.map((cell) => cell.id));
    expect(found.cause).toMatch(/^batch 2, threads 16: .* That is the worst of 3 such cells of 3\.$/);
  });

  it('puts the serious first and the muted last', () => {
    expect(idsOf(findProblems(many()))).toEqual([
      'request-errors',
      'oversubscribed-threads',
      'too-few-samples',
    ]);
    const muted = findProblems(many({ mute: ['request-errors', 'no-such-id'] }));
    expect(muted.map(({ id, muted: off }) => [id, off])).toEqual([
      ['oversubscribed-threads', false],
      ['too-few-samples', false],
      ['request-errors', true],
    ]);
  });

  it('has ids that are words, each once', () => {
    expect(new Set(FINDING_IDS).size).toBe(FINDING_IDS.length);
    for (const id of FINDING_IDS) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });
});
