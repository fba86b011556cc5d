/** The timed path of a cached cell, with a session that adds up its inputs. */
import { describe, expect, it } from 'vitest';
import type { EngineSession, EngineTensor, PreparedFeeds, RawOutputs } from '../../src/engine/types.js';
import { createCachedServer, type CachedServer } from '../../src/measure/cache-server.js';
import type { CacheSamples } from '../../src/measure/messages.js';
import type { Feeds } from '../../src/model/types.js';
import { createRandom } from '../../src/stats/random.js';
import type { DrawnTraffic } from '../../src/vocabulary/traffic.js';

const LENGTH = 5;

/** Answers each item with its sum and its first value, and remembers the sizes of the batches it ran. */
const fakeSession = (): { session: EngineSession; ran: number[] } => {
  const ran: number[] = [];
  const run = (feeds: Readonly<Record<string, EngineTensor>>): Record<string, EngineTensor> => {
    const tensor = feeds['x'] as EngineTensor;
    const data = tensor.data as Float32Array;
    const items = tensor.dims[0] ?? 0;
    const length = data.length / items;
    const item = (index: number): number[] => [...data.subarray(index * length, (index + 1) * length)];
    const answers = Array.from({ length: items }, (_, index) => [
      item(index).reduce((sum, value) => sum + value, 0),
      item(index)[0] ?? 0,
    ]);
    return { y: { dtype: 'float64', dims: [items, 2], data: Float64Array.from(answers.flat()) } };
  };
  const session: EngineSession = {
    inputs: [],
    outputs: [],
    fetched: ['y'],
    notFetched: [],
    prepare: (feeds) => feeds as unknown as PreparedFeeds,
    run: (feeds) => {
      const outputs = run(feeds as unknown as Record<string, EngineTensor>);
      ran.push(outputs['y']?.dims[0] ?? 0);
      return Promise.resolve(outputs as unknown as RawOutputs);
    },
    read: (outputs) => outputs as unknown as Record<string, EngineTensor>,
    feedBack: () => undefined,
    timeNative: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
  return { session, ran };
};

const poolOf = (requests: number, batch: number): Feeds[] => {
  const random = createRandom(1);
  return Array.from({ length: requests }, () => ({
    x: {
      dtype: 'float32',
      dims: [batch, LENGTH],
      data: Float32Array.from({ length: batch * LENGTH }, () => random.next()),
    },
  }));
};

const serverOf = async (
  traffic: DrawnTraffic,
  {
    batch = 1,
    size = 100,
    feeds = poolOf(8, batch),
  }: { batch?: number; size?: number; feeds?: Feeds[] } = {},
): Promise<{ server: CachedServer; ran: number[] }> => {
  const { session, ran } = fakeSession();
  const outputs = await session.run(session.prepare(feeds[0] ?? {}));
  const server = createCachedServer({ session, feeds, outputs, batch, size, traffic, seed: 5 });
  ran.length = 0;
  return { server, ran };
};

const serveMany = async (server: CachedServer, requests: number): Promise<CacheSamples> => {
  server.record(requests);
  for (let request = 0; request < requests; request++) {
    server.prepare();
    await server.serve(request);
  }
  return server.recorded();
};

const observed = ({ misses, batch }: CacheSamples): number =>
  1 - misses.reduce((sum, missing) => sum + missing, 0) / (misses.length * batch);

describe('the observed hit rate', () => {
  it.each([
    [0, 1],
    [0.5, 1],
    [0.9, 1],
    [0.99, 1],
    [1, 1],
    [0.5, 8],
    [0.937, 8],
  ])('is within a point of the asked one at 5,000 items: %f in batches of %i', async (hitRate, batch) => {
    const { server } = await serverOf({ hitRate }, { batch });
    const samples = await serveMany(server, 5000 / batch);
    expect(Math.abs(observed(samples) - hitRate)).toBeLessThanOrEqual(0.01);
    expect(samples.expected).toBe(hitRate);
    expect(samples.fill.complete).toBe(true);
  });

  it.each([
    [0.64, 0.1],
    [0.99, 0.01],
    [1.2, 0.001],
  ])("is within two points of Che's approximation: zipf %f, %f of the catalogue", async (zipf, share) => {
    const catalogue = 20_000;
    const { server } = await serverOf({ zipf, catalogue }, { size: share * catalogue });
    const samples = await serveMany(server, 40_000);
    expect(samples.fill.complete).toBe(true);
    expect(Math.abs(observed(samples) - samples.expected)).toBeLessThanOrEqual(0.02);
  });
});

describe('what is served', () => {
  it('is the same from the cache as from the model', async () => {
    const { server } = await serverOf({ zipf: 1, catalogue: 200 }, { size: 50 });
    const answers = new Map<number, unknown[]>();
    let repeats = 0;
    for (let request = 0; request < 3000; request++) {
      server.prepare();
      const [[values] = []] = (await server.serve(request)) as [[Float64Array]?];
      const [sum, first] = values ?? [];
      // What the fill period left in the cache holds one answer for all, and is soon replaced.
      if (request < 1500) continue;
      const known = answers.get(first ?? -1);
      if (known !== undefined) repeats += 1;
      answers.set(first ?? -1, [...(known ?? []), sum]);
    }
    expect(repeats).toBeGreaterThan(500);
  });

  it('runs the misses of a request, and only those, as one batch', async () => {
    const { server, ran } = await serverOf({ hitRate: 0.5 }, { batch: 8 });
    const { misses } = await serveMany(server, 500);
    const missing = [...misses].filter((count) => count > 0);
    expect(ran).toEqual(missing);
    expect(new Set(missing).size).toBeGreaterThan(4);
  });

  it('answers each item of a mixed request with its own', async () => {
    const { server } = await serverOf({ hitRate: 0.5 }, { batch: 4 });
    const kept = new Map<number, number>();
    for (let request = 0; request < 2000; request++) {
      server.prepare();
      const items = (await server.serve(request)) as readonly (readonly [Float64Array])[];
      for (const [values] of items) {
        const [sum = 0, first = 0] = values;
        // The first value is the item's number: the same number has the same sum, always.
        if (kept.has(first)) expect(sum).toBe(kept.get(first));
        kept.set(first, sum);
      }
    }
    expect(kept.size).toBeGreaterThan(3000);
  });

  it('does not run the model for hits', async () => {
    const { server, ran } = await serverOf({ hitRate: 1 });
    await serveMany(server, 300);
    expect(ran).toEqual([]);
  });
});

describe('what is recorded', () => {
  it('is one entry a request, with no insertion for hits', async () => {
    const { server } = await serverOf({ hitRate: 0.9 });
    const { misses, key, insert } = await serveMany(server, 400);
    expect([misses.length, key.length, insert.length]).toEqual([400, 400, 400]);
    misses.forEach((missing, index) => {
      expect(insert[index] === 0).toBe(missing === 0);
      expect(key[index]).toBeGreaterThan(0);
    });
  });

  it('counts entries and their bytes', async () => {
    const { server } = await serverOf({ hitRate: 0.5 }, { size: 64 });
    const { memory } = await serveMany(server, 200);
    // A key of 20 bytes and two doubles.
    expect(memory).toMatchObject({ entries: 64, bytes: 64 * 36 });
  });
});

describe('refuses', () => {
  it('texts', async () => {
    const feeds: Feeds[] = [{ x: { dtype: 'string', dims: [1, 1], data: ['a'] } }];
    const { session } = fakeSession();
    const outputs = {
      y: { dtype: 'float64', dims: [1], data: new Float64Array(1) },
    } as unknown as RawOutputs;
    expect(() =>
      createCachedServer({ session, feeds, outputs, batch: 1, size: 10, traffic: { hitRate: 0 }, seed: 1 }),
    ).toThrow(/texts/);
  });

  it('inputs that cannot hold as many different items as the traffic needs', async () => {
    const feeds: Feeds[] = [{ x: { dtype: 'uint8', dims: [1, 2], data: Uint8Array.of(1, 3) } }];
    await expect(serverOf({ hitRate: 0.5 }, { feeds })).rejects.toThrow(/only hold 9 different values/);
  });

  it('outputs that are not made of the items of a request', async () => {
    const { session } = fakeSession();
    const outputs = {
      y: { dtype: 'float64', dims: [1], data: new Float64Array(1) },
    } as unknown as RawOutputs;
    const feeds = poolOf(2, 4);
    expect(() =>
      createCachedServer({ session, feeds, outputs, batch: 4, size: 10, traffic: { hitRate: 0 }, seed: 1 }),
    ).toThrow(/output "y" does not begin with the 4 items/);
  });
});
