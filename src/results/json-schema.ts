/** The published JSON Schema of the Results document, made from the schema the program itself uses. */
import { z } from 'zod';
import { resultsSchema, SCHEMA_VERSION } from './schema.js';

/** The text of schema/results.schema.json, final newline included. */
export const resultsJsonSchema = (): string => {
  // Of what is read, not of what is written: a later version may add fields, and a reader lets them be.
  const { $schema, ...schema } = z.toJSONSchema(resultsSchema, { target: 'draft-2020-12', io: 'input' });
  return `${JSON.stringify(
    {
      $schema,
      title: `mlat results, version ${SCHEMA_VERSION}`,
      description: 'What a run of mlat measured and concluded. Durations are nanoseconds.',
      ...schema,
    },
    null,
    2,
  )}\n`;
};
