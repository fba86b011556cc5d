import { describe, expect, it } from 'vitest';
import { expandScenario } from '../../src/scenario/expand.js';
import { guessInputs, scenarioTemplate, type TemplateFacts } from '../../src/scenario/template.js';
import { parse } from './helpers.js';

const facts = (more: Partial<TemplateFacts>): TemplateFacts => ({
  model: '../models/net.onnx',
  inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 3, 'height', 'width'] }],
  outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 10] }],
  sizes: {},
  shapes: {},
  ...more,
});

describe('the template of a scenario', () => {
  it('parses to what was answered', () => {
    const text = scenarioTemplate(
      facts({ sizes: { height: 32, width: 64 }, batchDim: 'N', schema: '../schema/scenario.schema.json' }),
    );
    const scenario = parse(text);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schema/scenario.schema.json');
    expect(scenario).toMatchObject({
      name: 'net',
      models: [
        {
          path: '/proj/models/net.onnx',
          batchDim: 'N',
          dims: [{ height: 32, width: 64 }],
          inputs: { x: { from: 'uniform', min: 0, max: 1 } },
          pool: 32,
        },
      ],
      sweep: { batch: [1, 4, 16], threads: [1, 0] },
      measure: { rounds: { fixed: 5 }, sampling: { duration: 1e9 }, seed: 1 },
    });
    expect(expandScenario(scenario).cells).toHaveLength(6);
  });

  it('still parses with every commented line switched on', () => {
    const text = scenarioTemplate(facts({ sizes: { height: 32 } }));
    // Only what could be YAML is switched on: keys and list items, not sentences.
    const live = text
      .split('\n')
      .map((line) =>
        line.replace(
          /^(\s*)# (\s*(?:- (?:\{|p99|throughput)|(?:mix|variants|labels|sla|objective|graphOptimization|executionMode|spinning|idle|budget|memoryLimit):))/,
          '$1$2',
        ),
      )
      .join('\n');
    const scenario = parse(live);
    expect(scenario.rules).toHaveLength(2);
    expect(scenario.models[0]?.dims).toHaveLength(2);
    expect(scenario.models[0]?.variants).toEqual({ int8: '/proj/scenarios/model.int8.onnx' });
    expect(scenario.measure).toMatchObject({ budget: 600e9, memoryLimit: 2 ** 31 });
    expect(scenario.sweep).toMatchObject({
      idle: [0, 50e6],
      spinning: [true, false],
      executionMode: ['sequential', 'parallel'],
    });
    expect(scenario.models[0]?.labels).toBeDefined();
  });

  it('writes whole shapes where dimensions have no name, and the only batch of a fixed model', () => {
    const text = scenarioTemplate(
      facts({
        inputs: [{ name: 'x', dtype: 'float32', shape: ['', ''] }],
        shapes: { x: ['batch', 512] },
        fixedBatch: 8,
      }),
    );
    expect(parse(text)).toMatchObject({
      models: [{ inputs: { x: { shape: ['batch', 512] } } }],
      sweep: { batch: [8] },
    });
  });

  it('survives any name', () => {
    const odd = [
      'on',
      'a: b',
      '#x',
      '- y',
      '"q"',
      "it's",
      '{z}',
      'line\nbreak',
      '12',
      'true',
      'ünï',
      'x:0',
      '*a',
      ' ',
    ];
    const text = scenarioTemplate(
      facts({
        model: '../my models/net (1): "a".onnx',
        inputs: odd.map((name) => ({ name, dtype: 'weird\ntype', shape: [name] })),
        outputs: [],
        sizes: Object.fromEntries(odd.map((name) => [name, 2])),
        shapes: Object.fromEntries(odd.map((name) => [name, [name]])),
      }),
    );
    const [model] = parse(text).models;
    expect(Object.keys(model?.inputs ?? {}).toSorted()).toEqual(odd.toSorted());
    expect(model?.inputs['{z}']).toMatchObject({ shape: ['{z}'] });
    expect(model?.dims).toEqual([Object.fromEntries(odd.map((name) => [name, 2]))]);
  });

  it('needs no inputs', () => {
    expect(parse(scenarioTemplate(facts({ inputs: [] }))).models[0]?.inputs).toEqual({});
  });
});

describe('guessed inputs', () => {
  const tensor = (name: string, dtype: string, shape: (number | string)[] | null = ['N', 4]) => ({
    name,
    dtype,
    shape,
  });

  it('go by dtype and name', () => {
    const inputs = [
      tensor('input_ids', 'int64'),
      tensor('attention_mask', 'int64'),
      tensor('token_type_ids', 'int64'),
      tensor('image', 'float16'),
      tensor('flags', 'bool'),
      tensor('text', 'string'),
      tensor('sr', 'int64', []),
      tensor('k', 'int32', []),
      tensor('class', 'uint8'),
    ];
    expect(guessInputs(inputs, [])).toEqual({
      input_ids: { from: 'integers', min: 0, max: 99 },
      attention_mask: { from: 'constant', value: 1 },
      token_type_ids: { from: 'constant', value: 0 },
      image: { from: 'uniform', min: 0, max: 1 },
      flags: { from: 'constant', value: true },
      text: { from: 'strings', values: ['a first text', 'a second text'] },
      sr: { from: 'constant', value: 16_000 },
      k: { from: 'constant', value: 1 },
      class: { from: 'integers', min: 0, max: 1 },
    });
  });

  it.each([
    ['state', 'stateN'],
    ['h', 'hn'],
    ['c_in', 'c_out'],
    ['hidden_state', 'new_hidden_state'],
    ['past_key_values.0.key', 'present.0.key'],
    ['cache_k', 'out_cache_k'],
  ])('%s is the state that %s gives back', (input, output) => {
    const inputs = [tensor(input, 'float32', [2, 'batch', 128])];
    const outputs = [tensor('output', 'float32', [2, 'batch', 128]), tensor(output, 'float32', [2, '', 128])];
    expect(guessInputs(inputs, outputs)).toEqual({ [input]: { from: 'state', output, initial: 0 } });
  });

  it('take no output for a state that only sounds like one', () => {
    const same = ['N', 3, 8, 8];
    expect(
      guessInputs([tensor('input', 'float32', same)], [tensor('output', 'float32', same)])['input']?.from,
    ).toBe('uniform');
    expect(
      guessInputs([tensor('image_in', 'float32', same)], [tensor('image_out', 'float32', same)])['image_in']
        ?.from,
    ).toBe('uniform');
    expect(
      guessInputs([tensor('state', 'float32', [1, 4])], [tensor('stateN', 'float32', [1, 5])])['state']?.from,
    ).toBe('uniform');
    expect(
      guessInputs([tensor('state', 'float32', [1, 4])], [tensor('stateN', 'float16', [1, 4])])['state']?.from,
    ).toBe('uniform');
  });
});
