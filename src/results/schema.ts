/**
 * The Results document: what a run measured, and what was concluded from it. Everything right of
 * `run` reads this and nothing else. All durations are integer nanoseconds.
 */
import { z } from 'zod';
import { cellParamsSchema } from '../vocabulary/params.js';
import { objectiveSchema, REQUIREMENTS, ruleSchema } from '../vocabulary/rules.js';
import { coldCellSchema, coldPlanSchema, coldRoundSchema, optimisedSchema } from './cold-schema.js';
import { cacheCellSchema, cacheRoundSchema } from './cache-schema.js';
import { conclusionsShape } from './conclusions-schema.js';
import { disturbanceSchema, environmentSchema, type Disturbance } from './environment-schema.js';
import { estimateSchema, intervalSchema, type Estimate, type Interval } from './estimate-schema.js';
import { machinesShape, runStateSchema } from './machines-schema.js';
import { placementSchema } from './placement-schema.js';

export type { Disturbance, Estimate, Interval };

/** Raised when a reader of the older version would misread the document; migrate.ts reads older ones. */
export const SCHEMA_VERSION = 1;

const ns = z.number().nonnegative();
const count = z.number().int().nonnegative();

/** The statistics that every latency summary has, in the document's order. */
export const LATENCY_STATS = ['min', 'mean', 'stdev', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;
export type LatencyStat = (typeof LATENCY_STATS)[number];

/** Levels of the percentiles among LATENCY_STATS. */
export const STAT_QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

const perStat = <T extends z.ZodType>(value: T) =>
  z.object({
    min: value,
    mean: value,
    stdev: value,
    p50: value,
    p90: value,
    p95: value,
    p99: value,
    p999: value,
    max: value,
  });

export const CELL_STATES = ['pending', 'completed', 'failed', 'skipped', 'timed-out', 'aborted'] as const;
export const stateSchema = z.enum(CELL_STATES);
export type CellState = z.infer<typeof stateSchema>;

/** Why a cell or a round has no measurement. */
export const reasonSchema = z.object({
  kind: z
    .string()
    .describe(
      'runtime-unusable, input-mismatch, module, load-failed, run-failed, output-batch, not-finite, no-samples, crashed, killed, deadline, memory-limit, interrupted, bail, budget, no-hardware, missing-shard',
    ),
  message: z.string().describe('one line: what is wrong and what to do'),
  phase: z.string().optional().describe('what the process was doing'),
  signal: z.string().optional(),
  exitCode: z.number().int().optional(),
  stderr: z.array(z.string()).optional().describe("the process's last lines"),
});
export type Reason = z.infer<typeof reasonSchema>;

export const warmupSchema = z.object({
  requests: count,
  elapsed: ns,
  first: ns.describe('duration of the first request'),
  steady: z.boolean().nullable().describe('null: a fixed count was asked for, nothing was tested'),
  rule: z.string(),
});

/** A stretch of the sampled time: one point of the latency-over-time chart. */
export const windowSchema = z.object({ start: ns, n: count, min: ns, p50: ns, p99: ns, max: ns });
export type Window = z.infer<typeof windowSchema>;

export const memorySchema = z.object({
  beforeModel: count.nullable().describe('resident bytes before the session was created'),
  afterLoad: count.nullable(),
  peak: count.nullable().describe('peak resident bytes of the process'),
});

/** The public call against the native call inside it, from a short pass after sampling. */
export const wrapperSchema = z.object({ n: count, total: ns, native: ns }).describe('medians');

/**
 * Time per request by stage; means, because means add. `n` requests each. The percentiles of a cell
 * are the medians of its rounds' percentiles.
 */
export const stageSchema = z.object({
  name: z.string(),
  n: count,
  mean: ns,
  p50: ns.nullable(),
  p99: ns.nullable(),
});
export type Stage = z.infer<typeof stageSchema>;

export const roundSchema = z.object({
  index: count.describe('0-based'),
  order: count.describe('position of this process in the whole run'),
  state: stateSchema,
  reason: reasonSchema.optional(),
  startedAt: z.string(),
  n: count.describe('requests sampled'),
  errors: count,
  elapsed: ns.describe('wall time of sampling, idle gaps included'),
  busy: ns.describe('wall time of sampling, idle gaps left out'),
  latency: perStat(z.number().nullable()).nullable(),
  histogram: z.string().nullable().describe('V2 compressed HDR histogram, base64, ns, 3 digits'),
  effective: z
    .object({ p50: z.number(), p99: z.number().nullable().describe('null: too few requests for a p99') })
    .nullable()
    .describe('effective sample size over n, from the autocorrelation of 1{x > q}'),
  setup: z.object({ importRuntime: ns, createSession: ns, prepareInputs: ns, firstRun: ns }).nullable(),
  warmup: warmupSchema.nullable(),
  windows: z.array(windowSchema),
  drift: z.number().nullable().describe('relative change of the median from the first to the last third'),
  memory: memorySchema.nullable(),
  disturbance: disturbanceSchema.nullable(),
  wrapper: wrapperSchema.nullable(),
  stages: z.array(stageSchema),
  cache: cacheRoundSchema.optional().describe('with a prediction cache'),
  cold: coldRoundSchema.optional().describe('of a cold start, which is one process and one request'),
});
export type RoundResult = z.infer<typeof roundSchema>;

export const outputCheckSchema = z.object({
  fetched: z.array(z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.number()) })),
  notFetched: z.array(z.object({ name: z.string(), why: z.string() })),
});

export const cellSchema = z.object({
  id: z
    .string()
    .describe(
      'stable hash of the parameters; "@" and a machine behind it where unequal machines measured it',
    ),
  params: cellParamsSchema,
  label: z.string().describe('what sets it apart from the other cells'),
  machine: z
    .string()
    .optional()
    .describe('in a merged document: fingerprint of the environment that measured it'),
  state: stateSchema,
  reason: reasonSchema.optional(),
  model: z.object({ file: z.string(), sha256: z.string(), bytes: count }).nullable(),
  pool: z
    .object({ size: count, source: z.string() })
    .nullable()
    .describe('distinct requests that were rotated'),
  rounds: z.array(roundSchema),
  n: count,
  latency: perStat(estimateSchema).nullable(),
  throughput: estimateSchema.nullable().describe('items per second of sampled time, idle gaps included'),
  errors: count,
  warmup: z
    .object({ requests: z.number(), neverSteady: count })
    .nullable()
    .describe('mean requests; rounds never steady'),
  memory: z.object({ peak: count.nullable() }).nullable(),
  windows: z.array(windowSchema).describe('of the round with the median p50'),
  stages: z.array(stageSchema),
  accuracy: z
    .object({ correct: count, n: count, share: z.number(), interval: intervalSchema, labels: z.string() })
    .nullable(),
  outputs: outputCheckSchema.nullable(),
  histogram: z.string().nullable().describe('all rounds added up'),
  placement: placementSchema.optional().describe('where other providers than cpu are in the sweep'),
  cache: cacheCellSchema.optional().describe('with a prediction cache'),
  cold: coldCellSchema.optional().describe('with start cold, instead of latency'),
  optimised: optimisedSchema.optional().describe('with optimised yes'),
});
export type CellResult = z.infer<typeof cellSchema>;

/** When sampling ends: a fixed number of rounds, or looks at which it is asked whether all is decided. */
export const roundsPolicySchema = z.union([
  z.object({ fixed: z.number().int().positive() }),
  z.object({ looks: z.array(z.number().int().positive()).min(1) }),
]);
export type RoundsPolicy = z.infer<typeof roundsPolicySchema>;

export const scenarioRecordSchema = z.object({
  name: z.string(),
  description: z.string().optional(),
  file: z.string().nullable().describe('relative to where mlat ran; null: from flags alone'),
  sha256: z.string().nullable(),
  source: z.string().nullable().describe('the text of the scenario file'),
  overrides: z
    .array(
      z.object({ path: z.array(z.union([z.string(), z.number()])), value: z.unknown(), flag: z.string() }),
    )
    .describe('what the command line set, so that a run can go on or be repeated'),
  command: z.string().describe('the command that repeats the run'),
  models: z.record(z.string(), z.object({ file: z.string(), variants: z.record(z.string(), z.string()) })),
  rounds: roundsPolicySchema,
  cold: coldPlanSchema.optional().describe('of cells with start cold'),
  sampling: z.object({ samples: count.nullable(), duration: ns.nullable() }),
  seed: z.number().int(),
  budget: ns.nullable(),
  rules: z.array(ruleSchema),
  require: z.enum(REQUIREMENTS).describe('cells that the rules are asked of: every one, or any one'),
  objective: objectiveSchema.nullable(),
  mute: z.array(z.string()),
});
export type ScenarioRecord = z.infer<typeof scenarioRecordSchema>;

export const resultsSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  kind: z.literal('mlat-results'),
  mlat: z.string().describe('version that measured'),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  state: runStateSchema,
  scenario: scenarioRecordSchema,
  environment: environmentSchema,
  ...machinesShape,
  cells: z.array(cellSchema),
  ...conclusionsShape,
});
export type Results = z.infer<typeof resultsSchema>;
