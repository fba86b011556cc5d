/** docs/scenario.md, docs/ci.md and README.md against the program: their scenarios run, and nothing is left out. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addBenchOptions } from '../../src/cli/options.js';
import { FINDING_IDS } from '../../src/judge/findings/findings.js';
import { loadModule, rawItems } from '../../src/measure/user-module.js';
import { BATCH_RULE } from '../../src/model/batch.js';
import { checkPlan, readModels } from '../../src/run/prepare.js';
import { expandScenario } from '../../src/scenario/expand.js';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.js';
import { parseScenario } from '../../src/scenario/parse.js';
import type { Plan } from '../../src/scenario/types.js';
import { METRIC_NAMES } from '../../src/vocabulary/metrics.js';
import { AXES, defaultParams, formatParam } from '../../src/vocabulary/params.js';
import { blocksOf, codeSpans, page, ROOT, type Block } from './markdown.js';

const DOC = page('docs/scenario.md');
const spans = codeSpans(DOC);

/** The documents' scenarios stand, as it were, in scenarios/. */
const planOf = (text: string, file: string): Plan =>
  expandScenario(parseScenario({ text, file, baseDir: join(ROOT, 'scenarios') }));

const yamlBlocks = (path: string): [string, Block][] =>
  blocksOf(page(path))
    .filter(({ info }) => /^ya?ml\b/.test(info))
    .map((block) => [`${path}:${block.line}`, block]);

// The other blocks of docs/ci.md are for other programs.
const ofCi = yamlBlocks('docs/ci.md').filter(([, { text }]) => /^model:/m.test(text));
const blocks = [...yamlBlocks('docs/scenario.md'), ...yamlBlocks('README.md'), ...ofCi];
const whole = blocks.filter(([, { info }]) => info === 'yaml');
const fragments = blocks.filter(([, { info }]) => info === 'yaml fragment');

it('every block of YAML is marked as a scenario or a fragment', () => {
  expect(whole.length + fragments.length).toBe(blocks.length);
  expect(whole.length).toBeGreaterThan(5);
  expect(fragments.length).toBeGreaterThan(10);
});

describe('scenarios', () => {
  it.each(whole)('%s parses', (place, { text }) => {
    expect(planOf(text, place).cells).not.toHaveLength(0);
  });

  it.each(fragments)('%s parses with a model beside it', (place, { text }) => {
    const model = /^models?:/m.test(text) ? '' : 'model: ./model.onnx\n';
    expect(planOf(model + text, place).cells).not.toHaveLength(0);
  });
});

describe('scenarios of docs/', () => {
  beforeAll(() => {
    execFileSync(process.execPath, [join(ROOT, 'models/build/text-encoder.mjs')], { stdio: 'ignore' });
  });

  it.each(whole.filter(([place]) => place.startsWith('docs/')))(
    '%s fits its models',
    async (place, { text }) => {
      const plan = planOf(text, place);
      expect(checkPlan(plan, await readModels(plan, ROOT))).toEqual([]);
    },
  );

  it('the first gives the four cells, the mix the three that the text speaks of', () => {
    const [first] = whole;
    expect(planOf(first?.[1].text ?? '', 'first').cells).toHaveLength(4);
    const mixed = whole.find(([, { text }]) => text.includes('\nmix:'));
    const { cells } = planOf(mixed?.[1].text ?? '', 'mix');
    expect(cells.map((cell) => cell.label)).toHaveLength(3);
  });
});

describe('the module of docs/scenario.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlat-doc-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('loads, makes inputs from raw requests and answers from outputs', async () => {
    const code = blocksOf(DOC).find(({ info }) => info === 'js');
    const file = join(folder, 'digits.mjs');
    writeFileSync(file, code?.text ?? '');
    const module = await loadModule(file);
    const context = { batch: 2, seed: 7 };
    const items = await rawItems(module, [], context);
    expect(items).toHaveLength(20);
    const { image } = (await module.preprocess?.(items[3], context)) ?? {};
    expect(image).toMatchObject({ dtype: 'float32', dims: [2, 1, 28, 28] });
    const pixels = image?.data as Float32Array;
    expect(pixels).toHaveLength(2 * 28 * 28);
    expect(Math.max(...pixels)).toBeLessThanOrEqual(1);
    expect(pixels.slice(0, 784)).toEqual(pixels.slice(784));
    const scores = Float32Array.from({ length: 20 }, (_, index) => (index === 4 || index === 17 ? 9 : 0));
    const logits = { dtype: 'float32', dims: [2, 10], data: scores };
    expect(await module.postprocess?.({ logits }, context)).toEqual([4, 7]);
  });
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly [keyword: string]: unknown;
}

/** Every key that the schema knows, at any depth. */
const keysOf = (schema: unknown): string[] => {
  if (Array.isArray(schema)) return schema.flatMap(keysOf);
  if (schema === null || typeof schema !== 'object') return [];
  const { properties = {}, ...rest } = schema as JsonSchema;
  return [
    ...Object.keys(properties),
    ...Object.values(properties).flatMap(keysOf),
    ...Object.values(rest).flatMap(keysOf),
  ];
};

/** The first cells of the rows of the table whose first heading is `heading`. */
const rowsOf = (heading: string): string[][] => {
  const lines = DOC.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  const rows = lines.slice(start + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
};

const bare = (cell: string | undefined): string => (cell ?? '').replaceAll('`', '');

describe('docs/scenario.md leaves nothing out', () => {
  it('keys of the schema', () => {
    const keys = [...new Set(keysOf(scenarioJsonSchema()))];
    expect(keys).toContain('minSamples');
    expect(keys.filter((key) => !spans.has(key))).toEqual([]);
  });

  it('top-level keys, each with a row, and no others', () => {
    const rows = rowsOf('key').map(([key]) => bare(key));
    expect(rows.toSorted()).toEqual(Object.keys(scenarioJsonSchema().properties ?? {}).toSorted());
  });

  it('axes with their defaults', () => {
    const rows = rowsOf('axis').map(([key, , fallback]) => [bare(key), bare(fallback).replace('0ms', '0')]);
    const spelt = (text: string): string => ({ on: 'true', off: 'false' })[text] ?? text;
    expect(rows).toEqual(
      AXES.filter(({ key }) => !['model', 'precision', 'dims', 'cache', 'traffic'].includes(key)).map(
        ({ key }) => [key, spelt(formatParam(key, defaultParams()))],
      ),
    );
  });

  it('metrics', () => {
    expect(rowsOf('metric').map(([name]) => bare(name))).toEqual(METRIC_NAMES);
  });

  it('findings', () => {
    expect(rowsOf('id').map(([id]) => bare(id))).toEqual(FINDING_IDS);
  });

  it('flags of mlat bench', () => {
    const flags = addBenchOptions(new Command()).options.map((option) => option.long ?? '');
    expect(flags).toContain('--until-decided');
    const told = [...spans].map((span) => span.split(' ')[0]);
    expect(flags.filter((flag) => !told.includes(flag))).toEqual([]);
    const listed = rowsOf('flag').map(([flag]) => bare(flag).split(' ')[0] ?? '');
    expect(listed.filter((flag) => !flags.includes(flag))).toEqual([]);
  });

  it('the rule by which the batch is found, word for word', () => {
    const plain = (text: string): string => text.replaceAll(/\s+/g, ' ');
    expect(plain(DOC)).toContain(plain(BATCH_RULE));
  });
});
