/** What was concluded from a Results document: verdicts, findings, the decision. */
import { z } from 'zod';
import { patternSchema, type Pattern } from './cache-schema.js';
import { locationSchema, OPERATORS } from '../vocabulary/rules.js';

const interval = z.object({ low: z.number(), high: z.number(), level: z.number(), method: z.string() });

export const VERDICT_STATUSES = [
  'pass',
  'fail',
  'inconclusive',
  'invalid',
  'no-data',
  'not-applicable',
] as const;

export const verdictSchema = z.object({
  rule: z.string().describe('the text of the rule'),
  status: z.enum(VERDICT_STATUSES),
  cell: z.string().nullable().describe('id; null when the rule matched no cell'),
  metric: z.string(),
  operator: z.enum(OPERATORS),
  expected: z.number(),
  actual: z.number().nullable(),
  interval: interval.nullable().describe('one-sided bounds at the level the verdict was judged at'),
  headroom: z.number().nullable().describe('share of the limit that is left; negative: over it'),
  n: z.number().int(),
  rounds: z.number().int(),
  message: z.string(),
  location: locationSchema.optional(),
});
export type Verdict = z.infer<typeof verdictSchema>;
export type VerdictStatus = Verdict['status'];

export const findingSchema = z.object({
  id: z.string().describe('kind of finding; `mute` takes it'),
  severity: z.enum(['note', 'warning', 'serious']).describe('serious: do not trust the number it is about'),
  cells: z.array(z.string()).describe('ids; empty: the whole run'),
  title: z.string(),
  cause: z.string(),
  action: z.string(),
  muted: z.boolean(),
});
export type Finding = z.infer<typeof findingSchema>;

/** Another cell beside the chosen one: ratio of its metric to the chosen one's. */
export const alternativeSchema = z.object({
  cell: z.string(),
  value: z.number().nullable(),
  ratio: z.number().nullable().describe('its value over that of the chosen cell'),
  interval: interval.nullable(),
  meetsSla: z.enum(['yes', 'no', 'unknown']),
  note: z.string(),
});
export type Alternative = z.infer<typeof alternativeSchema>;

export const decisionSchema = z.object({
  status: z
    .enum(['deploy', 'tie', 'none-meets', 'undecided', 'no-data'])
    .describe(
      'tie: the runner-up cannot be told apart; undecided: no cell is shown to meet the SLA, some may',
    ),
  objective: z.string(),
  metric: z.string(),
  cell: z.string().nullable().describe('the cell to deploy, or the nearest when none meets the SLA'),
  value: z.number().nullable(),
  sentence: z.string().describe('the decision in one sentence'),
  runnerUp: alternativeSchema.nullable(),
  others: z.array(alternativeSchema).describe('the rest, best first'),
  missing: z.array(z.string()).describe('for none-meets: what the nearest cell lacks'),
  flips: z.array(z.string()).describe('what would change the decision'),
});
export type Decision = z.infer<typeof decisionSchema>;

/** Null until the run was judged. */
export const conclusionsShape = {
  verdicts: z.array(verdictSchema),
  findings: z.array(findingSchema),
  decision: decisionSchema.nullable(),
  patterns: z.array(patternSchema).optional().describe('whether each way of serving pays, and for what'),
};
export interface Conclusions {
  readonly verdicts: Verdict[];
  readonly findings: Finding[];
  readonly decision: Decision | null;
  readonly patterns: Pattern[];
}
