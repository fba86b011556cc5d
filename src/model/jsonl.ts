/** JSON lines: one item a line, a value or nested arrays, or an object that holds it under a name. */
import { messageOf, UserError } from '../vocabulary/errors.js';
import { suggest } from '../vocabulary/suggest.js';
import { elementsOf } from './dtypes.js';
import type { TensorData } from './types.js';

type Kind = 'float64' | 'bool' | 'string';
type Scalar = number | boolean | string;

interface Item {
  readonly shape: readonly number[];
  readonly kind: Kind | null;
  readonly values: readonly Scalar[];
}

const fail = (file: string, line: number, message: string, hint?: string): UserError =>
  new UserError({ message, location: { file, line }, ...(hint === undefined ? {} : { hint }) });

const kindOf = (value: unknown): Kind | null => {
  switch (typeof value) {
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    default:
      return null;
  }
};

const describe = (shape: readonly number[]): string =>
  shape.length === 0 ? 'a single value' : shape.join(' x ');

/** Flattens nested arrays, and checks that they are regular and of one kind. */
const readItem = (value: unknown, file: string, line: number): Item => {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = (level as unknown[])[0]) shape.push(level.length);
  const values: Scalar[] = [];
  let kind: Kind | null = null;
  const visit = (part: unknown, depth: number): void => {
    if (depth < shape.length) {
      if (!Array.isArray(part) || part.length !== shape[depth]) {
        throw fail(
          file,
          line,
          `the nested arrays are not regular (${describe(shape)} by their first elements).`,
          'Pad them to one length.',
        );
      }
      for (const inner of part as unknown[]) visit(inner, depth + 1);
      return;
    }
    const found = kindOf(part);
    if (found === null) throw fail(file, line, `${JSON.stringify(part)} is no number, string or boolean.`);
    if (kind !== null && kind !== found) throw fail(file, line, 'numbers, strings and booleans are mixed.');
    kind = found;
    values.push(part as Scalar);
  };
  visit(value, 0);
  return { shape, kind, values };
};

const parseLine = (text: string, file: string, line: number): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw fail(file, line, `this line is not JSON: ${messageOf(error)}.`, 'Each line is one item.');
  }
};

const pick = (value: unknown, field: string, file: string, line: number): unknown => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  if (Object.hasOwn(value, field)) return (value as Record<string, unknown>)[field];
  throw fail(file, line, `the object has no "${field}".`, suggest(field, Object.keys(value), 'It has'));
};

const collect = (kind: Kind, items: readonly Item[], total: number): TensorData['data'] => {
  const values = items.flatMap((item) => item.values);
  if (kind === 'string') return values as string[];
  const data = kind === 'bool' ? new Uint8Array(total) : new Float64Array(total);
  values.forEach((value, index) => {
    data[index] = Number(value);
  });
  return data;
};

/**
 * Reads JSON lines as one tensor of items x the shape of an item. Blank lines are skipped. `field`
 * is the name to look up where a line is an object. Numbers come as float64, so whole numbers
 * beyond 2^53 are not exact.
 *
 * Throws UserError with the line: not JSON, no such field, ragged arrays, items of different shape or kind.
 */
export const parseJsonLines = (text: string, file: string, field: string): TensorData => {
  const items: Item[] = [];
  let kind: Kind | null = null;
  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    // A byte order mark is not JSON, but editors write it.
    const trimmed = raw.replace(/^\uFEFF/, '').trim();
    if (trimmed === '') return;
    const item = readItem(pick(parseLine(trimmed, file, line), field, file, line), file, line);
    const first = items[0];
    if (first !== undefined && describe(first.shape) !== describe(item.shape)) {
      throw fail(
        file,
        line,
        `this item is ${describe(item.shape)}, the first one is ${describe(first.shape)}.`,
        'Pad the items to one shape.',
      );
    }
    if (kind !== null && item.kind !== null && kind !== item.kind) {
      throw fail(file, line, `this item holds ${item.kind}, the first one ${kind}.`);
    }
    kind ??= item.kind;
    items.push(item);
  });
  const first = items[0];
  if (first === undefined)
    throw new UserError({ message: 'the file has no items.', hint: 'Write one a line.', location: { file } });
  const dims = [items.length, ...first.shape];
  return { dtype: kind ?? 'float64', dims, data: collect(kind ?? 'float64', items, elementsOf(dims)) };
};
