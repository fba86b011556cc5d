/** What a run came to, in one word. */
import type { Results } from '../results/schema.js';

export const OUTCOMES = ['pass', 'fail', 'inconclusive', 'invalid', 'no-data', 'no-sla'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * The outcome of a judged document. A sweep passes when a cell that meets the SLA was found: that others
 * don't meet it is why one sweeps. Missing data is never a pass.
 */
export const outcomeOf = (results: Results): Outcome => {
  const status = results.decision?.status;
  if (status === undefined || status === 'no-data' || !results.cells.some((cell) => cell.n > 0)) return 'no-data';
  if (results.scenario.rules.length === 0) return 'no-sla';
  switch (status) {
    case 'deploy':
    case 'tie':
      return 'pass';
    case 'none-meets':
    case 'undecided':
      if (results.verdicts.some((verdict) => verdict.status === 'invalid')) return 'invalid';
      return status === 'undecided' ? 'inconclusive' : 'fail';
  }
};
