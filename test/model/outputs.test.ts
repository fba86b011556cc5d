import { describe, expect, it } from 'vitest';
import { encodeHalf } from '../../src/model/half.js';
import { checkOutputs, type OutputsRequest } from '../../src/model/outputs.js';
import type { Dim, ValueInfo } from '../../src/model/types.js';

const value = (name: string, shape: readonly Dim[] | null): ValueInfo => ({
  name,
  kind: 'tensor',
  dtype: 'float32',
  shape,
});
const zeros = (...dims: number[]) => ({
  dtype: 'float32',
  dims,
  data: new Float32Array(dims.reduce((a, b) => a * b, 1)),
});

/** The problem of one output of these dims, declared so, when 8 were asked for. */
const check = (
  declared: readonly Dim[] | null,
  dims: number[],
  { input = ['batch', 4], ...rest }: Partial<OutputsRequest> & { input?: readonly Dim[] } = {},
) =>
  checkOutputs(
    { y: zeros(...dims) },
    { info: { inputs: [value('x', input)], outputs: [value('y', declared)] }, batch: 8, ...rest },
  );

describe('checkOutputs: the batch', () => {
  it('wants a dimension with the name of the batch to be the batch', () => {
    expect(check(['batch', 10], [8, 10])).toBeNull();
    expect(check(['batch', 10], [4, 10])).toEqual({
      kind: 'output-batch',
      message: expect.stringMatching(
        /^output "y" has a batch of 4 \(4 x 10\); asked for 8: .*leave out batch: \[8\]\.$/,
      ),
    });
    expect(check([2, 'batch', 4], [2, 8, 4])).toBeNull();
    expect(check([2, 'batch', 4], [2, 1, 4])?.message).toContain('batch of 1');
  });

  it('finds that an open first dimension lost the batch', () => {
    for (const declared of [['', 10], ['Addy_dim_0', 10], null]) {
      expect(check(declared, [8, 10])).toBeNull();
      expect(check(declared, [1, 10])?.kind).toBe('output-batch');
    }
    expect(check(['', 10], [1, 10], { input: ['', 4] })?.kind).toBe('output-batch');
    expect(check(['p2o.Dim.3', 10], [1, 10], { input: ['p2o.Dim.0', 4] })?.kind).toBe('output-batch');
  });

  it('raises no alarm for outputs without a batch', () => {
    expect(check([], [])).toBeNull();
    expect(check(null, [])).toBeNull();
    expect(check([1, 10], [1, 10])).toBeNull();
    expect(check(['detections', 7], [13, 7])).toBeNull();
    expect(check(['detections', 7], [0, 7])).toBeNull();
    expect(check(['', ''], [2, 8], { states: [{ output: 'y' }] })).toBeNull();
    expect(check(['', '', ''], [1, 8, 3], { states: [{ output: 'y' }] })).toBeNull();
  });

  it('raises no alarm where the model has no batch of its own, or one item is a batch', () => {
    expect(check(['', 10], [1, 10], { input: [8, 4] })).toBeNull();
    expect(check(['', 10], [1, 10], { batch: 1 })).toBeNull();
    expect(check(['detections', 7], [1, 7], { found: { kind: 'none' } })).toBeNull();
  });

  it('uses what was found in the inputs with the scenario', () => {
    expect(check(['rows', 10], [4, 10], { found: { kind: 'named', names: ['rows'] } })?.kind).toBe(
      'output-batch',
    );
  });
});

describe('checkOutputs: finite numbers', () => {
  const info = { inputs: [], outputs: [] };
  const kindOf = (dtype: string, data: unknown, dims = [2, 3]) =>
    checkOutputs({ y: { dtype, dims, data } }, { info, batch: 1 });

  it('names the output and the first place', () => {
    const nan = Float32Array.of(0, 1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY);
    expect(kindOf('float32', nan)).toEqual({
      kind: 'not-finite',
      message: expect.stringMatching(/^output "y" is NaN at \[1, 1\]: [^\n]+$/),
    });
    expect(kindOf('float64', Float64Array.of(0, Number.NEGATIVE_INFINITY), [2])?.message).toContain(
      'is -Infinity at [1]',
    );
    expect(kindOf('float32', Float32Array.of(Number.NaN), [])?.message).toContain('at []');
  });

  it('decodes half floats', () => {
    expect(kindOf('float16', Uint16Array.from([1, 65_504].map(encodeHalf)), [2])).toBeNull();
    expect(kindOf('float16', Uint16Array.of(0, 0x7c00), [2])?.message).toContain('Infinity at [1]');
    expect(kindOf('float16', Uint16Array.of(0x7e01), [1])?.message).toContain('NaN at [0]');
    expect(kindOf('bfloat16', Uint16Array.of(0x7f80), [1])?.kind).toBe('not-finite');
  });

  it('has nothing to say about integers and strings', () => {
    expect(kindOf('int64', BigInt64Array.of(1n), [1])).toBeNull();
    expect(kindOf('uint16', Uint16Array.of(0x7c00), [1])).toBeNull();
    expect(kindOf('string', ['NaN'], [1])).toBeNull();
  });
});
