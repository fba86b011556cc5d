/** What is concluded from which provider ran the nodes: findings, rules, the outcome. */
import { describe, expect, it } from 'vitest';
import { findProblems } from '../../src/judge/findings/findings.js';
import { judge } from '../../src/judge/judge.js';
import { outcomeOf } from '../../src/judge/outcome.js';
import type { Finding, Verdict } from '../../src/results/conclusions-schema.js';
import type { Placement } from '../../src/results/placement-schema.js';
import type { Results } from '../../src/results/schema.js';
import { buildResults, rule, type SyntheticCell, type SyntheticRun } from '../helpers/results.js';

const CUDA = 'CUDAExecutionProvider';
const CPU = 'CPUExecutionProvider';

/** 20 nodes on cuda, of which `fallen` ran on cpu. */
const placement = (fallen: number, more: Partial<Placement> = {}): Placement => ({
  asked: 'cuda',
  runs: 10,
  total: 20,
  onAsked: 20 - fallen,
  nodes: { [CUDA]: 20 - fallen, [CPU]: fallen },
  elsewhere: fallen === 0 ? [] : [{ provider: CPU, operator: 'Relu', nodes: fallen }],
  copies: { nodes: 2 * fallen, ns: 3e6 * fallen },
  outside: 1e6,
  distortion: 1.1,
  ...more,
});

const onCuda = (fallen: number, more: Partial<Placement> = {}): SyntheticCell => ({
  params: { provider: 'cuda' },
  placement: placement(fallen, more),
});
const onCpu: SyntheticCell = {
  placement: placement(0, { asked: 'cpu', nodes: { [CPU]: 18 }, total: 18, onAsked: 18 }),
};

const judged = (cells: readonly SyntheticCell[], run: Partial<SyntheticRun> = {}): Results => {
  const results = buildResults({ cells, ...run });
  return { ...results, ...judge(results) };
};
const findingsOf = (cells: readonly SyntheticCell[], run: Partial<SyntheticRun> = {}): Finding[] =>
  findProblems(buildResults({ cells, ...run }));
const verdicts = (results: Results): string[] =>
  results.verdicts.map(({ status, actual }: Verdict) => `${status} ${String(actual)}`);

describe('findings', () => {
  it('are quiet when all nodes ran where they were asked to', () => {
    expect(findingsOf([onCpu, onCuda(0)])).toEqual([]);
  });

  it('name the operators of a fallback and its copies', () => {
    const [finding, ...others] = findingsOf([onCpu, onCuda(2)]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ id: 'provider-fallback', severity: 'warning' });
    expect(finding?.cause).toBe(
      'provider cuda: 2 of 20 nodes did not run on cuda: cpu ran Relu (2); 4 copies between them took 6.00 ms of a request, waiting for the device included.',
    );
  });

  it('take a node in a hundred for a note', () => {
    const few = onCuda(1, { total: 100, onAsked: 99, nodes: { [CUDA]: 99, [CPU]: 1 } });
    expect(findingsOf([few])).toMatchObject([{ id: 'provider-fallback', severity: 'note' }]);
  });

  it('count the operators they do not name', () => {
    const elsewhere = ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((operator) => ({
      provider: CPU,
      operator,
      nodes: 1,
    }));
    expect(findingsOf([onCuda(7, { elsewhere })])[0]?.cause).toContain(
      'cpu ran A, B, C, D, E and 2 operators more',
    );
  });

  it('call a cell invalid whose provider ran nothing, and the run with it', () => {
    const results = judged([onCpu, onCuda(20)], { rules: [rule('p99', '<=', 1e9)] });
    expect(results.findings).toMatchObject([{ id: 'provider-unused', severity: 'serious' }]);
    expect(results.verdicts.map(({ status }) => status)).toEqual(['pass', 'invalid']);
    expect(outcomeOf(results).kind).toBe('invalid');
    expect(results.decision?.cell).toBe(results.cells[0]?.id);
  });

  it('say that a failed profile leaves it open', () => {
    const broken = onCuda(0, { total: 0, onAsked: 0, nodes: {}, problem: 'no result after 2.00 min' });
    expect(findingsOf([broken])).toMatchObject([
      {
        id: 'placement-unknown',
        cause: 'digits: the profiled pass failed: no result after 2.00 min.',
      },
    ]);
  });

  it('warn of a device that the processor plays, once for all its cells', () => {
    const providers = [
      {
        name: 'webgpu',
        listed: true,
        bundled: true,
        available: true,
        device: 'SwiftShader (software)',
        software: true,
        driver: null,
        checks: [],
      },
    ];
    const cells: SyntheticCell[] = [
      onCpu,
      { params: { provider: 'webgpu' } },
      { params: { provider: 'webgpu', batch: 4 } },
    ];
    const found = findingsOf(cells, { environment: { providers } });
    expect(found).toMatchObject([{ id: 'emulated-device', cells: { length: 2 } }]);
    expect(found[0]?.cause).toContain('webgpu ran on SwiftShader (software)');
    const real = providers.map((status) => ({ ...status, software: false }));
    expect(findingsOf(cells, { environment: { providers: real } })).toEqual([]);
  });
});

describe('a rule on the nodes of a provider', () => {
  const nodes = [rule('nodes on cuda', '>=', 0.95)];

  it('passes and fails on the cells that ask for it, and on no other', () => {
    expect(verdicts(judged([onCpu, onCuda(1)], { rules: nodes }))).toEqual(['pass 0.95']);
    expect(verdicts(judged([onCpu, onCuda(2)], { rules: nodes }))).toEqual(['fail 0.9']);
    expect(outcomeOf(judged([onCpu, onCuda(2)], { rules: nodes })).kind).toBe('sla-failed');
  });

  it('has no data where nothing was profiled or the profile failed', () => {
    const unknown = judged([{ params: { provider: 'cuda' } }], { rules: nodes });
    expect(verdicts(unknown)).toEqual(['no-data null']);
    const broken = onCuda(0, { total: 0, onAsked: 0, nodes: {}, problem: 'it crashed' });
    expect(judged([broken], { rules: nodes }).verdicts[0]?.message).toContain(
      'the profiled pass failed: it crashed',
    );
  });

  it('does not pass for a provider that no cell asks for', () => {
    expect(verdicts(judged([onCpu], { rules: nodes }))).toEqual(['no-data null']);
  });
});

describe('a cell skipped for what this machine lacks', () => {
  const skipped: SyntheticCell = {
    params: { provider: 'cuda' },
    state: 'skipped',
    reason: {
      kind: 'no-hardware',
      message: 'libcuda.so.1, the NVIDIA driver, is not found. Install the NVIDIA driver.',
    },
  };

  it('is no obstacle to a rule that has other cells', () => {
    const results = judged([onCpu, skipped], { rules: [rule('p99', '<=', 1e9)] });
    expect(results.verdicts.map(({ status }) => status)).toEqual(['pass', 'not-applicable']);
    expect(results.verdicts[1]?.message).toBe(
      'p99 <= 1.00 s, provider cuda: not applicable here, because libcuda.so.1, the NVIDIA driver, is not found.',
    );
    expect(outcomeOf(results).kind).toBe('ok');
  });

  it('is no data for a rule about nothing else', () => {
    const results = judged([onCpu, skipped], { rules: [rule('nodes on cuda', '>=', 0.95)] });
    expect(results.verdicts).toMatchObject([{ status: 'no-data' }]);
  });
});
