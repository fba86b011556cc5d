/** IEEE 754 binary16, carried as its bits: 1 sign, 5 exponent (bias 15), 10 fraction. */

/** Spacing of the subnormal numbers, 2^-24. */
const SMALLEST = 2 ** -24;

/** The value of 16 bits. */
export const decodeHalf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * SMALLEST;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
};

const roundHalfToEven = (value: number): number => {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1;
  return floor;
};

/** The bits of the nearest half float, ties to even; beyond 65,520 it is infinity. */
export const encodeHalf = (value: number): number => {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65_520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  // In units of the last place; below 2^-14 that is the subnormals' constant spacing.
  const units = roundHalfToEven(size / 2 ** (exponent - 10));
  if (units < 1024) return sign | units;
  // A carry out of the fraction (2048) adds one to the exponent field, as it should.
  return sign | (((exponent + 15) << 10) + (units - 1024));
};
