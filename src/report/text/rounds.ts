/** The rounds of one cell side by side: what each measured, and what it was like while it did. */
import type { CellResult, LatencyStat, RoundResult } from '../../results/schema.js';
import {
  formatBytes,
  formatChange,
  formatDuration,
  formatDurationIn,
  sharedUnit,
} from '../../vocabulary/units.js';
import { integer, shortShare } from './format.js';
import type { Column, Row } from './layout.js';
import { paragraph, section, table } from './layout.js';
import type { Look } from './look.js';
import { lastLines, reasonText, stateLook } from './reason.js';

const STATS = ['p50', 'p90', 'p99', 'max'] as const satisfies readonly LatencyStat[];

const right = (heading: string): Column => ({ heading, align: 'right' });

const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? '-' : shortShare(share);

/** What the rounds measured. Empty when there is none. */
export const roundsSection = (cell: CellResult, look: Look): string[] => {
  if (cell.rounds.length === 0) return [];
  const unit = sharedUnit(cell.rounds.flatMap((round) => STATS.map((stat) => round.latency?.[stat] ?? 0)));
  const time = (ns: number | null | undefined): string =>
    ns === null || ns === undefined ? '-' : unit === null ? formatDuration(ns) : formatDurationIn(ns, unit);
  const rows = cell.rounds.flatMap((round): Row[] => {
    const { warmup } = round;
    const row = [
      `  ${round.index + 1}`,
      integer(round.n),
      ...STATS.map((stat) => time(round.latency?.[stat])),
      round.drift === null ? '-' : formatChange(round.drift),
      percent(round.effective?.p99),
      warmup === null ? '-' : `${integer(warmup.requests)}${warmup.steady === false ? ' not steady' : ''}`,
      time(warmup?.first),
    ];
    if (round.reason === undefined) return [row];
    const { style } = stateLook(round.state, look);
    const first = `    ${look.sign.child} `;
    return [
      row,
      {
        span: [
          ...paragraph(reasonText(round.state, round.reason), look, { first, style }),
          ...lastLines(round.reason, 10).flatMap((line) =>
            paragraph(line, look, { first: `      ${look.sign.axis} `, style: look.paint.dim }),
          ),
        ],
      },
    ];
  });
  const columns: Column[] = [
    right(' round'),
    right('n'),
    ...STATS.map(right),
    right('drift'),
    { ...right('indep.'), optional: true },
    right('warm-up'),
    { ...right('first'), optional: true },
  ];
  const aside =
    unit === null
      ? ''
      : `latency in ${unit.name}; each is a process of its own; indep.: effective share of the samples at p99`;
  return section('Rounds', aside, table(columns, rows, look), look);
};

/** What it was like: memory, and what the machine did meanwhile. Empty when nothing is known. */
export const conditionsSection = (cell: CellResult, look: Look): string[] => {
  const rounds = cell.rounds.filter((round) => round.disturbance !== null || round.memory !== null);
  if (rounds.length === 0) return [];
  const bytes = (size: number | null | undefined): string =>
    size === null || size === undefined ? '-' : formatBytes(size);
  const rows = rounds.map(({ index, disturbance, memory, wrapper }: RoundResult) => [
    `  ${index + 1}`,
    bytes(memory?.afterLoad),
    bytes(memory?.peak),
    disturbance?.cpuPerWall === null || disturbance === null ? '-' : disturbance.cpuPerWall.toFixed(2),
    percent(disturbance?.otherShare),
    percent(disturbance?.stealShare),
    percent(disturbance?.throttledShare),
    wrapper === null ? '-' : percent(Math.max(0, 1 - wrapper.native / wrapper.total)),
  ]);
  const headings = [' round', 'loaded', 'peak', 'CPU/wall', 'others', 'steal', 'throttled', 'wrapper'];
  return section(
    'Conditions',
    "memory; CPU time over wall time; shares of other processes, of the hypervisor, throttled; the async wrapper's share of a call",
    table(
      headings.map((heading) => ({
        ...right(heading),
        optional: heading === 'loaded' || heading === 'wrapper',
      })),
      rows,
      look,
    ),
    look,
  );
};
