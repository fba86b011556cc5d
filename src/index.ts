/**
 * mlat as a library: the stages of the row, each a function from one document to the next. Nothing
 * here prints or exits; what a user can mend is thrown as a UserError.
 */
export { bench, prepare, type BenchOptions, type BenchRun } from './bench.js';
export { judge } from './judge/judge.js';
export { readModelInfo } from './model/read.js';
export type { ModelInfo, ValueInfo } from './model/types.js';
export { reporters } from './report/registry.js';
export type { Reporter, ReportOptions } from './report/types.js';
export type { Conclusions, Decision, Finding, Verdict } from './results/conclusions-schema.js';
export type { Pattern, PatternVerdict } from './results/cache-schema.js';
export { parseResults, serialiseResults } from './results/document.js';
export { mergeResults } from './results/merge.js';
export type { MergeInput } from './results/runs.js';
export type { CellResult, Estimate, Interval, Results, RoundResult } from './results/schema.js';
export type { RunEvent } from './run/events.js';
export { expandScenario } from './scenario/expand.js';
export { parseScenario } from './scenario/parse.js';
export type { Plan, Scenario } from './scenario/types.js';
export { LatencyHistogram } from './stats/histogram.js';
export { parseShard, type Shard } from './vocabulary/shards.js';
export { UserError, type ExitCode, type Problem } from './vocabulary/errors.js';
