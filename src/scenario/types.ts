/**
 * The scenario after parsing: every default filled in, every path absolute, every unit canonical.
 * And the Plan it expands to. The input form with its defaults is in schema.ts.
 */
import type { ColdSpec } from './cold.js';
import type { Location } from '../vocabulary/errors.js';
import type { InputSpec, LabelsSpec } from '../vocabulary/inputs.js';
import type { CellParams, Dims } from '../vocabulary/params.js';
import type { Condition, Objective, Requirement, Rule } from '../vocabulary/rules.js';
import type { Shard } from '../vocabulary/shards.js';
import type { Nanoseconds } from '../vocabulary/units.js';

export interface ModelSpec {
  readonly name: string;
  readonly path: string;
  /** Precision variants as files: name to absolute path. "original" is `path`. */
  readonly variants: Readonly<Record<string, string>>;
  /** The name of the dimension that is the batch; undefined: found by rule, see model/shapes.ts. */
  readonly batchDim?: string;
  /** The sets of sizes to sweep: the product of the lists, then the mix when one is given. */
  readonly dims: readonly Dims[];
  /** By input name. An input that is not named is synthetic by its dtype. */
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly labels?: LabelsSpec;
  /** Distinct requests prepared before sampling and used in rotation. */
  readonly pool: number;
  /** Absolute path of the user's module with `preprocess` and `postprocess`. */
  readonly module?: string;
}

export interface WarmupSpec {
  /** A fixed number of requests, or null: until steady. */
  readonly requests: number | null;
  /** The longest a search for the steady state goes on; with a fixed number, the process's deadline. */
  readonly maxDuration: Nanoseconds;
}

export interface SamplingSpec {
  /** Requests in a round, exactly; null: by `duration`. */
  readonly samples: number | null;
  /** Time in a round; null with `samples`. */
  readonly duration: Nanoseconds | null;
  /** With `duration`: go on to at least this many requests, but no longer than ten durations. */
  readonly minSamples: number;
}

export interface MeasureSpec {
  /** `{fixed: n}`, or `{looks}`: until decided, asked after so many rounds. */
  readonly rounds: { readonly fixed: number } | { readonly looks: readonly number[] };
  readonly warmup: WarmupSpec;
  readonly sampling: SamplingSpec;
  readonly cold: ColdSpec;
  /** For the whole run; no further round starts after it. */
  readonly budget: Nanoseconds | null;
  /** For one process, from fork to its last message. */
  readonly deadline: Nanoseconds;
  /** Resident bytes of one process; null: no limit. */
  readonly memoryLimit: number | null;
  readonly seed: number;
}

/** The axes that are not tied to one model, each a non-empty list. */
export type SweepSpec = {
  readonly [K in Exclude<keyof CellParams, 'model' | 'precision' | 'dims'>]: readonly CellParams[K][];
};

/** One entry of `exclude`: cells that meet all its conditions are out. */
export interface Exclusion {
  readonly conditions: readonly Condition[];
  /** It is a mistake when no cell meets it; false when flags narrowed the sweep it was written for. */
  readonly mustMatch: boolean;
  readonly location?: Location;
}

export interface Scenario {
  readonly name: string;
  readonly description?: string;
  /** As given on the command line; null when there was no file. */
  readonly file: string | null;
  readonly source: string | null;
  readonly models: readonly ModelSpec[];
  /** Names of variants to measure; "original" is the model itself. */
  readonly precision: readonly string[];
  readonly sweep: SweepSpec;
  readonly exclude: readonly Exclusion[];
  /** Further cells, complete; `exclude` does not touch them. */
  readonly include: readonly CellParams[];
  readonly measure: MeasureSpec;
  readonly rules: readonly Rule[];
  /** Whether every cell has to meet the rules about it, or one that does is enough. */
  readonly require: Requirement;
  /** When the file has none: "maximize throughput" with rules, "minimize p99" without. */
  readonly objective: Objective | null;
  readonly mute: readonly string[];
}

/** A cell that will be measured. `id` is the first 10 hex digits of SHA-256 over identityOf(params). */
export interface PlanCell {
  readonly id: string;
  readonly params: CellParams;
  readonly label: string;
}

export interface Plan {
  readonly scenario: Scenario;
  /** The cells to measure: all, or those of the shard. */
  readonly cells: readonly PlanCell[];
  /** Set when `cells` are a share of the plan; `whole` has them all. */
  readonly shard?: Shard & { readonly whole: readonly PlanCell[] };
}
