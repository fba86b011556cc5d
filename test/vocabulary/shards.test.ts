import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/vocabulary/errors.js';
import { configurationKey, defaultParams, type CellParams } from '../../src/vocabulary/params.js';
import { assignShards, formatShard, parseShard } from '../../src/vocabulary/shards.js';
import { cellId } from '../../src/scenario/expand.js';

describe('parseShard', () => {
  it('reads i/n', () => {
    expect(parseShard('2/4')).toEqual({ index: 2, count: 4 });
    expect(parseShard(' 1 / 1 ')).toEqual({ index: 1, count: 1 });
    expect(formatShard(parseShard('10/12'))).toBe('10/12');
  });

  it.each([
    ['0/4', '--shard 0/4: shards are counted from 1. The first is --shard 1/4.'],
    ['5/4', '--shard 5/4: there are only 4 shards. The last is --shard 4/4.'],
    ['x', '--shard x: this is not a shard. Write which of how many, counted from 1: --shard 2/4.'],
    ['1/0', '--shard 1/0: a plan is cut into 1 to 10000 shards. Write for example --shard 2/4.'],
    ['-1/4', '--shard -1/4: this is not a shard. Write which of how many, counted from 1: --shard 2/4.'],
    ['1.5/4', '--shard 1.5/4: this is not a shard. Write which of how many, counted from 1: --shard 2/4.'],
    ['', '--shard : this is not a shard. Write which of how many, counted from 1: --shard 2/4.'],
    ['1/99999', '--shard 1/99999: a plan is cut into 1 to 10000 shards. Write for example --shard 2/4.'],
  ])('refuses %j', (text, message) => {
    expect(() => parseShard(text)).toThrow(UserError);
    expect(() => parseShard(text)).toThrow(message);
  });
});

const cell = (params: Partial<CellParams>): { id: string; params: CellParams } => {
  const full = { ...defaultParams(), ...params };
  return { id: cellId(full), params: full };
};

/** Configurations by batch, workloads by the size of a dimension. */
const plan = (batches: number, sizes: number): { id: string; params: CellParams }[] =>
  Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: sizes }, (_, size) => cell({ batch: batch + 1, dims: { sequence: size + 1 } })),
  ).flat();

describe('assignShards', () => {
  it('gives each cell one shard, balanced within one cell, for any count', () => {
    for (const [batches, sizes, count] of [
      [1, 1, 1],
      [3, 1, 4],
      [5, 3, 4],
      [7, 1, 3],
      [16, 1, 4],
      [10, 10, 7],
    ] as const) {
      const cells = plan(batches, sizes);
      const shards = assignShards(cells, count);
      expect([...shards.keys()].toSorted()).toEqual(cells.map(({ id }) => id).toSorted());
      const amounts = Array.from(
        { length: count },
        (_, index) => [...shards.values()].filter((shard) => shard === index + 1).length,
      );
      expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(cells.length);
      expect(Math.max(...amounts) - Math.min(...amounts)).toBeLessThanOrEqual(1);
    }
  });

  it('does not depend on the order of the plan', () => {
    const cells = plan(6, 2);
    // Maps are equal whatever the order of their entries.
    expect(assignShards(cells.toReversed(), 4)).toEqual(assignShards(cells, 4));
  });

  it('keeps the workloads of a configuration on one machine, save where a cut falls', () => {
    const cells = plan(20, 3);
    const shards = assignShards(cells, 4);
    const spread = new Map<string, Set<number>>();
    for (const { id, params } of cells) {
      const key = configurationKey(params);
      spread.set(key, (spread.get(key) ?? new Set()).add(shards.get(id)!));
    }
    // Three cuts between four shards can divide three configurations.
    expect([...spread.values()].filter((own) => own.size > 1).length).toBeLessThanOrEqual(3);
    expect(new Set(shards.values())).toEqual(new Set([1, 2, 3, 4]));
  });

  it('stays as it is from version to version', () => {
    // Machines with different versions of mlat must agree; a change here needs a line in the changelog.
    const shards = assignShards(
      [1, 2, 4, 8].map((batch) => cell({ batch, model: 'digits' })),
      2,
    );
    expect(Object.fromEntries(shards)).toMatchInlineSnapshot(`
      {
        "00295a8bae": 1,
        "33b7dbca28": 1,
        "b5e6978071": 2,
        "b83a3b0d37": 2,
      }
    `);
  });
});
