/** How requests are put together, around a session that only remembers what it was given. */
import { describe, expect, it } from 'vitest';
import type { EngineSession, EngineTensor } from '../../src/engine/types.js';
import { createServer } from '../../src/measure/server.js';
import { ModuleError, type UserModule } from '../../src/measure/user-module.js';
import { buildFeeds, type BuiltFeeds } from '../../src/model/feeds.js';
import type { ValueInfo } from '../../src/model/types.js';

const value = (name: string): ValueInfo => ({ name, kind: 'tensor', dtype: 'float32', shape: ['batch', 1] });
const info = { inputs: [value('x'), value('state')], outputs: [value('y'), value('next')] };
const CONTEXT = { batch: 1, seed: 1 };

const tensor = (number: number): EngineTensor => ({
  dtype: 'float32',
  dims: [1, 1],
  data: Float32Array.of(number),
});
const numberOf = (tensor: unknown): number =>
  ((tensor as EngineTensor).data as Float32Array)[0] ?? Number.NaN;

/** y = x, next = state + 1; `given` has what each request was given. */
const session = (): EngineSession & { readonly given: { x: number; state: number }[] } => {
  const given: { x: number; state: number }[] = [];
  const plain = {
    given,
    inputs: [{ name: 'x', isTensor: true, dtype: 'float32', shape: ['batch', 1] }],
    outputs: [],
    fetched: ['y', 'next'],
    notFetched: [],
    prepare: (feeds: Record<string, EngineTensor>) => {
      for (const feed of Object.values(feeds)) if (feed.data === undefined) throw new Error('no data');
      return { ...feeds };
    },
    run: (feeds: Record<string, EngineTensor>) => {
      const [x, state] = [numberOf(feeds['x']), 'state' in feeds ? numberOf(feeds['state']) : -1];
      given.push({ x, state });
      return Promise.resolve({ y: tensor(x), next: tensor(state + 1) });
    },
    read: (outputs: Record<string, EngineTensor>) => outputs,
    feedBack: (
      feeds: Record<string, EngineTensor>,
      outputs: Record<string, EngineTensor>,
      links: readonly { input: string; output: string }[],
    ) => {
      for (const { input, output } of links) feeds[input] = outputs[output] as EngineTensor;
    },
    close: () => Promise.resolve(),
  };
  return plain as unknown as EngineSession & { readonly given: { x: number; state: number }[] };
};

/** Three requests with x = 0, 1, 2; the state is another input, or fed back. */
const pool = async (withState: boolean): Promise<BuiltFeeds> => {
  const built = await buildFeeds({
    info: withState ? info : { inputs: [value('x')], outputs: info.outputs },
    specs: withState ? { state: { from: 'state', output: 'next', initial: 10 } } : {},
    batch: 1,
    dims: {},
    pool: 3,
    seed: 1,
  });
  return {
    ...built,
    feeds: built.feeds.map((_, index) => ({ x: { ...tensor(index), data: Float32Array.of(index) } })),
  };
};

const module = (functions: Omit<UserModule, 'file'>): UserModule => ({ ...functions, file: 'app.mjs' });

describe('without a module', () => {
  it('rotates over the pool', async () => {
    const fake = session();
    const server = await createServer(fake, await pool(false), null, CONTEXT);
    for (let index = 0; index < 5; index += 1) await server.serve(index);
    expect(fake.given.map(({ x }) => x)).toEqual([0, 1, 2, 0, 1]);
    expect(server.recordStages).toBeNull();
  });

  it('feeds a state back, from its initial value, whichever request comes next', async () => {
    const fake = session();
    const server = await createServer(fake, await pool(true), null, CONTEXT);
    await server.once(0);
    for (let index = 0; index < 4; index += 1) await server.serve(index);
    expect(fake.given).toEqual([
      { x: 0, state: 10 },
      { x: 0, state: 11 },
      { x: 1, state: 12 },
      { x: 2, state: 13 },
      { x: 0, state: 14 },
    ]);
  });
});

describe("with a user's module", () => {
  it('runs the stages around the model, on its own items in rotation', async () => {
    const fake = session();
    const seen: unknown[] = [];
    const server = await createServer(
      fake,
      await pool(true),
      module({
        items: ({ batch }) => ['a', `b${batch}`],
        preprocess: async (item, context) => {
          seen.push([item, context]);
          return { x: tensor(item === 'a' ? 5 : 6) };
        },
        postprocess: ({ y }) => seen.push(numberOf(y)),
      }),
      CONTEXT,
    );
    for (let index = 0; index < 3; index += 1) await server.serve(index);
    expect(seen).toEqual([['a', CONTEXT], 5, ['b1', CONTEXT], 6, ['a', CONTEXT], 5]);
    expect(fake.given.map(({ state }) => state)).toEqual([10, 11, 12]);
  });

  it('gives preprocess the inputs of the scenario when it has no items', async () => {
    const items: unknown[] = [];
    const feeds = await pool(false);
    const preprocess = (item: unknown): Record<string, EngineTensor> => {
      items.push(item);
      return item as Record<string, EngineTensor>;
    };
    const server = await createServer(session(), feeds, module({ preprocess }), CONTEXT);
    for (let index = 0; index < 4; index += 1) await server.serve(index);
    expect(items).toEqual([...feeds.feeds, feeds.feeds[0]]);
  });

  it('records the stages of requests that succeed, once it is told to', async () => {
    let fails = false;
    const server = await createServer(
      session(),
      await pool(false),
      module({
        postprocess: () => {
          if (fails) throw new Error('tired');
        },
      }),
      CONTEXT,
    );
    await server.serve(0);
    const times = server.recordStages?.(3);
    await server.serve(1);
    fails = true;
    await expect(server.serve(2)).rejects.toThrow(ModuleError);
    fails = false;
    await server.serve(3);
    expect(times?.taken).toBe(2);
    expect([...(times?.inference ?? [])].map((time) => time > 0)).toEqual([true, true, false]);
    // Without a preprocess of its own, the stage is empty but for reading the clock.
    expect(times?.preprocess).toHaveLength(3);
  });

  it('says in which stage the module failed; a failure of the model stays its own', async () => {
    const throwing = (): never => {
      throw new Error('no such image');
    };
    const failing = async (functions: Omit<UserModule, 'file'>, fake = session()): Promise<unknown> =>
      createServer(fake, await pool(false), module(functions), CONTEXT)
        .then(async (server) => server.serve(0))
        .catch((error: unknown) => error);
    expect(await failing({ preprocess: throwing })).toEqual(
      new ModuleError('preprocess failed: app.mjs: no such image'),
    );
    expect(await failing({ postprocess: throwing })).toEqual(
      new ModuleError('postprocess failed: app.mjs: no such image'),
    );
    expect(await failing({ items: throwing, postprocess: () => null })).toEqual(
      new ModuleError('items failed: app.mjs: no such image'),
    );
    expect(await failing({ items: () => [], postprocess: () => null })).toEqual(
      new ModuleError('items in app.mjs must return an array with at least one request'),
    );
    const broken = { ...session(), run: () => Promise.reject(new Error('the model failed')) };
    expect(await failing({ postprocess: () => null }, broken)).toEqual(new Error('the model failed'));
  });

  it.each([
    [undefined, 'it returned undefined'],
    [null, 'it returned null'],
    [[1, 2], 'its "0" is no tensor'],
    [{ x: 1 }, 'its "x" is no tensor'],
    [{ x: { dtype: 'float32', dims: [1], data: undefined } }, 'no data'],
  ])('says what is wrong with inputs such as %j', async (made, why) => {
    const preprocess = (): never => made as never;
    const server = await createServer(session(), await pool(false), module({ preprocess }), CONTEXT);
    await expect(server.serve(0)).rejects.toThrow(
      `preprocess made no inputs for the model: ${why}; return tensors by name, such as {"x": {dtype: "float32", `,
    );
  });
});
