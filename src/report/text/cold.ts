/** Cold starts: where the time to the first answer goes, and how sure it is. */
import { coldRounds, phaseTime } from '../../results/cold-rounds.js';
import type { ColdCell } from '../../results/cold-schema.js';
import type { CellResult, Estimate, Results } from '../../results/schema.js';
import { samplesNeeded } from '../../stats/quantile.js';
import { ANSWER_PHASES, type ColdPhase } from '../../vocabulary/cold.js';
import { AXES, formatParam, varyingAxes, type AxisName } from '../../vocabulary/params.js';
import { formatDuration, formatDurationIn, formatShare, sharedUnit } from '../../vocabulary/units.js';
import { integer, plural, range, spread } from './format.js';
import { paragraph, section, table, type Column, type Row } from './layout.js';
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
  const rows = cells.flatMap((cell): Row[] => {
    const isChosen = results.decision?.cell === cell.id;
    const head = [isChosen ? look.paint.accent(look.sign.chosen) : '', ...namesOf(cell, axes)];
    const { cold } = cell;
    const status = verdicts.get(cell.id);
    if (cold === undefined || cell.state !== 'completed') {
      const blank = Array.from({ length: NUMBERS.length }, () => '-');
      return [
        [...head, ...blank, ...(withSla ? [stateText(cell.state, look)] : [])],
        ...(cell.reason === undefined ? [] : [{ span: reasonLines(cell, false, look) }]),
      ];
    }
    const figures = NUMBERS.map(({ text }) => text(cold, format, look));
    const sla = status === undefined ? look.paint.dim('-') : statusText(status, look);
    return [
      [...head, ...figures, ...(withSla ? [sla] : [])],
      { span: [`  ${look.paint.accent(stackedBar(cold, longest, look.width - 4, look))}`] },
    ];
  });
  const columns: Column[] = [
    { heading: '', align: 'left' },
    ...(axes.length === 0 ? [{ heading: 'model', align: 'left' as const, gap: 1 }] : []),
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
  const lines = [
    ...table(columns, rows, look),
    ...(measured.length === 0 ? [] : [legend(look)]),
    ...notes(measured).flatMap((note) => paragraph(note, look, { first: '  ', style: look.paint.dim })),
  ];
  const times = unit === null ? 'means' : `means in ${unit.name}`;
  return section(
    'Cold starts',
    `${times}, which add up; answer: all until the first answer; ${look.sign.plusMinus} 95% interval over processes`,
    lines,
    look,
  );
};

const namesOf = (cell: CellResult, axes: readonly AxisName[]): string[] =>
  axes.length === 0 ? [clean(cell.params.model)] : axes.map((key) => clean(formatParam(key, cell.params)));

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
  ...ANSWER_PHASES.map((phase) => phaseFigure(phase)),
  { ...answerFigure('mean', 'answer'), text: (cold, format) => plainMean(cold, format) },
  answerFigure('p50', 'p50'),
  answerFigure('p90', 'p90'),
  phaseFigure('steady', true),
  phaseFigure('other', true),
];

const plainMean = (cold: ColdCell, format: (ns: number) => string): string =>
  cold.answer.mean.value === null ? '-' : format(cold.answer.mean.value);

const legend = (look: Look): string =>
  `  ${ANSWER_PHASES.map((phase, index) => `${look.paint.accent(fillsOf(look)[index] ?? '')} ${phase}`).join('  ')}`;

const extremes = (values: readonly number[]): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? integer(low) : `${integer(low)} to ${integer(high)}`;
};

/** What the numbers alone don't say: refusals, the page cache, and how the sum compares to the parent's clock. */
const notes = (cells: readonly ColdCell[]): string[] => {
  const [first] = cells;
  if (first === undefined) return [];
  const refused = (['p50', 'p90'] as const).flatMap((name) => {
    const short = cells.filter(({ answer }) => answer[name].need !== undefined);
    const [one] = short;
    if (one === undefined) return [];
    const had = extremes(short.map(({ processes }) => processes));
    return [
      `${name} is "-": it needs ${one.answer[name].need ?? 0} processes, these had ${had} (measure.coldStarts, or a rule on cold ${name}).`,
    ];
  });
  const oneSided = cells.some(({ answer }) => answer.p90.value !== null && answer.p90.interval === null)
    ? [
        `p90 has no two-sided interval here, which needs ${samplesNeeded(0.9, { sided: 'two' })} processes; rules use one-sided bounds.`,
      ]
    : [];
  const reading = cells.some((cold) => meanOf(cold, 'read') === null)
    ? ['read is "-" where the runtime reads the file itself, as part of session.']
    : [];
  const accounted = cells.map(({ wall }) => wall.accounted);
  const wall = `The phases, steady and other included, add up to ${shares(accounted)} of the wall time that the parent saw (${cells.map(({ wall: seen }) => formatDuration(seen.mean)).join(', ')}).`;
  return [...refused, ...oneSided, ...reading, cacheNote(cells), wall];
};

const shares = (values: readonly number[]): string => {
  const [low, high] = [formatShare(Math.min(...values)), formatShare(Math.max(...values))];
  return low === high ? low : `${low} to ${high}`;
};

const cacheNote = (cells: readonly ColdCell[]): string => {
  const total = (state: keyof ColdCell['pageCache']['found']): number =>
    cells.reduce((sum, { pageCache }) => sum + pageCache.found[state], 0);
  const processes = cells.reduce((sum, cold) => sum + cold.processes, 0);
  const [first] = cells;
  if (first === undefined) return '';
  const { wanted, neverDropped } = first.pageCache;
  const states = (['cold', 'partly', 'warm', 'unknown'] as const).filter((state) => total(state) > 0);
  const found = states
    .map((state) => `${state === 'partly' ? 'partly there' : state} in ${integer(total(state))}`)
    .join(', ');
  return `Page cache: the model file was ${wanted} before each process, and then ${found} of ${integer(processes)}; ${neverDropped.join(' and ')} stay in it.`;
};

/** The phases of one cold cell, each with its share of the wall time and its percentiles. */
export const coldPhasesSection = (cell: CellResult, look: Look): string[] => {
  const { cold } = cell;
  if (cold === undefined) return [];
  const line = (name: string, share: string, statistics: Statistics): string[] => [
    `  ${name}`,
    statistics.mean.value === null ? '-' : formatDuration(statistics.mean.value),
    share,
    ...(['p50', 'p90', 'p95'] as const).map((key) => valueOf(statistics[key], look)),
  ];
  const rows: Row[] = [
    ...cold.phases.map((phase) => line(phase.name, formatShare(phase.share), phase)),
    line('answer', formatShare((cold.answer.mean.value ?? 0) / Math.max(1, cold.wall.mean)), cold.answer),
  ];
  const columns: Column[] = [
    { heading: '', align: 'left' },
    ...['mean', 'share', 'p50', 'p90'].map(right),
    { ...right('p95'), optional: true },
  ];
  const { untilSteady } = cold;
  const steady = `Until steady: ${integer(untilSteady.requests)} requests and ${formatDuration(untilSteady.elapsed)} on average${
    untilSteady.extra === null
      ? ''
      : `; ${untilSteady.slow.toFixed(1)} slow first ones take ${formatDuration(untilSteady.extra)} more together than steady ones`
  }.`;
  const lines = [
    ...table(columns, rows, look),
    ...[...notes([cold]), steady].flatMap((note) =>
      paragraph(note, look, { first: '  ', style: look.paint.dim }),
    ),
  ];
  const aside = `${plural(cold.processes, 'process', 'processes')}; share of the mean wall time; answer: start to first added up`;
  return [...section('Cold start', aside, lines, look), ...shapesSection(cold, look)];
};

const valueOf = (estimate: Estimate, look: Look): string => {
  if (estimate.value === null) return look.paint.dim('-');
  const value = formatDuration(estimate.value);
  return estimate.interval === null
    ? value
    : `${value} ${look.paint.dim(`(${range(estimate.interval, 'duration', look)})`)}`;
};

const shapesSection = ({ shapes }: ColdCell, look: Look): string[] => {
  if (shapes.length === 0) return [];
  const rows = shapes.map(({ shape, n, first, again }) => [
    `  ${clean(shape)}`,
    integer(n),
    formatDuration(first),
    formatDuration(again),
  ]);
  const columns: Column[] = [
    { heading: '  shape', align: 'left' },
    ...['processes', 'first', 'second'].map(right),
  ];
  return section(
    'New shapes',
    'mean of the first and the second request of each further shape',
    table(columns, rows, look),
    look,
  );
};

/** Each process of a cold cell. Empty when there is none. */
export const coldProcessesSection = (cell: CellResult, look: Look): string[] => {
  const rounds = coldRounds(cell);
  if (rounds.length === 0) return [];
  const phases = [...ANSWER_PHASES, 'answer', 'steady', 'other'] as const;
  const unit = sharedUnit(rounds.map((round) => phaseTime(round, 'answer') ?? 0));
  const time = (ns: number | null): string =>
    ns === null ? '-' : unit === null ? formatDuration(ns) : formatDurationIn(ns, unit);
  const rows = rounds.map((round) => [
    `  ${round.index + 1}`,
    ...phases.map((phase) => time(phaseTime(round, phase))),
    time(round.cold.wall),
    round.cold.pageCache.found,
    integer(round.warmup?.requests ?? 0),
  ]);
  const columns: Column[] = [
    right(' process'),
    ...phases.map(right),
    right('wall'),
    { heading: 'cache', align: 'left' },
    { ...right('requests'), optional: true },
  ];
  const aside = `${unit === null ? '' : `in ${unit.name}; `}wall: seen by the parent; cache: the model file in the page cache before it; requests until steady`;
  return section('Processes', aside, table(columns, rows, look), look);
};
