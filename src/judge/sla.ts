/**
 * SLA rules against cells. A rule passes on a cell when the bound over rounds is within the limit,
 * fails when the opposite bound is beyond it, and is inconclusive in between. What is missing or
 * invalid never passes.
 */
import type { Verdict, VerdictStatus } from '../results/conclusions-schema.js';
import type { CellResult, Interval, Results } from '../results/schema.js';
import { parseMetric } from '../vocabulary/metrics.js';
import { matchesCondition } from '../vocabulary/params.js';
import { providerName } from '../vocabulary/providers.js';
import type { Rule } from '../vocabulary/rules.js';
import { formatShard } from '../vocabulary/shards.js';
import { isControlTraffic } from '../vocabulary/traffic.js';
import { ALPHA, alphaOf, boundsOf } from './bounds.js';
import { startOf } from './cold.js';
import { betterEnd, holds, isUpperLimit, worseEnd } from './operators.js';
import { formatBeside, formatLevel } from './phrases.js';
import { isMeasured, readMetric, type Reading } from './reading.js';

/** The cells a rule is about: those of its conditions that start as its metric needs. */
export const cellsOf = (rule: Rule, cells: readonly CellResult[]): readonly CellResult[] =>
  cells.filter((cell) => isAbout(rule, cell));

/**
 * A rule on the nodes of a provider is about the cells that ask for it; one on the hit rate about those
 * with a cache that can be hit, not about the controls beside them.
 */
const isAbout = (rule: Rule, { params }: Pick<CellResult, 'params'>): boolean => {
  const metric = parseMetric(rule.metric);
  const provider = metric?.provider;
  return (
    params.start === startOf(metric) &&
    rule.where.every((condition) => matchesCondition(params, condition)) &&
    (provider === undefined || provider === providerName(params.provider)) &&
    (metric?.name !== 'hit rate' || (params.cache > 0 && !isControlTraffic(params.traffic)))
  );
};

/** A cell that this machine could not run at all, as opposed to one that failed or was not reached. */
export const lacksHardware = (cell: CellResult): boolean =>
  cell.state === 'skipped' && cell.reason?.kind === 'no-hardware';

/**
 * Every rule against every cell it matches, in the order of the rules, then of the cells. `invalid`
 * says of a cell why its measurement is invalid; no rule passes on such a cell.
 */
export const judgeRules = (results: Results, invalid: ReadonlyMap<string, string>): Verdict[] =>
  results.scenario.rules.flatMap((rule) => judgeRule(rule, results, invalid));

const judgeRule = (rule: Rule, results: Results, invalid: ReadonlyMap<string, string>): Verdict[] => {
  const matched = cellsOf(rule, results.cells);
  if (matched.length === 0) return [matchless(rule, results)];
  const context: Context = {
    rule,
    // Cold starts are all measured before the one look at them.
    alpha: startOf(parseMetric(rule.metric)) === 'cold' ? ALPHA : alphaOf(results.scenario.rounds),
    invalid,
    // What another shard can measure is seen when the shards are merged.
    alone: results.shard === undefined && matched.every(lacksHardware),
  };
  return matched.map((cell) => judgeCell(cell, context));
};

/** A rule without a cell has no data; in a shard it may be about the cells of others. */
const matchless = (rule: Rule, { shard, cells }: Results): Verdict => {
  const blankVerdict = blank(rule, null);
  if (shard === undefined) {
    return { ...blankVerdict, message: `${rule.text}: no data, because ${whyMatchless(rule, cells)}.` };
  }
  const elsewhere = shard.plan.some((cell) => isAbout(rule, cell));
  const why = elsewhere ? 'other shards have the cells it is about' : 'no cell of the plan matches the rule';
  return {
    ...blankVerdict,
    status: 'not-applicable',
    message: `${rule.text}: not applicable in shard ${formatShard(shard)}, because ${why}.`,
  };
};

const whyMatchless = (rule: Rule, cells: readonly CellResult[]): string => {
  const start = startOf(parseMetric(rule.metric));
  return cells.some(({ params }) => params.start === start)
    ? 'no cell matches the rule'
    : `no cell has start ${start}; put ${start} into sweep.start`;
};

interface Context {
  readonly rule: Rule;
  readonly alpha: number;
  readonly invalid: ReadonlyMap<string, string>;
  /** The rule matches no cell that this machine could run. */
  readonly alone: boolean;
}

const judgeCell = (cell: CellResult, { rule, alpha, invalid, alone }: Context): Verdict => {
  const tell = (status: VerdictStatus, why: string): Verdict => ({
    ...blank(rule, cell.id),
    status,
    message: `${rule.text}, ${cell.label}: ${why}.`,
  });
  const metric = parseMetric(rule.metric);
  if (metric === null) return tell('no-data', `no data, because this mlat knows no metric ${rule.metric}`);
  if (lacksHardware(cell)) {
    const why = clause(cell.reason?.message ?? 'the hardware is missing').replace(/\. .*$/, '');
    return alone
      ? tell('no-data', `no data, because ${why}, and the rule matches no other cell`)
      : tell('not-applicable', `not applicable here, because ${why}`);
  }
  if (!isMeasured(cell)) return tell('no-data', `no data, because ${whyNotMeasured(cell)}`);
  const reading = evidenceFor(rule, readMetric(cell, metric));
  const problem = invalid.get(cell.id);
  const judged = problem === undefined ? judgeReading(rule, reading, alpha) : null;
  return {
    ...tell(judged?.status ?? 'invalid', judged?.why ?? `invalid, because ${problem ?? 'of a finding'}`),
    actual: reading.value,
    n: reading.n,
    rounds: reading.processes,
    headroom: headroomOf(rule, reading.value),
    interval: judged?.interval ?? null,
  };
};

/**
 * A limit at the very end of what a share can be ("errors <= 0%", "accuracy >= 100%") can't be shown by
 * any number of samples. It asks that none was seen, so it is judged by what was seen.
 */
const evidenceFor = (rule: Rule, reading: Reading): Reading => {
  const atEnd = isUpperLimit(rule.operator) ? rule.limit === 0 : rule.limit === 1;
  return reading.evidence.kind === 'proportion' && atEnd
    ? { ...reading, evidence: { kind: 'observed' } }
    : reading;
};

interface Judged {
  readonly status: VerdictStatus;
  readonly why: string;
  readonly interval?: Interval;
}

const judgeReading = (rule: Rule, reading: Reading, alpha: number): Judged => {
  const { metric, value } = reading;
  if (value === null)
    return { status: 'no-data', why: `no data, because ${reading.reason ?? 'there is no value'}` };
  const beside = (number: number): string => formatBeside(metric.kind, number, rule.limit);
  const bounds = boundsOf(reading, alpha);
  if (bounds.interval === null) {
    return { status: 'inconclusive', why: `inconclusive, ${beside(value)} measured, but ${bounds.reason}` };
  }
  const { interval } = bounds;
  const status = statusOf(rule, interval);
  const measured = `${status}, ${beside(value)} measured`;
  if (reading.evidence.kind === 'observed') return { status, why: measured, interval };
  if (reading.evidence.kind === 'extreme' && status !== 'inconclusive') {
    // No sample bounds the largest of requests to come, so the message claims none.
    const which = reading.evidence.side === 'high' ? 'slowest' : 'fastest';
    return {
      status,
      why: `${status}, the ${which} of ${reading.n} requests took ${beside(value)}`,
      interval,
    };
  }
  const level = formatLevel(interval.level);
  const [most, least] = isUpperLimit(rule.operator) ? ['at most', 'at least'] : ['at least', 'at most'];
  switch (status) {
    case 'pass': {
      const bound = beside(worseEnd(interval, rule.operator));
      return { status, why: `${measured}, ${most} ${bound} with ${level} confidence`, interval };
    }
    case 'fail': {
      const bound = beside(betterEnd(interval, rule.operator));
      return { status, why: `${measured}, ${least} ${bound} with ${level} confidence`, interval };
    }
    case 'inconclusive': {
      const ends = `${beside(interval.low)} to ${beside(interval.high)}`;
      return {
        status,
        why: `${measured}, and the limit is inside its bounds, ${ends} at ${level}`,
        interval,
      };
    }
  }
};

const statusOf = (rule: Rule, interval: Interval): 'pass' | 'fail' | 'inconclusive' => {
  if (holds(worseEnd(interval, rule.operator), rule.operator, rule.limit)) return 'pass';
  return holds(betterEnd(interval, rule.operator), rule.operator, rule.limit) ? 'inconclusive' : 'fail';
};

/** The share of the limit that is left; negative when the value is beyond it. Null at a limit of 0. */
const headroomOf = (rule: Rule, value: number | null): number | null => {
  if (value === null || rule.limit === 0) return null;
  const left = isUpperLimit(rule.operator) ? rule.limit - value : value - rule.limit;
  return left / rule.limit;
};

/** A reason without its full stop. */
const clause = (text: string): string => text.replace(/\.$/, '');

const whyNotMeasured = (cell: CellResult): string => {
  const why = cell.reason === undefined ? '' : `: ${clause(cell.reason.message)}`;
  switch (cell.state) {
    case 'failed':
      return `the cell failed${why}`;
    case 'timed-out':
      return `the cell ran out of time${why}`;
    case 'skipped':
      return `the cell was skipped${why}`;
    case 'aborted':
    case 'pending':
    case 'completed':
      return `the cell was not measured${why}`;
  }
};

const blank = (rule: Rule, cell: string | null): Verdict => ({
  rule: rule.text,
  status: 'no-data',
  cell,
  metric: rule.metric,
  operator: rule.operator,
  expected: rule.limit,
  actual: null,
  interval: null,
  headroom: null,
  n: 0,
  rounds: 0,
  message: '',
  ...(rule.location === undefined ? {} : { location: { ...rule.location } }),
});
