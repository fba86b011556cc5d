/** What stands below the figures of cold starts, one sentence each. */
import type { ColdCell } from '../../results/cold-schema.js';
import { samplesNeeded } from '../../stats/quantile.js';
import { formatDuration, formatShare } from '../../vocabulary/units.js';
import { integer } from './format.js';

const extremes = (values: readonly number[]): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? integer(low) : `${integer(low)} to ${integer(high)}`;
};

/** What the numbers alone don't say: refusals, the page cache, and how the sum compares to the parent's clock. */
export const coldNotes = (cells: readonly ColdCell[]): string[] => {
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
  const reading = cells.some((cold) => cold.phases.some(({ name, n }) => name === 'read' && n === 0))
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
