/** The SLA rules: what was measured against each limit, the worst first. */
import { formatBeside } from '../../judge/phrases.js';
import type { Verdict } from '../../results/conclusions-schema.js';
import { VERDICT_STATUSES } from '../../results/conclusions-schema.js';
import type { CellResult, Results } from '../../results/schema.js';
import { formatLocation } from '../../vocabulary/errors.js';
import { parseMetric, type MetricKind } from '../../vocabulary/metrics.js';
import { integer, plural, range } from './format.js';
import type { Column, Row } from './layout.js';
import { fit, fitLabel, paragraph, section, table, tableWidth, truncate } from './layout.js';
import type { Look } from './look.js';
import { statusText } from './look.js';
import { WORST_FIRST } from './rows.js';
import { clean } from './sanitise.js';

/** Verdicts with a row of their own, over all rules; the chosen cell's are always among them. */
const SHOWN = 12;
/** However many rules there are, each shows as many. */
const SHOWN_PER_RULE = 3;

/** Widths that what stands first in a row may take, from the roomiest. */
const NARROWEST = 12;
const NAME_WIDTHS = [60, 48, 40, 32, 26, 20, NARROWEST];

interface Context {
  readonly cells: ReadonlyMap<string, CellResult>;
  readonly chosen: string | null;
  readonly look: Look;
}

interface Layout {
  /** Columns for what stands first in a row. */
  readonly width: number;
  readonly by: 'rule' | 'cell';
  /** Explanations that have been given once already. */
  readonly said: Set<string>;
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
  const limit = Math.max(SHOWN_PER_RULE, Math.floor(SHOWN / byRule.length));
  const isSingle = results.cells.length === 1;
  const rowsAt = (width: number): Row[] => {
    const layout: Layout = { width, by: isSingle ? 'rule' : 'cell', said: new Set() };
    return isSingle
      ? rowsOf(verdicts.toSorted(byUrgency), layout, context)
      : byRule.flatMap((group) => ruleRows(group, limit, layout, context));
  };
  const columns = columnsOf(isSingle ? 'rule' : 'cell');
  const fitting = NAME_WIDTHS.map(rowsAt).find((rows) => tableWidth(columns, rows) <= look.width);
  return section('SLA', aside, table(columns, fitting ?? rowsAt(NARROWEST), look), look);
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

const ruleRows = (all: readonly Verdict[], limit: number, layout: Layout, context: Context): Row[] => {
  const { look, chosen } = context;
  const [first] = all;
  if (first === undefined) return [];
  // The table of cells has said why these have nothing to judge.
  const unmeasured = all.filter((verdict) => !isMeasured(verdict, context));
  const verdicts = all.filter((verdict) => isMeasured(verdict, context));
  const own = verdicts.filter((verdict) => verdict.cell !== null && verdict.cell === chosen);
  // One row more costs no more than the line that says it is left out.
  const room = verdicts.length === limit + 1 ? limit + 1 : limit;
  const others = verdicts.filter((verdict) => !own.includes(verdict)).slice(0, room - own.length);
  const shown = verdicts.filter((verdict) => own.includes(verdict) || others.includes(verdict));
  const rest = verdicts.filter((verdict) => !shown.includes(verdict));
  const where = first.location === undefined ? '' : clean(formatLocation(trimmed(first.location)));
  const more = `${look.sign.ellipsis} and ${integer(rest.length)} more: ${countsOf(rest)}`;
  return [
    {
      span: [
        `  ${look.paint.strong(truncate(clean(first.rule), look.width - 24, look))}  ${look.paint.dim(where)}`,
      ],
    },
    ...rowsOf(shown, layout, context),
    ...(rest.length === 0 ? [] : [{ span: paragraph(more, look, { first: '  ', style: look.paint.dim }) }]),
    ...unmeasuredRows(unmeasured, layout.width, look),
  ];
};

const isMeasured = ({ cell }: Verdict, { cells }: Context): boolean =>
  cell === null || cells.get(cell)?.state === 'completed';

/** One row for each status that cells without a measurement have. */
const unmeasuredRows = (verdicts: readonly Verdict[], width: number, look: Look): Row[] =>
  WORST_FIRST.flatMap((status) => {
    const count = verdicts.filter((verdict) => verdict.status === status).length;
    if (count === 0) return [];
    return [
      [
        '',
        statusText(status, look),
        fit(`${plural(count, 'cell')} not measured`, width, 2, look),
        '-',
        '-',
        '-',
      ],
    ];
  });

/** A line is enough to find a rule. */
const trimmed = ({ file, line }: NonNullable<Verdict['location']>): { file: string; line?: number } =>
  line === undefined ? { file } : { file, line };

const countsOf = (verdicts: readonly Verdict[]): string =>
  VERDICT_STATUSES.map((status) => ({
    status,
    count: verdicts.filter((verdict) => verdict.status === status).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${integer(count)} ${status}`)
    .join(', ');

const columnsOf = (by: 'rule' | 'cell'): Column[] => [
  { heading: '', align: 'left' },
  { heading: '', align: 'left', gap: 1 },
  { heading: by, align: 'left' },
  { heading: 'measured', align: 'right' },
  { heading: 'headroom', align: 'right' },
  { heading: 'bounds', align: 'left' },
];

const rowsOf = (verdicts: readonly Verdict[], { width, by, said }: Layout, context: Context): Row[] => {
  const { look, cells, chosen } = context;
  return verdicts.flatMap((verdict): Row[] => {
    const kind = parseMetric(verdict.metric)?.kind ?? 'duration';
    const cell = verdict.cell === null ? undefined : cells.get(verdict.cell);
    const name = by === 'rule' ? clean(verdict.rule) : cell === undefined ? 'no cell' : clean(cell.label);
    const row = [
      verdict.cell !== null && verdict.cell === chosen ? look.paint.accent(look.sign.chosen) : '',
      statusText(verdict.status, look),
      by === 'rule' ? fit(name, width, 2, look) : fitLabel(name, width, 2, look),
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

/** What the numbers of a verdict don't say. */
const whyOf = (verdict: Verdict, cell: CellResult | undefined): string => {
  if (verdict.interval !== null && verdict.status !== 'invalid') return '';
  const message = clean(verdict.message);
  const prefixes = [`${clean(verdict.rule)}, ${clean(cell?.label ?? '')}: `, `${clean(verdict.rule)}: `];
  const prefix = prefixes.find((candidate) => message.startsWith(candidate)) ?? '';
  // The number is in the row already, and without it the same reason reads the same.
  return message.slice(prefix.length).replace(/^inconclusive, .* measured, but /, '');
};
