/** The model runtime behind an interface: what measure/ needs of it, and no more. */
import type { CellParams } from '../vocabulary/params.js';

/** A tensor as the runtime takes it: dims and typed array (or strings). */
export interface EngineTensor {
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

export interface EngineValue {
  readonly name: string;
  readonly isTensor: boolean;
  readonly dtype: string | null;
  readonly shape: readonly (number | string)[] | null;
}

export type SessionParams = Pick<
  CellParams,
  'threads' | 'interThreads' | 'graphOptimization' | 'executionMode' | 'spinning'
>;

/** Feeds already in the runtime's own form, so that converting is not timed. */
export type PreparedFeeds = { readonly __prepared: unique symbol };
/** What a run returned, still in the runtime's form. */
export type RawOutputs = { readonly __raw: unique symbol };

export interface EngineSession {
  readonly inputs: readonly EngineValue[];
  readonly outputs: readonly EngineValue[];
  /** Tensor outputs that runs fetch; others throw in the runtime and are named in `notFetched`. */
  readonly fetched: readonly string[];
  readonly notFetched: readonly { readonly name: string; readonly why: string }[];
  /** Converts feeds to the runtime's tensors. Throws when a dtype or shape cannot be expressed. */
  prepare(feeds: Readonly<Record<string, EngineTensor>>): PreparedFeeds;
  /** The public call of the runtime and nothing else: this is what gets timed. */
  run(feeds: PreparedFeeds): Promise<RawOutputs>;
  /** Outputs as plain data, copies; not for the timed loop. */
  read(outputs: RawOutputs): Record<string, EngineTensor>;
  /** Puts output tensors into the feeds as the next request's state; no copy. */
  feedBack(
    feeds: PreparedFeeds,
    outputs: RawOutputs,
    links: readonly { input: string; output: string }[],
  ): void;
  /**
   * Times the native call inside `run` while `body` runs; null where the runtime doesn't let us.
   * Returns one duration a call, in ns. Never active while samples are taken.
   */
  timeNative(body: () => Promise<void>): Promise<number[] | null>;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  readonly version: string;
  /** Providers that this build of the runtime lists, whether or not their libraries are there. */
  providers(): readonly string[];
  /** A session for a model: its file, or its bytes. */
  open(model: string | Uint8Array, params: SessionParams): Promise<EngineSession>;
}
