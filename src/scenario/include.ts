/** Completes the entries of `include`: cells that are named by a few of their params. */
import { didYouMean, problemAt, show, type Draft, type Path } from './draft.js';
import type { Problem } from '../vocabulary/errors.js';
import { isMix } from '../vocabulary/mix.js';
import { defaultParams, type CellParams, type Dims } from '../vocabulary/params.js';
import { cacheMistake, withTraffic } from './cache.js';
import { withoutIdle } from './cold.js';
import { isSweepAxis, readAxisValue } from './conditions.js';
import type { ModelSpec, SweepSpec } from './types.js';

/** What an entry of `include` is completed from. */
export interface IncludeContext {
  readonly models: readonly ModelSpec[];
  readonly precision: readonly string[];
  readonly sweep: SweepSpec;
}

type Filter = Readonly<Record<string, string | number | boolean>>;
/** Makes the problem of one key of the entry, or of the entry itself. */
type Wrong = (key: string | null, message: string, hint?: string) => Problem;

const only = <T>(values: readonly T[]): T | undefined => (values.length === 1 ? values[0] : undefined);

const modelOf = (filter: Filter, { models }: IncludeContext, wrong: Wrong): ModelSpec | Problem => {
  const names = models.map((model) => model.name);
  const asked = filter['model'];
  if (asked === undefined)
    return only(models) ?? wrong(null, `must say which model: one of ${names.join(', ')}`);
  return (
    models.find((model) => model.name === String(asked)) ??
    wrong(
      'model',
      `no model is called ${show(asked)}; the models are ${names.join(', ')}`,
      didYouMean(String(asked), names),
    )
  );
};

const precisionOf = (
  filter: Filter,
  model: ModelSpec,
  context: IncludeContext,
  wrong: Wrong,
): string | Problem => {
  const known = ['original', ...Object.keys(model.variants)];
  const asked = filter['precision'];
  if (asked === undefined) {
    const sole = only(context.precision);
    return sole !== undefined && known.includes(sole) ? sole : 'original';
  }
  if (known.includes(String(asked))) return String(asked);
  const message = `the model ${model.name} has no variant ${show(asked)}; its precisions are ${known.join(', ')}`;
  return wrong('precision', message, didYouMean(String(asked), known));
};

const dimsOf = (filter: Filter, model: ModelSpec, wrong: Wrong): Dims | Problem => {
  const sets = model.dims.filter((dims) => !isMix(dims)) as Readonly<Record<string, number>>[];
  const mixes = model.dims.filter(isMix);
  const names = [
    ...new Set([...sets, ...mixes.flatMap(({ mix }) => mix.map((part) => part.dims))].flatMap(Object.keys)),
  ];
  const given = names.filter((name) => filter[name] !== undefined);
  if (filter['dims'] !== undefined) {
    if (filter['dims'] !== 'mix' || given.length > 0) {
      return wrong('dims', 'expected mix, or the sizes under the names of the dimensions');
    }
    return (
      only(mixes) ??
      wrong('dims', `the model ${model.name} has ${mixes.length === 0 ? 'no mix' : 'several mixes'}`)
    );
  }
  // Without a size of its own, an entry stands for the one set of sizes that there is.
  const sole = only(model.dims);
  if (given.length === 0 && sole !== undefined) return sole;

  const dims: Record<string, number> = {};
  for (const name of names) {
    const written = filter[name];
    const sizes = [...new Set(sets.map((set) => set[name]).filter((size) => size !== undefined))];
    if (written === undefined) {
      const size = only(sizes);
      if (size === undefined) return wrong(null, `must say the size of "${name}"`);
      dims[name] = size;
    } else if (typeof written === 'number' && Number.isSafeInteger(written) && written >= 1) {
      dims[name] = written;
    } else {
      return wrong(name, `expected a whole number of at least 1, found ${show(written)}`);
    }
  }
  return dims;
};

const isWrong = (value: object | string): value is Problem => typeof value === 'object' && 'message' in value;

const cellOf = (filter: Filter, context: IncludeContext, wrong: Wrong): CellParams | Problem => {
  const model = modelOf(filter, context, wrong);
  if (isWrong(model)) return model;
  const precision = precisionOf(filter, model, context, wrong);
  if (isWrong(precision)) return precision;
  const dims = dimsOf(filter, model, wrong);
  if (isWrong(dims)) return dims;

  const swept = Object.entries(context.sweep).flatMap(([key, values]) => {
    const sole = only<unknown>(values);
    return sole === undefined ? [] : [[key, sole] as const];
  });
  const named = Object.entries(filter).flatMap(([key, written]) => {
    const read = isSweepAxis(key) ? readAxisValue(key, written) : null;
    return read === null || 'expected' in read ? [] : [[key, read.value] as const];
  });
  const cell: CellParams = {
    ...defaultParams(),
    ...Object.fromEntries([...swept, ...named]),
    model: model.name,
    precision,
    dims,
  };
  const mistake = cacheMistake(cell);
  return mistake === null ? withTraffic(withoutIdle(cell)) : wrong(null, mistake);
};

/**
 * The further cells. An axis that an entry does not name takes the only value of the sweep, or its
 * default; a model or a size of which there are several must be named.
 */
export const normaliseInclude = (
  draft: Draft,
  include: readonly Filter[],
  context: IncludeContext,
): { readonly cells: CellParams[]; readonly problems: Problem[] } => {
  const made = include.map((filter, index) => {
    const path: Path = ['include', index];
    return cellOf(filter, context, (key, message, hint) =>
      problemAt(draft, key === null ? path : [...path, key], message, { hint }),
    );
  });
  return {
    cells: made.filter((cell): cell is CellParams => !isWrong(cell)),
    problems: made.filter((cell): cell is Problem => isWrong(cell)),
  };
};
