import { describe, expect, it } from 'vitest';
import { parseJsonLines } from '../../src/model/jsonl.js';

const parse = (...lines: string[]) => parseJsonLines(lines.join('\n'), 'items.jsonl', 'x');

describe('parseJsonLines', () => {
  it('reads a value, nested arrays, or an object by name, one item a line', () => {
    expect(parse('1', '2', '3')).toEqual({ dtype: 'float64', dims: [3], data: Float64Array.of(1, 2, 3) });
    expect(parse('[[1, 2], [3, 4]]', '', '[[5, 6], [7, 8]]\r')).toEqual({
      dtype: 'float64',
      dims: [2, 2, 2],
      data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    });
    expect(parse('{"x": [true, false], "y": 1}')).toEqual({
      dtype: 'bool',
      dims: [1, 2],
      data: Uint8Array.of(1, 0),
    });
    expect(parse('\uFEFF"a"', '"b"')).toEqual({ dtype: 'string', dims: [2], data: ['a', 'b'] });
  });

  it.each([
    [['1', '{'], /^items\.jsonl:2: this line is not JSON/],
    [['{"x": 1}', '{"z": 1, "xs": 2}'], /^items\.jsonl:2: the object has no "x"\. Did you mean "z"\?/],
    [['[1, 2]', '', '[1]'], /^items\.jsonl:3: this item is 1, the first one is 2\. Pad/],
    [['1', '[1]'], /^items\.jsonl:2: this item is 1, the first one is a single value/],
    [['[[1, 2], [3]]'], /^items\.jsonl:1: the nested arrays are not regular \(2 x 2/],
    [['[1, "a"]'], /^items\.jsonl:1: numbers, strings and booleans are mixed/],
    [['1', '"a"'], /^items\.jsonl:2: this item holds string, the first one float64/],
    [['[null]'], /^items\.jsonl:1: null is no number/],
    [['', ' '], /^items\.jsonl: the file has no items/],
  ])('says where %j is wrong', (lines, message) => {
    expect(() => parse(...lines)).toThrow(message);
  });
});
