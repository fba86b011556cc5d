/** The table of cells: a row each, the axes that vary as columns, latency with its intervals. */
import type { VerdictStatus } from '../../results/conclusions-schema.js';
import type { CellResult, Estimate, LatencyStat, Results } from '../../results/schema.js';
import type { AxisName } from '../../vocabulary/params.js';
import { AXES, formatParam, varyingAxes } from '../../vocabulary/params.js';
import type { DurationUnit } from '../../vocabulary/units.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatDurationIn,
  formatShare,
  sharedUnit,
} from '../../vocabulary/units.js';
import { ROLES } from './decision.js';
import { footnotes } from './footnotes.js';
import { integer, listed, plural, spread } from './format.js';
import type { Column, Row } from './layout.js';
import { fit, paragraph, section, table, tableWidth, truncate, widthOf } from './layout.js';
import type { Look } from './look.js';
import { statusText } from './look.js';
import { lastLines, reasonText, stateLook, stateText, stateWord } from './reason.js';
import type { Rows } from './rows.js';
import { cellVerdicts, chooseRows, reasonKey } from './rows.js';
import { clean } from './sanitise.js';

/** The percentiles of the table and how they are headed. */
const STATS = [
  { stat: 'p50', heading: 'p50' },
  { stat: 'p90', heading: 'p90' },
  { stat: 'p99', heading: 'p99' },
  { stat: 'p999', heading: 'p99.9' },
] as const;

type Extra = 'memory' | 'requests' | 'id';

/** One way to lay the table out. */
interface Shape {
  /** Intervals beside the values, or on a line below. */
  readonly beside: boolean;
  readonly extras: readonly Extra[];
  /** Columns that the value of an axis may take. */
  readonly axisWidth: number;
  readonly stats: readonly LatencyStat[];
  /** Only for tables of so many rows: where a second line for each would cost more than a column. */
  readonly from?: number;
}

const ALL_STATS = STATS.map(({ stat }) => stat);

/** From the roomiest to the tightest; the first that fits is taken. */
const SHAPES: readonly Shape[] = [
  { beside: true, extras: ['memory', 'requests', 'id'], axisWidth: 32, stats: ALL_STATS },
  { beside: true, extras: ['memory', 'requests'], axisWidth: 32, stats: ALL_STATS },
  { beside: true, extras: ['memory'], axisWidth: 32, stats: ALL_STATS },
  { beside: true, extras: [], axisWidth: 32, stats: ALL_STATS },
  { beside: true, extras: [], axisWidth: 16, stats: ALL_STATS },
  { beside: true, extras: [], axisWidth: 16, stats: ['p50', 'p99', 'p999'], from: 12 },
  { beside: false, extras: [], axisWidth: 32, stats: ALL_STATS },
  { beside: false, extras: [], axisWidth: 20, stats: ALL_STATS },
  { beside: false, extras: [], axisWidth: 14, stats: ALL_STATS },
  { beside: false, extras: [], axisWidth: 10, stats: ['p50', 'p99', 'p999'] },
  { beside: false, extras: [], axisWidth: 6, stats: ['p50', 'p99'] },
];

interface Context {
  readonly results: Results;
  readonly look: Look;
  readonly rows: Rows;
  readonly axes: readonly AxisName[];
  readonly unit: DurationUnit | null;
  readonly verdicts: ReadonlyMap<string, VerdictStatus>;
  readonly withAccuracy: boolean;
  readonly withSla: boolean;
  /** Widest value and widest interval of a column, so that both stand in columns of their own. */
  readonly besides: ReadonlyMap<string, { readonly value: number; readonly spread: number }>;
}

/** The section with the table, the cells that failed or are hidden, and the footnotes. */
export const cellsSection = (results: Results, look: Look, limit: number): string[] => {
  const context = contextOf(results, look, limit);
  const allowed = SHAPES.filter(({ from }) => context.rows.shown.length >= (from ?? 0));
  const shape = allowed.find((candidate) => widthFor(context, candidate) <= look.width) ?? SHAPES.at(-1);
  if (shape === undefined || results.cells.length === 0) return [];
  const lines = table(columnsOf(context, shape), rowsOf(context, shape), look);
  const notes = footnotes(context.rows.shown, shape.stats);
  return section(
    'Cells',
    legend(context),
    [
      ...(context.rows.shown.length === 0 ? [] : lines),
      ...hiddenLines(context),
      ...notes.flatMap((note) => paragraph(note, look, { first: '  ', style: look.paint.dim })),
      ...failedLines(context),
    ],
    look,
  );
};

const contextOf = (results: Results, look: Look, limit: number): Context => {
  const rows = chooseRows(results, limit);
  const estimates = (cell: CellResult): Estimate[] =>
    cell.latency === null
      ? []
      : ALL_STATS.map((stat) => cell.latency?.[stat]).filter((each) => each !== undefined);
  const values = rows.shown.flatMap(estimates).flatMap(({ value }) => (value === null ? [] : [value]));
  const context = {
    results,
    look,
    rows,
    axes: varyingAxes(results.cells.map((cell) => cell.params)),
    unit: sharedUnit(values),
    verdicts: cellVerdicts(results),
    withAccuracy: results.cells.some((cell) => cell.accuracy !== null),
    withSla: results.scenario.rules.length > 0,
    besides: new Map(),
  };
  const besides = new Map(
    [...ALL_STATS, 'throughput' as const].map((stat) => {
      const parts = rows.shown.map((cell) => partsOf(context, cell, stat));
      return [
        stat,
        {
          value: Math.max(0, ...parts.map((part) => widthOf(part.value))),
          spread: Math.max(0, ...parts.map((part) => widthOf(part.spread))),
        },
      ];
    }),
  );
  return { ...context, besides };
};

/** A value and the reach of its interval, as text. */
const partsOf = (context: Context, cell: CellResult, stat: LatencyStat | 'throughput') => {
  const estimate = stat === 'throughput' ? cell.throughput : cell.latency?.[stat];
  const value = estimate?.value;
  if (estimate === undefined || estimate === null || value === undefined || value === null) {
    return { value: '-', spread: '' };
  }
  const text =
    stat === 'throughput'
      ? formatCount(value)
      : context.unit === null
        ? formatDuration(value)
        : formatDurationIn(value, context.unit);
  return {
    value: text,
    spread: estimate.interval === null ? '' : spread(value, estimate.interval, context.look),
  };
};

const figure = (
  context: Context,
  shape: Shape,
  cell: CellResult,
  stat: LatencyStat | 'throughput',
): string => {
  const { paint } = context.look;
  const parts = partsOf(context, cell, stat);
  const isBroken = context.results.verdicts.some(
    (verdict) =>
      verdict.cell === cell.id &&
      verdict.status === 'fail' &&
      verdict.metric === (stat === 'p999' ? 'p99.9' : stat),
  );
  const value = isBroken ? paint.bad(parts.value) : parts.value === '-' ? paint.dim('-') : parts.value;
  if (!shape.beside) return parts.spread === '' ? value : `${value}\n${paint.dim(parts.spread)}`;
  const room = context.besides.get(stat)?.spread ?? 0;
  if (room === 0) return value;
  return `${value} ${paint.dim(parts.spread)}${' '.repeat(room - widthOf(parts.spread))}`;
};

const headingOf = (
  context: Context,
  shape: Shape,
  stat: LatencyStat | 'throughput',
  text: string,
): string => {
  const besides = context.besides.get(stat);
  if (!shape.beside || besides === undefined || besides.spread === 0) return text;
  // Over the values, not over their intervals, as far as the column's width allows.
  const whole = besides.value + 1 + besides.spread;
  return text + ' '.repeat(Math.max(0, Math.min(besides.spread + 1, whole - widthOf(text))));
};

const columnsOf = (context: Context, shape: Shape): Column[] => [
  { heading: '', align: 'left' },
  ...(context.axes.length === 0 ? [{ heading: 'model', align: 'left' as const, gap: 1 }] : []),
  ...context.axes.map((key, index) => ({
    heading: AXES.find((axis) => axis.key === key)?.label ?? key,
    align: isNumeric(context, key) ? ('right' as const) : ('left' as const),
    gap: index === 0 ? 1 : 2,
  })),
  ...STATS.filter(({ stat }) => shape.stats.includes(stat)).map(({ stat, heading }) => ({
    heading: headingOf(context, shape, stat, heading),
    align: 'right' as const,
  })),
  { heading: headingOf(context, shape, 'throughput', 'items/s'), align: 'right' },
  ...(context.withAccuracy
    ? [{ heading: shape.extras.length > 0 ? 'accuracy' : 'acc.', align: 'right' as const }]
    : []),
  ...(context.withSla ? [{ heading: 'SLA', align: 'left' as const }] : []),
  ...shape.extras.map((extra) => ({
    heading: extra,
    align: extra === 'id' ? ('left' as const) : ('right' as const),
  })),
];

const isNumeric = (context: Context, key: AxisName): boolean =>
  context.results.cells.every((cell) => typeof cell.params[key] === 'number');

const rowsOf = (context: Context, shape: Shape): Row[] => {
  const seen = new Set<string>();
  return context.rows.shown.flatMap((cell) => {
    const row = rowOf(context, shape, cell);
    if (cell.state === 'completed' || cell.reason === undefined) return [row];
    const repeated = seen.has(reasonKey(cell));
    seen.add(reasonKey(cell));
    return [row, { span: reasonLines(context.look, cell, repeated) }];
  });
};

const rowOf = (context: Context, shape: Shape, cell: CellResult): string[] => {
  const { look, results, verdicts } = context;
  const isChosen = results.decision?.cell === cell.id;
  const mark = (text: string): string => (isChosen ? look.paint.strong(text) : text);
  const names =
    context.axes.length === 0
      ? [cell.params.model]
      : context.axes.map((key) => formatParam(key, cell.params));
  const status = verdicts.get(cell.id);
  const sla =
    cell.state === 'completed'
      ? status === undefined
        ? look.paint.dim('-')
        : statusText(status, look)
      : stateText(cell.state, look);
  return [
    isChosen ? look.paint.accent(look.sign.chosen) : '',
    ...names.map((name) => fit(clean(name), shape.axisWidth, 3, look).split('\n').map(mark).join('\n')),
    ...STATS.filter(({ stat }) => shape.stats.includes(stat)).map(({ stat }) =>
      figure(context, shape, cell, stat),
    ),
    figure(context, shape, cell, 'throughput'),
    ...(context.withAccuracy
      ? [cell.accuracy === null ? look.paint.dim('-') : formatShare(cell.accuracy.share)]
      : []),
    ...(context.withSla ? [sla] : []),
    ...shape.extras.map((extra) => extraOf(cell, extra)),
  ];
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

const reasonLines = (look: Look, cell: CellResult, repeated: boolean): string[] => {
  const first = `   ${look.sign.child} `;
  if (repeated) return [`${first}${look.paint.dim(`${stateWord(cell.state)}, for the same reason`)}`];
  const words = lastLines(cell.reason, 1).map((line) => `stderr: ${line}`);
  return [
    ...paragraph(reasonText(cell.state, cell.reason), look, {
      first,
      style: stateLook(cell.state, look).style,
    }),
    ...words.flatMap((line) =>
      paragraph(truncate(line, 2 * look.width, look), look, {
        first: ' '.repeat(widthOf(first)),
        style: look.paint.dim,
      }),
    ),
  ];
};

const widthFor = (context: Context, shape: Shape): number =>
  tableWidth(columnsOf(context, shape), rowsOf(context, shape));

const legend = ({ results, look, rows, unit }: Context): string => {
  const { decision } = results;
  const unitText = unit === null ? 'latency' : `latency in ${unit.name}`;
  const hasIntervals = rows.shown.some(
    (cell) => cell.latency?.p50.interval !== null && cell.latency !== null,
  );
  const level = rows.shown.find((cell) => cell.latency?.p50.interval)?.latency?.p50.interval?.level ?? 0.95;
  return [
    unitText,
    ...(hasIntervals ? [`${look.sign.plusMinus} ${Math.round(level * 100)}% interval over rounds`] : []),
    ...(decision?.cell === null || decision === null
      ? []
      : [`${look.sign.chosen} ${ROLES[decision.status]}`]),
    ...(rows.order === 'best' && decision !== null ? [`best first by ${decision.metric}`] : []),
  ].join('; ');
};

/** How many measured cells have no row, by verdict. */
const hiddenLines = ({ rows, look, verdicts, withSla }: Context): string[] => {
  if (rows.hidden.length === 0) return [];
  const counts = new Map<string, number>();
  for (const cell of rows.hidden) {
    const key = verdicts.get(cell.id) ?? 'not judged';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const how = withSla
    ? ` (${[...counts].map(([status, count]) => `${integer(count)} ${status}`).join(', ')})`
    : '';
  const text = `${look.sign.ellipsis} and ${plural(rows.hidden.length, 'measured cell')} more${how}, all in the document`;
  return paragraph(text, look, { first: '  ' });
};

/** Groups of failed cells that are told; what fails in more ways than this is only counted. */
const FAILED_GROUPS = 8;

/** The cells that failed, by what failed them. */
const failedLines = ({ rows, look }: Context): string[] => {
  const told = rows.failed.slice(0, FAILED_GROUPS).flatMap((group) => {
    const { sign, style } = stateLook(group.state, look);
    const what = `${plural(group.cells.length, 'cell')} ${reasonText(group.state, group.reason)}`;
    const names = listed(
      group.cells.map((cell) => truncate(clean(cell.label), 60, look)),
      4,
    );
    return [
      ...paragraph(what, look, { first: `${sign} `, style }),
      ...paragraph(names, look, { first: '  ', style: look.paint.dim }),
    ];
  });
  const unsaid = rows.failed.slice(FAILED_GROUPS).reduce((sum, group) => sum + group.cells.length, 0);
  if (unsaid === 0) return told;
  return [...told, look.paint.bad(`${look.sign.fail} ${plural(unsaid, 'cell')} more failed in other ways`)];
};
