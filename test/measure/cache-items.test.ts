import { describe, expect, it } from 'vitest';
import type { PreparedFeeds } from '../../src/engine/types.js';
import { createItems } from '../../src/measure/cache-items.js';
import { keyOf } from '../../src/measure/cache-server.js';
import type { Feeds, TensorArray } from '../../src/model/types.js';

const asIs = (feeds: unknown): PreparedFeeds => feeds as PreparedFeeds;

const feedsOf = (dtype: string, data: readonly TensorArray[], batch = 1): Feeds[] =>
  data.map((values) => ({
    // Items are written into the memory of the pool.
    x: { dtype, dims: [batch, values.length / batch], data: values.slice() },
  }));

const keysOf = (feeds: Feeds[], ids: readonly number[]): string[] => {
  const items = createItems(feeds, 1, asIs);
  return ids.map((id) => keyOf(items.request(Int32Array.of(id)).bytes[0] ?? []));
};

const ids = Array.from({ length: 3000 }, (_, index) => index * 7919);

describe('items', () => {
  it.each<[string, TensorArray[]]>([
    ['float32', [new Float32Array(3).fill(0.1), new Float32Array(3).fill(0.2)]],
    ['float64', [new Float64Array(3)]],
    ['float16', [new Uint16Array(4)]],
    ['uint8', [Uint8Array.of(0, 255, 7, 9), Uint8Array.of(3, 3, 3, 3)]],
    ['int64', [BigInt64Array.of(0n, 30_000n, 5n)]],
  ])('of %s have keys of their own, and the same item the same key', (dtype, data) => {
    const keys = keysOf(feedsOf(dtype, data), ids);
    expect(new Set(keys).size).toBe(ids.length);
    expect(keysOf(feedsOf(dtype, data), ids)).toEqual(keys);
  });

  it('stay in the range of an integer input, for an id may not leave its vocabulary', () => {
    const data = Int32Array.of(100, 250, 180, 101, 140);
    const items = createItems(feedsOf('int32', [data]), 1, asIs);
    for (const id of ids) {
      const [bytes] = items.request(Int32Array.of(id)).bytes[0] ?? [];
      const values = new Int32Array((bytes as Uint8Array).slice().buffer);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(100);
      expect(Math.max(...values)).toBeLessThanOrEqual(250);
    }
    expect(items.distinct).toBe(2 ** 31);
  });

  it('are written to other inputs where one is constant, as a mask of ones is', () => {
    const feeds: Feeds[] = [
      {
        mask: { dtype: 'int64', dims: [1, 2], data: BigInt64Array.of(1n, 1n) },
        x: { dtype: 'int64', dims: [1, 2], data: BigInt64Array.of(1n, 9n) },
      },
    ];
    const items = createItems(feeds, 1, asIs);
    expect(items.distinct).toBe(81);
    const [mask] = items.request(Int32Array.of(80)).bytes[0] ?? [];
    expect(new BigInt64Array((mask as Uint8Array).slice().buffer)).toEqual(BigInt64Array.of(1n, 1n));
  });

  it('are the same in any place of a batch', () => {
    const data = [Float32Array.from({ length: 12 }, (_, index) => index)];
    const items = createItems(feedsOf('float32', data, 4), 4, asIs);
    const keysAt = (asked: number[]): string[] =>
      items.request(Int32Array.from(asked)).bytes.map((inputs) => keyOf(inputs));
    const [a, b, c, d] = keysAt([5, 6, 7, 8]);
    expect(keysAt([8, 7, 6, 5])).toEqual([d, c, b, a]);
  });

  it('of a part of a batch are those that were picked, in order', () => {
    const items = createItems(feedsOf('float32', [new Float32Array(12)], 4), 4, asIs);
    const request = items.request(Int32Array.of(1, 2, 3, 4));
    const part = items.partial(request, Int32Array.of(3, 1, 0, 0), 2) as unknown as Record<
      string,
      { dims: number[]; data: Float32Array }
    >;
    const whole = request.data[0] as unknown as Float32Array;
    expect(part['x']?.dims).toEqual([2, 3]);
    expect([...(part['x']?.data ?? [])]).toEqual([...whole.slice(9, 12), ...whole.slice(3, 6)]);
  });
});
