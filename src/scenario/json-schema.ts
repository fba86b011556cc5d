/** The JSON Schema of the scenario, for editors: schema/scenario.schema.json holds a copy. */
import { z } from 'zod';
import { scenarioSchema } from './schema.js';

/** JSON Schema (draft 2020-12) of the document as a person writes it. */
export const scenarioJsonSchema = (): z.core.JSONSchema.BaseSchema =>
  z.toJSONSchema(scenarioSchema, { io: 'input' });
