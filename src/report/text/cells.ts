/** The table of cells: a row each, the axes that vary as columns, latency with its intervals. */
import { formatLevel } from '../../judge/phrases.js';
import type { VerdictStatus } from '../../results/conclusions-schema.js';
import { cellMachines } from '../../results/machines.js';
import type { CellResult, Results } from '../../results/schema.js';
import { AXES, formatParam, varyingAxes, type AxisName } from '../../vocabulary/params.js';
import { formatBytes, formatShare } from '../../vocabulary/units.js';
import { ROLES } from './decision.js';
import { figuresOf, TABLE_STATS, type Figures, type TableStat } from './figures.js';
import { footnotes } from './footnotes.js';
import { integer } from './format.js';
import { fit, paragraph, section, table, tableWidth, type Column, type Row } from './layout.js';
import { statusText, type Look } from './look.js';
import { stateText } from './reason.js';
import { placementText, showsPlacement } from './placement.js';
import { cellVerdicts, chooseRows, reasonKey, type Rows } from './rows.js';
import { clean } from './sanitise.js';
import { failedLines, hiddenLines, reasonLines } from './unmeasured.js';

type Extra = 'memory' | 'requests' | 'id';

/** One way to lay the table out. */
interface Shape {
  /** Intervals beside the values, or on a line below. */
  readonly beside: boolean;
  readonly extras: readonly Extra[];
  /** Columns that the value of an axis may take. */
  readonly axisWidth: number;
  readonly stats: readonly TableStat[];
  /** Only for tables of so many rows: where a second line for each would cost more than a column. */
  readonly from?: number;
}

/** From the roomiest to the tightest; the first that fits is taken. */
const SHAPES: readonly Shape[] = [
  { beside: true, extras: ['memory', 'requests', 'id'], axisWidth: 32, stats: TABLE_STATS },
  { beside: true, extras: ['memory', 'requests'], axisWidth: 32, stats: TABLE_STATS },
  { beside: true, extras: ['memory'], axisWidth: 32, stats: TABLE_STATS },
  { beside: true, extras: [], axisWidth: 32, stats: TABLE_STATS },
  { beside: true, extras: [], axisWidth: 16, stats: TABLE_STATS },
  { beside: true, extras: [], axisWidth: 16, stats: ['p50', 'p99', 'p999'], from: 12 },
  { beside: false, extras: [], axisWidth: 32, stats: TABLE_STATS },
  { beside: false, extras: [], axisWidth: 20, stats: TABLE_STATS },
  { beside: false, extras: [], axisWidth: 14, stats: TABLE_STATS },
  { beside: false, extras: [], axisWidth: 10, stats: ['p50', 'p99', 'p999'] },
  { beside: false, extras: [], axisWidth: 6, stats: ['p50', 'p99'] },
];

interface Context {
  readonly results: Results;
  readonly look: Look;
  readonly rows: Rows;
  readonly axes: readonly AxisName[];
  readonly figures: Figures;
  readonly verdicts: ReadonlyMap<string, VerdictStatus>;
  readonly withAccuracy: boolean;
  readonly withSla: boolean;
  readonly withPlacement: boolean;
  /** Names of unequal machines by cell; null where there is one machine. */
  readonly machines: ReadonlyMap<string, string> | null;
}

/** The section with the table, what it leaves out, and its footnotes. `limit` is in rows. */
export const cellsSection = (results: Results, look: Look, limit: number): string[] => {
  if (results.cells.length === 0) return [];
  const rows = chooseRows(results, limit);
  const context: Context = {
    results,
    look,
    rows,
    axes: varyingAxes(results.cells.map((cell) => cell.params)),
    figures: figuresOf(results, rows.shown, look),
    verdicts: cellVerdicts(results),
    withAccuracy: results.cells.some((cell) => cell.accuracy !== null),
    withSla: results.scenario.rules.length > 0,
    withPlacement: showsPlacement(results),
    machines: cellMachines(results),
  };
  const drawn = SHAPES.filter(({ from }) => rows.shown.length >= (from ?? 0)).map((shape) => ({
    shape,
    draw: () => [columnsOf(context, shape), rowsOf(context, shape)] as const,
  }));
  const fitting = drawn.find(({ draw }) => tableWidth(...draw()) <= look.width) ?? drawn.at(-1);
  if (fitting === undefined) return [];
  const notes = footnotes(rows.shown, fitting.shape.stats);
  const lines = [
    ...(rows.shown.length === 0 ? [] : table(...fitting.draw(), look)),
    ...hiddenLines(rows.hidden, context.verdicts, look),
    ...notes.flatMap((note) => paragraph(note, look, { first: '  ', style: look.paint.dim })),
    ...failedLines(rows.failed, look),
  ];
  return section('Cells', legend(context), lines, look);
};

const columnsOf = (context: Context, shape: Shape): Column[] => {
  const { axes, figures, withAccuracy, withSla } = context;
  const right = (heading: string): Column => ({ heading, align: 'right' });
  return [
    { heading: '', align: 'left' },
    ...(axes.length === 0 ? [{ heading: 'model', align: 'left' as const, gap: 1 }] : []),
    ...axes.map((key, index) => ({
      heading: AXES.find((axis) => axis.key === key)?.label ?? key,
      align: isNumeric(context, key) ? ('right' as const) : ('left' as const),
      gap: index === 0 ? 1 : 2,
    })),
    ...(context.machines === null ? [] : [{ heading: 'machine', align: 'left' as const }]),
    ...shape.stats.map((stat) => right(figures.columns[stat].heading(shape.beside))),
    right(figures.columns.throughput.heading(shape.beside)),
    ...(context.withPlacement ? [right('nodes')] : []),
    ...(withAccuracy ? [right(shape.extras.length > 0 ? 'accuracy' : 'acc.')] : []),
    ...(withSla ? [{ heading: 'SLA', align: 'left' as const }] : []),
    ...shape.extras.map((heading) => ({
      heading,
      align: heading === 'id' ? ('left' as const) : ('right' as const),
    })),
  ];
};

const isNumeric = ({ results }: Context, key: AxisName): boolean =>
  results.cells.every((cell) => typeof cell.params[key] === 'number');

const rowsOf = (context: Context, shape: Shape): Row[] => {
  const seen = new Set<string>();
  return context.rows.shown.flatMap((cell) => {
    const row = rowOf(context, shape, cell);
    if (cell.state === 'completed' || cell.reason === undefined) return [row];
    const isRepeated = seen.has(reasonKey(cell));
    seen.add(reasonKey(cell));
    return [row, { span: reasonLines(cell, isRepeated, context.look) }];
  });
};

const rowOf = (context: Context, shape: Shape, cell: CellResult): string[] => {
  const { look, results, axes, figures, withAccuracy, withSla } = context;
  const isChosen = results.decision?.cell === cell.id;
  const names = axes.length === 0 ? [cell.params.model] : axes.map((key) => formatParam(key, cell.params));
  const nameText = (name: string): string => {
    const lines = fit(clean(name), shape.axisWidth, 3, look).split('\n');
    return (isChosen ? lines.map(look.paint.strong) : lines).join('\n');
  };
  return [
    isChosen ? look.paint.accent(look.sign.chosen) : '',
    ...names.map(nameText),
    ...(context.machines === null ? [] : [context.machines.get(cell.id) ?? look.paint.dim('-')]),
    ...shape.stats.map((stat) => figures.columns[stat].text(cell, shape.beside)),
    figures.columns.throughput.text(cell, shape.beside),
    ...(context.withPlacement ? [placementText(cell, look)] : []),
    ...(withAccuracy
      ? [cell.accuracy === null ? look.paint.dim('-') : formatShare(cell.accuracy.share)]
      : []),
    ...(withSla ? [slaText(context, cell)] : []),
    ...shape.extras.map((extra) => extraOf(cell, extra)),
  ];
};

const slaText = ({ verdicts, look }: Context, cell: CellResult): string => {
  if (cell.state !== 'completed') return stateText(cell.state, look);
  const status = verdicts.get(cell.id);
  return status === undefined ? look.paint.dim('-') : statusText(status, look);
};

const extraOf = (cell: CellResult, extra: Extra): string => {
  switch (extra) {
    case 'memory':
      return cell.memory?.peak === null || cell.memory === null ? '-' : formatBytes(cell.memory.peak);
    case 'requests':
      return integer(cell.n);
    case 'id':
      return clean(cell.id);
  }
};

const legend = ({ results: { decision }, look, rows, figures: { unit }, withPlacement }: Context): string => {
  const interval = rows.shown.find((cell) => cell.latency?.p50.interval)?.latency?.p50.interval;
  return [
    unit === null ? 'latency' : `latency in ${unit.name}`,
    ...(interval === undefined || interval === null
      ? []
      : [`${look.sign.plusMinus} ${formatLevel(interval.level)} interval over rounds`]),
    ...(withPlacement ? ['nodes on the provider asked for'] : []),
    ...(decision === null || decision.cell === null ? [] : [`${look.sign.chosen} ${ROLES[decision.status]}`]),
    ...(rows.order === 'best' && decision !== null ? [`best first by ${clean(decision.metric)}`] : []),
  ].join('; ');
};
