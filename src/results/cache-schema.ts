/** What a document holds of a prediction cache. Hits and misses never share a percentile. */
import { z } from 'zod';
import { estimateSchema, intervalSchema } from './estimate-schema.js';

const ns = z.number().nonnegative();
const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

/** Requests of one kind. */
export const cacheClassSchema = z.object({
  n: count.describe('requests'),
  mean: ns,
  min: ns,
  max: ns,
  p50: ns.nullable().describe('null: too few requests'),
  p99: ns.nullable(),
  histogram: z.string().describe('V2 compressed HDR histogram, base64, ns, 3 digits'),
});
export type CacheClass = z.infer<typeof cacheClassSchema>;

const shape = {
  expected: share.describe(
    "the hit rate that was asked for, or by Che's approximation where traffic makes it",
  ),
  key: ns.describe('mean of making the key of an item and looking it up'),
  insert: ns
    .nullable()
    .describe('mean of splitting off and putting in a missing item; null: none was missing'),
  run: ns
    .nullable()
    .describe(
      'mean of a missing item beyond its key and insertion: the model, run for fewer items and less often',
    ),
  beyond: ns
    .nullable()
    .describe('mean of what an item of a request of hits takes beyond that; null: there was no such request'),
  keyKind: z.string(),
  memory: z.object({
    entries: count,
    bytes: count.describe('of keys and outputs'),
    rss: count.describe('what the process grew by when the cache was filled'),
  }),
  hit: cacheClassSchema.nullable().describe('requests all of whose items were in the cache'),
  miss: cacheClassSchema.nullable().describe('requests with at least one item that was not'),
};

export const cacheRoundSchema = z.object({
  ...shape,
  items: count.describe('items of the requests'),
  hits: count.describe('items that were in the cache'),
  fill: z.object({
    requests: count.describe('before the first request, not measured'),
    complete: z.boolean().describe('the cache was full after them, and as many again went by'),
  }),
});
export type CacheRound = z.infer<typeof cacheRoundSchema>;

export const cacheCellSchema = z.object({
  ...shape,
  hitRate: estimateSchema.describe('share of items that were in the cache'),
  fill: z.object({ requests: z.number().describe('mean'), incomplete: count.describe('rounds') }),
});
export type CacheCell = z.infer<typeof cacheCellSchema>;

export const PATTERN_VERDICTS = ['pays', 'does-not-pay', 'undecided'] as const;
export type PatternVerdict = (typeof PATTERN_VERDICTS)[number];

/** What a way of serving is worth against the plain way. */
export const patternSchema = z.object({
  pattern: z.literal('cache'),
  label: z.string().describe('the configuration'),
  control: z.string().nullable().describe('id of the cell without it'),
  arms: z.array(
    z.object({
      cell: z.string(),
      traffic: z.string(),
      observed: share,
      verdicts: z.array(
        z.object({
          metric: z.enum(['mean', 'p50', 'p99']),
          verdict: z.enum(PATTERN_VERDICTS),
          ratio: z.number().nullable().describe('over that of the cell without a cache'),
          interval: intervalSchema.nullable(),
          reason: z.string().optional().describe('why it is undecided, or what stands against the metric'),
        }),
      ),
    }),
  ),
  breakEven: z
    .object({
      hitRate: z
        .number()
        .nullable()
        .describe('from which on the mean is lower with a cache; over 1, or null: never'),
      interval: intervalSchema.nullable(),
      key: ns,
      insert: ns,
      run: ns,
      beyond: ns,
      service: ns.describe('mean of an item without a cache'),
    })
    .nullable()
    .describe('(key + insert + run - service) / (run + insert - beyond); null: some of it was not measured'),
  sentence: z.string(),
});
export type Pattern = z.infer<typeof patternSchema>;
