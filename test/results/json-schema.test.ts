import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { serialiseResults } from '../../src/results/document.js';
import { resultsJsonSchema } from '../../src/results/json-schema.js';
import { judge } from '../../src/judge/judge.js';
import { batchSweep } from '../helpers/results.js';

describe('the JSON Schema of results', () => {
  it('is what schema/ holds (npm run build writes it)', () => {
    expect(readFileSync(new URL('../../schema/results.schema.json', import.meta.url), 'utf8')).toBe(
      resultsJsonSchema(),
    );
  });

  it('accepts what a run writes and refuses what it never would', () => {
    const results = batchSweep();
    const document = JSON.parse(serialiseResults({ ...results, ...judge(results) })) as Record<
      string,
      unknown
    >;
    const check = z.fromJSONSchema(JSON.parse(resultsJsonSchema()) as z.core.JSONSchema.JSONSchema);
    expect(check.safeParse(document).success).toBe(true);
    expect(check.safeParse({ ...document, schemaVersion: 99 }).success).toBe(false);
    expect(check.safeParse({ ...document, cells: [{ id: 'x' }] }).success).toBe(false);
  });
});
