/**
 * SLA rules and the objective as text:
 *
 *     <metric> <operator> <limit> [where <key> = <value> [and <key> = <value>]...]
 *     maximize <metric>, minimize <metric>
 *
 * A metric of cold starts has up to three words: "cold p90", "cold session p50".
 *
 * White space between the parts is free. Whether a `where` key exists in the scenario is checked
 * in references.ts, which knows its dimensions.
 */
import type { Location, Problem } from '../vocabulary/errors.js';
import { RULE_PHASES } from '../vocabulary/cold.js';
import {
  COLD_METRIC_NAMES,
  METRIC_NAMES,
  PROVIDER_METRIC_NAMES,
  parseMetric,
  type Metric,
  type MetricKind,
} from '../vocabulary/metrics.js';
import { PROVIDERS } from '../vocabulary/providers.js';
import { OPERATORS, type Condition, type Objective, type Operator, type Rule } from '../vocabulary/rules.js';
import {
  DURATION_UNIT_NAMES,
  parseDuration,
  parseRate,
  parseShare,
  parseSize,
  SIZE_UNIT_NAMES,
} from '../vocabulary/units.js';
import { readConditionValue } from './conditions.js';
import { didYouMean, show } from './draft.js';

interface LimitForm {
  readonly read: (text: string) => number | null;
  /** Says what kind of number it is, after "p99 is". */
  readonly what: string;
  readonly unit: string;
  readonly example: string;
}

const LIMITS: Readonly<Record<MetricKind, LimitForm>> = {
  duration: {
    read: parseDuration,
    what: `a duration, in one of ${DURATION_UNIT_NAMES.join(', ')}`,
    unit: 'ms',
    example: '40ms',
  },
  rate: { read: parseRate, what: 'a rate, in items per second', unit: '/s', example: '200/s' },
  share: { read: parseShare, what: 'a share, from 0% to 100%', unit: '%', example: '0.1%' },
  size: {
    read: parseSize,
    what: `a size, in one of ${SIZE_UNIT_NAMES.join(', ')}`,
    unit: 'MiB',
    example: '512MiB',
  },
};

const RULE_FORM = 'Write a rule as "p99 <= 40ms" or "p99 <= 40ms where batch = 1".';
/** Percentiles that people write, for did-you-mean; parseMetric takes any. */
const USUAL_PERCENTILES = ['p50', 'p90', 'p95', 'p99', 'p99.9', 'p99.99'];
const NAMED_METRICS = METRIC_NAMES.filter((name) => name !== 'pNN');

/** True when parsing gave a problem. */
export const isProblem = (parsed: Rule | Objective | Problem): parsed is Problem => 'message' in parsed;

const problem = (location: Location | undefined, message: string, hint?: string): Problem => ({
  message: hint === undefined ? message : `${message}.`,
  ...(location === undefined ? {} : { location }),
  ...(hint === undefined ? {} : { hint }),
});

/** The words of a metric's name with one blank between them: "cold  p90" is "cold p90". */
const spaced = (name: string): string => name.trim().split(/\s+/).join(' ');

const unknownCold = (name: string): readonly [string, string | undefined] => {
  const phases = RULE_PHASES.join(', ');
  const message = `unknown metric ${show(name)}; of cold starts there are percentiles and the mean, until the first answer ("cold p90") or of a phase ("cold session p50"; ${phases})`;
  return [message, didYouMean(name, COLD_METRIC_NAMES)];
};

const unknownMetric = (name: string): readonly [string, string | undefined] => {
  if (/^nodes(\s|$)/i.test(name)) {
    const message = `unknown metric ${show(name)}; the providers are ${PROVIDERS.join(', ')}`;
    return [message, didYouMean(name, PROVIDER_METRIC_NAMES)];
  }
  if (/^cold(\s|$)/i.test(name)) return unknownCold(name);
  const message = `unknown metric ${show(name)}; the metrics are percentiles such as p50 or p99.9, and ${NAMED_METRICS.join(', ')}`;
  if (/^p0(\.0*)?$/i.test(name)) return [message, 'Did you mean "min"?'];
  if (/^p100(\.0*)?$/i.test(name)) return [message, 'Did you mean "max"?'];
  // p999 is how documents without dots write p99.9.
  const nines = /^p99(9+)$/i.exec(name)?.[1];
  if (nines !== undefined) return [message, `Did you mean "p99.${nines}"?`];
  return [message, didYouMean(name, [...NAMED_METRICS, ...USUAL_PERCENTILES, ...COLD_METRIC_NAMES])];
};

const limitOf = (metric: Metric, text: string): number | { readonly expected: string } => {
  const { read, what, unit, example } = LIMITS[metric.kind];
  const limit = read(text);
  if (limit !== null && Number.isFinite(limit)) return limit;
  const suggestion = /^\d+(\.\d+)?$/.test(text) ? `${text}${unit}` : example;
  return { expected: `${metric.name} is ${what}: write ${suggestion}, not ${show(text)}` };
};

const conditionOf = (text: string): Condition | { readonly expected: string } => {
  const [, key, written] = /^([^=<>!]+?)\s*=\s*([^=].*)$/.exec(text.trim()) ?? [];
  if (key === undefined || written === undefined) {
    return { expected: `"where" takes <key> = <value>, joined by "and", not ${show(text.trim())}` };
  }
  const read = readConditionValue(key, written);
  if ('expected' in read) return { expected: `${show(key)} is ${read.expected}, not ${show(written)}` };
  return { key, value: read.value };
};

/**
 * Reads one rule. The limit becomes ns, items per second, a share from 0 to 1 or bytes by the
 * metric's kind. Gives a Problem, with the location if one is given, when the text is not a rule.
 */
export const parseRule = (text: string, location?: Location): Rule | Problem => {
  const wrong = (message: string, hint?: string): Problem => problem(location, message, hint);
  const match = /^\s*([^<>=!]*?)\s*([<>=!]+)\s*(.*?)(?:\s+where(?:\s+(.*))?)?\s*$/is.exec(text);
  const [, first = '', operator = '', written = '', where] = match ?? [];
  const name = spaced(first);
  if (match === null || name === '') return wrong(`${show(text)} is not a rule`, RULE_FORM);
  if (!(OPERATORS as readonly string[]).includes(operator)) {
    return wrong(
      `unknown operator "${operator}" in ${show(text)}; the operators are ${OPERATORS.join(', ')}`,
    );
  }
  const metric = parseMetric(name);
  if (metric === null) return wrong(...unknownMetric(name));
  const limit = limitOf(metric, written);
  if (typeof limit !== 'number') return wrong(limit.expected);

  const hasWhere = /\swhere(\s|$)/i.test(text);
  const parts = hasWhere ? (where ?? '').split(/\s+and(?:\s+|$)/i) : [];
  const conditions: Condition[] = [];
  for (const part of parts) {
    const condition = conditionOf(part);
    if ('expected' in condition) return wrong(condition.expected);
    conditions.push(condition);
  }
  return {
    text: text.trim(),
    metric: metric.name,
    operator: operator as Operator,
    limit,
    where: conditions,
    ...(location === undefined ? {} : { location }),
  };
};

/**
 * Reads the objective: a direction and a metric. The direction must be the one in which the metric
 * is better, since the decision deploys what scores best. Gives a Problem when it is not.
 */
export const parseObjective = (text: string, location?: Location): Objective | Problem => {
  const wrong = (message: string, hint?: string): Problem => problem(location, message, hint);
  const [direction = '', ...words] = text.trim().split(/\s+/);
  const name = words.join(' ');
  // Few metrics have names of several words.
  if (name === '' || (words.length > 1 && words[0] !== 'cold' && name !== 'hit rate')) {
    return wrong(`${show(text)} is not an objective`, 'Write it as "maximize throughput" or "minimize p99".');
  }
  if (direction !== 'maximize' && direction !== 'minimize') {
    const message = `an objective starts with maximize or minimize, not ${show(direction)}`;
    return wrong(message, didYouMean(direction, ['maximize', 'minimize']));
  }
  const metric = parseMetric(name);
  if (metric === null) return wrong(...unknownMetric(name));
  const better = metric.better === 'lower' ? 'minimize' : 'maximize';
  if (direction !== better) {
    return wrong(`${name} is better when it is ${metric.better}`, `Write "${better} ${name}".`);
  }
  return { text: `${direction} ${name}`, direction, metric: metric.name };
};
