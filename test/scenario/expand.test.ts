import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cellId, expandScenario } from '../../src/scenario/expand.js';
import type { Override } from '../../src/scenario/parse.js';
import { defaultParams } from '../../src/vocabulary/params.js';
import { parse, problemsOf } from './helpers.js';

const labels = (text: string): string[] => expandScenario(parse(text)).cells.map((cell) => cell.label);
const refused = (text: string, overrides: Override[] = []): string[] =>
  problemsOf(() => expandScenario(parse(text, { overrides })));

describe('expandScenario', () => {
  it('gives every combination, in the order written', () => {
    expect(labels('model: a.onnx\nsweep: {batch: [16, 1], threads: [2, auto]}')).toEqual([
      'batch 16, threads 2',
      'batch 16, threads auto',
      'batch 1, threads 2',
      'batch 1, threads auto',
    ]);
    expect(labels('models: {b: b.onnx, a: a.onnx}\ndims: {s: [9, 3]}')).toEqual([
      'b, s=9',
      'b, s=3',
      'a, s=9',
      'a, s=3',
    ]);
    expect(labels('model: a.onnx')).toEqual(['a']);
  });

  it('measures a precision only where a model has it', () => {
    const models = 'models: {a: {path: a.onnx, variants: {int8: b.onnx}}, c: c.onnx}\n';
    expect(labels(models)).toEqual(['a, precision original', 'a, precision int8', 'c, precision original']);
    expect(labels(`${models}precision: int8`)).toEqual(['a']);
  });

  it('leaves excluded combinations out', () => {
    const sweep =
      'model: a.onnx\ndims: {s: [1, 2]}\nmix: [{weight: 1, dims: {s: 5}}]\nsweep: {batch: [1, 2]}\n';
    expect(labels(`${sweep}exclude: [{batch: 2, s: 1}, {dims: mix, batch: 1}]`)).toEqual([
      's=1, batch 1',
      's=2, batch 1',
      's=2, batch 2',
      'mix(1x s=5), batch 2',
    ]);
  });

  it('adds included cells, once, whatever exclude says', () => {
    const text =
      'model: a.onnx\nsweep: {batch: [1, 2]}\nexclude: [{batch: 2}]\ninclude: [{batch: 2}, {batch: 1}, {batch: 64}]';
    expect(labels(text)).toEqual(['batch 1', 'batch 2', 'batch 64']);
  });

  it('gives ids that are the same for ever', () => {
    expect(cellId(defaultParams())).toBe(createHash('sha256').update('{}').digest('hex').slice(0, 10));
    expect(
      expandScenario(parse('model: cnn.onnx\nsweep: {batch: 4}\ndims: {b: 2, a: 1}')).cells,
    ).toMatchObject([
      {
        id: createHash('sha256')
          .update('{"batch":4,"dims":{"a":1,"b":2},"model":"cnn"}')
          .digest('hex')
          .slice(0, 10),
      },
    ]);
  });

  it('refuses an exclusion that no cell meets, each with its place', () => {
    expect(
      refused(
        'model: a.onnx\nsweep: {batch: [1, 2]}\nexclude:\n  - {batch: 4}\n  - {batch: 2}\n  - {batch: 1, spinning: off}',
      ),
    ).toEqual([
      's.yaml:4:5: exclude: no cell has batch = 4. Correct a value, or remove the entry.',
      's.yaml:6:5: exclude: no cell has batch = 1 and spinning = off. Correct a value, or remove the entry.',
    ]);
  });

  it('allows it when a flag narrowed the sweep', () => {
    const text = 'model: a.onnx\nsweep: {batch: [1, 16]}\nexclude: [{batch: 16}]';
    expect(refused(text, [{ path: ['sweep', 'batch'], value: [1], flag: '--batch 1' }])).toEqual([]);
    expect(refused(text, [{ path: ['measure', 'seed'], value: 2, flag: '--seed 2' }])).toEqual([]);
    expect(
      refused(text.replace('[1, 16]', '[1]'), [{ path: ['measure', 'seed'], value: 2, flag: '--seed 2' }]),
    ).toHaveLength(1);
  });

  it('refuses a plan without cells', () => {
    expect(refused('model: a.onnx\nexclude: [{batch: 1}]')).toEqual([
      's.yaml: no cell is left to measure. Exclude fewer combinations.',
    ]);
    expect(refused('models: {a: {path: a.onnx, variants: {int8: {}}}}')).not.toEqual([]);
  });

  it('refuses more than 2,000 cells, and does not even make millions', () => {
    const range = (n: number): string => `[${Array.from({ length: n }, (_, i) => i + 1).join(', ')}]`;
    expect(refused(`model: a.onnx\nsweep: {batch: ${range(40)}, threads: ${range(50)}}`)).toEqual([]);
    expect(refused(`model: a.onnx\nsweep: {batch: ${range(41)}, threads: ${range(50)}}`)).toEqual([
      's.yaml: the sweep has 2050 cells; 2000 is the limit. Give fewer values, or exclude combinations.',
    ]);
    expect(
      refused(
        `model: a.onnx\nsweep: {batch: ${range(999)}, threads: ${range(999)}, interThreads: ${range(999)}}`,
      ),
    ).toEqual([
      's.yaml: the sweep has 997002999 cells; 2000 is the limit. Give fewer values, or exclude combinations.',
    ]);
  });
});
