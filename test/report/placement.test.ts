/** How the report tells which provider ran the nodes. */
import { describe, expect, it } from 'vitest';
import { renderText } from '../../src/report/text.js';
import type { Placement } from '../../src/results/placement-schema.js';
import type { Results } from '../../src/results/schema.js';
import { buildResults, type SyntheticCell } from '../helpers/results.js';

const CPU = 'CPUExecutionProvider';

const placement = (asked: string, onAsked: number, total: number): Placement => ({
  asked,
  runs: 10,
  total,
  onAsked,
  nodes: {},
  elsewhere: onAsked === total ? [] : [{ provider: CPU, operator: 'Relu', nodes: total - onAsked }],
  copies: onAsked === total ? { nodes: 0, ns: 0 } : { nodes: 4, ns: 6e6 },
  outside: 2e6,
  distortion: 1.25,
});

const cells: readonly SyntheticCell[] = [
  { placement: placement('cpu', 12, 12) },
  { params: { provider: 'webgpu' }, placement: placement('webgpu', 12, 14) },
  {
    params: { provider: { name: 'cuda', options: { deviceId: 1 } } },
    state: 'skipped',
    reason: { kind: 'no-hardware', message: 'libcuda.so.1, the NVIDIA driver, is not found.' },
  },
];
const status = (name: string, available: boolean) => ({
  name,
  listed: true,
  bundled: true,
  available,
  device: `device of ${name}`,
  software: false,
  driver: '580.1',
  checks: [],
});
const results: Results = buildResults({
  cells,
  environment: { providers: [status('webgpu', true), status('cuda', false), status('dml', true)] },
});
const lines = (text: string): string[] => text.split('\n');
const row = (text: string, start: string): string => lines(text).find((line) => line.startsWith(start)) ?? '';

describe('the table of cells', () => {
  it('counts the nodes on the provider that was asked for', () => {
    const text = renderText(results, { width: 120 });
    expect(row(text, '  provider ')).toMatch(/ nodes /);
    expect(row(text, '  cpu ')).toMatch(/ 12\/12 /);
    expect(row(text, '  webgpu ')).toMatch(/ 12\/14 /);
    expect(text).toContain('nodes on the provider asked for');
  });

  it('says why a cell was skipped, under its row', () => {
    const text = renderText(results, { width: 120 });
    const at = lines(text).findIndex((line) => line.startsWith('  cuda(deviceId=1) '));
    expect(lines(text)[at + 1]).toMatch(/ skipped: libcuda\.so\.1, the NVIDIA driver, is not found\.$/);
  });

  it('has no such column where every cell asks for the CPU', () => {
    const cpu = buildResults({ cells: [{ placement: placement('cpu', 12, 12) }, { params: { batch: 2 } }] });
    expect(renderText(cpu, { width: 120 })).not.toContain('nodes');
  });
});

it('the headline names the devices that were asked for and are there', () => {
  expect(row(renderText(results, { width: 120 }), '  devices')).toBe(
    '  devices   webgpu on device of webgpu, driver 580.1',
  );
});

describe('the report of one cell', () => {
  const fact = (id: number): string => {
    const text = renderText(results, { cell: results.cells[id]?.id ?? '' });
    const [, wrapped = ''] = /^ {2}placement +(.+(?:\n {10,}.+)*)/m.exec(text) ?? [];
    return wrapped.replaceAll(/\s+/g, ' ');
  };

  it('tells operators elsewhere, copies, the time outside and the distortion', () => {
    expect(fact(1)).toBe(
      '12 of 14 nodes on webgpu; Relu (2) on cpu; 4 copies between providers, 6.00 ms a request; ' +
        '2.00 ms outside of the nodes (inputs, outputs, waiting for the device); ' +
        'from 10 profiled requests, 1.25 times as long as without the profile',
    );
    expect(fact(0)).toMatch(/^12 of 12 nodes on cpu; 2\.00 ms outside of the nodes; from 10/);
  });

  it('has no such line for a cell that was not profiled', () => {
    expect(fact(2)).toBe('');
  });
});
