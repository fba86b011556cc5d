/** What a document says of shards, and of the several runs and machines that it was joined from. */
import { z } from 'zod';
import { cellParamsSchema } from '../vocabulary/params.js';
import { environmentSchema, harnessSchema } from './environment-schema.js';

export const RUN_STATES = ['running', 'completed', 'interrupted', 'bailed', 'out-of-budget'] as const;
export const runStateSchema = z.enum(RUN_STATES);

const position = {
  index: z.number().int().positive().describe('which one, from 1'),
  count: z.number().int().positive().describe('of how many'),
};

/** The whole plan is named, so that a merge knows which cells are missing when a shard is. */
export const shardSchema = z.object({
  ...position,
  plan: z
    .array(z.object({ id: z.string(), params: cellParamsSchema }))
    .describe('every cell of the plan in its order, those of other shards too'),
});

/** One run of a merged document. */
export const runSchema = z.object({
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  state: runStateSchema,
  shard: z.object(position).nullable().describe('null: the run measured the whole plan'),
  machine: z.string().describe('fingerprint of the environment it ran in'),
  harness: harnessSchema.nullable(),
  loadAverage: z.number().nullable(),
});
export type MergedRun = z.infer<typeof runSchema>;

/** Optional parts of a Results document. */
export const machinesShape = {
  shard: shardSchema.optional().describe('of a run that measured a share of the plan'),
  runs: z
    .array(runSchema)
    .optional()
    .describe('of a merged document: what it was joined from, earliest first'),
  environments: z
    .array(environmentSchema)
    .optional()
    .describe(
      'of a merged document: one of each fingerprint, from its earliest run; `environment` is the first',
    ),
};
