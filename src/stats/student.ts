/**
 * The normal, Student's t and beta distributions: what intervals and tests need of them.
 * Checked against SciPy in test/stats/student.test.ts.
 */

const checkProbability = (p: number): void => {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability must be in [0, 1], got ${p}`);
};

const checkPositive = (value: number, name: string): void => {
  if (!(value > 0)) throw new RangeError(`${name} must be positive, got ${value}`);
};

/** The polynomial c[0] + c[1] x + c[2] x^2 + ... by Horner's rule. */
const polynomial = (x: number, coefficients: readonly number[]): number => {
  let sum = 0;
  for (let index = coefficients.length - 1; index >= 0; index--)
    sum = sum * x + (coefficients[index] as number);
  return sum;
};

const HART_TOP = [
  220.206867912376, 221.213596169931, 112.079291497871, 33.912866078383, 6.37396220353165, 0.700383064443688,
  0.0352624965998911,
];
const HART_BOTTOM = [
  440.413735824752, 793.826512519948, 637.333633378831, 296.564248779674, 86.7807322029461, 16.064177579207,
  1.75566716318264, 0.0883883476483184,
];

/**
 * P(Z <= x) for a standard normal Z. Hart's rational approximation in the form of West, "Better
 * approximations to cumulative normal functions", Wilmott Magazine, 2005; absolute error under 1e-15 (and
 * relative under 1e-8 far out in the lower tail).
 */
export const normalCdf = (x: number): number => {
  const size = Math.abs(x);
  if (size > 38) return x > 0 ? 1 : 0;
  const density = Math.exp((-size * size) / 2);
  const tail =
    size < 7.07106781186547
      ? (density * polynomial(size, HART_TOP)) / polynomial(size, HART_BOTTOM)
      : density / 2.506628274631 / (size + 1 / (size + 2 / (size + 3 / (size + 4 / (size + 0.65)))));
  return x > 0 ? 1 - tail : tail;
};

const CENTRE_TOP = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
  45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
];
const CENTRE_BOTTOM = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
  39307.89580009271061, 28729.085735721942674, 5226.495278852545925,
];
const MIDDLE_TOP = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
];
const MIDDLE_BOTTOM = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
  0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const TAIL_TOP = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
  0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
const TAIL_BOTTOM = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
];

/**
 * The p-quantile of the standard normal; -Infinity at 0 and Infinity at 1.
 * Wichura, algorithm AS 241 (PPND16), Applied Statistics 37(3), 1988; relative error about 1e-16.
 */
export const normalQuantile = (p: number): number => {
  checkProbability(p);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(r, CENTRE_TOP)) / polynomial(r, CENTRE_BOTTOM);
  }
  const tail = q < 0 ? p : 1 - p;
  if (tail === 0) return q < 0 ? -Infinity : Infinity;
  const r = Math.sqrt(-Math.log(tail));
  const size =
    r <= 5
      ? polynomial(r - 1.6, MIDDLE_TOP) / polynomial(r - 1.6, MIDDLE_BOTTOM)
      : polynomial(r - 5, TAIL_TOP) / polynomial(r - 5, TAIL_BOTTOM);
  return q < 0 ? -size : size;
};

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Gamma(x) for x > 0: Lanczos, SIAM J. Numer. Anal. B 1, 1964, with Godfrey's coefficients (g = 7, n = 9). */
const lnGamma = (x: number): number => {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const z = x - 1;
  let series = LANCZOS[0] as number;
  for (let index = 1; index < LANCZOS.length; index++) series += (LANCZOS[index] as number) / (z + index);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
};

/**
 * The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), evaluated
 * by the modified Lentz method as in Press et al., Numerical Recipes, section 6.4. The number of
 * terms grows with the square root of the larger parameter.
 */
const betaFraction = (x: number, a: number, b: number): number => {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  const limit = 200 + 20 * Math.sqrt(Math.max(a, b));
  for (let m = 1; m <= limit; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 4e-16) break;
  }
  return result;
};

/**
 * The regularised incomplete beta function I_x(a, b): P(X <= x) for X beta(a, b).
 * x in [0, 1], a and b positive, else RangeError.
 */
export const incompleteBeta = (x: number, a: number, b: number): number => {
  checkProbability(x);
  checkPositive(a, 'a');
  checkPositive(b, 'b');
  if (x === 0 || x === 1) return x;
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  // The fraction converges fast on the near side of the mean; the far side is its complement.
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
};

/**
 * The p-quantile of beta(a, b): Newton's method on the incomplete beta function, kept inside a
 * bracket that halves whenever a step would leave it.
 */
export const betaQuantile = (p: number, a: number, b: number): number => {
  checkProbability(p);
  checkPositive(a, 'a');
  checkPositive(b, 'b');
  if (p === 0 || p === 1) return p;
  const lnScale = lnGamma(a + b) - lnGamma(a) - lnGamma(b);
  let low = 0;
  let high = 1;
  let x = a / (a + b);
  // Newton ends after some eight steps. The limit is for the last bits, where it may go to and fro.
  for (let step = 0; step < 400; step++) {
    const excess = incompleteBeta(x, a, b) - p;
    if (excess < 0) low = x;
    else high = x;
    const density = Math.exp(lnScale + (a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x));
    let next = x - excess / density;
    if (!(next > low && next < high)) {
      // With low still 0 the exponent is halved, to reach quantiles near 0 with all their digits.
      next = low > 0 || high < 1e-150 ? (low + high) / 2 : high > 1e-3 ? high / 4 : high * high;
    }
    if (Math.abs(next - x) <= 2 * Number.EPSILON * x || next === low || next === high) return next;
    x = next;
  }
  return x;
};

/** P(T <= t) for Student's t with df degrees of freedom (Abramowitz and Stegun 26.7.1). */
export const tCdf = (t: number, df: number): number => {
  checkPositive(df, 'df');
  const square = t * t;
  // Of the two equal forms the one is taken whose argument is small, to keep the digits of the tail.
  const tail =
    square < df
      ? 0.5 * (1 - incompleteBeta(square / (df + square), 0.5, df / 2))
      : 0.5 * incompleteBeta(df / (df + square), df / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
};

/** The p-quantile of Student's t with df degrees of freedom; -Infinity at 0 and Infinity at 1. */
export const tQuantile = (p: number, df: number): number => {
  checkProbability(p);
  checkPositive(df, 'df');
  const tail = Math.min(p, 1 - p);
  if (tail === 0) return p === 0 ? -Infinity : Infinity;
  const size =
    tail < 0.25
      ? ((x) => Math.sqrt((df * (1 - x)) / x))(betaQuantile(2 * tail, df / 2, 0.5))
      : ((y) => Math.sqrt((df * y) / (1 - y)))(betaQuantile(1 - 2 * tail, 0.5, df / 2));
  return p < 0.5 ? -size : size;
};
