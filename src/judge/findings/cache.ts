/** Findings about prediction caches. */
import { formatTraffic, isHitRate } from '../../vocabulary/traffic.js';
import { formatShare } from '../../vocabulary/units.js';
import { controlOf } from '../cache.js';
import { perCell, type Detector } from './detector.js';

/** One point for a rate that was asked for; two for one that Che's approximation foretells. */
const TOLERANCE = { asked: 0.01, foretold: 0.02 };

export const hitRateOff: Detector = {
  id: 'hit-rate-off',
  title: 'Another hit rate than expected',
  detect: perCell((cell) => {
    const observed = cell.cache?.hitRate.value ?? null;
    if (cell.cache === undefined || observed === null) return null;
    const { expected } = cell.cache;
    const distance = Math.abs(observed - expected);
    const isAsked = isHitRate(cell.params.traffic);
    if (distance <= (isAsked ? TOLERANCE.asked : TOLERANCE.foretold)) return null;
    const what = isAsked
      ? `${formatShare(expected)} was asked for`
      : `${formatTraffic(cell.params.traffic)} was expected to give ${formatShare(expected)}`;
    return {
      severity: isAsked ? 'warning' : 'note',
      weight: distance,
      cause: `${cell.label}: ${formatShare(observed)} of items were in the cache, and ${what}.`,
      action: isAsked
        ? 'Measure more requests: with few of them a round holds no such rate.'
        : 'Measure more requests, and go by the observed rate.',
    };
  }),
};

export const cacheNotFilled: Detector = {
  id: 'cache-not-filled',
  title: 'The cache was not full',
  detect: perCell((cell) => {
    const { cache } = cell;
    if (cache === undefined || cache.fill.incomplete === 0) return null;
    return {
      severity: 'warning',
      weight: cache.fill.requests,
      cause: `${cell.label}: after ${Math.round(cache.fill.requests)} requests before the first the cache held ${cache.memory.entries} of ${cell.params.cache} entries and was still filling.`,
      action: 'Its hit rate is that of a younger cache: make the cache smaller, or the catalogue.',
    };
  }),
};

export const cacheWithoutControl: Detector = {
  id: 'cache-without-control',
  title: 'A cache with nothing to compare it with',
  detect: (results) =>
    perCell((cell) =>
      cell.cache === undefined || controlOf(cell, results.cells) !== null
        ? null
        : {
            severity: 'warning',
            weight: 0,
            cause: `${cell.label}: the same without a cache was not measured.`,
            action: 'Measure it too, or nothing tells whether the cache pays.',
          },
    )(results),
};
