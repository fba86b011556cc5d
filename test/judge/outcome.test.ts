import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import { OUTCOME_KINDS, outcomeOf, type Outcome } from '../../src/judge/outcome.js';
import type { Results } from '../../src/results/schema.js';
import { batchSweep, buildResults, maximize, MS, rule, type SyntheticRun } from '../helpers/results.js';

const judged = (results: Results): Results => ({ ...results, ...judge(results) });
const outcome = (run: SyntheticRun): Outcome => outcomeOf(judged(buildResults(run)));
const sweep = (run: Partial<SyntheticRun>): Outcome => outcomeOf(judged(batchSweep(run)));

const generous = rule('p99', '<=', 1000 * MS);
const impossible = rule('p99', '<=', 1);

describe('outcomeOf', () => {
  it('is ok when all is well', () => {
    expect(outcome({ cells: [{}], rules: [generous] })).toEqual({ kind: 'ok', message: 'The SLA is met.' });
    expect(outcome({ cells: [{}] })).toEqual({ kind: 'ok', message: 'Measured; no SLA was asked.' });
  });

  it('names each of the others', () => {
    const aborted = { params: { batch: 2 }, state: 'aborted' } as const;
    expect(outcome({ cells: [{}, aborted], state: 'interrupted' }).kind).toBe('interrupted');
    expect(outcome({ cells: [{ errors: 1 }], rules: [generous] })).toEqual({
      kind: 'invalid',
      message: 'The measurement of 1 cell is invalid: digits.',
    });
    expect(outcome({ cells: [{}], rules: [impossible] })).toEqual({
      kind: 'sla-failed',
      message: 'The SLA is not met: p99 <= 1.00 ns on digits.',
    });
    expect(outcome({ cells: [{}, { params: { batch: 2 }, state: 'failed' }] })).toEqual({
      kind: 'cell-failed',
      message: '1 of 2 cells failed: batch 2.',
    });
    expect(outcome({ cells: [{ state: 'pending' }] })).toEqual({
      kind: 'nothing-measured',
      message: 'Nothing was measured.',
    });
    expect(outcome({ cells: [{}], rules: [generous], policy: { fixed: 1 } })).toEqual({
      kind: 'inconclusive',
      message: 'Whether the SLA is met is open: p99 <= 1.00 s; measure more rounds.',
    });
  });

  it('is the first that applies', () => {
    // Each run has the trouble of its kind and of all the kinds after it.
    const failed = { params: { batch: 2 }, state: 'failed' } as const;
    const open = { params: { batch: 4 }, rounds: 1 } as const;
    const all = { cells: [{ errors: 1 }, failed, open], rules: [impossible], require: 'every' } as const;
    expect(outcome({ ...all, state: 'interrupted' }).kind).toBe('interrupted');
    expect(outcome(all).kind).toBe('invalid');
    expect(outcome({ ...all, cells: [{}, failed, open] }).kind).toBe('sla-failed');
    expect(outcome({ cells: [{}, failed, open], rules: [generous], require: 'any' }).kind).toBe(
      'cell-failed',
    );
    expect(outcome({ cells: [{}, open], rules: [generous], require: 'every' }).kind).toBe('inconclusive');
    expect(OUTCOME_KINDS.indexOf('ok')).toBe(OUTCOME_KINDS.length - 1);
  });

  it('finds invalid measurements without rules too, and when the finding is muted', () => {
    expect(outcome({ cells: [{ errors: 1 }], mute: ['request-errors'] }).kind).toBe('invalid');
  });

  it('does not call a run without a decision well', () => {
    expect(outcome({ cells: [{}], objective: maximize('accuracy') })).toMatchObject({
      kind: 'inconclusive',
      message: expect.stringContaining('No decision: the model has no labels'),
    });
  });
});

describe('require', () => {
  it('any: a sweep is well when one cell meets all rules', () => {
    expect(sweep({ require: 'any' }).kind).toBe('ok');
    expect(sweep({ require: 'any', rules: [impossible] })).toEqual({
      kind: 'sla-failed',
      message: 'The SLA is not met: p99 <= 1.00 ns passes on no cell.',
    });
  });

  it('every: one cell that fails, or lacks data, fails the SLA', () => {
    expect(sweep({ require: 'every' })).toEqual({
      kind: 'sla-failed',
      message: 'The SLA is not met: p99 <= 5.00 ms on batch 16.',
    });
    const cells = [{ params: { batch: 1 } }, { params: { batch: 2 }, samples: 100 }];
    expect(outcome({ cells, rules: [generous], require: 'every' }).kind).toBe('sla-failed');
    expect(outcome({ cells, rules: [generous], require: 'any' }).kind).toBe('ok');
    expect(sweep({ require: 'every', rules: [generous] }).kind).toBe('ok');
  });

  it.each(['any', 'every'] as const)('%s: a rule that matches no cell fails the SLA', (require) => {
    const rules = [generous, rule('p99', '<=', 1000 * MS, { batch: '64' })];
    expect(sweep({ require, rules })).toEqual({
      kind: 'sla-failed',
      message: 'The SLA is not met: p99 <= 1.00 s where batch = 64 matches no cell.',
    });
  });

  it.each(['any', 'every'] as const)(
    '%s: a rule about one cell must pass on it, whatever others do',
    (require) => {
      const rules = [generous, rule('p99', '<=', 1 * MS, { batch: '16' })];
      expect(sweep({ require, rules }).kind).toBe('sla-failed');
    },
  );

  it('any: rules that pass on different cells only are not met', () => {
    const rules = [rule('p99', '<=', 2 * MS), rule('throughput', '>=', 1800)];
    expect(sweep({ require: 'any', rules })).toEqual({
      kind: 'sla-failed',
      message: 'The SLA is not met: no cell passes all the rules about it.',
    });
  });

  it.each(['any', 'every'] as const)(
    '%s: hardware that is missing breaks no rule that has other cells',
    (require) => {
      const cells = [{ params: { batch: 1 } }, { params: { batch: 2 }, state: 'skipped' as const }];
      expect(outcome({ cells, rules: [generous], require }).kind).toBe('ok');
      expect(outcome({ cells: [{ state: 'skipped' }], rules: [generous], require }).kind).toBe('sla-failed');
    },
  );
});
