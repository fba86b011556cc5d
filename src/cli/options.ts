/** The flags of `mlat bench`. What they mean for a scenario is in scenario/flags.ts. */
import { Option, type Command } from 'commander';

export interface BenchFlags {
  readonly provider?: string;
  readonly batch?: string;
  readonly threads?: string;
  readonly interThreads?: string;
  readonly graph?: string;
  readonly mode?: string;
  readonly spinning?: string;
  readonly idle?: string;
  readonly start?: string;
  readonly optimised?: string;
  readonly hitRate?: string;
  readonly zipf?: string;
  readonly cacheSize?: string;
  readonly catalogue?: string;
  readonly precision?: string;
  readonly variant: readonly string[];
  readonly dims: readonly string[];
  readonly rounds?: string;
  readonly untilDecided?: boolean;
  readonly warmup?: string;
  readonly samples?: string;
  readonly duration?: string;
  readonly budget?: string;
  readonly coldStarts?: string;
  readonly pageCache?: string;
  readonly deadline?: string;
  readonly memoryLimit?: string;
  readonly seed?: string;
  readonly sla: readonly string[];
  readonly require?: string;
  readonly objective?: string;
  readonly mute: readonly string[];
  readonly output?: string;
  readonly resume?: string;
  readonly shard?: string;
  readonly dryRun?: boolean;
  readonly bail?: boolean;
  readonly requireProviders?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly inconclusive: 'warn' | 'fail';
  readonly color?: boolean;
}

const collect = (value: string, previous: string[]): string[] => [...previous, value];

/** Adds the flags, in the groups in which the help shows them. */
export const addBenchOptions = (command: Command): Command =>
  command
    .optionsGroup('Sweep (lists are separated by commas):')
    .option('--provider <names>', 'execution providers: cpu, cuda, webgpu, "cuda(deviceId=1)"')
    .option('--batch <sizes>', 'items in one request: 1,4,16')
    .option('--threads <counts>', 'threads inside an operator; auto: the runtime decides')
    .option('--inter-threads <counts>', 'threads between operators')
    .option('--graph <levels>', 'graph optimisation: disabled, basic, extended, layout, all')
    .option('--mode <modes>', 'sequential, parallel')
    .option('--spinning <values>', 'threads wait by spinning: on, off')
    .option('--idle <gaps>', 'pause between requests: 0ms,50ms')
    .option('--start <kinds>', 'warm; cold: fresh processes, from their start')
    .option('--optimised <values>', 'the model as saved after optimisation: no, yes')
    .option('--hit-rate <shares>', 'a prediction cache, with these shares of items in it: 0,0.5,0.9')
    .option('--zipf <exponents>', 'a prediction cache, and items of such popularity: 0.64,0.99')
    .option('--cache-size <sizes>', 'its entries, with --zipf also of the catalogue: 1000, 1%')
    .option('--catalogue <items>', 'with --zipf: distinct items')
    .option('--precision <names>', 'original, and names of variants')
    .option('--variant <name=path>', 'another precision of the model; repeatable', collect, [])
    .option('--dims <name=sizes>', 'sizes of a named dimension: sequence=16,128; repeatable', collect, [])
    .optionsGroup('Measurement:')
    .option('--rounds <count>', 'processes for each cell')
    .option('--cold-starts <count>', 'processes for each cell that starts cold')
    .option('--page-cache <state>', 'the model file before a cold start: dropped, warmed')
    .option('--until-decided', 'rounds until every rule is decided, at planned looks')
    .option('--warmup <count>', 'requests before sampling; steady: until steady')
    .option('--samples <count>', 'requests in a round')
    .option('--duration <time>', 'time of a round: 2s')
    .option('--budget <time>', 'time for the whole run')
    .option('--deadline <time>', 'time for one process')
    .option('--memory-limit <size>', 'memory of one process: 2GiB')
    .option('--seed <number>', 'seed of inputs and order')
    .optionsGroup('Judgement:')
    .option('--sla <rule>', "a rule such as 'p99<=10ms'; repeatable, replaces the file's", collect, [])
    .option('--require <cells>', 'every: each cell must meet its rules; any: one that does is enough')
    .option('--objective <text>', "'maximize throughput', 'minimize p99'")
    .option('--mute <findings>', 'findings not to show; repeatable', collect, [])
    .addOption(
      new Option('--inconclusive <action>', 'what an undecided rule does; fail: exit code 12')
        .choices(['warn', 'fail'])
        .default('warn'),
    )
    .optionsGroup('Run:')
    .option('-o, --output <folder>', 'where the run lands (default: reports/<scenario>-<time>)')
    .option('--resume <folder>', 'go on with an interrupted run')
    .option('--shard <i/n>', 'measure one of n shares of the cells, for mlat merge to join: 2/4')
    .option('--bail', 'stop at the first cell that fails')
    .option('--require-providers', 'an execution provider that is not available is a failure')
    .option('--dry-run', 'print the plan and an estimate of its time')
    .option('--json', 'print the results document on stdout, and nothing else')
    .option('--quiet', 'no progress');
