/**
 * The rounds of each cell as an HdrHistogram log, format 1.3: an interval histogram in ns for every
 * round. Lines carry no tag, because Java's HistogramLogProcessor fails on a log with tagged lines
 * only; so there is a file for each cell.
 */
import { measuredRounds, type MeasuredRound } from '../results/rounds.js';
import type { CellResult } from '../results/schema.js';
import { NS_PER_MS, NS_PER_S } from '../vocabulary/units.js';
import { chosenCells } from './hgrm.js';
import { fileStem } from './select.js';
import { clean } from './text/sanitise.js';
import type { CellReporter } from './types.js';

const secondsOf = (round: MeasuredRound): number => Date.parse(round.startedAt) / 1000;

const log = (cell: CellResult, version: string): string | null => {
  const rounds = measuredRounds(cell).toSorted((a, b) => secondsOf(a) - secondsOf(b) || a.index - b.index);
  const [first] = rounds;
  if (first === undefined) return null;
  const start = secondsOf(first);
  return [
    `#[Logged with mlat ${clean(version)}: cell ${clean(cell.id)}, ${clean(cell.label)}]`,
    '#[Histogram log format version 1.3]',
    // With a base time, the timestamps below count from it.
    `#[BaseTime: ${start.toFixed(3)} (seconds since epoch)]`,
    `#[StartTime: ${start.toFixed(3)} (seconds since epoch), ${new Date(first.startedAt).toISOString()}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...rounds.map((round) =>
      [
        (secondsOf(round) - start).toFixed(3),
        (round.elapsed / NS_PER_S).toFixed(3),
        // Java's writer divides by 1e6 too: ms for a histogram in ns.
        ((round.latency.max ?? 0) / NS_PER_MS).toFixed(3),
        round.histogram,
      ].join(','),
    ),
    '',
  ].join('\n');
};

export const hlog: CellReporter = {
  name: 'hlog',
  describe: 'HdrHistogram log, a line a round, in ns',
  extension: 'hlog',
  perCell: true,
  files: (results, options) =>
    chosenCells(results, options?.cell).flatMap((cell) => {
      const content = log(cell, results.mlat);
      return content === null ? [] : [{ name: `${fileStem(cell)}.hlog`, content }];
    }),
};
