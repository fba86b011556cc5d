/** What a document holds, seen as material for a merge: runs, the whole plan, rounds by content. */
import { canonicalJson, type CellParams } from '../vocabulary/params.js';
import type { MergedRun } from './machines-schema.js';
import type { Results, RoundResult } from './schema.js';

/** A document, and the file that messages name. */
export interface MergeInput {
  readonly results: Results;
  readonly file: string;
}

/** A cell of the plan. */
export interface Planned {
  readonly id: string;
  readonly params: CellParams;
}

/** The id of a cell without the machine that a merge put behind it. */
export const baseId = (id: string): string => id.split('@')[0] ?? id;

/** The plan of a document: all its cells, and for a shard's those of the other shards too. */
export const planOf = ({ shard, cells }: Results): readonly Planned[] =>
  shard?.plan ?? [
    ...new Map(cells.map(({ id, params }) => [baseId(id), { id: baseId(id), params }])).values(),
  ];

/** The runs that a document holds: those it was merged from, or the one that it is. */
export const runsOf = (results: Results): readonly MergedRun[] =>
  results.runs ?? [
    {
      startedAt: results.startedAt,
      finishedAt: results.finishedAt,
      state: results.state,
      shard: results.shard === undefined ? null : { index: results.shard.index, count: results.shard.count },
      machine: results.environment.fingerprint,
      harness: results.environment.harness,
      loadAverage: results.environment.loadAverage,
    },
  ];

/** Compares texts by code unit, the same everywhere, as no locale's order is. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What is equal for equal rounds, whatever place a document gives them. */
export const roundKey = (round: RoundResult): string => canonicalJson({ ...round, index: 0, order: 0 });
