import { describe, expect, it } from 'vitest';
import { configurationsOf } from '../../src/judge/configurations.js';
import { judge } from '../../src/judge/judge.js';
import type { Decision } from '../../src/results/conclusions-schema.js';
import type { Results } from '../../src/results/schema.js';
import { parseMetric, type Metric } from '../../src/vocabulary/metrics.js';
import { buildResults, maximize, minimize, MS, rule, type SyntheticCell } from '../helpers/results.js';

const metric = (name: string): Metric => {
  const found = parseMetric(name);
  if (found === null) throw new Error(`no metric ${name}`);
  return found;
};

const cell = (
  batch: number,
  sequence: number,
  p50: number,
  more: Partial<SyntheticCell> = {},
): SyntheticCell => ({
  params: { batch, dims: { sequence } },
  p50,
  ...more,
});

const decisionOf = (results: Results): Decision => {
  const { decision } = judge(results);
  if (decision === null) throw new Error('no decision');
  return decision;
};

describe('configurationsOf', () => {
  it('puts cells together that differ in their workload alone', () => {
    const { cells } = buildResults({
      cells: [cell(1, 16, MS), cell(1, 128, 4 * MS), cell(4, 16, 2 * MS), cell(4, 128, 9 * MS)],
    });
    const found = configurationsOf(cells, metric('p99'));
    expect(found.map(({ label, cells: own }) => [label, own.length])).toEqual([
      ['batch 1', 2],
      ['batch 4', 2],
    ]);
  });

  it('ranks by the workload that costs the most, the same for all', () => {
    const { cells } = buildResults({
      // For batch 4 the short one happens to be slower.
      cells: [cell(1, 16, MS), cell(1, 128, 9 * MS), cell(4, 16, 5 * MS), cell(4, 128, 4 * MS)],
    });
    const dims = configurationsOf(cells, metric('p50')).map(
      ({ representative }) => representative?.params.dims,
    );
    expect(dims).toEqual([{ sequence: 128 }, { sequence: 128 }]);
  });

  it('ranks by the mix where there is one', () => {
    const mix = { mix: [{ weight: 1, dims: { sequence: 16 } }] };
    const { cells } = buildResults({
      cells: [cell(1, 16, MS), cell(1, 128, 9 * MS), { params: { batch: 1, dims: mix }, p50: 2 * MS }],
    });
    expect(configurationsOf(cells, metric('p50'))[0]?.representative?.params.dims).toEqual(mix);
  });

  it('leaves every cell alone when only configurations vary', () => {
    const { cells } = buildResults({ cells: [{ params: { batch: 1 } }, { params: { batch: 2 } }] });
    const found = configurationsOf(cells, metric('p50'));
    expect(found.map(({ representative }) => representative?.id)).toEqual(cells.map(({ id }) => id));
  });
});

describe('a decision over workloads', () => {
  it('never chooses the easier workload as if it were a configuration', () => {
    const decision = decisionOf(
      buildResults({
        cells: [cell(1, 16, MS), cell(1, 128, 9 * MS), cell(4, 16, 2 * MS), cell(4, 128, 30 * MS)],
        objective: minimize('p50'),
      }),
    );
    expect(decision.sentence).toMatch(/^Deploy batch 1: p50 .* at sequence=128/);
    expect([decision.runnerUp, ...decision.others].filter((other) => other !== null)).toHaveLength(1);
  });

  it('lets a configuration meet the SLA only when it does at every workload', () => {
    const decision = decisionOf(
      buildResults({
        cells: [cell(1, 16, MS), cell(1, 128, 4 * MS), cell(8, 16, 2 * MS), cell(8, 128, 20 * MS)],
        rules: [rule('p99', '<=', 10 * MS)],
        objective: maximize('throughput'),
      }),
    );
    expect(decision.status).toBe('deploy');
    expect(decision.sentence).toMatch(
      /^Deploy batch 1: .*the only one of 2 configurations that meets the SLA at all 2 workloads/,
    );
    expect(decision.runnerUp ?? decision.others[0]).toMatchObject({ meetsSla: 'no' });
    expect(decision.others[0]?.note).toMatch(/at sequence=128/);
  });

  it('does not choose a configuration that failed at one workload, even without rules', () => {
    const decision = decisionOf(
      buildResults({
        cells: [
          cell(1, 16, 5 * MS),
          cell(1, 128, 9 * MS),
          cell(4, 16, MS),
          cell(4, 128, 9 * MS, { state: 'failed', reason: { kind: 'crashed', message: 'died' } }),
        ],
        objective: minimize('p50'),
      }),
    );
    expect(decision.sentence).toMatch(/^Deploy batch 1/);
    expect(JSON.stringify(decision.others)).toMatch(/batch 4.* failed/);
  });
});
