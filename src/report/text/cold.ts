/** Cold starts: where the time to the first answer goes, and how sure it is. */
import type { ColdCell } from '../../results/cold-schema.js';
import type { CellResult, Estimate, Results } from '../../results/schema.js';
import { ANSWER_PHASES, type ColdPhase } from '../../vocabulary/cold.js';
import { AXES, formatParam, varyingAxes, type AxisName } from '../../vocabulary/params.js';
import { formatDuration, formatDurationIn, sharedUnit } from '../../vocabulary/units.js';
import { coldNotes } from './cold-notes.js';
import { spread } from './format.js';
import { paragraph, section, table, tableWidth, type Column, type Row } from './layout.js';
import type { Look } from './look.js';
import { statusText } from './look.js';
import { stateText } from './reason.js';
import { cellVerdicts } from './rows.js';
import { clean } from './sanitise.js';
import { reasonLines } from './unmeasured.js';

type Statistics = Pick<ColdCell['answer'], 'mean' | 'p50' | 'p90' | 'p95'>;

/** The signs of the phases in a bar, in the order of ANSWER_PHASES. */
const FILLS = { unicode: ['█', '▓', '▒', '░', '▪'], ascii: ['#', '=', '+', '-', 'o'] } as const;

const fillsOf = (look: Look): readonly string[] => (look.unicode ? FILLS.unicode : FILLS.ascii);

const right = (heading: string): Column => ({ heading, align: 'right' });

const meanOf = (cold: ColdCell, phase: ColdPhase): number | null =>
  cold.phases.find(({ name }) => name === phase)?.mean.value ?? null;

/** A bar of `room` columns for `longest`, its parts as long as the means of the phases. */
const stackedBar = (cold: ColdCell, longest: number, room: number, look: Look): string => {
  const fills = fillsOf(look);
  let time = 0;
  let drawn = 0;
  return ANSWER_PHASES.map((phase, index) => {
    time += meanOf(cold, phase) ?? 0;
    const end = Math.round((time / longest) * room);
    const part = (fills[index] ?? '#').repeat(Math.max(0, end - drawn));
    drawn = Math.max(drawn, end);
    return part;
  }).join('');
};

const withReach = (estimate: Estimate, format: (ns: number) => string, look: Look): string => {
  if (estimate.value === null) return look.paint.dim('-');
  const value = format(estimate.value);
  return estimate.interval === null
    ? value
    : `${value} ${look.paint.dim(spread(estimate.value, estimate.interval, look))}`;
};

const isCold = ({ params }: CellResult): boolean => params.start === 'cold';

/** The table of cold cells with the phases as columns; empty when there are none. */
export const coldSection = (results: Results, look: Look): string[] => {
  const cells = results.cells.filter(isCold);
  if (cells.length === 0) return [];
  const axes = varyingAxes(cells.map(({ params }) => params));
  const measured = cells.flatMap(({ cold }) => (cold === undefined ? [] : [cold]));
  const unit = sharedUnit(
    measured.flatMap((cold) => [cold.answer.mean.value ?? 0, meanOf(cold, 'import') ?? 0]),
  );
  const format = (ns: number): string => (unit === null ? formatDuration(ns) : formatDurationIn(ns, unit));
  const longest = Math.max(1, ...measured.map((cold) => cold.answer.mean.value ?? 0));
  const verdicts = cellVerdicts(results);
  const withSla = cells.some(({ id }) => verdicts.has(id));
  const draw = (isNarrow: boolean): readonly [Column[], Row[]] => {
    const named = isNarrow ? [] : axes;
    const withModel = !isNarrow && axes.length === 0;
    const rows = cells.flatMap((cell): Row[] => {
      const isChosen = results.decision?.cell === cell.id;
      const mark = isChosen ? look.paint.accent(look.sign.chosen) : '';
      const names = withModel ? [clean(cell.params.model)] : named.map((key) => nameOf(cell, key));
      const label = isNarrow ? [{ span: paragraph(clean(cell.label), look, { first: '  ' }) }] : [];
      const head = [mark, ...names];
      const { cold } = cell;
      const status = verdicts.get(cell.id);
      if (cold === undefined || cell.state !== 'completed') {
        const blank = Array.from({ length: NUMBERS.length }, () => '-');
        return [
          ...label,
          [...head, ...blank, ...(withSla ? [stateText(cell.state, look)] : [])],
          ...(cell.reason === undefined ? [] : [{ span: reasonLines(cell, false, look) }]),
        ];
      }
      const figures = NUMBERS.map(({ text }) => text(cold, format, look));
      const sla = status === undefined ? look.paint.dim('-') : statusText(status, look);
      return [
        ...label,
        [...head, ...figures, ...(withSla ? [sla] : [])],
        { span: [`  ${look.paint.accent(stackedBar(cold, longest, look.width - 4, look))}`] },
      ];
    });
    return [columnsOf(named, withModel, withSla), rows];
  };
  const wide = draw(false);
  // Where the axes leave no room for the figures, each cell's label has a line of its own.
  const [columns, rows] = tableWidth(...withoutOptional(...wide)) <= look.width ? wide : draw(true);
  const lines = [
    ...table(columns, rows, look),
    ...(measured.length === 0 ? [] : [legend(look)]),
    ...coldNotes(measured).flatMap((note) => paragraph(note, look, { first: '  ', style: look.paint.dim })),
  ];
  const times = unit === null ? 'means' : `means in ${unit.name}`;
  return section(
    'Cold starts',
    `${times}, which add up; answer, p50, p90: all until the first answer; ${look.sign.plusMinus} 95% interval over processes`,
    lines,
    look,
  );
};

const nameOf = (cell: CellResult, key: AxisName): string => clean(formatParam(key, cell.params));

const columnsOf = (axes: readonly AxisName[], withModel: boolean, withSla: boolean): Column[] => [
  { heading: '', align: 'left' },
  ...(withModel ? [{ heading: 'model', align: 'left' as const, gap: 1 }] : []),
  ...axes.map((key, index) => ({
    heading: AXES.find((axis) => axis.key === key)?.label ?? key,
    align: 'left' as const,
    gap: index === 0 ? 1 : 2,
  })),
  ...NUMBERS.map(({ heading, optional }) => ({
    ...right(heading),
    ...(optional === true ? { optional } : {}),
  })),
  ...(withSla ? [{ heading: 'SLA', align: 'left' as const }] : []),
];

const withoutOptional = (columns: readonly Column[], rows: readonly Row[]): readonly [Column[], Row[]] => {
  const isKept = (_: unknown, index: number): boolean => columns[index]?.optional !== true;
  return [columns.filter(isKept), rows.map((row) => ('span' in row ? row : row.filter(isKept)))];
};

interface Figure {
  readonly heading: string;
  readonly optional?: true;
  readonly text: (cold: ColdCell, format: (ns: number) => string, look: Look) => string;
}

const phaseFigure = (phase: ColdPhase, optional = false): Figure => ({
  heading: phase,
  ...(optional ? { optional } : {}),
  text: (cold, format) => {
    const mean = meanOf(cold, phase);
    return mean === null ? '-' : format(mean);
  },
});

const answerFigure = (name: keyof Statistics, heading: string): Figure => ({
  heading,
  text: (cold, format, look) => withReach(cold.answer[name], format, look),
});

const NUMBERS: readonly Figure[] = [
  ...ANSWER_PHASES.map((phase) => phaseFigure(phase, phase === 'read')),
  {
    ...answerFigure('mean', 'answer'),
    optional: true,
    text: (cold, format) => plainMean(cold, format),
  },
  answerFigure('p50', 'p50'),
  answerFigure('p90', 'p90'),
  phaseFigure('steady', true),
  phaseFigure('other', true),
];

const plainMean = (cold: ColdCell, format: (ns: number) => string): string =>
  cold.answer.mean.value === null ? '-' : format(cold.answer.mean.value);

const legend = (look: Look): string =>
  `  ${ANSWER_PHASES.map((phase, index) => `${look.paint.accent(fillsOf(look)[index] ?? '')} ${phase}`).join('  ')}`;
