// Writes schema/*.schema.json from the schemas the program itself uses: editors complete and check
// scenarios with one, readers of results.json in other languages check theirs with the other.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resultsJsonSchema } from '../dist/results/json-schema.js';
import { scenarioJsonSchema } from '../dist/scenario/json-schema.js';

const texts = {
  'results.schema.json': resultsJsonSchema(),
  'scenario.schema.json': `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`,
};

mkdirSync(new URL('../schema/', import.meta.url), { recursive: true });
for (const [name, text] of Object.entries(texts)) {
  const file = new URL(`../schema/${name}`, import.meta.url);
  // A file that already says this keeps its time stamp.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}
