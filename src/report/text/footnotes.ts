/** Why a percentile or its interval is missing, said once for all cells it is missing in. */
import { measuredRounds } from '../../results/rounds.js';
import type { CellResult, LatencyStat } from '../../results/schema.js';
import { integer } from './format.js';
import { clean } from './sanitise.js';

/** The name of a statistic as people write it: p999 is "p99.9". */
export const statName = (stat: LatencyStat): string => (stat === 'p999' ? 'p99.9' : stat);

/** One sentence each: the percentiles that are refused, then the values without an interval. */
export const footnotes = (cells: readonly CellResult[], stats: readonly LatencyStat[]): string[] => {
  const refused = new Map<string, number[]>();
  const bare = new Set<string>();
  for (const cell of cells) {
    for (const stat of stats) {
      const estimate = cell.latency?.[stat];
      if (estimate === undefined || estimate === null) continue;
      if (estimate.value === null) {
        // With a need the sentence is made of numbers, and the same for all cells that lack as much.
        const why = estimate.need === undefined ? clean(estimate.reason ?? 'not known') : '';
        const key = `${statName(stat)}\n${estimate.need ?? ''}\n${why}`;
        refused.set(key, [...(refused.get(key) ?? []), smallestRound(cell)]);
      } else if (estimate.interval === null && estimate.reason !== undefined) {
        bare.add(clean(estimate.reason));
      }
    }
  }
  return [
    ...[...refused].map(([key, had]) => refusal(key, had)),
    // The reason is a sentence without its capital: "one process: no interval".
    ...[...bare].map((reason) => reason.charAt(0).toUpperCase() + reason.slice(1)),
  ];
};

const smallestRound = (cell: CellResult): number => Math.min(...measuredRounds(cell).map((round) => round.n));

const refusal = (key: string, had: readonly number[]): string => {
  const [name, need, reason] = key.split('\n');
  if (need === '' || need === undefined) return `${name} is "-": ${reason}`;
  const [low, high] = [Math.min(...had), Math.max(...had)];
  const amount = Math.round(low) === Math.round(high) ? integer(low) : `${integer(low)} to ${integer(high)}`;
  return `${name} is "-": it needs ${integer(Number(need))} requests a round, these had ${amount}`;
};
