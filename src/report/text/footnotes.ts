/** Why a percentile or its interval is missing, said once for all cells it is missing in. */
import type { CellResult, LatencyStat } from '../../results/schema.js';
import { integer } from './format.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

/** The name of a statistic as people write it: p999 is "p99.9". */
export const statName = (stat: LatencyStat): string => (stat === 'p999' ? 'p99.9' : stat);

/** One sentence each: the percentiles that are refused, then the values without an interval. */
export const footnotes = (cells: readonly CellResult[], stats: readonly LatencyStat[], look: Look): string[] => {
  const refused = new Map<string, number[]>();
  const bare = new Set<string>();
  for (const cell of cells) {
    for (const stat of stats) {
      const estimate = cell.latency?.[stat];
      if (estimate === undefined || estimate === null) continue;
      if (estimate.value === null) {
        const key = `${statName(stat)}\n${estimate.need ?? ''}\n${clean(estimate.reason ?? 'not known')}`;
        refused.set(key, [...(refused.get(key) ?? []), estimate.n / Math.max(1, estimate.rounds)]);
      } else if (estimate.interval === null && estimate.reason !== undefined) {
        bare.add(clean(estimate.reason));
      }
    }
  }
  return [
    ...[...refused].map(([key, had]) => refusal(key, had)),
    ...[...bare].map((reason) => `No ${look.sign.plusMinus}: ${reason}`),
  ];
};

const refusal = (key: string, had: readonly number[]): string => {
  const [name, need, reason] = key.split('\n');
  if (need === '' || need === undefined) return `${name} is "-": ${reason}`;
  const [low, high] = [Math.min(...had), Math.max(...had)];
  const amount = Math.round(low) === Math.round(high) ? integer(low) : `${integer(low)} to ${integer(high)}`;
  return `${name} is "-": it needs ${integer(Number(need))} requests a round, these had ${amount}`;
};
