/** Findings about how much was sampled. */
import { requestsNeeded } from '../../results/rounds.js';
import type { CellResult, Results } from '../../results/schema.js';
import { medianOf } from '../../stats/quantile.js';
import { parseMetric } from '../../vocabulary/metrics.js';
import { formatShare } from '../../vocabulary/units.js';
import { cellsOf } from '../sla.js';
import { objectiveOf } from '../objective.js';
import { perCell, type Detector } from './detector.js';

/** The percentile that people look at first, whether or not a rule names it. */
const USUAL = 'p99';

/** Percentiles that a rule on the cell or the objective asks for, by name. */
const askedOf = (cell: CellResult, results: Results): ReadonlySet<string> =>
  new Set([
    objectiveOf(results).metric,
    ...results.scenario.rules.filter((rule) => cellsOf(rule, [cell]).length > 0).map((rule) => rule.metric),
  ]);

export const tooFewSamples: Detector = {
  id: 'too-few-samples',
  title: 'Too few requests for a percentile',
  detect: perCell((cell, rounds, results) => {
    const asked = askedOf(cell, results);
    const smallest = Math.min(...rounds.map((round) => round.n));
    const lacking = [...new Set([...asked, USUAL])]
      .flatMap((name) => {
        const quantile = parseMetric(name)?.quantile;
        return quantile === undefined ? [] : [{ name, need: requestsNeeded(quantile) }];
      })
      .filter(({ need }) => smallest < need)
      .toSorted((a, b) => b.need - a.need);
    const [first] = lacking;
    if (first === undefined) return null;
    const names = lacking.map(({ name }) => name).join(', ');
    return {
      severity: lacking.some(({ name }) => asked.has(name)) ? 'warning' : 'note',
      weight: first.need / smallest,
      cause: `${cell.label}: a round has ${smallest} requests, too few for ${names}; ${first.name} needs ${first.need}.`,
      action: `Sample at least ${first.need} requests a round: raise samples, or the duration.`,
    };
  }),
};

/**
 * Below this many rounds an interval is mostly ignorance: Student's t at 95% is 12.7 standard errors
 * for 2 rounds, 4.3 for 3, 3.2 for 4 and 2.8 for 5, from where on more rounds narrow it slowly.
 */
const MIN_ROUNDS = 5;

export const fewRounds: Detector = {
  id: 'few-rounds',
  title: 'Few rounds',
  detect: perCell((cell, rounds) => {
    const count = rounds.length;
    if (count >= MIN_ROUNDS) return null;
    const one = count === 1;
    return {
      severity: one ? 'warning' : 'note',
      weight: -count,
      cause: one
        ? `${cell.label}: one process was measured, so nothing tells how much processes differ, and there are no intervals.`
        : `${cell.label}: ${count} processes were measured, and intervals over so few are wide.`,
      action: `Measure at least ${MIN_ROUNDS} rounds.`,
    };
  }),
};

/** A p99 from requests that come in bursts is worth less than half its count from here on. */
const LOW_SHARE = 0.5;

export const autocorrelated: Detector = {
  id: 'autocorrelated',
  title: 'Slow requests come in bursts',
  detect: perCell((cell, rounds) => {
    const shares = rounds.flatMap(({ effective }) =>
      typeof effective?.p99 === 'number' ? [effective.p99] : [],
    );
    if (shares.length === 0) return null;
    const share = medianOf(shares);
    if (share >= LOW_SHARE) return null;
    const requests = Math.min(...rounds.map((round) => round.n));
    const worth = Math.floor(requests * share);
    const need = requestsNeeded(0.99);
    const short = worth < need;
    return {
      severity: short ? 'warning' : 'note',
      weight: 1 / share,
      cause: `${cell.label}: for p99 the ${requests} requests of a round are worth ${worth} independent ones (${formatShare(share)})${
        short ? `, fewer than the ${need} it needs` : ''
      }.`,
      action: short
        ? `Sample about ${Math.ceil(need / share)} requests a round, and look for what makes the bursts: other programs, garbage collection, frequency changes.`
        : 'Trust the interval over rounds, not the number of requests; look for what makes the bursts.',
    };
  }),
};
