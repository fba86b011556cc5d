/**
 * What to measure next: the one loop of a run. It reads the document and nothing else, so a run that
 * was interrupted goes on by asking again.
 */
import type { Conclusions } from '../results/conclusions-schema.js';
import { completedRounds } from '../results/cold-rounds.js';
import { measuredRounds } from '../results/rounds.js';
import type { CellResult, Results } from '../results/schema.js';
import { nextLook } from '../stats/looks.js';
import { createRandom, deriveSeed } from '../stats/random.js';
import { COLD_STARTS } from '../vocabulary/cold.js';
import { parseMetric } from '../vocabulary/metrics.js';
import { judgeSla } from './judge.js';
import { moreRoundsHelp } from './reading.js';

/** A round of a cell, 0-based. */
export interface NextRound {
  readonly cell: string;
  readonly round: number;
}

/**
 * The rounds to measure next, in order, or 'done'.
 *
 * With a fixed number of rounds: all that are missing. With planned looks: the rounds up to the next
 * look of every cell that is not decided. A cell is decided at a look when none of its verdicts is
 * inconclusive in a way that more rounds can help; while the decision itself is a tie or undecided,
 * the cells it hesitates between go on too. The last look is the end.
 *
 * A cold cell has as many processes as the scenario says, whatever is decided meanwhile: its bounds are
 * for a count that was settled before.
 *
 * Cells that failed, ran out of time or were skipped get no more rounds. Rounds are interleaved:
 * round k of every cell, in a seeded random order, before round k + 1 of any, so that a machine that
 * changes with time treats all cells alike. Cells with fewer rounds have theirs spread among the others'.
 */
export const nextRounds = (results: Results): NextRound[] | 'done' => {
  const { rounds: policy } = results.scenario;
  const open = results.cells.filter(isOpen);
  const cold = open.filter(({ params }) => params.start === 'cold');
  const warm = open.filter(({ params }) => params.start === 'warm');
  const starts = new Map(cold.map((cell) => [cell.id, results.scenario.cold?.starts ?? COLD_STARTS]));
  if ('fixed' in policy) {
    return interleave(results, new Map([...starts, ...warm.map((cell) => [cell.id, policy.fixed] as const)]));
  }

  // Cells that are between two looks come first: a look compares cells, and each has to be at one.
  const last = Math.max(...policy.looks);
  const between = warm.filter((cell) => {
    const done = measuredRounds(cell).length;
    return done < last && !policy.looks.includes(done);
  });
  const goOn = between.length > 0 ? between : undecidedCells(results, warm);
  return interleave(
    results,
    new Map([
      ...starts,
      ...goOn.map((cell) => [cell.id, nextLook(policy.looks, measuredRounds(cell).length) ?? 0] as const),
    ]),
  );
};

const isOpen = (cell: CellResult): boolean =>
  cell.state === 'pending' || cell.state === 'completed' || cell.state === 'aborted';

const undecidedCells = (results: Results, open: readonly CellResult[]): CellResult[] => {
  const conclusions = judgeSla(results);
  const wanted = new Set([...openVerdicts(conclusions), ...contenders(conclusions)]);
  return open.filter((cell) => wanted.has(cell.id));
};

const openVerdicts = ({ verdicts }: Pick<Conclusions, 'verdicts'>): string[] =>
  verdicts.flatMap((verdict) => {
    const metric = parseMetric(verdict.metric);
    const helps = verdict.status === 'inconclusive' && metric !== null && moreRoundsHelp(metric);
    return helps && verdict.cell !== null ? [verdict.cell] : [];
  });

/** The cells that a decision hesitates between: those that may meet the SLA and whose ratio may be 1. */
const contenders = ({ decision }: Pick<Conclusions, 'decision'>): string[] => {
  if (decision === null || (decision.status !== 'tie' && decision.status !== 'undecided')) return [];
  const metric = parseMetric(decision.metric);
  if (metric === null || !moreRoundsHelp(metric) || decision.cell === null) return [];
  const rivals = [...(decision.runnerUp === null ? [] : [decision.runnerUp]), ...decision.others].filter(
    ({ meetsSla, value, interval }) =>
      meetsSla !== 'no' && value !== null && (interval === null || (interval.low <= 1 && interval.high >= 1)),
  );
  return rivals.length === 0 ? [] : [decision.cell, ...rivals.map((rival) => rival.cell)];
};

/** The round that a cell with so many of them has at this turn, spread evenly over all; null when it has none. */
const roundAt = (turn: number, turns: number, rounds: number): number | null => {
  const round = Math.ceil((turn * rounds) / turns);
  return round < rounds && Math.floor((round * turns) / rounds) === turn ? round : null;
};

/** The missing rounds of each cell up to its target, round by round. */
const interleave = (results: Results, targets: ReadonlyMap<string, number>): NextRound[] | 'done' => {
  const measured = new Map(
    results.cells.map((cell) => [cell.id, new Set(completedRounds(cell).map((round) => round.index))]),
  );
  const ids = results.cells.map((cell) => cell.id);
  const turns = Math.max(0, ...targets.values());
  const list = Array.from({ length: turns }, (_, turn) =>
    // All cells are shuffled and then picked from, so that a resumed run keeps the order.
    createRandom(deriveSeed(results.scenario.seed, 'order', turn))
      .shuffle(ids)
      .flatMap((cell): NextRound[] => {
        const round = roundAt(turn, turns, targets.get(cell) ?? 0);
        return round === null || measured.get(cell)?.has(round) === true ? [] : [{ cell, round }];
      }),
  ).flat();
  return list.length === 0 ? 'done' : list;
};
