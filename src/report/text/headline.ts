/** The first lines: what came out, and what was measured to get there. */
import { outcomeOf, type OutcomeKind } from '../../judge/outcome.js';
import type { Environment } from '../../results/environment-schema.js';
import { machinesOf } from '../../results/machines.js';
import type { Results, ScenarioRecord } from '../../results/schema.js';
import { formatShard } from '../../vocabulary/shards.js';
import { formatBytes, formatDuration } from '../../vocabulary/units.js';
import { integer, listed, plural } from './format.js';
import { pad, paragraph } from './layout.js';
import type { Look, Tone } from './look.js';
import { devicesFact } from './placement.js';
import { clean } from './sanitise.js';

const BADGES: Readonly<Record<OutcomeKind, { readonly word: string; readonly tone: Tone }>> = {
  interrupted: { word: 'INTERRUPTED', tone: 'warn' },
  invalid: { word: 'INVALID', tone: 'bad' },
  'sla-failed': { word: 'FAIL', tone: 'bad' },
  'cell-failed': { word: 'CELL FAILED', tone: 'bad' },
  'shard-missing': { word: 'INCOMPLETE', tone: 'bad' },
  'nothing-measured': { word: 'NO DATA', tone: 'bad' },
  inconclusive: { word: 'INCONCLUSIVE', tone: 'warn' },
  ok: { word: 'PASS', tone: 'good' },
};

const NO_SLA = { word: 'NO SLA', tone: 'accent' } as const;

/** Lines that a headline may take. */
const HEADLINE = 2;

/** What the outcome doesn't say of how the run ended. */
const STATES: Readonly<Record<Results['state'], string>> = {
  running: 'The run has not ended: this is what was measured so far.',
  completed: '',
  interrupted: '',
  bailed: 'The run stopped at the first failure, as it was asked to.',
  'out-of-budget': 'The time budget ran out before every round was measured.',
};

/** The verdict, the scenario's name and the decision; then what makes the whole less than it seems. */
export const headline = (results: Results, look: Look): string[] => {
  const { decision } = results;
  const outcome = outcomeOf(results);
  // In a shard, rules can be about the cells of others.
  const isFree =
    outcome.kind === 'ok' &&
    (results.scenario.rules.length === 0 ||
      (results.shard !== undefined && results.verdicts.every(({ status }) => status === 'not-applicable')));
  const { word, tone } = isFree ? NO_SLA : BADGES[outcome.kind];
  const isEmpty = results.shard !== undefined && results.cells.length === 0;
  const sentence = clean(
    decision?.sentence ?? (isEmpty ? 'This shard has no cell to measure.' : 'Nothing was judged yet.'),
  );
  // The decision has said these already.
  const isSaid =
    outcome.kind === 'ok' ||
    (outcome.kind === 'sla-failed' && decision?.status === 'none-meets') ||
    (outcome.kind === 'inconclusive' && decision?.status === 'undecided');
  const notes = [...(isSaid ? [] : [clean(outcome.message)]), STATES[results.state]];
  const say = (text: string): string[] =>
    paragraph(`${clean(results.scenario.name)}: ${text}`, look, {
      first: `${look.paint.badge(word, tone)}  `,
      style: look.paint.strong,
    });
  const whole = say(sentence);
  return [
    // The section at the end says all of it; here a long sentence ends where it can.
    ...(whole.length <= HEADLINE ? whole : say(sentence.replace(/; .*$/, '.'))),
    ...notes
      .filter((note) => note !== '' && note !== sentence)
      .flatMap((note) => paragraph(note, look, { first: `${look.sign.alert} `, style: look.paint.warn })),
  ];
};

/** What was run, on what, and what the times mean: a line each. */
export const measured = (results: Results, look: Look): string[] => {
  const facts = [
    [Object.keys(results.scenario.models).length === 1 ? 'model' : 'models', models(results)],
    ['run', amounts(results)],
    ['times', times(results)],
    ...machineFacts(results),
    ['devices', devicesFact(results)],
    ['software', software(results)],
  ] as const;
  return [
    '',
    ...facts
      .filter(([, text]) => text !== '')
      .flatMap(([name, text]) =>
        paragraph(clean(text), look, { first: `  ${look.paint.dim(pad(name, 8))}  ` }),
      ),
  ];
};

const models = (results: Results): string => {
  const sizeOf = (name: string): number | undefined =>
    results.cells.find(({ params }) => params.model === name && params.precision === 'original')?.model
      ?.bytes;
  const described = Object.entries(results.scenario.models).map(([name, { file, variants }]) => {
    const bytes = sizeOf(name);
    const size = bytes === undefined ? '' : `, ${formatBytes(bytes)}`;
    const others = Object.keys(variants);
    return `${name} (${file}${size}${others.length === 0 ? '' : `; also ${others.join(', ')}`})`;
  });
  return listed(described, 4);
};

const amounts = (results: Results): string => {
  const requests = results.cells.reduce((sum, cell) => sum + cell.n, 0);
  const rounds = results.cells.reduce((sum, cell) => sum + cell.rounds.length, 0);
  return (
    `${plural(results.cells.length, 'cell')}${shareText(results)}, ${roundsText(results.scenario)}${coldText(results)}: ` +
    `${plural(rounds, 'process', 'processes')}, ${plural(requests, 'request')}`
  );
};

/** Which part of a plan this is, or what it was joined from. */
const shareText = ({ shard, runs }: Results): string => {
  if (shard !== undefined) return ` of ${integer(shard.plan.length)} (shard ${formatShard(shard)})`;
  return runs === undefined ? '' : ` from ${plural(runs.length, 'run')}`;
};

const coldText = ({ cells, scenario: { cold } }: Results): string =>
  cold === undefined || cells.every(({ params }) => params.start === 'warm')
    ? ''
    : `, cold cells ${plural(cold.starts, 'process', 'processes')} each`;

const roundsText = ({ rounds }: ScenarioRecord): string =>
  'fixed' in rounds
    ? `${plural(rounds.fixed, 'round')} each`
    : `up to ${plural(rounds.looks.at(-1) ?? 0, 'round')} each, until decided`;

/** The machine; of a document from unequal machines a line each, by the name that cells give them. */
const machineFacts = (results: Results): (readonly [string, string])[] => {
  const machines = machinesOf(results);
  if (machines.length < 2) return [['machine', machine(machines[0]?.environment ?? results.environment)]];
  return machines.map(({ name, environment, cells }): readonly [string, string] => [
    `on ${name}`,
    `${machine(environment)}: ${plural(cells.length, 'cell')}`,
  ]);
};

const machine = ({ cpu }: Environment): string =>
  [
    `${cpu.model}, ${integer(cpu.allowed)} of ${integer(cpu.logical)} CPUs`,
    ...(cpu.quota === null ? [] : [`limited to ${Number(cpu.quota.toFixed(2))}`]),
    ...(cpu.virtual === true ? ['virtual'] : []),
    ...(cpu.governor === null ? [] : [`governor ${cpu.governor}`]),
  ].join(', ');

const software = ({ environment: { os, node, runtime } }: Results): string =>
  [`${runtime.name} ${runtime.version}`, `node ${node.replace(/^v/, '')}`, `${os.platform} ${os.arch}`].join(
    ', ',
  );

const times = ({ environment: { harness } }: Results): string => {
  const empty = harness?.emptyModel;
  const overhead =
    empty === undefined || empty === null ? '' : `; an empty model takes ${formatDuration(empty.p50)}`;
  return `service time, closed loop${overhead}`;
};
