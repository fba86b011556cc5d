/** How a judged run ended, for the exit code and the headline. */
import type { Verdict } from '../results/conclusions-schema.js';
import type { Results } from '../results/schema.js';
import type { Rule } from '../vocabulary/rules.js';
import { INVALIDATING } from './findings/findings.js';
import { isMeasured } from './reading.js';

/** In the order in which they count: the first that applies is the outcome. */
export const OUTCOME_KINDS = [
  'interrupted',
  'invalid',
  'sla-failed',
  'cell-failed',
  'nothing-measured',
  'inconclusive',
  'ok',
] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

export interface Outcome {
  readonly kind: OutcomeKind;
  /** One sentence for a person. */
  readonly message: string;
}

/** How a rule stands over all cells it matches. */
export type RuleStanding = 'met' | 'open' | 'broken';

/** A rule's own verdicts: the same text at the same place. */
const verdictsOf = (rule: Rule, { verdicts }: Results): Verdict[] =>
  verdicts.filter((verdict) => verdict.rule === rule.text && verdict.location?.line === rule.location?.line);

/**
 * A rule is met when it passes on a cell, because a sweep looks for cells that satisfy it, and those
 * that don't are why one sweeps. It is open when it passes on none and is inconclusive on some, and
 * broken otherwise: also when it has no data.
 */
export const standingOf = (rule: Rule, results: Results): RuleStanding => {
  const statuses = new Set(verdictsOf(rule, results).map((verdict) => verdict.status));
  if (statuses.has('pass')) return 'met';
  return statuses.has('inconclusive') ? 'open' : 'broken';
};

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;

const few = (items: readonly string[]): string => {
  const shown = items.slice(0, 3).join('; ');
  return `${shown}${items.length > 3 ? `; ${items.length - 3} more` : ''}`;
};

const labelsOf = (results: Results, ids: ReadonlySet<string>): string =>
  few(results.cells.filter((cell) => ids.has(cell.id)).map((cell) => cell.label));

const rulesThatAre = (standing: RuleStanding, results: Results): string[] =>
  results.scenario.rules.filter((rule) => standingOf(rule, results) === standing).map((rule) => rule.text);

const TESTS: Readonly<Record<Exclude<OutcomeKind, 'ok'>, (results: Results) => string | null>> = {
  interrupted: ({ state }) =>
    state === 'interrupted' ? 'The run was interrupted; what was measured is kept, and --resume goes on.' : null,
  invalid: (results) => {
    // By the finding, not by verdicts: without rules the decision judges the cells all the same.
    const cells = results.findings.filter((finding) => INVALIDATING.has(finding.id)).flatMap((finding) => finding.cells);
    const ids = new Set(cells);
    return ids.size === 0 ? null : `The measurement of ${count(ids.size, 'cell')} is invalid: ${labelsOf(results, ids)}.`;
  },
  'sla-failed': (results) => {
    const broken = rulesThatAre('broken', results);
    if (broken.length > 0) return `The SLA is not met: ${few(broken)} ${broken.length === 1 ? 'passes' : 'pass'} on no cell.`;
    const none = results.scenario.rules.length > 0 && results.decision?.status === 'none-meets';
    return none ? 'The SLA is not met: no cell passes all the rules about it.' : null;
  },
  'cell-failed': (results) => {
    const failed = results.cells.filter((cell) => cell.state === 'failed' || cell.state === 'timed-out');
    const ids = new Set(failed.map((cell) => cell.id));
    return ids.size === 0 ? null : `${ids.size} of ${count(results.cells.length, 'cell')} failed: ${labelsOf(results, ids)}.`;
  },
  'nothing-measured': (results) => (results.cells.some(isMeasured) ? null : 'Nothing was measured.'),
  inconclusive: (results) => {
    const open = rulesThatAre('open', results);
    if (open.length > 0) return `Whether the SLA is met is open: ${few(open)}; measure more rounds.`;
    const { decision } = results;
    return decision?.status === 'undecided' || decision?.status === 'no-data' ? decision.sentence : null;
  },
};

/**
 * The outcome of a judged document. The SLA is failed when a rule passes on no cell, or when no cell
 * passes all the rules that are about it; a rule that every cell of a kind must satisfy is written
 * once for each, with `where`.
 */
export const outcomeOf = (results: Results): Outcome => {
  for (const kind of OUTCOME_KINDS) {
    const message = kind === 'ok' ? null : TESTS[kind](results);
    if (message !== null) return { kind, message };
  }
  return {
    kind: 'ok',
    message: results.scenario.rules.length === 0 ? 'Measured; no SLA was asked.' : 'The SLA is met.',
  };
};
