/**
 * The one-sided bounds that a reading is judged by, and the error each judgement may spend.
 */
import { proportionInterval, roundsBounds } from '../stats/intervals.js';
import { alphaAtLook } from '../stats/looks.js';
import type { Interval, RoundsPolicy } from '../results/schema.js';
import { coldBoundsOf } from './cold.js';
import type { Reading } from './reading.js';

/** Error of a verdict, one-sided: a cell exactly at its limit passes in at most 5% of runs. */
export const ALPHA = 0.05;

/** The error of one judgement: ALPHA, split over the looks when sampling goes on until decided. */
export const alphaOf = (policy: RoundsPolicy): number =>
  'looks' in policy ? alphaAtLook(policy.looks, ALPHA) : ALPHA;

/** Two bounds, each one-sided at 1 - alpha, or why there are none. */
export type Bounds = { readonly interval: Interval } | { readonly interval: null; readonly reason: string };

/** The bounds of a reading that has a value. */
export const boundsOf = (reading: Reading, alpha: number): Bounds => {
  const { evidence, value } = reading;
  if (value === null) return { interval: null, reason: reading.reason ?? 'there is no value' };
  const level = 1 - alpha;
  switch (evidence.kind) {
    case 'observed':
      return { interval: { low: value, high: value, level, method: 'observed' } };
    case 'proportion':
      // Each end of the two-sided interval at 1 - 2 alpha is a one-sided bound at 1 - alpha.
      return {
        interval: { ...proportionInterval(evidence.successes, evidence.trials, 1 - 2 * alpha), level },
      };
    case 'processes':
      return coldBoundsOf({ rounds: reading.rounds, evidence }, alpha);
    case 'rounds':
    case 'extreme': {
      const bounds = roundsBounds(reading.rounds, { alpha, pooled: value });
      if (bounds === null)
        return { interval: null, reason: 'one process has no bounds: what another would measure is unknown' };
      const interval = { low: bounds.lower, high: bounds.upper, level: bounds.level, method: bounds.method };
      if (evidence.kind === 'rounds') return { interval };
      // One request over the limit is enough to know that the largest is over it.
      return {
        interval: evidence.side === 'high' ? { ...interval, low: value } : { ...interval, high: value },
      };
    }
  }
};
