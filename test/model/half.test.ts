import { describe, expect, it } from 'vitest';
import { decodeHalf, encodeHalf } from '../../src/model/half.js';

describe('half floats', () => {
  it('decodes the examples of IEEE 754 binary16', () => {
    const examples: [number, number][] = [
      [0x0000, 0],
      [0x0001, 2 ** -24],
      [0x03ff, 2 ** -14 * (1023 / 1024)],
      [0x0400, 2 ** -14],
      [0x3555, 0.333251953125],
      [0x3c00, 1],
      [0x3c01, 1 + 2 ** -10],
      [0x7bff, 65_504],
      [0x7c00, Number.POSITIVE_INFINITY],
      [0xc000, -2],
      [0xfc00, Number.NEGATIVE_INFINITY],
    ];
    for (const [bits, value] of examples) {
      expect(decodeHalf(bits)).toBe(value);
      expect(encodeHalf(value)).toBe(bits);
    }
    expect(decodeHalf(0x7e00)).toBeNaN();
    expect(decodeHalf(encodeHalf(Number.NaN))).toBeNaN();
    expect(encodeHalf(-0)).toBe(0x8000);
  });

  it('gives back every one of the 63,490 finite and infinite halves', () => {
    const all = Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
      (bits) => !Number.isNaN(decodeHalf(bits)),
    );
    expect(all).toHaveLength(63_490);
    expect(all.filter((bits) => encodeHalf(decodeHalf(bits)) !== bits)).toEqual([]);
  });

  it('rounds to the nearest, ties to even, up to infinity', () => {
    const last = 2 ** -10;
    expect(encodeHalf(1 + last / 2)).toBe(0x3c00);
    expect(encodeHalf(1 + last * 1.5)).toBe(0x3c02);
    expect(encodeHalf(1 + last * 0.51)).toBe(0x3c01);
    expect(encodeHalf(2 - last / 4)).toBe(0x4000);
    expect(encodeHalf(2 ** -25)).toBe(0);
    expect(encodeHalf(2 ** -25 * 1.01)).toBe(1);
    expect(encodeHalf(65_519)).toBe(0x7bff);
    expect(encodeHalf(65_520)).toBe(0x7c00);
    expect(encodeHalf(-1e10)).toBe(0xfc00);
  });
});
