import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.js';
import { scenarioSchema } from '../../src/scenario/schema.js';

describe('the JSON Schema of scenarios', () => {
  it('is what schema/ holds (npm run build writes it)', () => {
    const stored: unknown = JSON.parse(
      readFileSync(new URL('../../schema/scenario.schema.json', import.meta.url), 'utf8'),
    );
    expect(stored).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
  });

  it('describes every key, for editors to show', () => {
    const described = Object.entries(scenarioJsonSchema().properties ?? {}).filter(
      ([, property]) => typeof property === 'object' && property.description !== undefined,
    );
    expect(described.map(([key]) => key)).toEqual(Object.keys(scenarioSchema.shape));
    expect(scenarioJsonSchema()).toMatchObject({ title: 'A scenario for mlat', additionalProperties: false });
  });

  it('accepts and refuses as the parser does', () => {
    const check = z.fromJSONSchema(scenarioJsonSchema());
    const accepted = (value: unknown): boolean => check.safeParse(value).success;
    expect(
      accepted({
        model: 'a.onnx',
        sweep: { batch: [1, 2], threads: 'auto', idle: '50ms' },
        sla: 'p99 <= 1ms',
      }),
    ).toBe(true);
    expect(
      accepted({
        models: { a: { path: 'a.onnx', inputs: { x: { from: 'normal', mean: 0, stdev: 1 }, m: 1 } } },
      }),
    ).toBe(true);
    expect(
      accepted({
        model: 'a.onnx',
        measure: { rounds: { until: 'decided', looks: [5] }, duration: '2s', memoryLimit: '2GiB' },
      }),
    ).toBe(true);
    expect(accepted({ model: 'a.onnx', 'x-common': { anything: true } })).toBe(true);
    expect(accepted({ modle: 'a.onnx' })).toBe(false);
    expect(accepted({ model: 'a.onnx', sweep: { batch: ['four'] } })).toBe(false);
    expect(accepted({ model: 'a.onnx', measure: { duration: 2 } })).toBe(false);
    expect(accepted({ model: 'a.onnx', inputs: { x: { from: 'unifrom' } } })).toBe(false);
  });
});
