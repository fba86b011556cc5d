/** What a document holds of cold starts: the phases of each process, and what they come to in a cell. */
import { z } from 'zod';
import { CACHE_STATES, COLD_PHASES, PAGE_CACHES } from '../vocabulary/cold.js';
import { estimateSchema } from './estimate-schema.js';

const ns = z.number().nonnegative();
const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

/** The page cache before a process: what was asked for, and what was found. */
export const pageCacheSchema = z.object({
  wanted: z.enum(PAGE_CACHES),
  found: z.enum(CACHE_STATES).describe('of the model file, just before the process started'),
  resident: share.nullable().describe('share of the file that was in the page cache; null: unknown'),
});
export type PageCacheRecord = z.infer<typeof pageCacheSchema>;

/** A shape of a mix that the process had not seen: its first request against its second. */
export const newShapeSchema = z.object({ shape: z.string(), first: ns, again: ns });

/** One process: one sample. */
export const coldRoundSchema = z.object({
  phases: z.object({
    start: ns,
    import: ns,
    read: ns.nullable().describe('null: the runtime reads the file, as part of session'),
    session: ns,
    first: ns,
    shapes: ns,
    steady: ns,
    other: ns.describe("mlat's own work, and the end of the process"),
  }),
  wall: ns.describe('from fork to the end of the process, as the parent saw it'),
  pageCache: pageCacheSchema,
  level: ns.nullable().describe('mean of the last third of the requests until steady'),
  extra: ns.nullable().describe('what the slow first requests took together beyond so many at that level'),
  slow: count.describe('slow first requests: those before the latency comes within 10% of that level'),
  shapes: z.array(newShapeSchema),
});
export type ColdRound = z.infer<typeof coldRoundSchema>;

const statistics = { mean: estimateSchema, p50: estimateSchema, p90: estimateSchema, p95: estimateSchema };

/** The processes of a cell together. */
export const coldCellSchema = z.object({
  processes: count,
  answer: z.object(statistics).describe('start, import, read, session and first, added up in each process'),
  phases: z.array(
    z.object({
      name: z.enum(COLD_PHASES),
      n: count,
      share: share.describe('of the mean wall time'),
      ...statistics,
    }),
  ),
  wall: z.object({
    mean: ns,
    accounted: z.number().describe('sum of the means of the phases over the mean wall time'),
  }),
  pageCache: z.object({
    wanted: z.enum(PAGE_CACHES),
    found: z.object({ cold: count, partly: count, warm: count, unknown: count }).describe('processes'),
    neverDropped: z.array(z.string()).describe('what stays in the page cache, whatever is done to the file'),
  }),
  untilSteady: z.object({
    requests: z.number().describe('mean, after the first'),
    elapsed: ns.describe('mean'),
    neverSteady: count.describe('processes'),
    level: ns.nullable().describe('median over processes'),
    extra: ns.nullable().describe('mean over processes'),
    slow: z.number().describe('mean over processes'),
  }),
  shapes: z.array(newShapeSchema.extend({ n: count.describe('processes that met it') })).describe('means'),
});
export type ColdCell = z.infer<typeof coldCellSchema>;

/** The model as the runtime saved it after its optimisation. */
export const optimisedSchema = z.object({
  bytes: count,
  elapsed: ns.describe('what saving it took, the session included'),
});

/** How cold cells are measured, for the policy. */
export const coldPlanSchema = z.object({
  starts: count.describe('processes of each cold cell'),
  pageCache: z.enum(PAGE_CACHES),
});
