/** Runs of one synthetic plan: shards of it, and repetitions on machines of any kind. */
import type { Environment } from '../../src/results/environment-schema.js';
import { mergeResults } from '../../src/results/merge.js';
import type { MergeInput } from '../../src/results/runs.js';
import type { Results } from '../../src/results/schema.js';
import { assignShards } from '../../src/vocabulary/shards.js';
import { buildResults, environment, type SyntheticRun } from './results.js';

/** An environment that differs in its processor, and so in its fingerprint. */
export const machineNamed = (model: string): Environment => ({
  ...environment,
  cpu: { ...environment.cpu, model },
  fingerprint: Buffer.from(model).toString('hex').padEnd(16, '0').slice(0, 16),
});

export interface RunOptions {
  /** Minutes after the first run; a run has no other at the same time. */
  readonly minute: number;
  readonly machine?: Environment;
  readonly shard?: { readonly index: number; readonly count: number };
}

/** One run of the plan, or of a shard of it, as if it had been measured at another time. */
export const runOf = (plan: SyntheticRun, { minute, machine = environment, shard }: RunOptions): Results => {
  const later = (time: string): string => new Date(Date.parse(time) + minute * 60_000).toISOString();
  const whole = buildResults({ ...plan, environment: machine });
  const shards = assignShards(whole.cells, shard?.count ?? 1);
  const cells = whole.cells
    .filter(({ id }) => shard === undefined || shards.get(id) === shard.index)
    .map((cell) => ({
      ...cell,
      rounds: cell.rounds.map((round) => ({ ...round, startedAt: later(round.startedAt) })),
    }));
  return {
    ...whole,
    startedAt: later(whole.startedAt),
    finishedAt: whole.finishedAt === null ? null : later(whole.finishedAt),
    cells,
    ...(shard === undefined
      ? {}
      : { shard: { ...shard, plan: whole.cells.map(({ id, params }) => ({ id, params })) } }),
  };
};

/** All shards of a plan, a minute apart. */
export const shardsOf = (plan: SyntheticRun, count: number): Results[] =>
  Array.from({ length: count }, (_, index) =>
    runOf(plan, { minute: index, shard: { index: index + 1, count } }),
  );

/** Merges documents, named by their place. */
export const merged = (documents: readonly Results[]): Results => {
  const [first, ...others] = documents.map((results, index): MergeInput => ({
    results,
    file: `run-${index + 1}/results.json`,
  }));
  if (first === undefined) throw new Error('nothing to merge');
  return mergeResults([first, ...others]);
};
