/**
 * SLA rules and the objective as data. The text form is parsed in scenario/rules.ts; the judge
 * reads only this.
 */
import { z } from 'zod';

export const OPERATORS = ['<=', '<', '>=', '>'] as const;
export type Operator = (typeof OPERATORS)[number];

export const locationSchema = z.object({
  file: z.string(),
  line: z.number().int().positive().optional(),
  column: z.number().int().positive().optional(),
});

/** One condition of `where`: an axis or a named dimension equals a value, compared as text. */
export const conditionSchema = z.object({ key: z.string(), value: z.string() });
export type Condition = z.infer<typeof conditionSchema>;

export const ruleSchema = z.object({
  text: z.string().describe('as written'),
  metric: z.string().describe('a metric name, see vocabulary/metrics.ts'),
  operator: z.enum(OPERATORS),
  limit: z.number().describe('ns, items per second, a share from 0 to 1, or bytes'),
  where: z.array(conditionSchema).describe('all must hold; empty: every cell'),
  location: locationSchema.optional(),
});
export type Rule = z.infer<typeof ruleSchema>;

/**
 * What the rules are asked of: every cell that a rule matches; or any one cell that meets all rules
 * about it, for a sweep that looks for a configuration and expects some not to do.
 */
export const REQUIREMENTS = ['every', 'any'] as const;
export type Requirement = (typeof REQUIREMENTS)[number];

export const objectiveSchema = z.object({
  text: z.string(),
  direction: z.enum(['maximize', 'minimize']),
  metric: z.string(),
});
export type Objective = z.infer<typeof objectiveSchema>;
