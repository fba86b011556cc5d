/** How a judged run ended, for the exit code and the headline. */
import type { Verdict } from '../results/conclusions-schema.js';
import { isAbsent } from '../results/machines.js';
import type { Results } from '../results/schema.js';
import type { Rule } from '../vocabulary/rules.js';
import { INVALIDATING } from './findings/findings.js';
import { isMeasured } from './reading.js';
import { lacksHardware } from './sla.js';

/** In the order in which they count: the first that applies is the outcome. */
export const OUTCOME_KINDS = [
  'interrupted',
  'invalid',
  'sla-failed',
  'cell-failed',
  'shard-missing',
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

/** How a rule stands over all cells it matches; 'elsewhere': it is about cells of other shards alone. */
type RuleStanding = 'met' | 'open' | 'broken' | 'elsewhere';

/** A rule's own verdicts: the same text at the same place. */
const verdictsOf = (rule: Rule, { verdicts }: Results): Verdict[] =>
  verdicts.filter((verdict) => verdict.rule === rule.text && verdict.location?.line === rule.location?.line);

/**
 * With `require: every`, one cell that fails or has no data breaks a rule. With `require: any`, one
 * cell that passes meets it: the sweep looks for such a cell, and those that don't pass are why one
 * sweeps; without one it is open while some cell is inconclusive, and broken otherwise. In a shard
 * it stays open, for another shard may have such a cell.
 */
const standingOf = (rule: Rule, results: Results): RuleStanding => {
  const statuses = new Set(verdictsOf(rule, results).map((verdict) => verdict.status));
  if (results.shard !== undefined && isElsewhere(statuses)) return 'elsewhere';
  if (results.scenario.require === 'any') {
    if (statuses.has('pass')) return 'met';
    if (results.shard !== undefined) return 'open';
    return statuses.has('inconclusive') ? 'open' : 'broken';
  }
  if (statuses.has('fail') || statuses.has('no-data')) return 'broken';
  if (statuses.has('inconclusive')) return 'open';
  return statuses.has('pass') ? 'met' : 'broken';
};

/** No cell of the document was judged by the rule. */
const isElsewhere = (statuses: ReadonlySet<string>): boolean =>
  [...statuses].every((status) => status === 'not-applicable');

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;

const few = (items: readonly string[]): string => {
  const shown = items.slice(0, 3).join('; ');
  return `${shown}${items.length > 3 ? `; ${items.length - 3} more` : ''}`;
};

const labelsOf = (results: Results, ids: ReadonlySet<string>): string =>
  few(results.cells.filter((cell) => ids.has(cell.id)).map((cell) => cell.label));

const rulesThatAre = (standing: RuleStanding, results: Results): Rule[] =>
  results.scenario.rules.filter((rule) => standingOf(rule, results) === standing);

/** "p99 <= 5 ms on batch 16", the cells that break a rule. */
const brokenBy = (rule: Rule, results: Results): string => {
  const bad = verdictsOf(rule, results).filter(
    ({ status }) => status !== 'pass' && status !== 'not-applicable',
  );
  const cells = new Set(bad.flatMap(({ cell }) => (cell === null ? [] : [cell])));
  if (cells.size === 0) return `${rule.text} matches no cell`;
  const all = results.scenario.require === 'any' && cells.size > 1;
  return all ? `${rule.text} passes on no cell` : `${rule.text} on ${labelsOf(results, cells)}`;
};

const TESTS: Readonly<Record<Exclude<OutcomeKind, 'ok'>, (results: Results) => string | null>> = {
  interrupted: ({ state }) =>
    state === 'interrupted'
      ? 'The run was interrupted; what was measured is kept, and --resume goes on.'
      : null,
  invalid: (results) => {
    // By the finding, not by verdicts: without rules the decision judges the cells all the same.
    const cells = results.findings
      .filter((finding) => INVALIDATING.has(finding.id))
      .flatMap((finding) => finding.cells);
    const ids = new Set(cells);
    return ids.size === 0
      ? null
      : `The measurement of ${count(ids.size, 'cell')} is invalid: ${labelsOf(results, ids)}.`;
  },
  'sla-failed': (results) => {
    const broken = rulesThatAre('broken', results);
    if (broken.length > 0) {
      return `The SLA is not met: ${few(broken.map((rule) => brokenBy(rule, results)))}.`;
    }
    const none = results.scenario.rules.length > 0 && results.decision?.status === 'none-meets';
    // Whether a cell of another shard meets the SLA is seen when they are merged.
    return none && results.shard === undefined
      ? 'The SLA is not met: no cell passes all the rules about it.'
      : null;
  },
  'cell-failed': (results) => {
    const failed = results.cells.filter((cell) => cell.state === 'failed' || cell.state === 'timed-out');
    const ids = new Set(failed.map((cell) => cell.id));
    return ids.size === 0
      ? null
      : `${ids.size} of ${count(results.cells.length, 'cell')} failed: ${labelsOf(results, ids)}.`;
  },
  'shard-missing': ({ cells }) => {
    const absent = cells.filter(isAbsent);
    const reasons = new Set(absent.map(({ reason }) => reason?.message ?? ''));
    return absent.length === 0
      ? null
      : `${absent.length} of ${count(cells.length, 'cell')} were not measured: ${few([...reasons])}.`;
  },
  'nothing-measured': (results) => {
    if (results.cells.some(isMeasured)) return null;
    // A shard that has no cell, or none that this machine can run, has done its work.
    return results.shard !== undefined && results.cells.every(lacksHardware) ? null : 'Nothing was measured.';
  },
  inconclusive: (results) => {
    const open = rulesThatAre('open', results);
    if (open.length > 0 && results.shard !== undefined) {
      return `Whether the SLA is met is open: ${few(open.map((rule) => rule.text))}; it is judged over all shards when they are merged.`;
    }
    if (open.length > 0) {
      return `Whether the SLA is met is open: ${few(open.map((rule) => rule.text))}; measure more rounds.`;
    }
    const { decision } = results;
    return decision?.status === 'undecided' || decision?.status === 'no-data' ? decision.sentence : null;
  },
};

/**
 * The outcome of a judged document. The SLA is failed when one of its rules is broken (standingOf says
 * when), or when no cell passes all the rules that are about it.
 */
export const outcomeOf = (results: Results): Outcome => {
  for (const kind of OUTCOME_KINDS) {
    const message = kind === 'ok' ? null : TESTS[kind](results);
    if (message !== null) return { kind, message };
  }
  return { kind: 'ok', message: allWell(results) };
};

const allWell = (results: Results): string => {
  const { rules } = results.scenario;
  if (rules.length === 0) return 'Measured; no SLA was asked.';
  if (results.shard === undefined) return 'The SLA is met.';
  return rulesThatAre('met', results).length === 0
    ? 'No rule is about the cells of this shard.'
    : 'The cells of this shard meet the SLA.';
};
