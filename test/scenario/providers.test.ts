import { describe, expect, it } from 'vitest';
import { expandScenario } from '../../src/scenario/expand.js';
import { flagOverrides } from '../../src/scenario/flags.js';
import { formatParam } from '../../src/vocabulary/params.js';
import { parse, problems } from './helpers.js';

const providersOf = (text: string, flags: { provider?: string } = {}): string[] =>
  expandScenario(parse(text, { overrides: flagOverrides(flags) })).cells.map(({ params }) =>
    formatParam('provider', params),
  );

describe('sweep.provider', () => {
  it('takes names, objects and the text form, each cell once', () => {
    const text =
      'model: a.onnx\nsweep: {provider: [cpu, {name: cuda, deviceId: 1}, cuda(deviceId=1), {name: cuda}, webgpu]}';
    expect(providersOf(text)).toEqual(['cpu', 'cuda(deviceId=1)', 'cuda', 'webgpu']);
  });

  it('is cpu where nobody says otherwise, and what the flag says', () => {
    expect(providersOf('model: a.onnx')).toEqual(['cpu']);
    expect(
      providersOf('model: a.onnx\nsweep: {provider: cuda}', { provider: 'cpu,cuda(deviceId=2)' }),
    ).toEqual(['cpu', 'cuda(deviceId=2)']);
  });

  it('can be excluded and named in a rule, by name or with options', () => {
    const text = [
      'model: a.onnx',
      'sweep: {provider: [cpu, cuda, {name: cuda, deviceId: 1}], batch: [1, 2]}',
      'exclude: [{provider: cuda(deviceId=1), batch: 2}]',
      'sla: ["p99 <= 4ms where provider = cuda", "nodes on cuda >= 95%"]',
    ].join('\n');
    const { scenario, cells } = expandScenario(parse(text));
    expect(cells).toHaveLength(5);
    expect(scenario.rules).toMatchObject([
      { metric: 'p99', where: [{ key: 'provider', value: 'cuda' }] },
      { metric: 'nodes on cuda', limit: 0.95 },
    ]);
  });

  it.each([
    [
      'sweep: {provider: [cpu, gpu]}',
      's.yaml:2:25: sweep.provider[1]: expected one of cpu, cuda, tensorrt, webgpu, dml, coreml, qnn, alone or with options such as cuda(deviceId=1), found "gpu"',
    ],
    [
      'sweep: {provider: {name: cuda, gpuMemLimit: 5}}',
      's.yaml:2:19: sweep.provider: expected cuda with only the options deviceId, which are all that onnxruntime-node reads, found a mapping',
    ],
    [
      'sla: nodes on cudaa >= 95%',
      's.yaml:2:6: sla: unknown metric "nodes on cudaa"; the providers are cpu, cuda, tensorrt, webgpu, dml, coreml, qnn. Did you mean "nodes on cuda"?',
    ],
  ])('%s is refused', (line, problem) => {
    expect(problems(`model: a.onnx\n${line}`)).toEqual([problem]);
  });
});
