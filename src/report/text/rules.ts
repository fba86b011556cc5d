/** The SLA rules: what was measured against each limit, the worst first. */
import { formatBeside } from '../../judge/phrases.js';
import type { Verdict } from '../../results/conclusions-schema.js';
import { VERDICT_STATUSES } from '../../results/conclusions-schema.js';
import type { CellResult, Results } from '../../results/schema.js';
import { formatLocation } from '../../vocabulary/errors.js';
import { parseMetric, type MetricKind } from '../../vocabulary/metrics.js';
import { integer, plural, range } from './format.js';
import type { Column, Row } from './layout.js';
import { paragraph, section, table, tableWidth, truncate } from './layout.js';
import type { Look } from './look.js';
import { statusText } from './look.js';
import { WORST_FIRST } from './rows.js';
import { clean } from './sanitise.js';

/** Verdicts with a row of their own, over all rules; the chosen cell's are always among them. */
const SHOWN = 18;
/** However many rules there are, each shows as many. */
const SHOWN_PER_RULE = 3;

/** Widths that what stands first in a row may take, from the roomiest. */
const NAME_WIDTHS = [60, 48, 40, 32, 26, 20, 14];

interface Context {
  readonly cells: ReadonlyMap<string, CellResult>;
  readonly chosen: string | null;
  readonly look: Look;
}

/** The section; empty when there are no verdicts. */
export const rulesSection = (results: Results, look: Look): string[] => {
  const { verdicts } = results;
  if (verdicts.length === 0) return [];
  const context: Context = {
    cells: new Map(results.cells.map((cell) => [cell.id, cell])),
    chosen: results.decision?.cell ?? null,
    look,
  };
  const byRule = grouped(verdicts);
  const aside = `${plural(byRule.length, 'rule')}: ${countsOf(verdicts)}`;
  const lines =
    results.cells.length === 1
      ? draw(verdicts.toSorted(byUrgency), 'rule', context)
      : byRule.flatMap((group) => ruleLines(group, Math.max(SHOWN_PER_RULE, Math.floor(SHOWN / byRule.length)), context));
  return section('SLA', aside, lines, look);
};

const byUrgency = (a: Verdict, b: Verdict): number =>
  WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status) || headroomOf(a) - headroomOf(b);

/** Missing headroom sorts before any number, and equal to itself. */
const headroomOf = ({ headroom }: Verdict): number => headroom ?? -Number.MAX_VALUE;

/** Verdicts by rule, each worst first, the rule with the worst verdict first. */
const grouped = (verdicts: readonly Verdict[]): Verdict[][] => {
  const groups = new Map<string, Verdict[]>();
  for (const verdict of verdicts.toSorted(byUrgency)) {
    const key = `${verdict.rule}\n${verdict.location?.line ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), verdict]);
  }
  return [...groups.values()];
};

const ruleLines = (verdicts: readonly Verdict[], limit: number, context: Context): string[] => {
  const { look, chosen } = context;
  const [first] = verdicts;
  if (first === undefined) return [];
  const own = verdicts.filter((verdict) => verdict.cell !== null && verdict.cell === chosen);
  // One row more costs no more than the line that says it is left out.
  const room = verdicts.length === limit + 1 ? limit + 1 : limit;
  const others = verdicts.filter((verdict) => !own.includes(verdict)).slice(0, room - own.length);
  const shown = verdicts.filter((verdict) => own.includes(verdict) || others.includes(verdict));
  const rest = verdicts.filter((verdict) => !shown.includes(verdict));
  const where = first.location === undefined ? '' : `  ${look.paint.dim(clean(formatLocation(trimmed(first.location))))}`;
  return [
    `  ${look.paint.strong(truncate(clean(first.rule), look.width - 24, look))}${where}`,
    ...draw(shown, 'cell', context),
    ...(rest.length === 0
      ? []
      : paragraph(`${look.sign.ellipsis} and ${integer(rest.length)} more: ${countsOf(rest)}`, look, {
          first: '   ',
          style: look.paint.dim,
        })),
  ];
};

/** A line is enough to find a rule. */
const trimmed = ({ file, line }: NonNullable<Verdict['location']>): { file: string; line?: number } =>
  line === undefined ? { file } : { file, line };

const countsOf = (verdicts: readonly Verdict[]): string =>
  VERDICT_STATUSES.map((status) => ({ status, count: verdicts.filter((verdict) => verdict.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${integer(count)} ${status}`)
    .join(', ');

const draw = (verdicts: readonly Verdict[], by: 'rule' | 'cell', context: Context): string[] => {
  const columns = columnsOf(by);
  const widths = NAME_WIDTHS.map((width) => ({ width, rows: rowsOf(verdicts, by, width, context) }));
  const fitting = widths.find(({ rows }) => tableWidth(columns, rows) <= context.look.width) ?? widths.at(-1);
  return table(columns, fitting?.rows ?? [], context.look);
};

const columnsOf = (by: 'rule' | 'cell'): Column[] => [
  { heading: '', align: 'left' },
  { heading: '', align: 'left', gap: 1 },
  { heading: by, align: 'left' },
  { heading: 'measured', align: 'right' },
  { heading: 'headroom', align: 'right' },
  { heading: 'bounds', align: 'left' },
];

const rowsOf = (verdicts: readonly Verdict[], by: 'rule' | 'cell', width: number, context: Context): Row[] => {
  const { look, cells, chosen } = context;
  const said = new Set<string>();
  return verdicts.flatMap((verdict): Row[] => {
    const kind = parseMetric(verdict.metric)?.kind ?? 'duration';
    const cell = verdict.cell === null ? undefined : cells.get(verdict.cell);
    const name = by === 'rule' ? clean(verdict.rule) : cell === undefined ? 'no cell' : clean(cell.label);
    const row = [
      verdict.cell !== null && verdict.cell === chosen ? look.paint.accent(look.sign.chosen) : '',
      statusText(verdict.status, look),
      truncate(name, width, look),
      verdict.actual === null ? '-' : formatBeside(kind, verdict.actual, verdict.expected),
      headroomText(verdict, look),
      boundsText(verdict, kind, look),
    ];
    const why = whyOf(verdict, cell);
    if (why === '' || said.has(why)) return [row];
    said.add(why);
    return [row, { span: paragraph(why, look, { first: `    ${look.sign.child} `, style: look.paint.dim }) }];
  });
};

const boundsText = ({ interval, actual }: Verdict, kind: MetricKind, look: Look): string => {
  if (interval === null) return '-';
  // Observed once and for all: there is nothing to be unsure of.
  if (interval.low === interval.high && interval.low === actual) return 'exact';
  return range(interval, kind, look);
};

const headroomText = ({ headroom, status }: Verdict, look: Look): string => {
  if (headroom === null) return '-';
  const percent = headroom * 100;
  const text = `${percent < 0 ? '-' : '+'}${Math.abs(percent).toFixed(Math.abs(percent) < 9.95 ? 1 : 0)}%`;
  return status === 'fail' ? look.paint.bad(text) : text;
};

/** What the numbers of a verdict don't say; nothing where the table of cells has said it. */
const whyOf = (verdict: Verdict, cell: CellResult | undefined): string => {
  if (verdict.interval !== null && verdict.status !== 'invalid') return '';
  if (cell !== undefined && cell.state !== 'completed') return '';
  const message = clean(verdict.message);
  const prefixes = [`${clean(verdict.rule)}, ${clean(cell?.label ?? '')}: `, `${clean(verdict.rule)}: `];
  const prefix = prefixes.find((candidate) => message.startsWith(candidate)) ?? '';
  return message.slice(prefix.length);
};
