/**
 * The parameters of a cell, and the axes a sweep can vary. A cell is one point of the sweep: one
 * model, one precision, one set of dimensions, one batch size, one way to run it.
 *
 * To add an axis: add its key to `CellParams`, a row to `AXES`, its input form to
 * scenario/schema.ts, and use the value where it acts (engine, measure). Nothing else lists the
 * axes: tables, filters, flags and ids read them from here.
 */
import { z } from 'zod';
import { providerSchema } from './providers-schema.js';
import { formatProvider, providerName } from './providers.js';
import { formatTraffic, type Traffic } from './traffic.js';
import { isMix } from './mix.js';
import { formatDuration } from './units.js';

const dimValues = z.record(z.string(), z.number().int().positive());

/** Sizes for named dimensions, or a weighted mix of such sets that one cell serves together. */
export const dimsSchema = z.union([
  z.object({ mix: z.array(z.object({ weight: z.number().positive(), dims: dimValues })).min(1) }),
  dimValues,
]);
export type Dims = z.infer<typeof dimsSchema>;
export type DimMix = Extract<Dims, { mix: unknown[] }>;

export const GRAPH_OPTIMIZATION = ['disabled', 'basic', 'extended', 'layout', 'all'] as const;
export const EXECUTION_MODES = ['sequential', 'parallel'] as const;
export const STARTS = ['warm', 'cold'] as const;

const trafficSchema = z.union([
  z.literal('any').describe('the same cost whatever comes: without a cache'),
  z.object({ hitRate: z.number().min(0).max(1) }).describe('this share of items is in the cache'),
  z
    .object({ zipf: z.number().nonnegative(), catalogue: z.number().int().positive() })
    .describe('popularity of the items by a power law with this exponent'),
]) satisfies z.ZodType<Traffic>;

export const cellParamsSchema = z.object({
  model: z.string().describe('name of the model in scenario.models'),
  precision: z.string().describe('"original" or the name of a variant'),
  provider: providerSchema.default('cpu').describe('the execution provider that is asked to run the model'),
  dims: dimsSchema.describe('sizes of the named dimensions, the batch left out'),
  batch: z.number().int().positive().describe('items in one request'),
  threads: z.number().int().nonnegative().describe('threads inside an operator; 0: the runtime decides'),
  interThreads: z.number().int().nonnegative().describe('threads between operators; 0: the runtime decides'),
  graphOptimization: z.enum(GRAPH_OPTIMIZATION),
  executionMode: z.enum(EXECUTION_MODES),
  spinning: z.boolean().describe('worker threads wait by spinning'),
  idle: z.number().int().nonnegative().describe('pause between requests, ns'),
  start: z
    .enum(STARTS)
    .default('warm')
    .describe('warm: requests to a process that is warmed up; cold: fresh processes until they are'),
  optimised: z
    .boolean()
    .default(false)
    .describe(
      'the file that the runtime saved after its graph optimisation is measured, not the model itself',
    ),
  cache: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe('entries of a prediction cache in front of the model; 0: off'),
  traffic: trafficSchema.default('any').describe('how often items come again, which a cache depends on'),
});
export type CellParams = z.infer<typeof cellParamsSchema>;
export type AxisName = keyof CellParams;

const formatDimSet = (dims: Readonly<Record<string, number>>): string =>
  Object.entries(dims)
    .map(([name, size]) => `${name}=${size}`)
    .join(' ') || '-';

const formatDims = (dims: Dims): string =>
  isMix(dims)
    ? `mix(${dims.mix.map((part) => `${part.weight}x ${formatDimSet(part.dims)}`).join(', ')})`
    : formatDimSet(dims);

/** What tables, flags and filters need to know of an axis. */
export interface Axis<K extends AxisName = AxisName> {
  readonly key: K;
  /** The column's heading. */
  readonly label: string;
  /** The value of a cell when nobody says otherwise; a param at its default leaves the id unchanged. */
  readonly fallback: CellParams[K];
  /** The value as a person reads and writes it. */
  readonly format: (value: CellParams[K]) => string;
  /**
   * A configuration is chosen by whoever deploys; a workload is what the users bring. A decision
   * chooses among configurations, each over all its workloads.
   */
  readonly role: 'configuration' | 'workload';
}

const axis = <K extends AxisName>(
  key: K,
  label: string,
  fallback: CellParams[K],
  format: (value: CellParams[K]) => string = String,
  role: Axis['role'] = 'configuration',
): Axis<K> => ({ key, label, fallback, format, role });

const onOff = (value: boolean): string => (value ? 'on' : 'off');

/** Every axis, in the order in which tables show them. */
export const AXES = [
  axis('model', 'model', 'model'),
  axis('precision', 'precision', 'original'),
  axis('provider', 'provider', 'cpu', formatProvider),
  axis('dims', 'dims', {}, formatDims, 'workload'),
  axis('batch', 'batch', 1),
  axis('threads', 'threads', 0, (value) => (value === 0 ? 'auto' : String(value))),
  axis('interThreads', 'inter', 0, (value) => (value === 0 ? 'auto' : String(value))),
  axis('graphOptimization', 'graph', 'all'),
  axis('executionMode', 'mode', 'sequential'),
  axis('spinning', 'spinning', true, onOff),
  axis('idle', 'idle', 0, (value) => (value === 0 ? '0' : formatDuration(value)), 'workload'),
  axis('start', 'start', 'warm', String, 'workload'),
  axis('optimised', 'optimised', false, (value) => (value ? 'yes' : 'no')),
  axis('cache', 'cache', 0, (value) => (value === 0 ? 'off' : String(value))),
  axis('traffic', 'traffic', 'any', formatTraffic, 'workload'),
] as const;

/** The value of one param as a person reads it. Total over all axes. */
export const formatParam = (key: AxisName, params: CellParams): string => {
  const found = AXES.find((candidate) => candidate.key === key);
  // The table's rows are each sound; the union of their format functions needs the widening.
  return found === undefined ? '' : (found.format as (value: unknown) => string)(params[key]);
};

/** The params of a cell nobody configured. */
export const defaultParams = (): CellParams =>
  Object.fromEntries(AXES.map((entry) => [entry.key, entry.fallback])) as CellParams;

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
};

/** JSON with sorted keys: equal values give equal text. */
export const canonicalJson = (value: unknown): string => JSON.stringify(canonical(value));

/**
 * The text that identifies a cell: its params without those at their default, so that an axis
 * added in a later version doesn't change the ids of cells that never used it.
 */
export const identityOf = (params: CellParams): string =>
  canonicalJson(
    Object.fromEntries(
      AXES.filter((entry) => canonicalJson(params[entry.key]) !== canonicalJson(entry.fallback)).map(
        (entry) => [entry.key, params[entry.key]],
      ),
    ),
  );

const keysOf = (role: Axis['role']): AxisName[] =>
  AXES.filter((entry) => entry.role === role).map(({ key }) => key);

const roleKey = (params: CellParams, role: Axis['role']): string =>
  canonicalJson(keysOf(role).map((key) => params[key]));

/** Equal for cells that differ in their workload alone. */
export const configurationKey = (params: CellParams): string => roleKey(params, 'configuration');

/** Equal for cells that differ in their configuration alone. */
export const workloadKey = (params: CellParams): string => roleKey(params, 'workload');

/** Of these axes, those of one role, in their order. */
export const axesOfRole = (axes: readonly AxisName[], role: Axis['role']): AxisName[] =>
  axes.filter((key) => keysOf(role).includes(key));

/** The axes on which at least two of these cells differ, in table order. */
export const varyingAxes = (cells: readonly CellParams[]): AxisName[] =>
  AXES.filter((entry) => new Set(cells.map((params) => canonicalJson(params[entry.key]))).size > 1).map(
    (entry) => entry.key,
  );

/** From so many varying axes on, a label leaves out what a reader takes for granted. */
const MANY_AXES = 4;

/** Off, warm and on the CPU is how a model runs unless somebody says otherwise. */
const TAKEN_FOR_GRANTED: readonly AxisName[] = ['provider', 'start', 'optimised', 'cache'];

const isDefault = (key: AxisName, params: CellParams): boolean =>
  canonicalJson(params[key]) === canonicalJson(AXES.find((entry) => entry.key === key)?.fallback);

/** The axes that a label names. A cell at another value of one left out names it, so labels stay apart. */
const namedAxes = (params: CellParams, varying: readonly AxisName[]): readonly AxisName[] => {
  // Without a cache any traffic is the same, which needs no saying.
  const named = varying.filter((key) => key !== 'traffic' || params.traffic !== 'any');
  if (varying.length < MANY_AXES) return named;
  const short = named.filter((key) => !TAKEN_FOR_GRANTED.includes(key) || !isDefault(key, params));
  return short.length === 0 ? named : short;
};

/** A short name for a cell among others: only what varies, or the model when nothing does. */
export const cellLabel = (params: CellParams, varying: readonly AxisName[]): string =>
  varying.length === 0
    ? params.model
    : namedAxes(params, varying)
        .map((key) =>
          key === 'model' || key === 'dims' || key === 'traffic'
            ? formatParam(key, params)
            : `${labelOf(key)} ${formatParam(key, params)}`,
        )
        .join(', ');

const labelOf = (key: AxisName): string => AXES.find((entry) => entry.key === key)?.label ?? key;

/** True when `key` is the key of an axis ("batch"), not a dimension's name or a heading. */
export const isAxisName = (key: string): key is AxisName => AXES.some((entry) => entry.key === key);

/**
 * True when a cell has this value on an axis (text as formatParam writes it) or in a named
 * dimension (its size). A mix has no single size, so it is named as `dims = mix`.
 */
export const matchesCondition = (
  params: CellParams,
  condition: { readonly key: string; readonly value: string },
): boolean => {
  if (isAxisName(condition.key)) {
    if (formatParam(condition.key, params) === condition.value) return true;
    // A provider's name stands for it with any options.
    if (condition.key === 'provider') return providerName(params.provider) === condition.value;
    return condition.key === 'dims' && condition.value === 'mix' && isMix(params.dims);
  }
  if (isMix(params.dims)) return false;
  const size = params.dims[condition.key];
  return size !== undefined && String(size) === condition.value;
};
