/**
 * A prediction cache for real: the predicted break-even against the sign of the measured difference, in
 * front of a model slow enough for the machine's noise not to matter, and one quicker than its key.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Pattern } from '../../src/results/cache-schema.js';
import type { CellResult, Results } from '../../src/results/schema.js';
import { isHitRate } from '../../src/vocabulary/traffic.js';
import {
  buildModel,
  DataType,
  elementwiseModel,
  int64Tensor,
  matmulModel,
  node,
  tensorValue,
  writeModel,
} from '../helpers/onnx.js';
import { errorLines, mlat, readResults, workspace, writeFiles } from './mlat.js';

const folder = await workspace();

/** Answers with the first four of many numbers: a key is made from all of them, and the model reads four. */
const glanceModel = (length: number): Uint8Array =>
  buildModel({
    inputs: [tensorValue('x', DataType.FLOAT, ['batch', length])],
    outputs: [tensorValue('y', DataType.FLOAT, ['batch', 4])],
    nodes: [node('Slice', ['x', 'starts', 'ends', 'axes'], ['y'])],
    initializers: [
      int64Tensor('starts', [1], [0n]),
      int64Tensor('ends', [1], [4n]),
      int64Tensor('axes', [1], [1n]),
    ],
  });

/** The cell with a cache at this hit rate. */
const atRate = ({ cells }: Results, hitRate: number): CellResult | undefined =>
  cells.find(
    ({ params: { traffic } }) => traffic !== 'any' && isHitRate(traffic) && traffic.hitRate === hitRate,
  );

beforeAll(async () => {
  await writeModel(folder, 'slow.onnx', matmulModel(1024, 8));
  await writeModel(folder, 'glance.onnx', glanceModel(100_000));
  await writeModel(folder, 'fixed.onnx', elementwiseModel([4, 8]));
});

const run = async (name: string, scenario: string): Promise<Results> => {
  await writeFiles(folder, { [`${name}.yaml`]: scenario });
  const { code, stderr } = await mlat(folder, 'bench', `${name}.yaml`, '-o', name, '--quiet');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return readResults(join(folder, name));
};

const patternOf = ({ patterns = [] }: Results): Pattern => {
  const [pattern] = patterns;
  if (pattern === undefined) throw new Error('the document has no pattern');
  return pattern;
};

const meanRatio = (pattern: Pattern, traffic: string): number => {
  const arm = pattern.arms.find((candidate) => candidate.traffic === traffic);
  return arm?.verdicts.find(({ metric }) => metric === 'mean')?.ratio ?? Number.NaN;
};

describe('a cache in front of a slow model', () => {
  let results: Results;
  beforeAll(async () => {
    results = await run(
      'slow',
      [
        'model: ./slow.onnx',
        'cache: { hitRate: [0, 0.6, 0.9], size: 50 }',
        'sweep: { threads: 1 }',
        'measure: { rounds: 3, samples: 100, warmup: 10 }',
        'objective: minimize mean',
      ].join('\n'),
    );
  });

  it('serves the asked rates', () => {
    const rates = results.cells.flatMap(({ cache }) => (cache === undefined ? [] : [cache.hitRate.value]));
    expect(rates).toHaveLength(3);
    [0, 0.6, 0.9].forEach((asked, index) => {
      expect(Math.abs((rates[index] ?? -1) - asked)).toBeLessThanOrEqual(0.03);
    });
  });

  it('keeps hits and misses apart, and a hit is the quicker one', () => {
    const { cache } = atRate(results, 0.6) ?? {};
    expect((cache?.hit?.n ?? 0) + (cache?.miss?.n ?? 0)).toBe(300);
    expect(cache?.hit?.p50 ?? Infinity).toBeLessThan((cache?.miss?.p50 ?? 0) / 5);
  });

  it('pays above the predicted break-even, which is low', () => {
    const pattern = patternOf(results);
    expect(pattern.breakEven?.hitRate).toBeLessThan(0.6);
    expect(meanRatio(pattern, '60% hits')).toBeLessThan(1);
    expect(meanRatio(pattern, '90% hits')).toBeLessThan(meanRatio(pattern, '60% hits'));
  });

  it('is the decision', () => {
    expect(results.decision?.sentence).toMatch(/^Deploy cache 50: .* at 60% hits/);
  });

  it('is a table of the report, and everything about one cell', async () => {
    const whole = await mlat(folder, 'report', 'slow', '--no-color');
    expect(whole.stdout).toMatch(/\nCache {2}.*\n(?:.*\n)* +cache 50\n +0% hits/);
    expect(whole.stdout).toMatch(/the mean breaks even at .*% hits/);
    const cell = await mlat(folder, 'report', 'slow', '--cell', 'cache 50, 90% hits', '--no-color');
    expect(cell.stdout).toMatch(/requests {2,}2\d\d requests of hits only/);
    expect(cell.stdout).toMatch(/pays {2,}mean PAYS/);
  });
});

it('a cache whose keys cost more than the model costs at every rate, as predicted', async () => {
  const results = await run(
    'glance',
    [
      'model: ./glance.onnx',
      'cache: { hitRate: [0, 0.9], size: 20 }',
      'sweep: { threads: 1 }',
      'pool: 8',
      'measure: { rounds: 2, samples: 300, warmup: 20 }',
      'objective: minimize mean',
    ].join('\n'),
  );
  const pattern = patternOf(results);
  // Null where even a hit takes as long as the model.
  expect(pattern.breakEven?.hitRate ?? Infinity).toBeGreaterThan(1);
  expect(meanRatio(pattern, '0% hits')).toBeGreaterThan(1);
  expect(meanRatio(pattern, '90% hits')).toBeGreaterThan(1);
  expect(results.decision?.sentence).toMatch(/^Deploy cache off/);
});

it('a batch is looked up item by item', async () => {
  const results = await run(
    'batch',
    [
      'model: ./slow.onnx',
      'cache: { hitRate: [0.5], size: 64 }',
      'sweep: { threads: 1, batch: 4 }',
      'measure: { rounds: 1, samples: 100, warmup: 5 }',
      'objective: minimize mean',
    ].join('\n'),
  );
  const cached = atRate(results, 0.5);
  expect(cached?.cache?.hitRate.value).toBeCloseTo(0.5, 1);
  // Of requests of four items few are hits or misses as a whole.
  expect(cached?.cache?.miss?.n).toBeGreaterThan(70);
});

it('refuses a model of a fixed batch before anything is measured', async () => {
  const outcome = await mlat(
    folder,
    'bench',
    'fixed.onnx',
    '--batch',
    '4',
    '--hit-rate',
    '0.5',
    '-o',
    'none',
  );
  expect(outcome.code).toBe(2);
  expect(errorLines(outcome)).toEqual([
    expect.stringMatching(/cache: this model takes exactly 4 items a request.*dynamic batch/),
  ]);
});
