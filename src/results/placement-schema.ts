/** Which provider ran the nodes of a cell's model, from a profiled pass beside the measurement. */
import { z } from 'zod';

const count = z.number().int().nonnegative();
const ns = z.number().nonnegative();

export const placementSchema = z.object({
  asked: z.string().describe('name of the provider that was asked for'),
  runs: count.describe('profiled requests that the times are means of'),
  total: count.describe('nodes of the graph as the runtime ran it, copy nodes left out'),
  onAsked: count.describe('how many of them the asked provider ran'),
  nodes: z.record(z.string(), count).describe('nodes by provider, as the runtime names it'),
  elsewhere: z
    .array(z.object({ provider: z.string(), operator: z.string(), nodes: count }))
    .describe('operators that another provider ran, the most frequent first'),
  copies: z
    .object({ nodes: count, ns })
    .describe(
      'nodes that copy between providers, and their time in a request; a copy from a device waits for it',
    ),
  outside: ns
    .nullable()
    .describe('time of a request outside of all nodes: copies of inputs and outputs, waiting for the device'),
  distortion: z.number().nullable().describe('median request with the profile over that without it'),
  problem: z.string().optional().describe('why nothing is known: the profiled pass failed'),
});
export type Placement = z.infer<typeof placementSchema>;
