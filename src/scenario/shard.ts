/** A machine's share of a plan. */
import { assignShards, type Shard } from '../vocabulary/shards.js';
import type { Plan } from './types.js';

/** The plan with the cells of this shard alone, in the plan's order; none where shards outnumber cells. */
export const shardPlan = (plan: Plan, shard: Shard): Plan => {
  const shards = assignShards(plan.cells, shard.count);
  return {
    ...plan,
    cells: plan.cells.filter(({ id }) => shards.get(id) === shard.index),
    shard: { ...shard, whole: plan.cells },
  };
};
