/** How requests are served: feeds in rotation, state fed back, the user's stages around the model. */
import type { EngineSession, PreparedFeeds, RawOutputs } from '../engine/types.js';
import type { BuiltFeeds } from '../model/feeds.js';
import { now } from './clock.js';
import type { Serve } from './sample.js';
import { preparedInputs, rawItems, stageError, type ModuleContext, type UserModule } from './user-module.js';

export interface Server {
  readonly serve: Serve;
  /** Runs one request outside of any timing and returns its outputs. */
  readonly once: (index: number) => Promise<RawOutputs>;
  /** The runtime's public call alone, for a request that was served before. */
  readonly call: Serve;
  /** Distinct requests in rotation, and where they come from. */
  readonly pool: { readonly size: number; readonly source: string };
  /** Starts recording stage times, with room for so many requests; null without a user's module. */
  readonly recordStages: ((capacity: number) => StageTimes) | null;
}

/** Stage times in ns, one of each a request that succeeded; `taken` says how many are filled. */
export interface StageTimes {
  taken: number;
  readonly preprocess: Float64Array;
  readonly inference: Float64Array;
  readonly postprocess: Float64Array;
}

const stageTimes = (capacity: number): StageTimes => ({
  taken: 0,
  preprocess: new Float64Array(capacity),
  inference: new Float64Array(capacity),
  postprocess: new Float64Array(capacity),
});

/** Serves the requests of a pool. Throws ModuleError where the user's module fails. */
export const createServer = async (
  session: EngineSession,
  built: BuiltFeeds,
  module: UserModule | null,
  context: ModuleContext,
): Promise<Server> => {
  const links = built.states;
  const state: Record<string, unknown> = { ...session.prepare(built.initialStates) };
  const withState = (feeds: PreparedFeeds): PreparedFeeds => Object.assign(feeds, state);
  const keepState = (feeds: PreparedFeeds, outputs: RawOutputs): void => {
    session.feedBack(feeds, outputs, links);
    for (const { input } of links) state[input] = (feeds as unknown as Record<string, unknown>)[input];
  };
  const pool = built.feeds.map((feeds) => session.prepare(feeds));
  const at = (index: number): PreparedFeeds => pool[index % pool.length] as PreparedFeeds;

  const plain = async (index: number): Promise<RawOutputs> => {
    const feeds = links.length === 0 ? at(index) : withState(at(index));
    const outputs = await session.run(feeds);
    if (links.length > 0) keepState(feeds, outputs);
    return outputs;
  };
  if (module === null) {
    // The shortest way from the clock to the runtime and back.
    const serve: Serve = links.length === 0 ? (index) => session.run(at(index)) : plain;
    return {
      serve,
      once: plain,
      call: (index) => session.run(links.length === 0 ? at(index) : withState(at(index))),
      pool: { size: built.feeds.length, source: built.source },
      recordStages: null,
    };
  }

  const items = await rawItems(module, built.feeds, context);
  let times = stageTimes(0);
  let latest = at(0);
  const staged = async (index: number): Promise<RawOutputs> => {
    let stage: 'preprocess' | 'inference' | 'postprocess' = 'preprocess';
    try {
      const begin = now();
      const made =
        module.preprocess === undefined
          ? at(index)
          : preparedInputs(session, await module.preprocess(items[index % items.length], context));
      const prepared = now();
      stage = 'inference';
      const feeds = links.length === 0 ? made : withState(made);
      latest = feeds;
      const outputs = await session.run(feeds);
      if (links.length > 0) keepState(feeds, outputs);
      const inferred = now();
      stage = 'postprocess';
      if (module.postprocess !== undefined) await module.postprocess(session.read(outputs), context);
      const end = now();
      // A write past the end of a typed array is ignored: outside of sampling there is no room.
      times.preprocess[times.taken] = prepared - begin;
      times.inference[times.taken] = inferred - prepared;
      times.postprocess[times.taken] = end - inferred;
      times.taken += 1;
      return outputs;
    } catch (error) {
      throw stage === 'inference' ? error : stageError(module, stage, error);
    }
  };
  return {
    serve: staged,
    once: staged,
    call: () => session.run(latest),
    pool:
      module.items === undefined
        ? { size: built.feeds.length, source: built.source }
        : { size: items.length, source: `${items.length} items of the user's module` },
    recordStages: (capacity) => {
      times = stageTimes(capacity);
      return times;
    },
  };
};
