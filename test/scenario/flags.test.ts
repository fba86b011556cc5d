import { describe, expect, it } from 'vitest';
import { flagOverrides, type ScenarioFlags } from '../../src/scenario/flags.js';
import type { Scenario } from '../../src/scenario/types.js';
import { parse, problems } from './helpers.js';

const MODEL = { path: ['model'], value: 'm.onnx', flag: 'm.onnx' };
/** A scenario from flags over a text, or over a bare model. */
const withFlags = (flags: ScenarioFlags, text: string | null = null): Scenario =>
  parse(text, {
    overrides: text === null ? [MODEL, ...flagOverrides(flags)] : flagOverrides(flags),
    cwd: '/home/me',
  });
const refused = (flags: ScenarioFlags, text: string | null = null): string[] =>
  problems(text, { overrides: text === null ? [MODEL, ...flagOverrides(flags)] : flagOverrides(flags) });

describe('flags without a file', () => {
  it('say everything that a sweep needs', () => {
    const scenario = withFlags({
      batch: '1,4, 16',
      threads: '1,auto',
      interThreads: '2',
      graph: 'all,basic',
      mode: 'parallel',
      spinning: 'on,off',
      idle: '0,50ms',
      sla: ['p99<=10ms', 'errors <= 1%'],
    });
    expect(scenario).toMatchObject({
      name: 'm',
      file: null,
      source: null,
      models: [{ name: 'm', path: '/home/me/m.onnx' }],
      sweep: {
        batch: [1, 4, 16],
        threads: [1, 0],
        interThreads: [2],
        graphOptimization: ['all', 'basic'],
        executionMode: ['parallel'],
        spinning: [true, false],
        idle: [0, 50e6],
      },
      rules: [{ text: 'p99<=10ms', location: { file: '--sla' } }, { text: 'errors <= 1%' }],
    });
  });

  it('say how to measure and to judge', () => {
    const scenario = withFlags({
      rounds: '7',
      warmup: '20',
      samples: '50',
      budget: '10m',
      deadline: '1m',
      memoryLimit: '1GiB',
      seed: '9',
      objective: 'minimize p50',
      mute: ['drift,outliers', 'bimodal'],
    });
    expect(scenario.measure).toEqual({
      cold: { pageCache: 'dropped', starts: 20 },
      rounds: { fixed: 7 },
      warmup: { requests: 20, maxDuration: 60e9 },
      sampling: { samples: 50, duration: null, minSamples: 50 },
      budget: 600e9,
      deadline: 60e9,
      memoryLimit: 2 ** 30,
      seed: 9,
    });
    expect(scenario.objective?.text).toBe('minimize p50');
    expect(scenario.mute).toEqual(['drift', 'outliers', 'bimodal']);
    expect(withFlags({ untilDecided: true, warmup: '3s' }).measure).toMatchObject({
      rounds: { looks: [5, 10, 20] },
      warmup: { maxDuration: 3e9 },
    });
    expect(withFlags({ warmup: 'steady' }).measure.warmup.requests).toBeNull();
  });

  it('add variants and sizes, paths relative to where the command runs', () => {
    const scenario = withFlags({
      variant: ['int8=./m8.onnx', 'fp16 = /abs/m16.onnx'],
      dims: ['sequence=16,128', 'h=3'],
      precision: 'int8,fp16',
    });
    expect(scenario).toMatchObject({
      models: [
        {
          variants: { int8: '/home/me/m8.onnx', fp16: '/abs/m16.onnx' },
          dims: [
            { sequence: 16, h: 3 },
            { sequence: 128, h: 3 },
          ],
        },
      ],
      precision: ['int8', 'fp16'],
    });
  });

  it('change nothing when none is given', () => {
    expect(flagOverrides({ variant: [], dims: [], sla: [], mute: [] })).toEqual([]);
  });
});

describe('flags over a file', () => {
  it('replace what the file says, and only that', () => {
    const text =
      'model: a.onnx\nsweep: {batch: [1, 2], threads: [4]}\nsla: [p99 <= 1ms, p50 <= 1ms]\nmeasure: {duration: 5s, minSamples: 10, seed: 3}';
    const scenario = withFlags({ batch: '8', sla: ['p90 <= 2ms'], samples: '100' }, text);
    expect(scenario).toMatchObject({
      sweep: { batch: [8], threads: [4] },
      models: [{ path: '/proj/scenarios/a.onnx' }],
      rules: [{ text: 'p90 <= 2ms' }],
      measure: { sampling: { samples: 100, duration: null }, seed: 3 },
    });
    expect(scenario.rules).toHaveLength(1);
    expect(withFlags({ duration: '3s' }, 'model: a.onnx\nmeasure: {samples: 9}').measure.sampling).toEqual({
      samples: null,
      duration: 3e9,
      minSamples: 300,
    });
  });

  it('reach the models that say it for themselves, and take a mix out', () => {
    const text =
      'models: {a: {path: a.onnx, dims: {s: [1, 2], h: 5}}, b: b.onnx}\ndims: {s: 3}\nmix: [{weight: 1, dims: {s: 9}}]';
    expect(withFlags({ dims: ['s=7'] }, text).models.map((model) => model.dims)).toEqual([
      [{ s: 7, h: 5 }],
      [{ s: 7 }],
    ]);
    expect(
      withFlags({ variant: ['int8=x.onnx'] }, 'model: {path: a.onnx, variants: {fp16: y.onnx}}').models[0]
        ?.variants,
    ).toEqual({
      fp16: '/proj/scenarios/y.onnx',
      int8: '/home/me/x.onnx',
    });
  });

  it('mend what is wrong in the file', () => {
    expect(
      refused(
        { batch: '1', warmup: '5' },
        'model: a.onnx\nsweep: {batch: [x, y]}\nmeasure: {warmup: {maxDuration: z}}',
      ),
    ).toEqual([]);
  });

  it('are kept as plain data, with the words of the command line', () => {
    const overrides = flagOverrides({ batch: '1,4', sla: ['p99 <= 10ms', "x'y"], samples: '3' });
    expect(JSON.parse(JSON.stringify(overrides))).toEqual(overrides);
    expect([...new Set(overrides.map((override) => override.flag))]).toEqual([
      '--batch 1,4',
      '--samples 3',
      `--sla 'p99 <= 10ms' --sla 'x'\\''y'`,
    ]);
  });
});

describe('a flag that is wrong', () => {
  it.each([
    [{ batch: '1,for' }, '--batch: expected a whole number of at least 1, found "for"'],
    [{ batch: '' }, '--batch: expected a whole number of at least 1, found ""'],
    [{ interThreads: 'x' }, '--inter-threads: expected a whole number of threads, or auto, found "x"'],
    [
      { graph: 'al' },
      '--graph: expected one of disabled, basic, extended, layout, all, found "al". Did you mean "all"?',
    ],
    [{ rounds: '0' }, '--rounds: expected a whole number from 1 to 10000, found 0'],
    [{ duration: '2' }, '--duration: expected a duration with a unit, such as 40ms, 2s or 10m, found "2"'],
    [{ warmup: 'x' }, '--warmup: expected steady, a number of requests, or {maxDuration: 10s}, found "x"'],
    [{ memoryLimit: '2' }, '--memory-limit: expected a size with a unit, such as 512MiB or 2GiB, found "2"'],
    [{ precision: 'int8' }, '--precision: no model has the variant "int8"; the precisions are original'],
    [
      { variant: ['x.onnx'] },
      '--variant: "x.onnx" is not name=value. Write --variant int8=./model.int8.onnx.',
    ],
    [
      { variant: ['int8=x.onnx'], precision: 'original' },
      '--variant: "int8" is not among the precisions to measure. Add --precision original,int8.',
    ],
    [{ dims: ['s=a'] }, '--dims: expected a whole number of at least 1, found "a"'],
    [{ dims: ['s'] }, '--dims: "s" is not name=value. Write --dims sequence=16,128.'],
    [{ sla: ['p99<=10'] }, '--sla: p99 is a duration, in one of ns, us, ms, s, m, h: write 10ms, not "10"'],
    [{ sla: ['p99<=1ms where s = 1'] }, /^--sla: "s" is neither an axis nor a dimension/],
    [
      { objective: 'p99' },
      '--objective: "p99" is not an objective. Write it as "maximize throughput" or "minimize p99".',
    ],
    [
      { samples: '5', duration: '1s' },
      '--duration: does not go with samples, which is an exact number of requests. Keep one of them.',
    ],
    [{ rounds: '5', untilDecided: true }, '--until-decided: does not go with --rounds. Keep one of them.'],
  ])('%j is reported by its name', (flags, message) => {
    expect(refused(flags)).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)]);
  });

  it('comes after the problems of the file', () => {
    expect(refused({ batch: 'x' }, 'model: a.onnx\npool: 0')).toEqual([
      's.yaml:2:7: pool: expected a whole number of at least 1, found 0',
      '--batch: expected a whole number of at least 1, found "x"',
    ]);
  });

  it('is not blamed when no model is given at all', () => {
    expect(problems(null, { overrides: flagOverrides({ batch: '1' }) })).toEqual([
      'no model is named. Add "model: path/to/model.onnx".',
    ]);
  });
});
