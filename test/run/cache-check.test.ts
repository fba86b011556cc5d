import { describe, expect, it } from 'vitest';
import { resolveShapes } from '../../src/model/shapes.js';
import type { Dim, ValueInfo } from '../../src/model/types.js';
import { cacheProblems } from '../../src/run/cache-check.js';
import { defaultParams, type CellParams } from '../../src/vocabulary/params.js';
import type { InputSpec } from '../../src/vocabulary/inputs.js';

const input = (name: string, shape: readonly Dim[], dtype = 'float32'): ValueInfo => ({
  name,
  kind: 'tensor',
  dtype,
  shape,
});

const problems = (
  inputs: readonly ValueInfo[],
  {
    params = {},
    specs = {},
    module,
  }: { params?: Partial<CellParams>; specs?: Record<string, InputSpec>; module?: string } = {},
): string[] => {
  const cell: CellParams = { ...defaultParams(), cache: 100, traffic: { hitRate: 0.5 }, ...params };
  const resolved = resolveShapes(inputs, { batch: cell.batch, dims: {}, inputs: specs });
  if (Array.isArray(resolved)) throw new Error(resolved.map(({ message }) => message).join());
  const model = { inputs: specs, ...(module === undefined ? {} : { module }) };
  return cacheProblems(cell, model, { inputs }, resolved).map(({ message }) => message);
};

describe('a cache in front of a model', () => {
  it('is fine with a dynamic batch, and with a fixed one of a single item', () => {
    expect(problems([input('x', ['batch', 4])], { params: { batch: 8 } })).toEqual([]);
    expect(problems([input('x', [1, 4])])).toEqual([]);
  });

  it('needs a model that takes any number of items', () => {
    expect(problems([input('x', [8, 4])], { params: { batch: 8 } })).toEqual([
      'cache: this model takes exactly 8 items a request, and the misses of a request are often fewer.',
    ]);
  });

  it('needs the batch first in every input when there are several items', () => {
    const inputs = [input('x', ['batch', 4]), input('y', [3, 'batch'])];
    expect(problems(inputs, { params: { batch: 2 } })).toEqual([
      expect.stringMatching(/^cache: input "y" does not have the batch as its first dimension/),
    ]);
    expect(problems(inputs)).toEqual([]);
  });

  it('cannot store what depends on the requests before', () => {
    const specs: Record<string, InputSpec> = { h: { from: 'state', output: 'hn', initial: 0 } };
    expect(problems([input('x', ['batch', 4]), input('h', ['batch', 2])], { specs })).toEqual([
      expect.stringMatching(/^cache: the state "h" makes every answer depend/),
    ]);
  });

  it('makes no keys from texts, takes no module and no mix', () => {
    expect(problems([input('x', ['batch', 1], 'string')])).toEqual([expect.stringMatching(/holds texts/)]);
    expect(problems([input('x', ['batch', 4])], { module: '/m.js' })).toEqual([
      expect.stringMatching(/^cache: a module/),
    ]);
    const mix = { mix: [{ weight: 1, dims: {} }] };
    expect(problems([input('x', ['batch', 4])], { params: { dims: mix } })).toEqual([
      expect.stringMatching(/^cache: the items of a mix/),
    ]);
  });

  it('is not asked about where there is none', () => {
    expect(problems([input('x', [8, 4])], { params: { batch: 8, cache: 0, traffic: 'any' } })).toEqual([]);
  });
});
