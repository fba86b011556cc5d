/**
 * Everything that crosses the border between the parent (run/) and a timed child process
 * (measure/child.ts). Nothing else does. Sent with `serialization: 'advanced'`, so typed arrays
 * arrive as typed arrays.
 */
import type { SessionParams } from '../engine/types.js';
import type { ValueInfo } from '../model/types.js';
import type { Disturbance } from '../results/schema.js';
import type { InputSpec, LabelsSpec } from '../vocabulary/inputs.js';
import type { Dims } from '../vocabulary/params.js';

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

export type Task = MeasureTask | HarnessTask;

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
}

export type ParentMessage = { readonly type: 'task'; readonly task: Task };

export type ChildMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'measured'; readonly samples: RoundSamples }
  | { readonly type: 'harness'; readonly samples: HarnessSamples }
  | { readonly type: 'failed'; readonly kind: string; readonly message: string; readonly phase: Phase };
