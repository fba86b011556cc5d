/** The part of a scenario about cold starts: how many processes, and what they find in the page cache. */
import { samplesNeeded } from '../stats/quantile.js';
import { COLD_STARTS, type PageCache } from '../vocabulary/cold.js';
import type { Problem } from '../vocabulary/errors.js';
import { parseMetric } from '../vocabulary/metrics.js';
import type { CellParams } from '../vocabulary/params.js';
import type { Objective, Rule } from '../vocabulary/rules.js';
import { problemAt, type Draft } from './draft.js';

export interface ColdSpec {
  /** Fresh processes of each cold cell. */
  readonly starts: number;
  readonly pageCache: PageCache;
}

interface Need {
  readonly text: string;
  readonly processes: number;
}

/** What the rules and the objective ask of cold starts: the processes for a one-sided 95% bound, the most first. */
const needs = (rules: readonly Rule[], objective: Objective | null): Need[] =>
  [...rules, ...(objective === null ? [] : [objective])]
    .flatMap(({ text, metric }): Need[] => {
      const { cold, quantile } = parseMetric(metric) ?? {};
      if (cold === undefined || quantile === undefined) return [];
      return [{ text, processes: samplesNeeded(quantile, { sided: 'one' }) }];
    })
    .toSorted((a, b) => b.processes - a.processes);

interface Asked {
  readonly coldStarts?: number | undefined;
  readonly pageCache?: PageCache | undefined;
}

/** How cold cells are measured: as many processes as asked for, or the default and what a rule needs. */
export const coldSpec = (
  { coldStarts, pageCache }: Asked,
  rules: readonly Rule[],
  objective: Objective | null,
): ColdSpec => ({
  starts: coldStarts ?? Math.max(COLD_STARTS, needs(rules, objective)[0]?.processes ?? 0),
  pageCache: pageCache ?? 'dropped',
});

/** Fewer processes asked for than a rule needs: it would have no data after all of them. */
export const checkColdStarts = (
  draft: Draft,
  rules: readonly Rule[],
  objective: Objective | null,
): Problem[] => {
  const path = ['measure', 'coldStarts'];
  const starts = draft.get(path);
  const [most] = needs(rules, objective);
  if (typeof starts !== 'number' || most === undefined || starts >= most.processes) return [];
  const message = `${starts} processes are too few for "${most.text}", which needs ${most.processes}`;
  return [problemAt(draft, path, message, { hint: `Give at least ${most.processes}, or leave it out.` })];
};

/** A cold start ends when the process is warmed up, before a pause between requests matters: all are one cell. */
export const withoutIdle = (params: CellParams): CellParams =>
  params.start === 'cold' ? { ...params, idle: 0 } : params;

/** What is optimised in a sweep of nothing but cold starts, when nothing else is said. */
export const COLD_OBJECTIVE: Objective = {
  text: 'minimize cold p50',
  direction: 'minimize',
  metric: 'cold p50',
};
