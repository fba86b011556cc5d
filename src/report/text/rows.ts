/** Which cells a table shows, and in which order, when there are more than fit. */
import type { CellResult, Reason, Results } from '../../results/schema.js';
import type { VerdictStatus } from '../../results/conclusions-schema.js';

/** Cells without a measurement that share a state and a reason. */
export interface FailedGroup {
  readonly cells: readonly CellResult[];
  readonly state: CellResult['state'];
  readonly reason: Reason | undefined;
}

export interface Rows {
  /** Each has a row, in this order. */
  readonly shown: readonly CellResult[];
  /** Not in `shown`: told by their reason. */
  readonly failed: readonly FailedGroup[];
  /** Measured, and only counted. */
  readonly hidden: readonly CellResult[];
  /** "document": as the sweep is written; "best": by the objective. */
  readonly order: 'document' | 'best';
}

/** Ids of the cells in the decision's order: the chosen one, the runner-up, the others. */
const ranking = ({ decision }: Results): string[] =>
  decision === null
    ? []
    : [decision.cell, decision.runnerUp?.cell, ...decision.others.map((other) => other.cell)].filter(
        (id) => id !== null && id !== undefined,
      );

/**
 * Up to `limit` rows. All cells in the order of the sweep when they fit, so that a trend along an axis
 * is seen; otherwise the best by the objective, and the failed ones grouped by what failed them.
 */
export const chooseRows = (results: Results, limit: number): Rows => {
  const { cells } = results;
  if (cells.length <= limit) return { shown: cells, failed: [], hidden: [], order: 'document' };
  const rank = new Map(ranking(results).map((id, index) => [id, index]));
  const place = (cell: CellResult): number => rank.get(cell.id) ?? Number.POSITIVE_INFINITY;
  const isMeasured = (cell: CellResult): boolean => cell.latency !== null && cell.state === 'completed';
  // Once rows are left out, fewer are easier to read.
  const kept = Math.ceil((limit * 2) / 3);
  const best = cells.filter(isMeasured).toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
  return {
    shown: best.slice(0, kept),
    failed: groupFailed(cells.filter((cell) => !isMeasured(cell))),
    hidden: best.slice(kept),
    order: 'best',
  };
};

/** Cells by state and reason, the largest group first. */
export const groupFailed = (cells: readonly CellResult[]): FailedGroup[] => {
  const groups = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = reasonKey(cell);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()]
    .map((group) => ({ cells: group, state: group[0]?.state ?? 'failed', reason: group[0]?.reason }))
    .toSorted((a, b) => b.cells.length - a.cells.length);
};

/** Equal for cells that failed alike. */
export const reasonKey = ({ state, reason }: CellResult): string =>
  [state, reason?.kind, reason?.message, reason?.signal].join('\n');

/** From the worst to the best: what a cell with several verdicts amounts to. */
export const WORST_FIRST: readonly VerdictStatus[] = [
  'invalid',
  'fail',
  'no-data',
  'inconclusive',
  'pass',
  'not-applicable',
];

/** The worst verdict of every judged cell. */
export const cellVerdicts = (results: Results): ReadonlyMap<string, VerdictStatus> => {
  const worst = new Map<string, VerdictStatus>();
  for (const { cell, status } of results.verdicts) {
    if (cell === null) continue;
    const known = worst.get(cell);
    if (known === undefined || WORST_FIRST.indexOf(status) < WORST_FIRST.indexOf(known))
      worst.set(cell, status);
  }
  return worst;
};
