/** What a decision speaks of: one shard of a plan, or machines that can't be compared. */
import type { Decision } from '../results/conclusions-schema.js';
import { machinesOf, type Machine } from '../results/machines.js';
import type { CellResult, Results } from '../results/schema.js';
import { formatShard } from '../vocabulary/shards.js';
import { listOf } from './phrases.js';
import { isMeasured } from './reading.js';

/** The machines that have a measured cell, when they are more than one kind; none otherwise. */
export const unequalMachines = (results: Results): readonly Machine[] => {
  const machines = machinesOf(results).filter(({ cells }) => cells.some(isMeasured));
  return machines.length < 2 ? [] : machines;
};

/** The decision with its extent in the sentence: the shard it is of, and what it can't compare. */
export const qualified = (results: Results, decision: Decision): Decision => {
  const { shard } = results;
  const machines = unequalMachines(results);
  const own = machines.find(({ cells }) => cells.some((cell: CellResult) => cell.id === decision.cell));
  return {
    ...decision,
    sentence: [
      shard === undefined ? '' : `Shard ${formatShard(shard)} alone: `,
      decision.sentence,
      own === undefined
        ? ''
        : ` Cells were measured on unequal machines (${listOf(machines.map(({ name }) => name))}), and only those of machine ${own.name} are compared with it.`,
    ].join(''),
  };
};
