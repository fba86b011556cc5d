import { describe, expect, it } from 'vitest';
import { parse, problems } from './helpers.js';

describe('YAML that cannot be read', () => {
  it.each([
    [
      'model: a.onnx\nsweep:\n\tbatch: 1',
      's.yaml:3:1: not valid YAML: Tabs are not allowed as indentation. Indent with spaces.',
    ],
    [
      'model: a.onnx\nsla: [p99 <= 1ms\npool: 3',
      's.yaml:3:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]. Check the indentation and the brackets around this line.',
    ],
    [
      'model: a.onnx\nname: "x',
      's.yaml:2:9: not valid YAML: Missing closing "quote. Close the quote or bracket.',
    ],
    [
      'model: a.onnx\nsweep\n  batch: 1',
      's.yaml:2:1: not valid YAML: Implicit keys need to be on a single line. Is a ":" missing after the key, or is the indentation off?',
    ],
    [
      'description: one: two\nmodel: a.onnx',
      's.yaml:1:14: not valid YAML: Nested mappings are not allowed in compact mappings. Check the indentation, and put text that holds ": " in quotes.',
    ],
    [
      'model: a.onnx\n---\nmodel: b.onnx',
      's.yaml:2:1: not valid YAML: Source contains multiple documents. Remove the line "---" and put each scenario into its own file.',
    ],
    [
      'model: @a',
      's.yaml:1:8: not valid YAML: Plain value cannot start with reserved character @. Put the text in quotes.',
    ],
    ['model: !onnx a', 's.yaml:1:8: not valid YAML: Unresolved tag: !onnx. Correct the YAML here.'],
    [
      '',
      's.yaml: the file is empty. Give the path of a scenario in YAML or JSON; "mlat init model.onnx" writes one.',
    ],
    [
      '# nothing',
      's.yaml: the file is empty. Give the path of a scenario in YAML or JSON; "mlat init model.onnx" writes one.',
    ],
    [
      '- model: a.onnx',
      's.yaml: a scenario is a mapping, such as "model: model.onnx". Give the path of a scenario in YAML or JSON; "mlat init model.onnx" writes one.',
    ],
    [
      '\u0008\u0001\0onnx',
      's.yaml: this is not a scenario file. Give the path of a scenario in YAML or JSON; "mlat init model.onnx" writes one.',
    ],
    ['model: a.onnx\n? [1, 2]\n: 3', 's.yaml:2:3: this cannot be a key. Use plain text as the key.'],
    ['model: a.onnx\n__proto__: {pool: 3}', 's.yaml:2:1: this cannot be a key. Use plain text as the key.'],
  ])('%j', (text, message) => {
    expect(problems(text)).toEqual([message]);
  });

  it('names a key that is given twice, and checks the rest', () => {
    expect(problems('model: a.onnx\npool: 0\n"model": b.onnx')).toEqual([
      's.yaml:2:7: pool: expected a whole number of at least 1, found 0',
      's.yaml:3:1: the key "model" is given twice. Keep one of them.',
    ]);
  });
});

it('refuses a file that is far too long for a scenario', () => {
  expect(problems('#'.repeat(1_000_001))).toEqual([
    's.yaml: this is not a scenario file. Give the path of a scenario in YAML or JSON; "mlat init model.onnx" writes one.',
  ]);
});

describe('aliases and merge keys', () => {
  const text = [
    'x-dims: &dims {sequence: 16}', // 1
    'x-base: &base', // 2
    '  pool: 8',
    '  dims: *dims',
    'models:', // 5
    '  small: {<<: *base, path: a.onnx}',
    '  large:',
    '    path: b.onnx',
    '    <<: [*base, {pool: 99, batchDim: N}]',
    '    dims: {sequence: 128}', // 10
  ].join('\n');

  it('are read as what they repeat', () => {
    expect(parse(text).models).toMatchObject([
      { name: 'small', pool: 8, dims: [{ sequence: 16 }] },
      { name: 'large', pool: 8, batchDim: 'N', dims: [{ sequence: 128 }] },
    ]);
  });

  it('lead to the place where the wrong text stands', () => {
    expect(problems(text.replace('sequence: 16}', 'sequence: no}'))).toEqual([
      's.yaml:1:26: models.small.dims.sequence: expected a whole number of at least 1, or a list of such values, found "no"',
    ]);
    expect(problems(text.replace('sequence: 128}', 'sequence: no}'))).toEqual([
      's.yaml:10:22: models.large.dims.sequence: expected a whole number of at least 1, or a list of such values, found "no"',
    ]);
  });

  it('may not be unknown, repeat themselves or explode', () => {
    expect(problems('model: a.onnx\ndims: *missing')).toContain(
      's.yaml:2:7: no anchor "&missing" stands before this alias. Define it further up, or put the text "*missing" in quotes.',
    );
    expect(problems('model: a.onnx\nx-a: &a [*a]')).toContain(
      's.yaml:2:10: this alias stands inside the value it repeats. Write the value out.',
    );
    expect(problems('model: a.onnx\n<<: &m {pool: 3, <<: *m}').join()).toContain('"<<" merges mappings.');
    const bomb = [
      'x-0: &x0 [1, 1]',
      ...Array.from({ length: 30 }, (_, i) => `x-${i + 1}: &x${i + 1} [*x${i}, *x${i}]`),
      'model: a.onnx',
    ];
    expect(problems(bomb.join('\n'))).toEqual([
      's.yaml: this document has over 20000 parts. Read large inputs from a file, and check the aliases.',
    ]);
  });
});

describe('JSON', () => {
  it('is read with the same positions', () => {
    const json = JSON.stringify(
      { $schema: './s.json', model: 'a.onnx', sweep: { batch: [1, 2] } },
      null,
      '\t',
    );
    expect(parse(json, { file: 's.json' })).toMatchObject({ name: 's', sweep: { batch: [1, 2] } });
    expect(problems(json.replace('2', '"2"'), { file: 's.json' })).toEqual([
      's.json:7:4: sweep.batch[1]: expected a whole number of at least 1, found "2"',
    ]);
  });
});

it('reads files with a byte order mark and Windows line ends', () => {
  const text = '\uFEFFmodel: a.onnx\r\npool: 0\r\n';
  expect(problems(text)).toEqual(['s.yaml:2:7: pool: expected a whole number of at least 1, found 0']);
});
