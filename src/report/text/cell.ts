/** Everything about one cell: `renderText` with the option `cell`. */
import { cellMachines, environmentOf } from '../../results/machines.js';
import type { CellResult, Results } from '../../results/schema.js';
import type { VerdictStatus } from '../../results/conclusions-schema.js';
import { AXES, formatParam } from '../../vocabulary/params.js';
import { formatBytes, formatRate, formatShare } from '../../vocabulary/units.js';
import { cacheFacts, cacheVerdicts } from './cache.js';
import { chartSection } from './chart.js';
import { coldPhasesSection, coldProcessesSection } from './cold-cell.js';
import { findingsSection } from './findings.js';
import { integer, plural, range } from './format.js';
import { paragraph, pad, widthOf } from './layout.js';
import type { Look, Tone } from './look.js';
import { percentilesSection } from './percentiles.js';
import { placementFact } from './placement.js';
import { lastLines, reasonText, stateWord } from './reason.js';
import { conditionsSection, roundsSection } from './rounds.js';
import { cellVerdicts } from './rows.js';
import { rulesSection } from './rules.js';
import { clean } from './sanitise.js';
import { stagesSection, startupSection, timelineSection } from './timeline.js';

/** The report of one cell as lines. */
export const cellLines = (results: Results, cell: CellResult, look: Look): string[] => {
  // A document of this cell alone: the sections of the whole report then say what concerns it.
  const own: Results = {
    ...results,
    cells: [cell],
    verdicts: results.verdicts.filter((verdict) => verdict.cell === cell.id),
    findings: results.findings.filter(
      (finding) => finding.cells.length === 0 || finding.cells.includes(cell.id),
    ),
  };
  return [
    ...title(results, cell, look),
    '',
    ...facts(results, cell, look),
    ...coldPhasesSection(cell, look),
    ...percentilesSection(cell, look),
    ...chartSection(own, cell, look),
    ...rulesSection(own, look),
    ...(cell.params.start === 'cold' ? coldProcessesSection(cell, look) : roundsSection(cell, look)),
    ...timelineSection(cell, look),
    ...stagesSection(cell, look),
    ...(cell.params.start === 'cold' ? [] : startupSection(cell, look)),
    ...(cell.params.start === 'cold' ? [] : conditionsSection(cell, look)),
    ...findingsSection(own, look),
  ];
};

const BADGES: Readonly<Record<VerdictStatus, { readonly word: string; readonly tone: Tone }>> = {
  pass: { word: 'PASS', tone: 'good' },
  fail: { word: 'FAIL', tone: 'bad' },
  inconclusive: { word: 'INCONCLUSIVE', tone: 'warn' },
  invalid: { word: 'INVALID', tone: 'bad' },
  'no-data': { word: 'NO DATA', tone: 'bad' },
  'not-applicable': { word: 'NOT APPLICABLE', tone: 'dim' },
};

const badgeOf = (cell: CellResult, status: VerdictStatus | undefined): { word: string; tone: Tone } => {
  if (cell.state !== 'completed') return { word: stateWord(cell.state).toUpperCase(), tone: 'bad' };
  return status === undefined ? { word: 'NO SLA', tone: 'accent' } : BADGES[status];
};

const title = (results: Results, cell: CellResult, look: Look): string[] => {
  const status = cellVerdicts(results).get(cell.id);
  const { word, tone } = badgeOf(cell, status);
  const chosen = results.decision?.cell === cell.id ? ` ${look.sign.chosen}` : '';
  const lines = paragraph(`${clean(cell.label)}${chosen}`, look, {
    first: `${look.paint.badge(word, tone)}  `,
    style: look.paint.strong,
  });
  const about = `cell ${clean(cell.id)} of ${clean(results.scenario.name)}`;
  const why =
    cell.state === 'completed'
      ? []
      : [
          ...paragraph(reasonText(cell.state, cell.reason), look, {
            first: `${look.sign.alert} `,
            style: look.paint.bad,
          }),
          ...lastLines(cell.reason, 10).flatMap((line) =>
            paragraph(line, look, { first: `  ${look.sign.axis} `, style: look.paint.dim }),
          ),
        ];
  return [...lines, look.paint.dim(about), ...why];
};

const facts = (results: Results, cell: CellResult, look: Look): string[] => {
  const cache = cacheFacts(cell);
  const list: readonly (readonly [string, string])[] = [
    ['model', model(cell)],
    [
      'settings',
      AXES.filter(({ key }) => key !== 'model')
        .map(({ key, label }) => `${label} ${formatParam(key, cell.params)}`)
        .join(', '),
    ],
    ['measured', amounts(cell)],
    ['machine', machine(results, cell)],
    [
      'inputs',
      cell.pool === null ? '' : `${plural(cell.pool.size, 'request')} in rotation, ${cell.pool.source}`,
    ],
    ['outputs', outputs(cell)],
    ['cache', cache.cache],
    ['requests', cache.kinds],
    ['costs', cache.costs],
    ['pays', cacheVerdicts(results, cell)],
    ['placement', placementFact(cell)],
    ['throughput', throughput(cell, look)],
    ['accuracy', accuracy(cell, look)],
    [
      'memory',
      cell.memory?.peak === null || cell.memory === null
        ? ''
        : `${formatBytes(cell.memory.peak)} at its peak`,
    ],
  ];
  const width = Math.max(...list.map(([name]) => widthOf(name)));
  return list
    .filter(([, text]) => text !== '')
    .flatMap(([name, text]) =>
      paragraph(clean(text), look, { first: `  ${look.paint.dim(pad(name, width))}  ` }),
    );
};

const model = ({ params, model: file }: CellResult): string =>
  file === null
    ? params.model
    : `${params.model} (${file.file}, ${formatBytes(file.bytes)}, sha256 ${file.sha256.slice(0, 12)})`;

/** Which of the unequal machines measured it; nothing to say where there is one. */
const machine = (results: Results, cell: CellResult): string => {
  const name = cellMachines(results)?.get(cell.id);
  return name === undefined ? '' : `${name}, ${environmentOf(results, cell).cpu.model}`;
};

const amounts = (cell: CellResult): string =>
  [
    plural(cell.rounds.length, 'round'),
    plural(cell.n, 'request'),
    ...(cell.errors === 0 ? [] : [plural(cell.errors, 'failed request')]),
    ...(cell.warmup === null ? [] : [`warm-up of ${integer(cell.warmup.requests)} requests on average`]),
  ].join(', ');

const outputs = ({ outputs: check }: CellResult): string => {
  if (check === null) return '';
  const fetched = check.fetched.map(({ name, dtype, shape }) => `${name} ${dtype}[${shape.join(', ')}]`);
  const left = check.notFetched.map(({ name, why }) => `${name} not fetched: ${why}`);
  return [...fetched, ...left].join('; ');
};

const throughput = ({ throughput: estimate }: CellResult, look: Look): string => {
  if (estimate?.value === null || estimate === null) return '';
  const interval = estimate.interval === null ? '' : ` (${range(estimate.interval, 'rate', look)})`;
  return `${formatRate(estimate.value)}${interval}, in items`;
};

const accuracy = ({ accuracy: counted }: CellResult, look: Look): string =>
  counted === null
    ? ''
    : `${formatShare(counted.share)} (${range(counted.interval, 'share', look)}), ` +
      `${integer(counted.correct)} of ${integer(counted.n)} right, by ${counted.labels}`;
