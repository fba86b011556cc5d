/** The decision: what to deploy, what comes next and by how much, what would change it. */
import type { Decision } from '../../results/conclusions-schema.js';
import type { Results } from '../../results/schema.js';
import { formatMetricValue, parseMetric, type MetricKind } from '../../vocabulary/metrics.js';
import { formatChange } from '../../vocabulary/units.js';
import { integer } from './format.js';
import type { Column, Row } from './layout.js';
import { paragraph, section, table, truncate } from './layout.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

type Alternative = NonNullable<Decision['runnerUp']>;

/** Cells after the runner-up that get a line. */
const OTHERS = 2;

const ROLES: Readonly<Record<Decision['status'], string>> = {
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
  const kind = parseMetric(decision.metric)?.kind ?? 'duration';
  const list = (heading: string, sentences: readonly string[]): string[] =>
    sentences.length === 0
      ? []
      : [
          `  ${look.paint.dim(heading)}`,
          ...sentences.flatMap((sentence) => paragraph(clean(sentence), look, { first: `  ${look.sign.bullet} ` })),
        ];
  return section('Decision', clean(decision.objective), [
    ...paragraph(clean(decision.sentence), look, { first: '  ', style: look.paint.strong }),
    ...(decision.cell === null ? [] : table(columnsOf(decision), candidates(results, decision, kind, look), look)),
    ...list('What is missing', decision.missing),
    ...list('What would change it', decision.flips),
  ], look);
};

const columnsOf = ({ metric, runnerUp, others }: Decision): Column[] => {
  const level = [runnerUp, ...others].find((other) => other?.interval)?.interval?.level;
  return [
    { heading: '', align: 'left' },
    { heading: 'cell', align: 'left' },
    { heading: clean(metric), align: 'right' },
    { heading: level === undefined ? 'difference' : `difference (${Math.round(level * 100)}%)`, align: 'left' },
    { heading: 'SLA', align: 'left' },
  ];
};

const candidates = (results: Results, decision: Decision, kind: MetricKind, look: Look): Row[] => {
  const labels = new Map(results.cells.map((cell) => [cell.id, clean(cell.label)]));
  const room = look.width >= 100 ? 48 : 24;
  const label = (id: string): string => truncate(labels.get(id) ?? clean(id), room, look);
  const rows: Row[] = [];
  if (decision.cell !== null) {
    rows.push([
      `  ${look.paint.accent(look.sign.chosen)} ${ROLES[decision.status]}`,
      look.paint.strong(label(decision.cell)),
      decision.value === null ? '-' : formatMetricValue(kind, decision.value),
      '',
      '',
    ]);
  }
  const others = [
    ...(decision.runnerUp === null ? [] : [{ role: 'runner-up', other: decision.runnerUp }]),
    ...decision.others.slice(0, OTHERS).map((other, index) => ({ role: index === 0 ? 'others' : '', other })),
  ];
  for (const { role, other } of others) {
    rows.push([
      `    ${role}`,
      label(other.cell),
      other.value === null ? '-' : formatMetricValue(kind, other.value),
      difference(other),
      sla(other, look),
    ]);
  }
  const unsaid = decision.others.length - OTHERS;
  if (unsaid > 0) rows.push({ span: [look.paint.dim(`    ${look.sign.ellipsis} and ${integer(unsaid)} more`)] });
  return rows;
};

/** How its metric differs from the chosen cell's: "-7.8% (-9.6% to -6.0%)". */
const difference = ({ ratio, interval }: Alternative): string => {
  if (ratio === null) return '';
  const change = formatChange(ratio - 1);
  return interval === null ? change : `${change} (${formatChange(interval.low - 1)} to ${formatChange(interval.high - 1)})`;
};

const sla = ({ meetsSla }: Alternative, { paint, sign }: Look): string => {
  switch (meetsSla) {
    case 'yes':
      return paint.good(`${sign.pass} meets`);
    case 'no':
      return paint.bad(`${sign.fail} FAILS`);
    case 'unknown':
      return paint.warn(`${sign.open} open`);
  }
};
