/**
 * Everything that crosses the border between the parent (run/) and a timed child process
 * (measure/child.ts). Nothing else does. Sent with `serialization: 'advanced'`, so typed arrays
 * arrive as typed arrays.
 */
import type { SessionParams, TraceSummary } from '../engine/types.js';
import type { ValueInfo } from '../model/types.js';
import type { Disturbance } from '../results/schema.js';
import type { InputSpec, LabelsSpec } from '../vocabulary/inputs.js';
import type { Dims } from '../vocabulary/params.js';
import type { Provider, ProviderStatus } from '../vocabulary/providers.js';
import type { DrawnTraffic } from '../vocabulary/traffic.js';

/** What the child needs to fill inputs: a ModelSpec without its sweep. Paths are absolute. */
export interface ModelTask {
  readonly path: string;
  /** From the file, read once by the parent: the runtime doesn't tell an unknown rank from a scalar. */
  readonly values: { readonly inputs: readonly ValueInfo[]; readonly outputs: readonly ValueInfo[] };
  readonly batchDim?: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly labels?: LabelsSpec;
  readonly pool: number;
  readonly module?: string;
}

export interface MeasureTask {
  readonly kind: 'measure';
  readonly model: ModelTask;
  readonly session: SessionParams;
  readonly dims: Dims;
  readonly batch: number;
  /** Pause between requests, ns. */
  readonly idle: number;
  /** A prediction cache in front of the session: its entries, and the traffic it sees; null: none. */
  readonly cache: { readonly size: number; readonly traffic: DrawnTraffic } | null;
  readonly warmup: { readonly requests: number | null; readonly maxDuration: number };
  readonly sampling: {
    readonly samples: number | null;
    readonly duration: number | null;
    readonly minSamples: number;
  };
  /** Seed of this round's inputs and their order. */
  readonly seed: number;
  /** The first round of a cell also computes accuracy; outputs are checked in every round. */
  readonly first: boolean;
}

/** Clock and wrapper of this machine, in a process of its own. */
export interface HarnessTask {
  readonly kind: 'harness';
  readonly emptyModel: Uint8Array;
  /** How long to watch the machine's noise, ns. */
  readonly noiseDuration: number;
}

/** One cold start. `fromBytes`: the model is read into memory and the session made from there. */
export interface ColdTask extends Pick<
  MeasureTask,
  'model' | 'session' | 'dims' | 'batch' | 'idle' | 'warmup' | 'seed'
> {
  readonly kind: 'cold';
  readonly fromBytes: boolean;
}

/** Say which provider ran each node of a cell's model, from a pass that is slower than the others. */
export interface ProfileTask extends Pick<MeasureTask, 'model' | 'session' | 'dims' | 'batch' | 'seed'> {
  readonly kind: 'profile';
}

/** Start a provider with a model of one node: what looking can't tell. */
export interface ProviderTask {
  readonly kind: 'provider';
  readonly emptyModel: Uint8Array;
  readonly provider: Provider;
}

/** Save the model as the runtime has it after its graph optimisation. Paths are absolute. */
export interface OptimiseTask {
  readonly kind: 'optimise';
  readonly model: string;
  readonly session: SessionParams;
  readonly output: string;
}

export type Task = MeasureTask | HarnessTask | ColdTask | OptimiseTask | ProfileTask | ProviderTask;

export const PHASES = ['import', 'inputs', 'load', 'first-run', 'warm-up', 'sampling', 'after'] as const;
export type Phase = (typeof PHASES)[number];

/** Raw material of a round. Durations in ns; `starts` are offsets from the first request. */
export interface RoundSamples {
  readonly durations: Float64Array;
  readonly starts: Float64Array;
  readonly elapsed: number;
  readonly errors: number;
  readonly setup: { importRuntime: number; createSession: number; prepareInputs: number; firstRun: number };
  readonly warmup: { requests: number; elapsed: number; first: number; steady: boolean | null; rule: string };
  readonly memory: { beforeModel: number | null; afterLoad: number | null; peak: number | null };
  readonly disturbance: Disturbance;
  /** Medians of a short pass after sampling; null where the native call can't be timed. */
  readonly wrapper: { n: number; total: number; native: number } | null;
  /** Per request, same length as `durations`; only with a user's module. */
  readonly stages: { preprocess: Float64Array; inference: Float64Array; postprocess: Float64Array } | null;
  readonly pool: { size: number; source: string };
  readonly outputs: {
    fetched: { name: string; dtype: string; shape: number[] }[];
    notFetched: { name: string; why: string }[];
  };
  readonly accuracy: { correct: number; n: number } | null;
  /** Null without a prediction cache. */
  readonly cache: CacheSamples | null;
}

/** What a prediction cache did. Arrays have one entry a request, as `durations` has. Times in ns. */
export interface CacheSamples {
  /** Items of the request that were not in the cache. */
  readonly misses: Uint16Array;
  /** Making the keys of its items and looking them up. */
  readonly key: Float64Array;
  /** Splitting the outputs and putting them in. */
  readonly insert: Float64Array;
  readonly batch: number;
  /** The hit rate that was asked for, or by Che's approximation where the traffic makes it. */
  readonly expected: number;
  /** How keys are made, in words. */
  readonly keyKind: string;
  /** What came before the first request: how many, and whether the cache was full and steady after them. */
  readonly fill: { readonly requests: number; readonly complete: boolean };
  /** At the end; `bytes` are those of keys and outputs, `rss` what the process grew by when it was filled. */
  readonly memory: { readonly entries: number; readonly bytes: number; readonly rss: number };
}

/** Raw material of a cold start. Durations in ns. */
export interface ColdSamples {
  /** First line of the process's code, by the monotonic clock that all processes share. */
  readonly firstLine: bigint;
  /** From there to the making of this message. */
  readonly life: number;
  /** `read` is null where the runtime reads the file itself, as part of `session`. */
  readonly phases: {
    readonly import: number;
    readonly read: number | null;
    readonly session: number;
    readonly first: number;
    readonly shapes: number;
    readonly steady: number;
  };
  /** Each request after the first one until the latency was steady. */
  readonly runs: Float64Array;
  readonly warmup: RoundSamples['warmup'];
  /** Of a mix, each shape after that of the first request: its first and its second request. */
  readonly shapes: readonly { readonly shape: string; readonly first: number; readonly again: number }[];
  readonly memory: RoundSamples['memory'];
  readonly disturbance: Disturbance;
  readonly pool: RoundSamples['pool'];
  readonly outputs: RoundSamples['outputs'];
}

export interface HarnessSamples {
  readonly clockStep: number;
  readonly clockCost: number;
  readonly total: Float64Array;
  readonly native: Float64Array | null;
  /** Durations of a fixed computation, back to back. */
  readonly kernel: Float64Array;
  readonly disturbance: Disturbance;
  readonly runtime: { name: string; version: string; providers: string[] };
  readonly providers: ProviderStatus[];
}

/** Who ran the nodes of a model, and what finding it out cost. */
export interface ProfileSamples {
  readonly trace: TraceSummary;
  /** Median duration of a request, with the profile and without it, ns. */
  readonly profiled: number;
  readonly unprofiled: number;
}

export type ParentMessage = { readonly type: 'task'; readonly task: Task };

export type ChildMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'measured'; readonly samples: RoundSamples }
  | { readonly type: 'harness'; readonly samples: HarnessSamples }
  | { readonly type: 'cold'; readonly samples: ColdSamples }
  | { readonly type: 'profiled'; readonly samples: ProfileSamples }
  | { readonly type: 'started'; readonly elapsed: number }
  | { readonly type: 'optimised'; readonly bytes: number; readonly elapsed: number }
  | { readonly type: 'failed'; readonly kind: string; readonly message: string; readonly phase: Phase };
