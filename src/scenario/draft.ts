/**
 * A document that was read but not yet checked: its plain value, and where every part of it
 * stands, in the file or on the command line.
 */
import { formatLocation, type Location, type Problem } from '../vocabulary/errors.js';
import { nearest } from '../vocabulary/suggest.js';

/** The keys and indices that lead from the document to one of its parts. */
export type Path = readonly (string | number)[];

/** Where a part stands: its key, if it has one, and its value. */
export interface Place {
  readonly key?: Location;
  readonly value: Location;
  /** It was given by a flag, not in the file. */
  readonly flag?: boolean;
}

/**
 * What a flag changes: sets the part at `path`, or removes it when `value` is null. Plain data, so
 * that a Results document can keep it; one flag may make several.
 */
export interface Override {
  readonly path: (string | number)[];
  readonly value: unknown;
  /** As on a command line: "--batch 1,4,16", or an argument that is not a flag. */
  readonly flag: string;
  /** Set when the flag itself cannot be read; the problem it makes. */
  readonly reject?: { readonly message: string; readonly hint: string };
}

type Mapping = Record<string, unknown>;

/** The value as a mapping; an empty one when it is something else. For checks of unchecked values. */
export const asMapping = (value: unknown): Readonly<Mapping> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Mapping) : {};

/** The value as a list: a single value is a list of one, nothing an empty one. */
export const asList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : value === undefined || value === null ? [] : [value];

const isMapping = (value: unknown): value is Mapping => asMapping(value) === value;

/** `path` as people write it: sweep.batch[1]. */
export const formatPath = (path: Path): string =>
  path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const word = /^[\p{L}\p{N}_./:$+-]+$/u.test(part) ? part : JSON.stringify(part);
      return index === 0 ? word : `.${word}`;
    })
    .join('');

const keyOf = (path: Path): string => JSON.stringify(path);

/** A copy of `value` with another part at `path`, or without it; what is no mapping on the way stays. */
const withPart = (value: unknown, path: Path, part: unknown): unknown => {
  const [head, ...rest] = path;
  if (head === undefined) return part;
  if (!isMapping(value)) return value;
  const present = Object.hasOwn(value, head);
  // Nothing to remove from what is not there.
  if (part === null && !present) return value;
  const inner = rest.length === 0 ? part : withPart(present ? value[head] : {}, rest, part);
  if (inner !== null) return { ...value, [head]: inner };
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== String(head)));
};

const MODEL_KEYS = new Set(['variants', 'dims', 'mix']);

/**
 * The places that an override changes. A key of a model changes in every model that sets it for
 * itself, since a flag overrides the file wherever the file says it.
 */
const targetsOf = (root: unknown, path: Path): Path[] => {
  const head = path[0];
  if (typeof head !== 'string' || !MODEL_KEYS.has(head)) return [path];
  const { model, models } = asMapping(root);
  const owners: Path[] = [['model'], ...Object.keys(asMapping(models)).map((name) => ['models', name])];
  const owned = owners.filter((owner) => {
    const own = owner.length === 1 ? model : asMapping(models)[String(owner[1])];
    return Object.hasOwn(asMapping(own), head);
  });
  return [path, ...owned.map((owner) => owner.concat(path))];
};

/** A document before it is checked. Immutable. */
export class Draft {
  readonly value: unknown;
  readonly #places: ReadonlyMap<string, Place>;

  constructor(value: unknown, places: ReadonlyMap<string, Place>) {
    this.value = value;
    this.#places = places;
  }

  /** Where the part at `path` stands, or the nearest part around it; undefined when nothing is known. */
  place(path: Path): Place | undefined {
    for (let length = path.length; length >= 0; length -= 1) {
      const found = this.#places.get(keyOf(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** True when this part came from a flag. */
  fromFlag(path: Path): boolean {
    return this.place(path)?.flag === true;
  }

  /** The part at `path`, or undefined. */
  get(path: Path): unknown {
    let value = this.value;
    for (const part of path) {
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
      value = (value as Mapping)[part];
    }
    return value;
  }

  /** This document with what the flags say. */
  with(overrides: readonly Override[]): Draft {
    let { value } = this;
    const places = new Map(this.#places);
    for (const override of overrides) {
      if (override.reject !== undefined) continue;
      for (const path of targetsOf(value, override.path)) {
        value = withPart(value, path, override.value);
        const inside = keyOf(path).slice(0, -1);
        for (const key of places.keys())
          if (key === `${inside}]` || key.startsWith(`${inside},`)) places.delete(key);
        if (override.value !== null) {
          places.set(keyOf(path), { value: { file: flagName(override.flag) }, flag: true });
        }
      }
    }
    return new Draft(value, places);
  }
}

/** "--batch" of "--batch 1,4,16"; an argument that is not a flag stays whole. */
export const flagName = (flag: string): string =>
  flag.startsWith('-') ? (flag.split(/[ =]/)[0] ?? flag) : flag;

/**
 * A problem with one part of the document. In a file the message starts with the part's path; a
 * flag's name already says which part it is. `at: 'key'` points to the key instead of the value.
 */
export const problemAt = (
  draft: Draft,
  path: Path,
  message: string,
  options: { readonly hint?: string | undefined; readonly at?: 'key' | 'value' } = {},
): Problem => {
  const place = draft.place(path);
  const location = options.at === 'key' ? (place?.key ?? place?.value) : place?.value;
  const subject = path.length === 0 || place?.flag === true ? '' : `${formatPath(path)}: `;
  return {
    message: `${subject}${message}${options.hint === undefined ? '' : '.'}`,
    ...(location === undefined ? {} : { location }),
    ...(options.hint === undefined ? {} : { hint: options.hint }),
  };
};

/** A hint such as `Did you mean "model"?`, or undefined when no candidate is near. */
export const didYouMean = (word: string, candidates: readonly string[]): string | undefined => {
  const found = nearest(word, candidates);
  return found === null ? undefined : `Did you mean "${found}"?`;
};

/** A value in a message: short and on one line. */
export const show = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
  // JSON has no infinities, YAML has.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
};

/** Problems in the order in which a reader meets them: the file from the top, then flags. */
export const inReadingOrder = (problems: readonly Problem[]): Problem[] => {
  const rank = ({ location }: Problem): [number, number] =>
    location?.line === undefined ? [Number.MAX_SAFE_INTEGER, 0] : [location.line, location.column ?? 0];
  const sorted = problems.toSorted((a, b) => {
    const [lineA, columnA] = rank(a);
    const [lineB, columnB] = rank(b);
    return lineA - lineB || columnA - columnB;
  });
  const seen = new Set<string>();
  return sorted.filter((problem) => {
    const text = `${problem.location === undefined ? '' : formatLocation(problem.location)} ${problem.message}`;
    return !seen.has(text) && seen.add(text);
  });
};
