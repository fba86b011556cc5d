/** From a document without mistakes to a Scenario: defaults, absolute paths, lists of sizes. */
import { resolve } from 'node:path';
import type { InputSpec } from '../vocabulary/inputs.js';
import { AXES } from '../vocabulary/params.js';
import { NS_PER_S } from '../vocabulary/units.js';
import { readConditionValue } from './conditions.js';
import { cacheAxes } from './cache.js';
import { asMapping, type Draft, type Path } from './draft.js';
import { dimSets } from './dims.js';
import { draftModels, modelKeyPath, type DraftModel } from './models.js';
import { stem } from './names.js';
import type { ParsedInput, ParsedModel, ParsedScenario, SweepAxis } from './schema.js';
import type { Exclusion, MeasureSpec, ModelSpec, SweepSpec } from './types.js';

const DEFAULTS = {
  pool: 32,
  rounds: 5,
  looks: [5, 10, 20],
  duration: 1 * NS_PER_S,
  minSamples: 300,
  warmup: 10 * NS_PER_S,
  seed: 1,
} as const;

/** A process may take this long beside its warm-up and its sampling: start, load, first run. */
const BASE_DEADLINE = 120 * NS_PER_S;
/** An exact number of samples tells nothing about the time they take. */
const SAMPLES_DEADLINE = 600 * NS_PER_S;

/** The folder that a relative path at this place counts from: the file's, or the command's for flags. */
export type Resolve = (path: Path, file: string) => string;

/** Resolves paths of the file against `baseDir` and those of flags against `cwd`. */
export const resolver =
  (draft: Draft, baseDir: string, cwd: string): Resolve =>
  (path, file) =>
    resolve(draft.fromFlag(path) ? cwd : baseDir, file);

const inputSpec = (input: ParsedInput, file: (path: string) => string): InputSpec => {
  if (typeof input === 'number' || typeof input === 'boolean') return { from: 'constant', value: input };
  if (typeof input === 'string') return { from: 'file', file: file(input) };
  if (Array.isArray(input)) return { from: 'strings', values: input };
  const { shape, ...rest } = input;
  const shaped = shape === undefined ? {} : { shape };
  switch (rest.from) {
    case 'file':
      return { ...defined(rest), ...shaped, file: file(rest.file) };
    case 'state':
      return { ...rest, ...shaped, initial: rest.initial ?? 0 };
    case 'uniform':
    case 'integers':
      return { ...defined(rest), ...shaped };
    default:
      return { ...rest, ...shaped };
  }
};

/** `T` without the keys whose value is undefined, as exactOptionalPropertyTypes wants it. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Defined<T>;

/** The models with what they share filled in. */
export const normaliseModels = (draft: Draft, parsed: ParsedScenario, at: Resolve): ModelSpec[] =>
  draftModels(draft).map((model) => normaliseModel(draft, model, parsed, at));

const normaliseModel = (draft: Draft, model: DraftModel, parsed: ParsedScenario, at: Resolve): ModelSpec => {
  const given = model.name === undefined ? parsed.model : parsed.models?.[model.name];
  const own: Partial<ParsedModel> = typeof given === 'object' ? given : {};
  const path = typeof given === 'string' ? given : (own.path ?? '');
  const place = (key: string): Path => modelKeyPath(draft, model, key);
  const {
    variants = {},
    inputs = {},
    batchDim,
    labels,
    module,
    pool,
    dims,
    mix,
  } = { ...parsed, ...defined(own) };
  return {
    name: model.name ?? stem(path),
    path: at(typeof given === 'string' ? model.path : [...model.path, 'path'], path),
    variants: Object.fromEntries(
      Object.entries(variants).map(([name, file]) => [name, at([...place('variants'), name], file)]),
    ),
    ...(batchDim === undefined ? {} : { batchDim }),
    dims: dimSets({ dims, mix }),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [
        name,
        inputSpec(input, (file) => at(place('inputs'), file)),
      ]),
    ),
    ...(labels === undefined
      ? {}
      : { labels: { ...defined(labels), file: at(place('labels'), labels.file) } }),
    pool: pool ?? DEFAULTS.pool,
    ...(module === undefined ? {} : { module: at(place('module'), module) }),
  };
};

/** Every axis of the sweep as a list without repeats; an axis that is not given has its default. */
export const normaliseSweep = (
  sweep: ParsedScenario['sweep'],
  cache?: ParsedScenario['cache'],
): SweepSpec => {
  const given: Partial<Record<SweepAxis, readonly unknown[] | undefined>> = { ...sweep, ...cacheAxes(cache) };
  const lists = AXES.filter(
    (axis) => axis.key !== 'model' && axis.key !== 'precision' && axis.key !== 'dims',
  ).map((axis) => [axis.key, [...new Set<unknown>(given[axis.key] ?? [axis.fallback])]]);
  // Object.fromEntries cannot keep which list belongs to which key.
  return Object.fromEntries(lists) as { [K in SweepAxis]: SweepSpec[K] };
};

const roundsOf = (rounds: NonNullable<ParsedScenario['measure']>['rounds']): MeasureSpec['rounds'] => {
  if (rounds === undefined) return { fixed: DEFAULTS.rounds };
  if (typeof rounds === 'number') return { fixed: rounds };
  return { looks: rounds === 'until-decided' ? DEFAULTS.looks : (rounds.looks ?? DEFAULTS.looks) };
};

/** How to measure, with every default. */
export const normaliseMeasure = (
  measure: ParsedScenario['measure'] = {},
  cold: MeasureSpec['cold'],
): MeasureSpec => {
  const { samples = null, warmup = 'steady' } = measure;
  const duration = samples === null ? (measure.duration ?? DEFAULTS.duration) : null;
  const searched = typeof warmup === 'object' ? warmup.maxDuration : DEFAULTS.warmup;
  const implied = duration === null ? SAMPLES_DEADLINE : 10 * duration;
  const deadline = measure.deadline ?? BASE_DEADLINE + searched + implied;
  return {
    rounds: roundsOf(measure.rounds),
    warmup:
      typeof warmup === 'number'
        ? { requests: warmup, maxDuration: deadline }
        : { requests: null, maxDuration: searched },
    sampling: { samples, duration, minSamples: samples ?? measure.minSamples ?? DEFAULTS.minSamples },
    cold,
    budget: measure.budget ?? null,
    deadline,
    memoryLimit: measure.memoryLimit ?? null,
    seed: measure.seed ?? DEFAULTS.seed,
  };
};

/** The entries of `exclude` as conditions in their one spelling. */
export const normaliseExclude = (draft: Draft, exclude: ParsedScenario['exclude'] = []): Exclusion[] => {
  // Flags narrow a sweep on purpose: what the file excludes may then be out already.
  const narrowed = ['model', 'models', 'variants', 'dims', 'precision', 'sweep', 'cache'].some(
    (key) =>
      draft.fromFlag([key]) ||
      Object.keys(asMapping(draft.get([key]))).some((part) => draft.fromFlag([key, part])),
  );
  return exclude.map((filter, index) => {
    const location = draft.place(['exclude', index])?.value;
    return {
      conditions: Object.entries(filter).flatMap(([key, written]) => {
        const read = readConditionValue(key, written);
        return 'expected' in read ? [] : [{ key, value: read.value }];
      }),
      mustMatch: !narrowed,
      ...(location === undefined ? {} : { location }),
    };
  });
};
