/** The part of a scenario about cold starts: how many processes, and what they find in the page cache. */
import { samplesNeeded } from '../stats/quantile.js';
import { COLD_STARTS, type PageCache } from '../vocabulary/cold.js';
import { parseMetric } from '../vocabulary/metrics.js';
import type { CellParams } from '../vocabulary/params.js';
import type { Objective, Rule } from '../vocabulary/rules.js';

export interface ColdSpec {
  /** Fresh processes of each cold cell. */
  readonly starts: number;
  readonly pageCache: PageCache;
}

/** The processes that the rules and the objective need for a one-sided 95% bound; 0 where none asks. */
const needed = (rules: readonly Rule[], objective: Objective | null): number =>
  Math.max(
    0,
    ...[...rules, ...(objective === null ? [] : [objective])].map((asking) => {
      const { cold, quantile } = parseMetric(asking.metric) ?? {};
      return cold === undefined || quantile === undefined ? 0 : samplesNeeded(quantile, { sided: 'one' });
    }),
  );

interface Asked {
  readonly coldStarts?: number | undefined;
  readonly pageCache?: PageCache | undefined;
}

/**
 * How cold cells are measured: as many processes as asked for, even where a rule then has no data; else
 * the default, or what a rule needs.
 */
export const coldSpec = (
  { coldStarts, pageCache }: Asked,
  rules: readonly Rule[],
  objective: Objective | null,
): ColdSpec => ({
  starts: coldStarts ?? Math.max(COLD_STARTS, needed(rules, objective)),
  pageCache: pageCache ?? 'dropped',
});

/** A cold start ends when the process is warmed up, before a pause between requests matters: all are one cell. */
export const withoutIdle = (params: CellParams): CellParams =>
  params.start === 'cold' ? { ...params, idle: 0 } : params;

/** What is optimised in a sweep of nothing but cold starts, when nothing else is said. */
export const COLD_OBJECTIVE: Objective = {
  text: 'minimize cold p50',
  direction: 'minimize',
  metric: 'cold p50',
};
