/** The decision: what to deploy, what comes next and by how much, what would change it. */
import { formatLevel } from '../../judge/phrases.js';
import type { Alternative, Decision } from '../../results/conclusions-schema.js';
import type { Results } from '../../results/schema.js';
import { formatMetricValue, parseMetric } from '../../vocabulary/metrics.js';
import { formatChange } from '../../vocabulary/units.js';
import { integer } from './format.js';
import type { Column, Row } from './layout.js';
import { fitLabel, paragraph, section, table, tableWidth, truncate } from './layout.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

/** Cells after the runner-up that get a line. */
const OTHERS = 2;

/** What the decision makes of the cell it names. */
export const ROLES: Readonly<Record<Decision['status'], string>> = {
  deploy: 'deploy',
  tie: 'deploy',
  'none-meets': 'nearest',
  undecided: 'candidate',
  'no-data': '',
};

/** The section; empty until the run was judged. */
export const decisionSection = (results: Results, look: Look): string[] => {
  const { decision } = results;
  if (decision === null) return [];
  const list = (heading: string, sentences: readonly string[]): string[] =>
    sentences.length === 0
      ? []
      : [
          `  ${look.paint.dim(heading)}`,
          ...sentences.flatMap((sentence) =>
            paragraph(clean(sentence), look, { first: `  ${look.sign.bullet} ` }),
          ),
        ];
  return section(
    'Decision',
    clean(decision.objective),
    [
      ...paragraph(clean(decision.sentence), look, { first: '  ', style: look.paint.strong }),
      ...candidateTable(results, decision, look),
      ...list('What is missing', decision.missing),
      ...list('What would change it', decision.flips),
    ],
    look,
  );
};

/** What the table of candidates shows, from the roomiest. */
interface Shape {
  readonly label: number;
  /** The interval of the difference. */
  readonly interval: boolean;
  /** Why a candidate doesn't meet the SLA, in words. */
  readonly note: boolean;
}

const SHAPES: readonly Shape[] = [
  { label: 60, interval: true, note: true },
  { label: 36, interval: true, note: true },
  { label: 36, interval: true, note: false },
  { label: 28, interval: true, note: false },
  { label: 20, interval: true, note: false },
  { label: 28, interval: false, note: false },
  { label: 14, interval: false, note: false },
];

const candidateTable = (results: Results, decision: Decision, look: Look): string[] => {
  if (decision.cell === null) return [];
  const drawn = SHAPES.map((shape) => ({
    columns: columnsOf(results, decision, shape),
    rows: rowsOf(results, decision, shape, look),
  }));
  const fitting = drawn.find(({ columns, rows }) => tableWidth(columns, rows) <= look.width) ?? drawn.at(-1);
  return fitting === undefined ? [] : table(fitting.columns, fitting.rows, look);
};

const columnsOf = ({ scenario }: Results, { metric, runnerUp, others }: Decision, shape: Shape): Column[] => {
  const isAlone = runnerUp === null && others.length === 0;
  const level = [runnerUp, ...others].find((other) => other?.interval)?.interval?.level;
  return [
    { heading: '', align: 'left' },
    { heading: '', align: 'left', gap: 1 },
    { heading: 'cell', align: 'left' },
    { heading: clean(metric), align: 'right' },
    {
      heading: isAlone
        ? ''
        : level === undefined || !shape.interval
          ? 'difference'
          : `difference (${formatLevel(level)})`,
      align: 'left',
    },
    { heading: isAlone || scenario.rules.length === 0 ? '' : 'SLA', align: 'left' },
  ];
};

const rowsOf = (results: Results, decision: Decision, shape: Shape, look: Look): Row[] => {
  const kind = parseMetric(decision.metric)?.kind ?? 'duration';
  const labels = new Map(results.cells.map((cell) => [cell.id, clean(cell.label)]));
  const label = (id: string): string => fitLabel(labels.get(id) ?? clean(id), shape.label, 2, look);
  const valueText = (value: number | null): string => (value === null ? '-' : formatMetricValue(kind, value));
  const chosen = label(decision.cell ?? '')
    .split('\n')
    .map(look.paint.strong)
    .join('\n');
  const measured = decision.others.filter((other) => other.value !== null);
  const others = [
    ...(decision.runnerUp === null ? [] : [{ role: 'runner-up', other: decision.runnerUp }]),
    ...measured.slice(0, OTHERS).map((other, index) => ({ role: index === 0 ? 'others' : '', other })),
  ];
  const unsaid = decision.others.length - Math.min(OTHERS, measured.length);
  return [
    [look.paint.accent(look.sign.chosen), ROLES[decision.status], chosen, valueText(decision.value), '', ''],
    ...others.map(({ role, other }) => [
      '',
      role,
      label(other.cell),
      valueText(other.value),
      difference(other, shape.interval),
      results.scenario.rules.length === 0 ? '' : sla(other, shape.note, look),
    ]),
    ...(unsaid > 0
      ? [{ span: [look.paint.dim(`  ${look.sign.ellipsis} and ${integer(unsaid)} more`)] }]
      : []),
  ];
};

/** How its metric differs from the chosen cell's: "-7.8% (-9.6% to -6.0%)". */
const difference = ({ ratio, interval }: Alternative, withInterval: boolean): string => {
  if (ratio === null) return '';
  const change = formatChange(ratio - 1);
  if (interval === null || !withInterval) return change;
  return `${change} (${formatChange(interval.low - 1)} to ${formatChange(interval.high - 1)})`;
};

const sla = ({ meetsSla, note }: Alternative, withNote: boolean, look: Look): string => {
  const { paint, sign } = look;
  const why = withNote ? truncate(clean(note), 40, look) : '';
  switch (meetsSla) {
    case 'yes':
      return paint.good(`${sign.pass} meets`);
    case 'no':
      return paint.bad(`${sign.fail} ${why === '' ? 'FAILS' : why}`);
    case 'unknown':
      return paint.warn(`${sign.open} ${why === '' ? 'open' : why}`);
  }
};
