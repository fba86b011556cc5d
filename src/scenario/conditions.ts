/**
 * Conditions on cells, as `exclude`, `include` and `where` write them: an axis or a named
 * dimension has a value. Values are brought into the one spelling that tables show and
 * matchesCondition compares, so that "0", "auto" and auto mean the same number of threads.
 */
import { AXES, defaultParams, formatParam, isAxisName, type CellParams } from '../vocabulary/params.js';
import { axisSchemas, type SweepAxis } from './schema.js';
import { didYouMean, show } from './draft.js';

const AXIS_KEYS: readonly string[] = AXES.map((axis) => axis.key);

/** True for the axes of `sweep`, which have a written form of their own. */
export const isSweepAxis = (key: string): key is SweepAxis => Object.hasOwn(axisSchemas, key);

/** What a value turned out to be, or what was expected in its place. */
export type Reading<T> = { readonly value: T } | { readonly expected: string };

/** Text from a rule or a flag as YAML would read it: numbers and truth values are not text. */
export const scalarOf = (text: string): string | number | boolean => {
  const trimmed = text.trim();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
};

/** Reads the written value of a sweep axis. */
export const readAxisValue = <K extends SweepAxis>(key: K, written: unknown): Reading<CellParams[K]> => {
  const { success, data, error } = axisSchemas[key].safeParse(written);
  // The table of schemas is typed so that each gives its own axis's values.
  return success
    ? { value: data as CellParams[K] }
    : { expected: error.issues[0]?.message ?? 'another value' };
};

/**
 * The value of a condition in its one spelling. Names of models, precisions and dimensions are
 * text as they are; a value that the axis cannot have gives what was expected.
 */
export const readConditionValue = (key: string, written: unknown): Reading<string> => {
  if (!isSweepAxis(key)) return { value: String(written).trim() };
  const read = readAxisValue(key, typeof written === 'string' ? scalarOf(written) : written);
  return 'expected' in read ? read : { value: formatParam(key, { ...defaultParams(), [key]: read.value }) };
};

/** What is wrong with a key of a condition: null when it is an axis or one of these dimensions. */
export const unknownKey = (
  key: string,
  dimNames: readonly string[],
): { readonly message: string; readonly hint?: string } | null => {
  if (isAxisName(key) || dimNames.includes(key)) return null;
  const known = [...AXIS_KEYS, ...dimNames];
  const heading = AXES.find((axis) => axis.label === key);
  const hint = heading === undefined ? didYouMean(key, known) : `Did you mean "${heading.key}"?`;
  const dims = dimNames.length === 0 ? '' : `, the dimensions ${dimNames.join(', ')}`;
  const message = `${show(key)} is neither an axis nor a dimension; the axes are ${AXIS_KEYS.join(', ')}${dims}`;
  return { message, ...(hint === undefined ? {} : { hint }) };
};
