import { describe, expect, it } from 'vitest';
import {
  cellLabel,
  defaultParams,
  formatParam,
  identityOf,
  matchesCondition,
} from '../../src/vocabulary/params.js';
import { parseMetric } from '../../src/vocabulary/metrics.js';
import {
  formatProvider,
  parseProvider,
  profileName,
  readProvider,
  shortName,
  type Provider,
} from '../../src/vocabulary/providers.js';

const providerOf = (name: string, options?: Record<string, unknown>): Provider => {
  const read = readProvider(name, options);
  if ('expected' in read) throw new Error(read.expected);
  return read.provider;
};

describe('a provider', () => {
  it('is its name where it has no options, with sorted options otherwise', () => {
    expect(providerOf('cuda')).toBe('cuda');
    expect(providerOf('cuda', {})).toBe('cuda');
    expect(providerOf('webgpu', { validationMode: 'disabled', preferredLayout: 'NCHW' })).toEqual(
      providerOf('webgpu', { preferredLayout: 'NCHW', validationMode: 'disabled' }),
    );
  });

  it.each([
    ['cpu', 'cpu'],
    ['cuda(deviceId=1)', { name: 'cuda', options: { deviceId: 1 } }],
    [
      'webgpu(enableRobustness=false preferredLayout=NHWC)',
      { name: 'webgpu', options: { enableRobustness: false, preferredLayout: 'NHWC' } },
    ],
    [
      'webgpu(forceCpuNodeNames=/layer/Relu|b)',
      { name: 'webgpu', options: { forceCpuNodeNames: ['/layer/Relu', 'b'] } },
    ],
  ] satisfies [string, Provider][])('%s is read as it is written', (text, provider) => {
    expect(parseProvider(text)).toEqual({ provider });
    expect(formatProvider(provider)).toBe(text);
  });

  it.each([
    ['gpu', /^one of cpu, cuda, tensorrt, webgpu, dml, coreml, qnn, /],
    ['toString', /^one of cpu/],
    ['cuda(', /^one of cpu/],
    ['cuda(gpu=1)', /^cuda with only the options deviceId, which are all that onnxruntime-node reads$/],
    ['cpu(threads=1)', /^cpu with no options/],
    ['cuda(deviceId=-1)', /^a whole number of at least 0 for cuda\.deviceId$/],
    ['webgpu(enableRobustness=maybe)', /^true or false for webgpu\.enableRobustness$/],
    ['webgpu(preferredLayout)', /^text for webgpu\.preferredLayout$/],
  ])('%s is refused with what is expected', (text, expected) => {
    expect(parseProvider(text)).toEqual({ expected: expect.stringMatching(expected) as string });
  });

  it('has the name of the profile and back', () => {
    expect(profileName('cuda')).toBe('CUDAExecutionProvider');
    expect(shortName('WebGpuExecutionProvider')).toBe('webgpu');
    expect(shortName('NewExecutionProvider')).toBe('new');
  });
});

describe('the axis', () => {
  const cuda = { ...defaultParams(), model: 'm', provider: providerOf('cuda', { deviceId: 1 }) };

  it('leaves the identity of cells on the CPU as it was', () => {
    expect(identityOf({ ...defaultParams(), model: 'm' })).toBe('{"model":"m"}');
    expect(identityOf(cuda)).toContain('"deviceId":1');
  });

  it('is shown and matched by its text, and matched by its name alone', () => {
    expect(formatParam('provider', cuda)).toBe('cuda(deviceId=1)');
    expect(cellLabel(cuda, ['provider'])).toBe('provider cuda(deviceId=1)');
    for (const value of ['cuda', 'cuda(deviceId=1)']) {
      expect(matchesCondition(cuda, { key: 'provider', value })).toBe(true);
    }
    for (const value of ['cpu', 'cuda(deviceId=0)']) {
      expect(matchesCondition(cuda, { key: 'provider', value })).toBe(false);
    }
  });
});

it('there is a metric for the nodes on each provider', () => {
  expect(parseMetric('nodes on cuda')).toMatchObject({ kind: 'share', better: 'higher', provider: 'cuda' });
  expect(parseMetric('nodes on gpu')).toBeNull();
});
