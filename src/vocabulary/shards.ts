/**
 * Shards: a sweep split over machines. Which shard a cell belongs to follows from the plan alone, so
 * that machines that know nothing of each other agree, and no id or seed depends on it.
 */
import { UserError } from './errors.js';
import { configurationKey, type CellParams } from './params.js';

/** One share of a plan; `index` counts from 1 to `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** More shards than this are a slip of the keyboard. */
const MOST_SHARDS = 10_000;

/** "2/4", as `--shard` takes it. */
export const formatShard = ({ index, count }: Shard): string => `${index}/${count}`;

/** Reads "2/4". Throws a UserError that says what is wrong with anything else. */
export const parseShard = (text: string): Shard => {
  const wrong = (message: string, hint: string): UserError =>
    new UserError({ message: `--shard ${text}: ${message}.`, hint });
  const match = /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw wrong('this is not a shard', 'Write which of how many, counted from 1: --shard 2/4.');
  }
  const [index, count] = [Number(match[1]), Number(match[2])];
  if (count < 1 || count > MOST_SHARDS) {
    throw wrong(`a plan is cut into 1 to ${MOST_SHARDS} shards`, 'Write for example --shard 2/4.');
  }
  if (index < 1) throw wrong('shards are counted from 1', `The first is --shard 1/${count}.`);
  if (index > count) throw wrong(`there are only ${count} shards`, `The last is --shard ${count}/${count}.`);
  return { index, count };
};

interface Placed {
  readonly id: string;
  readonly params: CellParams;
}

/**
 * The shard (1-based) of every cell, by id. Cells are put in the order of their ids, which are hashes,
 * with those of one configuration side by side: a configuration is ranked by the smallest of its ids.
 * The row is then cut into `count` pieces whose sizes differ by one at the most. So the workloads of a
 * configuration, which must meet the SLA together, stay on one machine, save where a cut falls.
 */
export const assignShards = (cells: readonly Placed[], count: number): ReadonlyMap<string, number> => {
  const first = new Map<string, string>();
  const keyed = cells.map(({ id, params }) => ({ id, key: configurationKey(params) }));
  for (const { id, key } of keyed) {
    const before = first.get(key);
    if (before === undefined || id < before) first.set(key, id);
  }
  const rankOf = (key: string): string => first.get(key) ?? '';
  const row = keyed.toSorted((a, b) => compare(rankOf(a.key), rankOf(b.key)) || compare(a.id, b.id));
  // Cell k of n belongs to the piece in which (k + 1/2) / n lies, so pieces are even for any count.
  return new Map(row.map(({ id }, rank) => [id, Math.floor(((rank + 0.5) * count) / row.length) + 1]));
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
