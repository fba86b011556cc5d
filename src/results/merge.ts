/**
 * Several documents of one scenario as one: shards of a plan, or repeated runs. Rounds add up, cells
 * of unequal machines stay apart, and what is missing is named.
 *
 * The result depends on what the documents hold and not on their order, nor on whether some were
 * merged before: every list is sorted by content, and where documents may differ in a detail that
 * should be equal, the first in the order of its JSON text is taken.
 */
import { canonicalJson, cellLabel, varyingAxes } from '../vocabulary/params.js';
import { assignShards, formatShard } from '../vocabulary/shards.js';
import { blankCell } from './blank.js';
import type { Environment } from './environment-schema.js';
import { isAbsent, machineName, machineOf, MISSING_SHARD } from './machines.js';
import type { MergedRun } from './machines-schema.js';
import { checkMergeable } from './mergeable.js';
import { baseId, byText, planOf, roundKey, runsOf, type MergeInput, type Planned } from './runs.js';
import type { CellResult, Results, RoundResult } from './schema.js';
import { summariseCell } from './summarise.js';

/**
 * One document of all, not yet judged. Cells stand in the plan's order. A cell measured in several
 * documents on machines of equal fingerprint has all their rounds; measured on unequal machines it
 * is several cells, whose ids end in "@" and the start of the machine's fingerprint. A cell that no
 * document was to measure is aborted, with the shard that is missing as its reason.
 *
 * Throws a UserError when the documents are not of one scenario, or when two hold the same round.
 */
export const mergeResults = (inputs: readonly [MergeInput, ...MergeInput[]]): Results => {
  checkMergeable(inputs);
  const runs = inputs
    .flatMap(({ results }) => runsOf(results))
    .toSorted((a, b) => byText(a.startedAt, b.startedAt) || byText(canonicalJson(a), canonicalJson(b)));
  const [first] = inputs.toSorted((a, b) => byText(earliestOf(a.results), earliestOf(b.results)));
  const base = (first ?? inputs[0]).results;
  const environments = environmentsIn(inputs, runs);
  const { shard: _shard, patterns: _patterns, ...rest } = base;
  return {
    ...rest,
    startedAt: runs[0]?.startedAt ?? base.startedAt,
    finishedAt: lastEnd(runs),
    state: worstState(runs),
    scenario: { ...base.scenario, command: base.scenario.command.replace(/ --shard \d+\/\d+$/, '') },
    environment: environments[0] ?? base.environment,
    environments: [...environments],
    runs,
    cells: inOrder(cellsOf(planOf(base), inputs, runs, environments)),
    verdicts: [],
    findings: [],
    decision: null,
  };
};

/** Sorts documents by their earliest run. */
const earliestOf = (results: Results): string =>
  runsOf(results)
    .map((run) => `${run.startedAt} ${canonicalJson(run)}`)
    .toSorted(byText)[0] ?? '';

/** One environment of each fingerprint, as its earliest run read it, in the order of those runs. */
const environmentsIn = (
  inputs: readonly MergeInput[],
  runs: readonly MergedRun[],
): readonly Environment[] => {
  const read = inputs.flatMap(({ results }) => results.environments ?? [results.environment]);
  const found = new Map<string, Environment>();
  for (const { machine, startedAt, ...seen } of runs) {
    if (found.has(machine)) continue;
    const [own] = read
      .filter(({ fingerprint }) => fingerprint === machine)
      .map((environment) => ({ environment, text: canonicalJson(environment) }))
      .toSorted(
        (a, b) =>
          Number(isOf(b.environment, seen)) - Number(isOf(a.environment, seen)) || byText(a.text, b.text),
      );
    if (own === undefined) throw new Error(`no environment of the run that started ${startedAt}`);
    found.set(machine, own.environment);
  }
  return [...found.values()];
};

/** True for an environment as this run read it. */
const isOf = (environment: Environment, run: Pick<MergedRun, 'harness' | 'loadAverage'>): boolean =>
  environment.loadAverage === run.loadAverage &&
  canonicalJson(environment.harness) === canonicalJson(run.harness);

/** Which state of one run the whole has: what makes it less complete comes first. */
const WORST_FIRST: readonly Results['state'][] = [
  'interrupted',
  'running',
  'bailed',
  'out-of-budget',
  'completed',
];

const worstState = (runs: readonly MergedRun[]): Results['state'] =>
  WORST_FIRST.find((state) => runs.some((run) => run.state === state)) ?? 'completed';

/** When the last run ended; null while one has not. */
const lastEnd = (runs: readonly MergedRun[]): string | null => {
  const ends = runs.map((run) => run.finishedAt).filter((end) => end !== null);
  return ends.length < runs.length ? null : (ends.toSorted(byText).at(-1) ?? null);
};

const cellsOf = (
  plan: readonly Planned[],
  inputs: readonly MergeInput[],
  runs: readonly MergedRun[],
  environments: readonly Environment[],
): CellResult[] => {
  const varying = varyingAxes(plan.map(({ params }) => params));
  const names = new Map(environments.map(({ fingerprint }, index) => [fingerprint, machineName(index)]));
  const absentReason = missingShard(plan, runs);
  const versions = new Map<string, CellResult[]>();
  for (const { results } of inputs) {
    for (const cell of results.cells.filter((candidate) => !isAbsent(candidate))) {
      const id = baseId(cell.id);
      versions.set(id, [...(versions.get(id) ?? []), { ...cell, machine: machineOf(results, cell) }]);
    }
  }
  return plan.flatMap(({ id, params }): CellResult[] => {
    const label = cellLabel(params, varying);
    const found = joined(versions.get(id) ?? []);
    if (found.length === 0) {
      return [{ ...blankCell({ id, params, label }), state: 'aborted', reason: absentReason(id) }];
    }
    if (found.length === 1) return found.map((cell) => ({ ...cell, id, label }));
    const order = [...names.keys()];
    return found
      .toSorted((a, b) => order.indexOf(a.machine ?? '') - order.indexOf(b.machine ?? ''))
      .map((cell) => ({
        ...cell,
        id: `${id}@${cell.machine?.slice(0, 8) ?? ''}`,
        label: `${label}, machine ${names.get(cell.machine ?? '') ?? '?'}`,
      }));
  });
};

const missingShard = (
  plan: readonly Planned[],
  runs: readonly MergedRun[],
): ((id: string) => NonNullable<CellResult['reason']>) => {
  const count = runs.find((run) => run.shard !== null)?.shard?.count ?? 1;
  const shards = assignShards(plan, count);
  return (id) => {
    const name = formatShard({ index: shards.get(id) ?? 1, count });
    return {
      kind: MISSING_SHARD,
      message: `shard ${name} is missing: measure it with --shard ${name} and merge again`,
    };
  };
};

/** True when a document has something to tell of the cell: rounds, or a failure. */
const saysSomething = ({ rounds, state }: CellResult): boolean =>
  rounds.length > 0 || state === 'failed' || state === 'timed-out';

/** The documents' versions of one cell as one cell a machine; one in all while none was measured. */
const joined = (versions: readonly CellResult[]): CellResult[] => {
  const telling = versions.filter(saysSomething);
  if (telling.length === 0) {
    const order: readonly CellResult['state'][] = ['skipped', 'aborted', 'pending'];
    return versions
      .toSorted(
        (a, b) =>
          order.indexOf(a.state) - order.indexOf(b.state) || byText(canonicalJson(a), canonicalJson(b)),
      )
      .slice(0, 1);
  }
  const machines = new Set(telling.map((cell) => cell.machine));
  return [...machines].map((machine) => pooled(telling.filter((cell) => cell.machine === machine)));
};

/** The versions of one cell from equal machines, of which there is at least one. */
const pooled = (versions: readonly CellResult[]): CellResult => {
  const rounds = versions
    .flatMap((cell) => cell.rounds)
    .map((round) => ({ round, key: `${round.startedAt} ${roundKey(round)}` }))
    .toSorted((a, b) => byText(a.key, b.key))
    .map(({ round }, index): RoundResult => ({ ...round, index }));
  const broken = (['failed', 'timed-out'] as const)
    .map((state) => versions.filter((cell) => cell.state === state))
    .find((group) => group.length > 0)
    ?.toSorted((a, b) => byText(canonicalJson(a.reason ?? null), canonicalJson(b.reason ?? null)))[0];
  const { reason: _reason, ...rest } = firstValues(versions);
  return summariseCell({
    ...rest,
    rounds,
    state: broken?.state ?? 'pending',
    ...(broken?.reason === undefined ? {} : { reason: broken.reason }),
  });
};

/**
 * Each field's first value in the order of its JSON text, null only where all are. What follows from
 * rounds is computed anew afterwards.
 */
const firstValues = (versions: readonly CellResult[]): CellResult => {
  const entries = versions.flatMap((cell) => Object.entries(cell));
  const fields = new Map<string, { value: unknown; text: string }>();
  for (const [key, value] of entries) {
    const text = canonicalJson(value ?? null);
    const before = fields.get(key);
    const isBetter = before === undefined || before.value === null || (value !== null && text < before.text);
    if (isBetter) fields.set(key, { value, text });
  }
  // Every key comes from a cell, with a value that some cell has there.
  return Object.fromEntries([...fields].map(([key, { value }]) => [key, value])) as CellResult;
};

/** Positions of rounds in the whole, by the time at which they started. */
const inOrder = (cells: readonly CellResult[]): CellResult[] => {
  const row = cells
    .flatMap((cell) => cell.rounds.map((round) => ({ cell, round })))
    .toSorted(
      (a, b) =>
        byText(a.round.startedAt, b.round.startedAt) ||
        byText(a.cell.id, b.cell.id) ||
        a.round.index - b.round.index,
    );
  const places = new Map(row.map(({ round }, order) => [round, order]));
  return cells.map((cell) => ({
    ...cell,
    rounds: cell.rounds.map((round) => ({ ...round, order: places.get(round) ?? 0 })),
  }));
};
