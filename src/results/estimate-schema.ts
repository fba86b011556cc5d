/** A number with how sure it is. */
import { z } from 'zod';

const count = z.number().int().nonnegative();

/** An interval for a value, and how it was made. */
export const intervalSchema = z.object({
  low: z.number(),
  high: z.number(),
  level: z.number().describe('two-sided confidence level, 0.95 for 95%'),
  method: z.string().describe('how it was computed, see docs/methods.md'),
});
export type Interval = z.infer<typeof intervalSchema>;

/** A number with how sure it is, or an honest refusal: null with the reason. */
export const estimateSchema = z.object({
  value: z.number().nullable(),
  n: count.describe('samples behind it, over all rounds'),
  rounds: count.describe('processes behind it'),
  interval: intervalSchema.nullable(),
  reason: z.string().optional().describe('why the value or the interval is missing'),
  need: count.optional().describe('samples a round would need for the value; processes, for a cold start'),
});
export type Estimate = z.infer<typeof estimateSchema>;
