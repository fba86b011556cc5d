/** One cell over time: its windows as a line of bars, how it started, its stages. */
import type { CellResult, RoundResult, Window } from '../../results/schema.js';
import { formatDuration, formatShare } from '../../vocabulary/units.js';
import { bar } from './chart.js';
import { plural } from './format.js';
import type { Column } from './layout.js';
import { section, table } from './layout.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_BLOCKS = ['_', '.', ':', '-', '=', '+', '*', '#'];

/**
 * A line of at most `width` signs for values over time, each the largest of the values it stands for,
 * from the lowest sign at `low` to the highest at `high`.
 */
export const sparkline = (
  values: readonly number[],
  low: number,
  high: number,
  width: number,
  unicode: boolean,
): string => {
  const blocks = unicode ? BLOCKS : ASCII_BLOCKS;
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.floor(((column + 1) * values.length) / columns);
    const value = Math.max(...values.slice(from, to));
    const level = high > low ? (value - low) / (high - low) : 0;
    return blocks[Math.round(Math.min(1, Math.max(0, level)) * (blocks.length - 1))] ?? '';
  }).join('');
};

const LINES = ['p50', 'p99'] as const satisfies readonly (keyof Window)[];

/** p50 and p99 over the sampled time of the typical round. Empty when there are fewer than two windows. */
export const timelineSection = (cell: CellResult, look: Look): string[] => {
  const { windows } = cell;
  if (windows.length < 2) return [];
  const last = windows.at(-1);
  const lines = LINES.map((stat) => {
    const values = windows.map((window) => window[stat]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const drawn = sparkline(values, low, high, Math.min(60, look.width - 30), look.unicode);
    return `  ${stat}  ${look.paint.accent(drawn)}  ${formatDuration(low)} to ${formatDuration(high)}`;
  });
  const span = last === undefined ? '' : `, the last from ${formatDuration(last.start)} on`;
  return section(
    'Over time',
    `${plural(windows.length, 'window')} of the round with the median p50${span}; each line on its own scale`,
    lines,
    look,
  );
};

const STARTUP: readonly {
  readonly name: string;
  readonly read: (round: RoundResult) => number | undefined;
}[] = [
  { name: 'import the runtime', read: (round) => round.setup?.importRuntime },
  { name: 'prepare the inputs', read: (round) => round.setup?.prepareInputs },
  { name: 'create the session', read: (round) => round.setup?.createSession },
  { name: 'first run', read: (round) => round.setup?.firstRun },
  { name: 'warm-up', read: (round) => round.warmup?.elapsed },
];

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** How the processes started: means over rounds, because means add up. Empty when nothing is known. */
export const startupSection = (cell: CellResult, look: Look): string[] => {
  const phases = STARTUP.map(({ name, read }) => ({
    name,
    times: cell.rounds.map(read).filter((time) => time !== undefined),
  })).filter(({ times }) => times.length > 0);
  if (phases.length === 0) return [];
  const longest = Math.max(...phases.map(({ times }) => meanOf(times)), 1);
  const rows = phases.map(({ name, times }) => [
    `  ${name}`,
    formatDuration(meanOf(times)),
    look.paint.dim(`${formatDuration(Math.min(...times))} to ${formatDuration(Math.max(...times))}`),
    look.paint.dim(bar(meanOf(times) / longest, 24, look.unicode)),
  ]);
  return section('Start-up', 'mean over rounds, smallest to largest', table(PLAIN, rows, look), look);
};

const PLAIN: readonly Column[] = [
  { heading: '', align: 'left' },
  { heading: '', align: 'right' },
  { heading: '', align: 'left' },
  { heading: '', align: 'left', optional: true },
];

/** Where the time of a request goes. Empty without stages. */
export const stagesSection = (cell: CellResult, look: Look): string[] => {
  if (cell.stages.length === 0) return [];
  const total = cell.stages.reduce((sum, stage) => sum + stage.mean, 0);
  const rows = cell.stages.map((stage) => [
    `  ${clean(stage.name)}`,
    formatDuration(stage.mean),
    formatShare(total === 0 ? 0 : stage.mean / total),
    stage.p50 === null ? '-' : formatDuration(stage.p50),
    stage.p99 === null ? '-' : formatDuration(stage.p99),
    look.paint.dim(bar(total === 0 ? 0 : stage.mean / total, 24, look.unicode)),
  ]);
  const columns: Column[] = [
    { heading: '', align: 'left' },
    ...['mean', 'share', 'p50', 'p99'].map((heading) => ({ heading, align: 'right' as const })),
    { heading: '', align: 'left', optional: true },
  ];
  return section(
    'Stages',
    'of a request; means add up, percentiles do not',
    table(columns, rows, look),
    look,
  );
};
