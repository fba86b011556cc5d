/** The scenarios in scenarios/ without running them: they parse, and every cell fits its model. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkInputs } from '../../src/model/check.js';
import { readModelInfo } from '../../src/model/read.js';
import { resolveShapes } from '../../src/model/shapes.js';
import { expandScenario } from '../../src/scenario/expand.js';
import { parseScenario } from '../../src/scenario/parse.js';
import type { Plan } from '../../src/scenario/types.js';
import { isMix } from '../../src/vocabulary/mix.js';
import { matchesCondition } from '../../src/vocabulary/params.js';

const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url));
const read = (file: string): string => readFileSync(`${folder}${file}`, 'utf8');
const planOf = (file: string): Plan =>
  expandScenario(parseScenario({ text: read(file), file, baseDir: folder }));

/** How many cells each scenario is meant to have. */
const CELLS: Readonly<Record<string, number>> = {
  'batching.yaml': 7,
  'cache-hit-rate.yaml': 5,
  'cache-zipf.yaml': 10,
  'cold-start.yaml': 4,
  'ocr-detect.yaml': 3,
  'providers.yaml': 6,
  'quickstart.yaml': 9,
  'text-encoder.yaml': 5,
  'threads.yaml': 10,
  'voice-activity.yaml': 4,
};

beforeAll(() => {
  const script = fileURLToPath(new URL('../../models/build/text-encoder.mjs', import.meta.url));
  execFileSync(process.execPath, [script], { stdio: 'ignore' });
});

it('every scenario is tried here', () => {
  expect(readdirSync(folder).toSorted()).toEqual(Object.keys(CELLS));
});

describe.each(Object.entries(CELLS))('%s', (file, count) => {
  it(`has the name of its file and ${count} cells`, () => {
    const plan = planOf(file);
    expect(`${plan.scenario.name}.yaml`).toBe(file);
    expect(plan.cells.map((cell) => cell.label)).toHaveLength(count);
  });

  it('tells editors where its schema is', () => {
    expect(read(file)).toMatch(/^# yaml-language-server: \$schema=\.\.\/schema\/scenario\.schema\.json\n/);
  });

  it('fits its models: inputs, labels and the shapes of every cell', async () => {
    const { scenario, cells } = planOf(file);
    for (const model of scenario.models) {
      const info = await readModelInfo(model.path);
      expect(checkInputs(info, model)).toEqual([]);
      for (const { params } of cells.filter((cell) => cell.params.model === model.name)) {
        const sets = isMix(params.dims) ? params.dims.mix.map((part) => part.dims) : [params.dims];
        for (const dims of sets) {
          const resolved = resolveShapes(info.inputs, { ...model, batch: params.batch, dims });
          expect(resolved).toMatchObject({ shapes: expect.any(Object) as unknown });
        }
      }
    }
  });

  it('every rule is about at least one cell, with enough requests in a round for its percentile', () => {
    const { scenario, cells } = planOf(file);
    expect(scenario.rules.length).toBeGreaterThan(0);
    for (const rule of scenario.rules) {
      const matched = cells.filter(({ params }) =>
        rule.where.every((condition) => matchesCondition(params, condition)),
      );
      expect(matched, rule.text).not.toHaveLength(0);
      const needed = { p90: 29, p95: 59, p99: 299 }[rule.metric] ?? 0;
      const { samples, minSamples } = scenario.measure.sampling;
      expect(samples ?? minSamples, rule.text).toBeGreaterThanOrEqual(needed);
    }
  });

  it('ends: it has a budget of five minutes at most, or is the short quickstart', () => {
    const { measure } = planOf(file).scenario;
    if (file === 'quickstart.yaml') {
      expect(measure.budget).toBeNull();
      expect(measure.sampling.duration).toBeLessThanOrEqual(1e9);
    } else {
      expect(measure.budget).toBeLessThanOrEqual(300e9);
    }
  });
});

it('the text encoder is fed ids of its whole vocabulary, and no others', async () => {
  const { ModelProtoSchema } = await import('onnx-buf');
  const { fromBinary } = await import('@bufbuild/protobuf');
  const [model] = planOf('text-encoder.yaml').scenario.models;
  const bytes = readFileSync(model?.path ?? '');
  const words = fromBinary(ModelProtoSchema, bytes).graph?.initializer.find(({ name }) => name === 'words');
  expect(model?.inputs['input_ids']).toMatchObject({ min: 0, max: Number(words?.dims[0]) - 1 });
});

it('the models that come from packages are installed', () => {
  for (const file of ['ocr-detect.yaml', 'voice-activity.yaml']) {
    for (const model of planOf(file).scenario.models) expect(existsSync(model.path)).toBe(true);
  }
});
