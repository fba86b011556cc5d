/**
 * What the flags of `mlat bench` mean for the scenario: each becomes changes of the document,
 * which is then checked as if the values stood in the file.
 */
import { shellWord } from '../vocabulary/shell.js';
import { parseDuration } from '../vocabulary/units.js';
import { scalarOf } from './conditions.js';
import type { Override, Path } from './draft.js';

/** The text of each flag, as the command line has it. */
export interface ScenarioFlags {
  readonly provider?: string | undefined;
  readonly batch?: string | undefined;
  readonly threads?: string | undefined;
  readonly interThreads?: string | undefined;
  readonly graph?: string | undefined;
  readonly mode?: string | undefined;
  readonly spinning?: string | undefined;
  readonly idle?: string | undefined;
  readonly start?: string | undefined;
  readonly optimised?: string | undefined;
  readonly hitRate?: string | undefined;
  readonly zipf?: string | undefined;
  readonly cacheSize?: string | undefined;
  readonly catalogue?: string | undefined;
  readonly precision?: string | undefined;
  readonly variant?: readonly string[] | undefined;
  readonly dims?: readonly string[] | undefined;
  readonly rounds?: string | undefined;
  readonly untilDecided?: boolean | undefined;
  readonly warmup?: string | undefined;
  readonly samples?: string | undefined;
  readonly duration?: string | undefined;
  readonly budget?: string | undefined;
  readonly coldStarts?: string | undefined;
  readonly pageCache?: string | undefined;
  readonly deadline?: string | undefined;
  readonly memoryLimit?: string | undefined;
  readonly seed?: string | undefined;
  readonly sla?: readonly string[] | undefined;
  readonly require?: string | undefined;
  readonly objective?: string | undefined;
  readonly mute?: readonly string[] | undefined;
}

/** Flags whose value, or list of values, goes to one place. */
const PLACES = {
  provider: ['--provider', ['sweep', 'provider'], 'words'],
  batch: ['--batch', ['sweep', 'batch'], 'list'],
  threads: ['--threads', ['sweep', 'threads'], 'list'],
  interThreads: ['--inter-threads', ['sweep', 'interThreads'], 'list'],
  graph: ['--graph', ['sweep', 'graphOptimization'], 'list'],
  mode: ['--mode', ['sweep', 'executionMode'], 'list'],
  spinning: ['--spinning', ['sweep', 'spinning'], 'list'],
  idle: ['--idle', ['sweep', 'idle'], 'list'],
  start: ['--start', ['sweep', 'start'], 'list'],
  optimised: ['--optimised', ['sweep', 'optimised'], 'list'],
  hitRate: ['--hit-rate', ['cache', 'hitRate'], 'list'],
  zipf: ['--zipf', ['cache', 'zipf'], 'list'],
  cacheSize: ['--cache-size', ['cache', 'size'], 'list'],
  catalogue: ['--catalogue', ['cache', 'catalogue'], 'value'],
  precision: ['--precision', ['precision'], 'words'],
  rounds: ['--rounds', ['measure', 'rounds'], 'value'],
  coldStarts: ['--cold-starts', ['measure', 'coldStarts'], 'value'],
  pageCache: ['--page-cache', ['measure', 'pageCache'], 'text'],
  samples: ['--samples', ['measure', 'samples'], 'value'],
  duration: ['--duration', ['measure', 'duration'], 'text'],
  budget: ['--budget', ['measure', 'budget'], 'text'],
  deadline: ['--deadline', ['measure', 'deadline'], 'text'],
  memoryLimit: ['--memory-limit', ['measure', 'memoryLimit'], 'text'],
  seed: ['--seed', ['measure', 'seed'], 'value'],
  require: ['--require', ['require'], 'text'],
  objective: ['--objective', ['objective'], 'text'],
} as const satisfies Partial<
  Record<keyof ScenarioFlags, readonly [string, Path, 'list' | 'words' | 'value' | 'text']>
>;

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

const readAs = (form: 'list' | 'words' | 'value' | 'text', text: string): unknown => {
  switch (form) {
    case 'list':
      return words(text).map(scalarOf);
    case 'words':
      return words(text);
    case 'value':
      return scalarOf(text);
    case 'text':
      return text;
  }
};

const placed = (flags: ScenarioFlags): Override[] =>
  Object.entries(PLACES).flatMap(([key, [name, path, form]]) => {
    const text = flags[key as keyof typeof PLACES];
    return text === undefined
      ? []
      : [{ path: [...path], value: readAs(form, text), flag: `${name} ${shellWord(text)}` }];
  });

const rejected = (flag: string, message: string, hint: string): Override => ({
  path: [],
  value: null,
  flag,
  reject: { message: `${message}.`, hint },
});

/** Reads `name=value` flags. */
const pairs = (
  name: string,
  texts: readonly string[],
  example: string,
  make: (key: string, value: string, flag: string) => Override[],
): Override[] =>
  texts.flatMap((text) => {
    const flag = `${name} ${shellWord(text)}`;
    const [, key, value] = /^\s*([^=]+?)\s*=\s*(.+)$/.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      return [rejected(flag, `"${text}" is not name=value`, `Write ${name} ${example}.`)];
    }
    return make(key, value, flag);
  });

const warmupOf = (text: string): unknown =>
  parseDuration(text) === null ? scalarOf(text) : { maxDuration: text };

/** A flag for one way to say how long a round is takes the other ways out of the file. */
const sampling = ({ samples, duration }: ScenarioFlags): Override[] => {
  // Both together are a mistake, which the check of the document reports.
  if (samples !== undefined && duration !== undefined) return [];
  if (samples !== undefined) {
    const flag = `--samples ${shellWord(samples)}`;
    return ['duration', 'minSamples'].map((key) => ({ path: ['measure', key], value: null, flag }));
  }
  return duration === undefined
    ? []
    : [{ path: ['measure', 'samples'], value: null, flag: `--duration ${shellWord(duration)}` }];
};

const untilDecided = ({ untilDecided: asked, rounds }: ScenarioFlags): Override[] => {
  if (asked !== true) return [];
  const flag = '--until-decided';
  if (rounds !== undefined) return [rejected(flag, 'does not go with --rounds', 'Keep one of them.')];
  return [{ path: ['measure', 'rounds'], value: 'until-decided', flag }];
};

/** A flag for one kind of traffic takes the other kind out of the file. */
const traffic = ({ hitRate, zipf }: ScenarioFlags): Override[] => {
  // Both together are a mistake, which the check of the document reports.
  if ((hitRate === undefined) === (zipf === undefined)) return [];
  const other = (key: string, flag: string): Override => ({ path: ['cache', key], value: null, flag });
  if (zipf !== undefined) return [other('hitRate', `--zipf ${shellWord(zipf)}`)];
  const flag = `--hit-rate ${shellWord(hitRate ?? '')}`;
  return [other('zipf', flag), other('catalogue', flag)];
};

/**
 * The changes that flags make to the document, for parseScenario. Pure: a value that is wrong is
 * passed on and reported by parseScenario under the name of its flag. `--dims` replaces the sizes of
 * the dimension it names and takes a mix out; `--sla` and `--mute` replace the file's lists.
 */
export const flagOverrides = (flags: ScenarioFlags): Override[] => {
  const { variant = [], dims = [], warmup, sla = [], mute = [] } = flags;
  const repeated = (name: string, path: string[], texts: readonly string[]): Override[] =>
    texts.length === 0
      ? []
      : [{ path, value: texts, flag: texts.map((text) => `${name} ${shellWord(text)}`).join(' ') }];
  return [
    ...placed(flags),
    ...pairs('--variant', variant, 'int8=./model.int8.onnx', (name, file, flag) => [
      { path: ['variants', name], value: file, flag },
    ]),
    ...pairs('--dims', dims, 'sequence=16,128', (name, sizes, flag) => [
      { path: ['dims', name], value: words(sizes).map(scalarOf), flag },
      { path: ['mix'], value: null, flag },
    ]),
    ...(warmup === undefined
      ? []
      : [{ path: ['measure', 'warmup'], value: warmupOf(warmup), flag: `--warmup ${shellWord(warmup)}` }]),
    ...traffic(flags),
    ...sampling(flags),
    ...untilDecided(flags),
    ...repeated('--sla', ['sla'], sla),
    ...repeated('--mute', ['mute'], mute.flatMap(words)),
  ];
};
