/** Where a run happened. No host name, user name or absolute path: a document is meant to be shared. */
import { z } from 'zod';

const ns = z.number().nonnegative();
const bytes = z.number().int().nonnegative();

/** What the harness itself costs on this machine, measured at the start of the run. */
export const harnessSchema = z.object({
  clockStep: ns.describe('smallest difference between two readings of the clock'),
  clockCost: ns.describe('median cost of one reading'),
  emptyModel: z
    .object({ n: z.number().int(), p50: ns, p99: ns, nativeP50: ns.nullable() })
    .nullable()
    .describe('round trip of a one-node model through the public call, and the native call inside it'),
});
export type Harness = z.infer<typeof harnessSchema>;

export const environmentSchema = z.object({
  os: z.object({ platform: z.string(), release: z.string(), arch: z.string() }),
  cpu: z.object({
    model: z.string(),
    logical: z.number().int(),
    allowed: z.number().int().describe('CPUs this process may use'),
    quota: z.number().nullable().describe('CPUs the cgroup grants; null: no limit or unknown'),
    governor: z.string().nullable(),
    features: z.array(z.string()).nullable().describe('those that matter for inference: avx2, avx512_vnni, ...'),
    virtual: z.boolean().nullable(),
  }),
  memory: z.object({ total: bytes, limit: bytes.nullable().describe('cgroup limit') }),
  node: z.string(),
  runtime: z.object({ name: z.string(), version: z.string(), providers: z.array(z.string()) }),
  harness: harnessSchema.nullable(),
  loadAverage: z.number().nullable().describe('one minute, at the start'),
  fingerprint: z.string().describe('hash of what must be equal for two runs to be comparable'),
});
export type Environment = z.infer<typeof environmentSchema>;
