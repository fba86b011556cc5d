/** The distribution of a cell's latency as bars, with its percentiles and limits marked. */
import type { CellResult, Results } from '../../results/schema.js';
import { measuredRounds, pooledHistogram } from '../../results/rounds.js';
import { parseMetric } from '../../vocabulary/metrics.js';
import { formatDuration, sharedUnit } from '../../vocabulary/units.js';
import type { Bin, Bins } from './bins.js';
import { binsOf } from './bins.js';
import { integer, plural, shortShare } from './format.js';
import { pad, section, truncate, widthOf } from './layout.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

/** Something to point at on the latency axis. */
interface Mark {
  readonly at: number;
  readonly text: string;
  readonly style: (text: string) => string;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of up to `room` columns for a share from 0 to 1; what is not zero is never invisible. */
export const bar = (share: number, room: number, unicode: boolean): string => {
  if (share <= 0) return '';
  if (!unicode) return share * room < 0.5 ? '.' : '#'.repeat(Math.round(share * room));
  const eighths = Math.max(1, Math.round(share * room * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
};

/** The section with the chart of one cell; empty when the cell has no measured round. */
export const chartSection = (results: Results, cell: CellResult, look: Look): string[] => {
  const rounds = measuredRounds(cell);
  const histogram = pooledHistogram(rounds);
  if (histogram === null || histogram.count === 0) return [];
  const marks = marksOf(results, cell, look);
  const chart = binsOf(
    histogram,
    marks.map((mark) => mark.at),
  );
  const label = truncate(clean(cell.label), 2 * look.width, look);
  const aside = [
    label,
    `${plural(histogram.count, 'request')} in ${plural(rounds.length, 'round')}`,
    ...(chart.scale === 'log' ? ['log scale'] : []),
    `max ${formatDuration(histogram.max)}`,
  ].join(look.sign.dot);
  return section('Latency', aside, draw(chart, histogram.count, marks, look), look);
};

const marksOf = (results: Results, cell: CellResult, look: Look): Mark[] => {
  const { paint } = look;
  const percentiles = (['p50', 'p99'] as const).flatMap((stat) => {
    const value = cell.latency?.[stat].value;
    if (value === undefined || value === null) return [];
    return [{ at: value, text: `${stat} ${formatDuration(value)}`, style: paint.strong }];
  });
  const limits = results.verdicts
    .filter((verdict) => verdict.cell === cell.id && parseMetric(verdict.metric)?.kind === 'duration')
    .filter((verdict) => verdict.metric !== 'stdev')
    .map((verdict) => ({
      at: verdict.expected,
      text: `limit ${verdict.metric} ${verdict.operator} ${formatDuration(verdict.expected)}`,
      style: verdict.status === 'pass' ? paint.good : verdict.status === 'fail' ? paint.bad : paint.warn,
    }));
  return [...percentiles, ...limits].toSorted((a, b) => a.at - b.at);
};

const draw = ({ bins, scale }: Bins, count: number, marks: readonly Mark[], look: Look): string[] => {
  const { paint, sign } = look;
  const hasTail = (bins.at(-1)?.count ?? 0) > 0;
  // The last row holds all that lies beyond.
  const labels = labelsOf(bins, scale).map((label, index) =>
    hasTail ? label + (index === bins.length - 1 ? '+' : ' ') : label,
  );
  const labelWidth = Math.max(...labels.map(widthOf));
  const highest = Math.max(...bins.map((bin) => bin.count));
  const noteRoom = Math.max(0, ...marks.map((mark) => widthOf(mark.text))) + 3;
  // "  label  share |bar < mark"
  const room = Math.max(10, Math.min(60, look.width - labelWidth - 12 - noteRoom));
  const isIn = (bin: Bin) => (mark: Mark) => mark.at < bin.to && (mark.at >= bin.from || bin === bins[0]);
  const line = (label: string, share: string, drawn: string, mark: Mark | undefined, aside = ''): string =>
    `  ${pad(label, labelWidth, 'left')}  ${pad(share, 6, 'left')} ${paint.dim(sign.axis)}${paint.accent(drawn)}` +
    (mark === undefined ? '' : ` ${sign.mark} ${mark.style(mark.text)}${aside}`);
  const lines = bins.flatMap((bin, index) => {
    // The last row is for all that lies beyond the others; what is marked out there is said below it.
    const isOpen = bin.to === Number.POSITIVE_INFINITY;
    if (isOpen && bin.count === 0) return [];
    const [first, ...more] = isOpen ? [] : marks.filter(isIn(bin));
    const share = bin.count === 0 ? '' : shortShare(bin.count / count);
    return [
      {
        text: line(labels[index] ?? '', share, bar(bin.count / highest, room, look.unicode), first),
        empty: bin.count === 0 && first === undefined,
      },
      ...more.map((mark) => ({ text: line('', '', '', mark), empty: false })),
    ];
  });
  const open = bins.at(-1);
  const beyond = open === undefined ? [] : marks.filter((mark) => mark.at >= open.from);
  return [
    ...collapse(lines, ' '.repeat(labelWidth + 10), look),
    ...beyond.map((mark) => line('', '', '', mark, ' (beyond)')),
  ];
};

/** Long runs of empty rows become one, which says how many it stands for. */
const collapse = (
  lines: readonly { readonly text: string; readonly empty: boolean }[],
  indent: string,
  look: Look,
): string[] => {
  const out: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    let end = index;
    while (lines[end]?.empty === true) end++;
    if (end - index > 3) {
      out.push(`${indent} ${look.paint.dim(`${look.sign.ellipsis} ${integer(end - index)} empty rows`)}`);
      index = end - 1;
    } else {
      out.push(lines[index]?.text ?? '');
    }
  }
  return out;
};

/** Lower edges in one unit where that reads well, with as many decimals as the step has. */
const labelsOf = (bins: readonly Bin[], scale: Bins['scale']): string[] => {
  const edges = bins.map((bin) => bin.from);
  const unit = sharedUnit(edges);
  const step = (edges[1] ?? 1) - (edges[0] ?? 0);
  if (scale === 'log' || unit === null) return edges.map((edge) => formatDuration(edge));
  const decimals = [0, 1, 2, 3, 4, 5, 6].find((digits) => isWhole((step / unit.ns) * 10 ** digits)) ?? 6;
  return edges.map((edge) => `${(edge / unit.ns).toFixed(decimals)} ${unit.name}`);
};

const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-6;
