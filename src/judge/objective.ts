/** What a decision optimises. */
import type { Results } from '../results/schema.js';
import type { Objective } from '../vocabulary/rules.js';

/** What is optimised when the document names no objective: throughput within an SLA, or else the tail. */
export const objectiveOf = (results: Results): Objective =>
  results.scenario.objective ??
  (results.scenario.rules.length > 0
    ? { text: 'maximize throughput', direction: 'maximize', metric: 'throughput' }
    : { text: 'minimize p99', direction: 'minimize', metric: 'p99' });
