/** One cold cell in full: its phases, the shapes it met, and each of its processes. */
import { coldRounds, phaseTime } from '../../results/cold-rounds.js';
import type { ColdCell } from '../../results/cold-schema.js';
import type { CellResult, Estimate } from '../../results/schema.js';
import { ANSWER_PHASES } from '../../vocabulary/cold.js';
import { formatDuration, formatDurationIn, formatShare, sharedUnit } from '../../vocabulary/units.js';
import { coldNotes } from './cold-notes.js';
import { integer, plural, range } from './format.js';
import { paragraph, section, table, type Column, type Row } from './layout.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

type Statistics = Pick<ColdCell['answer'], 'mean' | 'p50' | 'p90' | 'p95'>;

const right = (heading: string): Column => ({ heading, align: 'right' });

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
    ...[...coldNotes([cold]), steady].flatMap((note) =>
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
