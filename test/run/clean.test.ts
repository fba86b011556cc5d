import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cleanLine } from '../../src/run/clean.js';

describe('absolute paths are cut to their last part', () => {
  it.each([
    ['Load model from /srv/models/net.onnx failed: no.', 'Load model from net.onnx failed: no.'],
    ['failed:/srv/models/net.onnx: bad', 'failed:net.onnx: bad'],
    ['copy /a/b to /c/d', 'copy b to d'],
    ['"/home/Jane Doe/my models/net v2.onnx" is bad', '"net v2.onnx" is bad'],
    ['/home/jürgen/Modelle/größer.onnx', 'größer.onnx'],
    [
      "Cannot find module '/a/b/c.mjs' imported from /d/e.js",
      "Cannot find module 'c.mjs' imported from e.js",
    ],
    ['at file:///home/jane/app/index.mjs:3:5', 'at index.mjs:3:5'],
    ['at run (/home/jane/app/index.mjs:3:5)', 'at run (index.mjs:3:5)'],
    [String.raw`open C:\Users\Jane Doe\net.onnx failed`, 'open net.onnx failed'],
    ['file:///C:/Users/jane/x.mjs', 'x.mjs'],
    [`read ${join(homedir(), 'models', 'net.onnx')}`, 'read net.onnx'],
    [`read ${join(homedir(), 'net.onnx')}`, 'read net.onnx'],
  ])('%s', (line, expected) => {
    expect(cleanLine(line)).toBe(expected);
  });
});

it.each([
  'see https://onnxruntime.ai/docs/build/ for more',
  'models/a/b.onnx is relative, and so is ./a/b',
  '12/24 and/or 3 / 4',
  'node:internal/modules/run_main:128:12',
])('%s is left as it is', (line) => {
  expect(cleanLine(line)).toBe(line);
});

it('takes out escape sequences and control characters, and cuts long lines', () => {
  expect(cleanLine('\u001B[31mred\u001B[0m\tand\u0007 \u001B]8;;http://x\u0007link')).toBe('red and  link');
  expect(cleanLine('a'.repeat(1000))).toHaveLength(400);
  expect(cleanLine('a'.repeat(1000))).toMatch(/a…$/);
});
