/** Findings about the shape of the latency. */
import { pooledHistogram, roundHistogram } from '../../results/rounds.js';
import { bimodality, outlierLimit, outlierShare } from '../../stats/shape.js';
import { isMix } from '../../vocabulary/mix.js';
import { formatDuration, formatShare } from '../../vocabulary/units.js';
import { perCell, type CellSymptom, type Detector } from './detector.js';

export const bimodal: Detector = {
  id: 'bimodal',
  title: 'Two kinds of latency',
  detect: perCell((cell, rounds): CellSymptom => {
    // A cache makes two kinds on purpose, which the document keeps apart.
    if (cell.cache !== undefined) return null;
    const split = rounds.map((round) => bimodality(roundHistogram(round))).filter((found) => found !== null);
    if (split.length * 2 > rounds.length) {
      const [widest] = split.toSorted((a, b) => b.modes[1] / b.modes[0] - a.modes[1] / a.modes[0]);
      if (widest === undefined) return null;
      const [fast, slow] = widest.modes.map(formatDuration);
      const what = `about ${fast} and about ${slow}, the slow kind ${formatShare(widest.share)} of requests`;
      // Sizes that differ on purpose answer in times that differ.
      if (isMix(cell.params.dims)) {
        return {
          severity: 'note',
          weight: 0,
          cause: `${cell.label}: requests take ${what}; the mix of sizes asks for it.`,
          action: 'Measure each size as a cell of its own to see which tail is whose.',
        };
      }
      return {
        severity: 'warning',
        weight: widest.modes[1] / widest.modes[0],
        cause: `${cell.label}: within a process requests take either ${what}.`,
        action:
          'Find the second path: other inputs, frequency steps, a neighbour on the same core. A mean or median describes neither kind.',
      };
    }
    const pooled = pooledHistogram(rounds);
    const between = pooled === null || split.length > 0 ? null : bimodality(pooled);
    if (between === null) return null;
    const [fast, slow] = between.modes.map(formatDuration);
    return {
      severity: 'warning',
      weight: between.modes[1] / between.modes[0],
      cause: `${cell.label}: the processes fall into two groups, of about ${fast} and about ${slow}.`,
      action:
        'Measure more rounds, and look for what differs between processes: placement of threads or memory, another program.',
    };
  }),
};

/** From this share on the outliers are what p99 (p99.9) measures. */
const OUTLIERS = { warning: 0.01, note: 0.001 };

export const outliers: Detector = {
  id: 'outliers',
  title: 'Requests far out',
  detect: perCell((cell, rounds) => {
    const pooled = pooledHistogram(rounds);
    if (pooled === null || cell.cache !== undefined) return null;
    const share = outlierShare(pooled);
    if (share < OUTLIERS.note) return null;
    const decides = share >= OUTLIERS.warning ? 'p99' : 'p99.9';
    return {
      severity: share >= OUTLIERS.warning ? 'warning' : 'note',
      weight: share,
      cause: `${cell.label}: ${formatShare(share)} of requests took over ${formatDuration(outlierLimit(pooled))}, far from the median of ${formatDuration(pooled.quantile(0.5))}, so they decide ${decides}; the slowest took ${formatDuration(pooled.max)}.`,
      action:
        'See in the windows over time whether they come together: other programs, garbage collection and throttling do.',
    };
  }),
};
