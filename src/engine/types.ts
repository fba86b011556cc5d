/** The model runtime behind an interface: what measure/ needs of it, and no more. */
import type { CellParams } from '../vocabulary/params.js';
import type { ProviderStatus } from '../vocabulary/providers.js';

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
  'provider' | 'threads' | 'interThreads' | 'graphOptimization' | 'executionMode' | 'spinning'
>;

/** Feeds already in the runtime's own form, so that converting is not timed. */
export type PreparedFeeds = { readonly __prepared: unique symbol };
/** What a run returned, still in the runtime's form. */
export type RawOutputs = { readonly __raw: unique symbol };

/** Who ran the nodes of a session, from the runtime's own profile. */
export interface TraceSummary {
  /** Runs that the times are means of. */
  readonly runs: number;
  /** Nodes of the graph as the runtime ran it, its copy nodes left out. */
  readonly nodes: readonly { readonly provider: string; readonly operator: string; readonly count: number }[];
  /** Nodes that copy between providers, and what they took in a run, ns; a copy waits for the device. */
  readonly copies: { readonly nodes: number; readonly ns: number };
  /** Time of a run before its first and after its last node, ns; null where the profile has no executions. */
  readonly outside: number | null;
}

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

/** A session that writes a profile. */
export interface ProfiledSession extends EngineSession {
  /** Ends the session and reads its profile; times leave the first `skip` runs out. */
  finish(skip: number): Promise<TraceSummary>;
}

export interface Engine {
  readonly name: string;
  readonly version: string;
  /** Providers that this build of the runtime lists, whether or not their libraries are there. */
  providers(): readonly string[];
  /** Whether each provider can run here, found by looking: no session is made, nothing is loaded. */
  probe(): Promise<ProviderStatus[]>;
  /** A session for a model: its file, or its bytes. */
  open(model: string | Uint8Array, params: SessionParams): Promise<EngineSession>;
  /** A session that is slower than others, and says who ran what. */
  profile(model: string, params: SessionParams): Promise<ProfiledSession>;
  /** Writes the model as it is after graph optimisation to `output`; resolves to its size in bytes. */
  saveOptimised(model: string, params: SessionParams, output: string): Promise<number>;
}
