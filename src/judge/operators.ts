/** The operators of rules, as a table. */
import type { Operator } from '../vocabulary/rules.js';

interface Comparison {
  readonly holds: (value: number, limit: number) => boolean;
  /** The limit is from above. */
  readonly upper: boolean;
}

const COMPARISONS: Readonly<Record<Operator, Comparison>> = {
  '<=': { holds: (value, limit) => value <= limit, upper: true },
  '<': { holds: (value, limit) => value < limit, upper: true },
  '>=': { holds: (value, limit) => value >= limit, upper: false },
  '>': { holds: (value, limit) => value > limit, upper: false },
};

/** True when `value operator limit` holds. */
export const holds = (value: number, operator: Operator, limit: number): boolean =>
  COMPARISONS[operator].holds(value, limit);

/** True when the operator sets a limit from above (`<=`, `<`). */
export const isUpperLimit = (operator: Operator): boolean => COMPARISONS[operator].upper;

/** The end of an interval that a rule has most trouble with: a rule passes when this end satisfies it. */
export const worseEnd = (
  interval: { readonly low: number; readonly high: number },
  operator: Operator,
): number => (isUpperLimit(operator) ? interval.high : interval.low);

/** The end of an interval that a rule has least trouble with: a rule fails when even this end breaks it. */
export const betterEnd = (
  interval: { readonly low: number; readonly high: number },
  operator: Operator,
): number => (isUpperLimit(operator) ? interval.low : interval.high);
