/** From what was measured to what it means. Pure: the same document gives the same conclusions. */
import type { Conclusions } from '../results/conclusions-schema.js';
import type { Results } from '../results/schema.js';
import { cachePatterns, withPatterns } from './cache.js';
import { decide } from './decision.js';
import { findProblems, invalidCells } from './findings/findings.js';
import { judgeRules } from './sla.js';

/** Verdicts on the SLA and the decision, without the findings: what the policy asks at every look. */
export const judgeSla = (results: Results): Pick<Conclusions, 'verdicts' | 'decision'> => {
  const invalid = invalidCells(results);
  const verdicts = judgeRules(results, invalid);
  return { verdicts, decision: decide(results, verdicts, invalid) };
};

/**
 * Verdicts on the SLA, findings to distrust, the decision, and which ways of serving pay. Reads the cells and the scenario of
 * the document; conclusions that it already holds are not looked at.
 */
export const judge = (results: Results): Conclusions => {
  const { verdicts, decision } = judgeSla(results);
  const patterns = cachePatterns(results);
  return {
    verdicts,
    findings: findProblems(results),
    decision: withPatterns(decision, patterns),
    patterns,
  };
};
