/**
 * Where a run happened. No host name, user name or absolute path: a document is meant to be shared.
 */
import { z } from 'zod';
import { providerStatusSchema } from '../vocabulary/providers-schema.js';

const ns = z.number().nonnegative();
const bytes = z.number().int().nonnegative();

/** What the machine did to a process while it measured; null where the OS cannot tell. */
export const disturbanceSchema = z.object({
  stealShare: z.number().nullable().describe('share of CPU time taken by the hypervisor'),
  throttledShare: z.number().nullable().describe('share of the sampled time throttled by the cgroup'),
  otherShare: z.number().nullable().describe("share of the machine's CPU time used by other processes"),
  cpuPerWall: z.number().nullable().describe('CPU time of this process over wall time'),
  involuntarySwitches: z.number().int().nonnegative().nullable(),
});
export type Disturbance = z.infer<typeof disturbanceSchema>;

/** A fixed computation, repeated for a while: what the machine adds to it is noise. */
export const noiseSchema = z.object({
  n: z.number().int(),
  p50: ns,
  p99: ns,
  max: ns,
  lostShare: z.number().describe('share of the time spent beyond 1.2 medians'),
});
export type Noise = z.infer<typeof noiseSchema>;

/** What the harness itself costs on this machine, measured at the start of the run. */
export const harnessSchema = z.object({
  clockStep: ns.describe('smallest difference between two readings of the clock'),
  clockCost: ns.describe('median cost of one reading'),
  emptyModel: z
    .object({ n: z.number().int(), p50: ns, p99: ns, nativeP50: ns.nullable() })
    .nullable()
    .describe('round trip of a one-node model through the public call, and the native call inside it'),
  noise: noiseSchema,
  disturbance: disturbanceSchema.describe('while the noise was measured'),
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
    features: z
      .array(z.string())
      .nullable()
      .describe('those that matter for inference: avx2, avx512_vnni, ...'),
    virtual: z.boolean().nullable(),
  }),
  memory: z.object({ total: bytes, limit: bytes.nullable().describe('cgroup limit') }),
  node: z.string(),
  runtime: z.object({ name: z.string(), version: z.string(), providers: z.array(z.string()) }),
  providers: z
    .array(providerStatusSchema)
    .optional()
    .describe('whether each execution provider can run here, found by looking'),
  harness: harnessSchema.nullable(),
  loadAverage: z.number().nullable().describe('one minute, at the start'),
  fingerprint: z.string().describe('hash of what must be equal for two runs to be comparable'),
});
export type Environment = z.infer<typeof environmentSchema>;
