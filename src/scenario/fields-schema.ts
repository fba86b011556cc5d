/**
 * The kinds of values that a scenario is written with. Each says in its error message what it
 * expects ("a whole number of at least 1"), and issues.ts makes a sentence of it; each turns the
 * written form into the one used inside (durations into nanoseconds).
 */
import { z } from 'zod';
import { parseDuration, parseSize } from '../vocabulary/units.js';

/** A week: far beyond any run, and far inside the whole numbers that a double holds. */
const LONGEST = 7 * 24 * 3600 * 1e9;

/** A mapping with these keys and no others. The issue of an unknown key carries the known ones. */
export const mapping = <S extends z.core.$ZodLooseShape>(shape: S): z.ZodObject<S, z.core.$strict> => {
  const keys = Object.keys(shape).filter((key) => !key.startsWith('$'));
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? keys.join(', ') : `a mapping with keys among ${keys.join(', ')}`,
  });
};

/** A whole number from `least` to `most`. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): z.ZodNumber => {
  const error =
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`;
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
};

/** Any finite number. */
export const decimal = z.number({ error: 'a number' });

/** A number above 0. */
export const positive = z.number({ error: 'a number above 0' }).positive({ error: 'a number above 0' });

/** Text that is not empty; `expected` says what kind. */
export const text = (expected: string): z.ZodString =>
  z.string({ error: expected }).min(1, { error: expected });

/** A path, relative to the folder of the scenario file. */
export const path = (what: string): z.ZodString => text(`the path of ${what}`);

/** One of these words. */
export const oneOf = <const T extends readonly string[]>(words: T): z.ZodEnum<{ [K in T[number]]: K }> =>
  z.enum(words, { error: `one of ${words.join(', ')}` });

const NAME = 'letters, digits and . _ + -';

/**
 * A name that fits into rules, flags and file names. Letters beyond ASCII are given by ranges,
 * since not every reader of JSON Schema knows \p{L}.
 */
export const identifier = z
  .string({ error: NAME })
  .regex(/^[\w\u00a1-\u1fff\u2c00-\ufffd][\w\u00a1-\u1fff\u2c00-\ufffd.+-]*$/, { error: NAME });

const DURATION = 'a duration with a unit, such as 40ms, 2s or 10m';

const durationText = z
  .string({ error: DURATION })
  .regex(/^\s*\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|min|h)\s*$/, { error: DURATION, abort: true })
  .transform((value) => parseDuration(value) ?? Number.NaN);

/** A duration with a unit, as nanoseconds: above zero, at most a week. */
export const duration = durationText.refine((ns) => ns >= 1 && ns <= LONGEST, {
  error: 'a duration above zero and of at most a week, such as 40ms, 2s or 10m',
});

/** A pause, as nanoseconds: a duration, zero included. */
export const pause = z.union(
  [
    z.literal(0),
    durationText.refine((ns) => ns <= LONGEST, { error: 'a pause of at most a week, such as 0 or 50ms' }),
  ],
  { error: 'a pause with a unit, such as 0ms or 50ms' },
);

const SIZE = 'a size with a unit, such as 512MiB or 2GiB';

/** A size with a unit, as bytes. */
export const size = z
  .string({ error: SIZE })
  .regex(/^\s*\d+(\.\d+)?\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)\s*$/, { error: SIZE, abort: true })
  .transform((value) => parseSize(value) ?? Number.NaN)
  .refine((bytes) => bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER, { error: SIZE });

/** One value or a list of them, always read as a list. `what` says what one value is. */
export const oneOrMore = <T extends z.ZodType>(
  value: T,
  what: string,
): z.ZodType<z.output<T>[], z.input<T> | z.input<T>[]> =>
  z.union(
    [
      value.transform((single): z.output<T>[] => [single]),
      z.array(value, { error: `a list of ${what}` }).min(1, { error: 'a list with at least one value' }),
    ],
    { error: `${what}, or a list of such values` },
  );
