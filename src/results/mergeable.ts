/** Whether documents can be merged: one scenario, one mlat, one set of model files, no round twice. */
import { UserError, type Problem } from '../vocabulary/errors.js';
import { canonicalJson } from '../vocabulary/params.js';
import type { Results } from './schema.js';
import { baseId, planOf, roundKey, runsOf, type MergeInput } from './runs.js';

/** What must be equal, as a message names it, and its text in a document. */
const EQUAL: readonly (readonly [string, (results: Results) => string])[] = [
  ['the scenario file', ({ scenario }) => scenario.sha256 ?? 'none'],
  [
    'what the flags set',
    ({ scenario }) => canonicalJson(scenario.overrides.map(({ path, value }) => ({ path, value }))),
  ],
  ['the seed', ({ scenario }) => String(scenario.seed)],
  ['the version of mlat', ({ mlat }) => mlat],
  ['the cells of the plan', (results) => canonicalJson(planOf(results).map(({ id }) => id))],
];

/** Short values that a message can show beside each other. */
const SHOWN: ReadonlySet<string> = new Set(['the seed', 'the version of mlat']);

/** Throws a UserError that names every difference which speaks against a merge. */
export const checkMergeable = (inputs: readonly [MergeInput, ...MergeInput[]]): void => {
  const [first, ...others] = inputs;
  const problems = others.flatMap((other) => differences(first, other));
  // Of documents that have little in common, it makes no sense to compare more.
  if (problems.length > 0) throw new UserError(problems);
  const further = [...shardCounts(inputs), ...models(inputs), ...repeated(inputs)];
  if (further.length > 0) throw new UserError(further);
};

const differences = (first: MergeInput, other: MergeInput): Problem[] => {
  const found = EQUAL.filter(([, read]) => read(first.results) !== read(other.results));
  // Another scenario has other cells as a matter of course.
  const own = found.length > 1 ? found.filter(([what]) => what !== 'the cells of the plan') : found;
  return own.map(([what, read]): Problem => {
    const values = SHOWN.has(what) ? `: ${read(other.results)} here, ${read(first.results)} there` : '';
    const verb = what.startsWith('the cells') ? 'differ' : 'differs';
    return {
      location: { file: other.file },
      message: `${what} ${verb} from that of ${first.file}${values}.`.replace(
        'differ from that',
        'differ from those',
      ),
      hint: 'Merge runs of one scenario, measured with the same flags and the same mlat.',
    };
  });
};

const shardCounts = (inputs: readonly MergeInput[]): Problem[] => {
  const files = new Map<number, string>();
  for (const { results, file } of inputs) {
    for (const { shard } of runsOf(results)) if (shard !== null) files.set(shard.count, file);
  }
  if (files.size < 2) return [];
  const each = [...files].toSorted(([a], [b]) => a - b).map(([count, file]) => `${count} (${file})`);
  return [
    {
      message: `the plan was cut into different numbers of shards: ${each.join(', ')}.`,
      hint: 'Merge shards of one number.',
    },
  ];
};

/** One model and precision is one file; the same name may hold another file on another machine. */
const models = (inputs: readonly MergeInput[]): Problem[] => {
  const known = new Map<string, { readonly sha256: string; readonly file: string }>();
  const problems = new Map<string, Problem>();
  for (const { results, file } of inputs) {
    for (const { params, model } of results.cells) {
      if (model === null) continue;
      const key = `${params.model} ${params.precision}`;
      const before = known.get(key) ?? { sha256: model.sha256, file };
      known.set(key, before);
      if (before.sha256 === model.sha256) continue;
      problems.set(`${key} ${file}`, {
        location: { file },
        message: `the model file ${model.file} is not the one that ${before.file} measured.`,
        hint: 'Measure the same file on all machines.',
      });
    }
  }
  return [...problems.values()];
};

/** The same run or the same round in two documents would count twice. */
const repeated = (inputs: readonly MergeInput[]): Problem[] => {
  const seen = new Map<string, string>();
  const problems = new Map<string, Problem>();
  for (const { results, file } of inputs) {
    const keys = [
      ...runsOf(results).map(canonicalJson),
      ...results.cells.flatMap(({ id, rounds }) => rounds.map((round) => `${baseId(id)} ${roundKey(round)}`)),
    ];
    for (const key of keys) {
      const before = seen.get(key);
      if (before !== undefined && !problems.has(file)) {
        problems.set(file, {
          location: { file },
          message: `holds what ${before} holds too: the same run would count twice.`,
          hint: 'Give each run once; of an interrupted and a resumed document, the later one.',
        });
      }
      seen.set(key, file);
    }
  }
  return [...problems.values()];
};
