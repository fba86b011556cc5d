/** Execution providers in documents; what the words mean is in providers.ts. */
import { z } from 'zod';
import type { Provider, ProviderStatus } from './providers.js';

const optionValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

/** A provider in a document, in its canonical form. */
export const providerSchema: z.ZodType<Provider, Provider> = z.union([
  z.string(),
  z.object({ name: z.string(), options: z.record(z.string(), optionValue) }),
]);

const checkSchema = z.object({
  name: z.string().describe('runtime, library, version, dependencies, driver, device'),
  status: z.enum(['ok', 'missing', 'wrong', 'unknown']),
  seen: z.string().describe('what was found, or exactly what was not'),
  action: z.string().optional().describe('what to do about it'),
});

/** Whether a provider can run on the machine of a document. */
export const providerStatusSchema: z.ZodType<ProviderStatus, ProviderStatus> = z.object({
  name: z.string(),
  listed: z.boolean().describe('this build of the runtime has it'),
  bundled: z.boolean().describe('its code is inside the package'),
  available: z.boolean().describe('nothing that it needs is missing'),
  device: z.string().nullable().describe('the device it would run on, where that can be told'),
  software: z.boolean().describe('the device is emulated by the processor'),
  driver: z.string().nullable().describe('version of the driver'),
  checks: z.array(checkSchema),
});
