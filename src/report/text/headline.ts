/** The first lines: what came out, and what was measured to get there. */
import type { Results, ScenarioRecord } from '../../results/schema.js';
import { formatBytes, formatDuration } from '../../vocabulary/units.js';
import { outcomeOf, type Outcome } from '../outcome.js';
import { integer, listed, plural } from './format.js';
import { pad, paragraph } from './layout.js';
import type { Look, Tone } from './look.js';
import { clean } from './sanitise.js';

const BADGES: Readonly<Record<Outcome, { readonly word: string; readonly tone: Tone }>> = {
  pass: { word: 'PASS', tone: 'good' },
  fail: { word: 'FAIL', tone: 'bad' },
  inconclusive: { word: 'INCONCLUSIVE', tone: 'warn' },
  invalid: { word: 'INVALID', tone: 'bad' },
  'no-data': { word: 'NO DATA', tone: 'bad' },
  'no-sla': { word: 'NO SLA', tone: 'accent' },
};

const STATES: Readonly<Record<Results['state'], string>> = {
  running: 'The run has not ended: this is what was measured so far.',
  completed: '',
  interrupted: 'The run was interrupted: this is what was measured before.',
  bailed: 'The run stopped at the first failure, as --bail asks.',
  'out-of-budget': 'The time budget ran out before every round was measured.',
};

/** The verdict, the scenario's name and the decision, as one paragraph. */
export const headline = (results: Results, look: Look): string[] => {
  const { word, tone } = BADGES[outcomeOf(results)];
  const badge = look.paint.badge(word, tone);
  const name = clean(results.scenario.name);
  const sentence = clean(results.decision?.sentence ?? 'Nothing was judged yet.');
  const lines = paragraph(`${name}: ${sentence}`, look, { first: `${badge}  `, style: look.paint.strong });
  const state = STATES[results.state];
  if (state === '') return lines;
  return [...lines, ...paragraph(state, look, { first: `${look.sign.alert} `, style: look.paint.warn })];
};

/** What was run, on what, and what the times mean: a line each. */
export const measured = (results: Results, look: Look): string[] => {
  const facts = [
    [Object.keys(results.scenario.models).length === 1 ? 'model' : 'models', models(results)],
    ['run', amounts(results)],
    ['times', 'service time: closed loop, one request at a time'],
    ['machine', machine(results)],
    ['software', software(results)],
  ] as const;
  return [
    '',
    ...facts.flatMap(([name, text]) => paragraph(clean(text), look, { first: `  ${look.paint.dim(pad(name, 8))}  ` })),
  ];
};

const models = (results: Results): string => {
  const sizes = new Map(results.cells.flatMap((cell) => (cell.model === null ? [] : [[cell.model.file, cell.model.bytes]])));
  const described = Object.entries(results.scenario.models).map(([name, { file, variants }]) => {
    const bytes = sizes.get(file);
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
    `${plural(results.cells.length, 'cell')}, ${roundsText(results.scenario)}: ` +
    `${plural(rounds, 'process', 'processes')}, ${plural(requests, 'request')}`
  );
};

const roundsText = ({ rounds }: ScenarioRecord): string =>
  'fixed' in rounds
    ? `${plural(rounds.fixed, 'round')} each`
    : `up to ${plural(rounds.looks.at(-1) ?? 0, 'round')} each, until decided`;

const machine = ({ environment: { cpu } }: Results): string =>
  [
    `${cpu.model}, ${integer(cpu.allowed)} of ${integer(cpu.logical)} CPUs`,
    ...(cpu.quota === null ? [] : [`limited to ${Number(cpu.quota.toFixed(2))}`]),
    ...(cpu.virtual === true ? ['virtual'] : []),
    ...(cpu.governor === null ? [] : [`governor ${cpu.governor}`]),
  ].join(', ');

const software = ({ environment: { os, node, runtime, harness } }: Results): string => {
  const empty = harness?.emptyModel;
  return [
    `${runtime.name} ${runtime.version}`,
    `node ${node.replace(/^v/, '')}`,
    `${os.platform} ${os.arch}`,
    ...(empty === undefined || empty === null ? [] : [`overhead ${formatDuration(empty.p50)}`]),
  ].join(', ');
};
