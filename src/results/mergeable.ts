/** Whether documents can be merged: one scenario, one mlat, one set of model files, no round twice. */
import { UserError, type Problem } from '../vocabulary/errors.js';
import { canonicalJson } from '../vocabulary/params.js';
import type { Results } from './schema.js';
import { baseId, planOf, roundKey, runsOf, type MergeInput } from './runs.js';

/** What must be equal: its text in a document, and how a message says that it isn't, before a file's name. */
interface Equal {
  readonly read: (results: Results) => string;
  readonly says: string;
  /** The values are short enough to be shown. */
  readonly shown?: true;
}

const PLAN: Equal = {
  read: (results) => canonicalJson(planOf(results).map(({ id }) => id)),
  says: 'the cells of the plan differ from those of',
};

const EQUAL: readonly Equal[] = [
  {
    read: ({ scenario }) => scenario.sha256 ?? 'none',
    says: 'the scenario file differs from that of',
  },
  {
    read: ({ scenario }) => canonicalJson(scenario.overrides.map(({ path, value }) => ({ path, value }))),
    says: 'what the flags set differs from',
  },
  { read: ({ scenario }) => String(scenario.seed), says: 'the seed differs from that of', shown: true },
  { read: ({ mlat }) => mlat, says: 'the version of mlat differs from that of', shown: true },
];

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
  const differs = ({ read }: Equal): boolean => read(first.results) !== read(other.results);
  const found = EQUAL.filter(differs);
  // Another scenario has another plan as a matter of course.
  return (found.length > 0 ? found : [PLAN].filter(differs)).map(({ read, says, shown }): Problem => {
    const values = shown === true ? `: ${read(other.results)} here, ${read(first.results)} there` : '';
    return {
      location: { file: other.file },
      message: `${says} ${first.file}${values}.`,
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
