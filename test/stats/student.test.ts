import { describe, expect, it } from 'vitest';
import {
  betaQuantile,
  incompleteBeta,
  normalCdf,
  normalQuantile,
  tCdf,
  tQuantile,
} from '../../src/stats/student.js';

/** Relative agreement; with an expected 0, absolute. */
const expectClose = (actual: number, expected: number, relative: number): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
    relative * (expected === 0 ? 1 : Math.abs(expected)),
  );
};

// The expected values of this file are SciPy 1.17.1's.

describe('normal distribution', () => {
  // [stats.norm.cdf(x) for x in ...]
  it.each([
    [-8, 6.22096057427174e-16],
    [-5, 2.866515718791933e-7],
    [-1.96, 0.024997895148220435],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1.6448536269514722, 0.95],
    [3, 0.9986501019683699],
    [7.5, 0.9999999999999681],
  ])('normalCdf(%d)', (x, expected) => expectClose(normalCdf(x), expected, 1e-8));

  it('has no mass beyond what a double holds', () => {
    expect(normalCdf(-40)).toBe(0);
    expect(normalCdf(40)).toBe(1);
  });

  // [stats.norm.ppf(p) for p in ...]
  it.each([
    [1e-300, -37.0470962993612],
    [1e-10, -6.361340902404056],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.2, -0.8416212335729142],
    [0.5, 0],
    [0.8, 0.8416212335729143],
    [0.975, 1.959963984540054],
    [0.999999, 4.753424308817087],
  ])('normalQuantile(%d)', (p, expected) => expectClose(normalQuantile(p), expected, 1e-14));

  it('is infinite at the ends and refuses what is no probability', () => {
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    expect(() => normalQuantile(1.1)).toThrow(RangeError);
    expect(() => normalQuantile(Number.NaN)).toThrow(RangeError);
  });
});

describe('beta distribution', () => {
  // [special.betainc(a, b, x) for x, a, b in ...]
  it.each([
    [0.2, 0.5, 0.5, 0.2951672353008665],
    [0.5, 2, 3, 0.6875],
    [0.01, 3, 297, 0.5756843838892278],
    [0.99, 297, 3, 0.4243156161107716],
    [0.3, 0.01, 5, 0.9991442234826969],
    [0.501, 1e4, 1e4, 0.6113500478574623],
    [0.001, 1000, 999000, 0.5041989342436044],
    [0.9, 80, 10, 0.6014169904304685],
  ])('incompleteBeta(%d, %d, %d)', (x, a, b, expected) =>
    expectClose(incompleteBeta(x, a, b), expected, 1e-8),
  );

  it('is exact to rounding for the parameters of small samples', () => {
    // I_x(a, 1) = x^a and I_x(1, b) = 1 - (1 - x)^b
    expectClose(incompleteBeta(0.3, 7, 1), 0.3 ** 7, 1e-13);
    expectClose(incompleteBeta(0.3, 1, 7), 1 - 0.7 ** 7, 1e-13);
    expect(incompleteBeta(0, 2, 3)).toBe(0);
    expect(incompleteBeta(1, 2, 3)).toBe(1);
  });

  // [stats.beta.ppf(p, a, b) for p, a, b in ...]
  it.each([
    [0.025, 0.5, 0.5, 0.001541333133436012],
    [0.975, 5, 96, 0.09925715671265992],
    [0.5, 2, 3, 0.3857275681323895],
    [0.025, 1, 1000, 2.531748749129404e-5],
    [0.025, 9800, 201, 0.9770620752239668],
    [1e-6, 0.5, 20, 3.9763811069741464e-14],
    [0.99, 1000, 1, 0.9999899497146509],
    [0.05, 1e5, 1e5, 0.49816100165917954],
  ])('betaQuantile(%d, %d, %d)', (p, a, b, expected) => expectClose(betaQuantile(p, a, b), expected, 1e-10));

  it('refuses parameters out of range', () => {
    expect(() => incompleteBeta(0.5, 0, 1)).toThrow(RangeError);
    expect(() => betaQuantile(-0.1, 1, 1)).toThrow(RangeError);
  });
});

describe("Student's t", () => {
  // [stats.t.cdf(t, df) for t, df in ...]
  it.each([
    [0, 5, 0.5],
    [0.3, 4, 0.6104392858612702],
    [-2.5, 9, 0.016930913841492867],
    [12.7, 1, 0.9749878361553279],
    [-40, 3, 1.7190340394579253e-5],
    [1.96, 1e6, 0.9750019662073651],
    [-1e-3, 19, 0.4996062702617828],
  ])('tCdf(%d, %d)', (t, df, expected) => expectClose(tCdf(t, df), expected, 1e-9));

  // [stats.t.ppf(p, df) for p, df in ...]
  it.each([
    [0.975, 1, 12.706204736174694],
    [0.975, 4, 2.7764451051977934],
    [0.975, 9, 2.262157162798205],
    [0.975, 19, 2.0930240544083087],
    [0.95, 4, 2.1318467863266495],
    [0.6, 3, 0.2766706623326898],
    [0.5, 7, 0],
    [0.01, 2.5, -5.353111173030874],
    [1 - 0.05 / 3, 4, 3.186315545559684],
    [0.9999, 30, 4.23398595727206],
    [0.975, 1e6, 1.959966356814107],
    [1e-6, 4, -41.577854150450975],
  ])('tQuantile(%d, %d)', (p, df, expected) => expectClose(tQuantile(p, df), expected, 1e-9));

  it('is infinite at the ends and refuses no degrees of freedom', () => {
    expect(tQuantile(0, 3)).toBe(-Infinity);
    expect(tQuantile(1, 3)).toBe(Infinity);
    expect(() => tQuantile(0.9, 0)).toThrow(RangeError);
  });
});
