/** Findings about latency that changes while it is measured. */
import { medianOf } from '../../stats/quantile.js';
import { formatChange } from '../../vocabulary/units.js';
import { perCell, type Detector } from './detector.js';

export const neverSteady: Detector = {
  id: 'never-steady',
  title: 'Warm-up never became steady',
  detect: perCell((cell, rounds) => {
    const tested = rounds.filter((round) => round.warmup !== null && round.warmup.steady !== null);
    const never = tested.filter((round) => round.warmup?.steady === false);
    if (never.length === 0) return null;
    const requests = Math.max(...never.map((round) => round.warmup?.requests ?? 0));
    return {
      severity: never.length * 2 > tested.length ? 'warning' : 'note',
      weight: never.length / tested.length,
      cause: `${cell.label}: in ${never.length} of ${tested.length} rounds the latency was still changing after up to ${requests} requests of warm-up.`,
      action: 'Give the warm-up more time, and see whether drift or noise is reported too.',
    };
  }),
};

/** A median that moves this much between the first and the last third of a round is not one number. */
const DRIFT = { warning: 0.05, serious: 0.2 };

export const drift: Detector = {
  id: 'drift',
  title: 'Latency drifts within a round',
  detect: perCell((cell, rounds) => {
    const changes = rounds.flatMap((round) => (round.drift === null ? [] : [round.drift]));
    if (changes.length === 0) return null;
    // Noise drifts up in one round and down in another; what the rounds share is their median.
    const change = medianOf(changes);
    const size = Math.abs(change);
    if (size < DRIFT.warning) return null;
    return {
      severity: size < DRIFT.serious ? 'warning' : 'serious',
      weight: size,
      cause: `${cell.label}: from the first to the last third of a round the median latency changes by ${formatChange(change)}.`,
      action:
        change > 0
          ? 'Look for heat, frequency or memory limits; a longer idle gap shows whether the processor slows down.'
          : 'Lengthen the warm-up: the process was still getting faster while it was measured.',
    };
  }),
};
