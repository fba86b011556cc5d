// Writes schema/*.schema.json from the zod schemas in dist/: editors complete and check scenarios
// with one, and readers of results.json in other languages check theirs with the other.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { resultsSchema } from '../dist/results/schema.js';
import { scenarioSchema } from '../dist/scenario/schema.js';

const DOCUMENTS = [
  { name: 'results', title: 'Results of mlat', schema: resultsSchema, io: 'output' },
  { name: 'scenario', title: 'A scenario for mlat', schema: scenarioSchema, io: 'input' },
];

for (const { name, title, schema, io } of DOCUMENTS) {
  const text = `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io }) }, null, 2)}\n`;
  const file = fileURLToPath(new URL(`../schema/${name}.schema.json`, import.meta.url));
  mkdirSync(new URL('../schema/', import.meta.url), { recursive: true });
  // A file that already says this keeps its time stamp.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}
