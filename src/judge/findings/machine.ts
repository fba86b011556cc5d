/** Findings about what the machine did to the measurement. */
import type { MeasuredRound } from '../../results/rounds.js';
import { runsOf } from '../../results/runs.js';
import { formatShare } from '../../vocabulary/units.js';
import { LOST, OTHERS, STEAL, THROTTLED } from '../machine.js';
import { largest, perCell, type Detector, type Symptom } from './detector.js';

export const throttled: Detector = {
  id: 'throttled',
  title: 'Throttled by a CPU quota',
  detect: perCell((cell, rounds) => {
    const share = largest(rounds.map((round) => round.disturbance?.throttledShare));
    if (share === null || share < THROTTLED.warning) return null;
    return {
      severity: share < THROTTLED.bad ? 'warning' : 'serious',
      weight: share,
      cause: `${cell.label}: the cgroup's CPU quota stopped the process for ${formatShare(share)} of a round.`,
      action: 'Raise the CPU limit of the container, or use fewer threads than the quota grants.',
    };
  }),
};

/**
 * Standard deviation of the logs of the rounds' medians from which processes differ more than is
 * usual: 3 to 17% was seen on shared machines, under 5% on quiet ones.
 */
const ROUNDS_APART = 0.1;

/** A standard deviation from fewer rounds says little. */
const MIN_ROUNDS = 3;

interface Sign {
  readonly serious: boolean;
  /** How far over its threshold: 1 is at it. */
  readonly weight: number;
  readonly text: string;
}

const shareSign = (
  value: number | null,
  limits: { warning: number; bad: number },
  text: (share: string) => string,
): Sign[] =>
  value === null || value < limits.warning
    ? []
    : [{ serious: value >= limits.bad, weight: value / limits.warning, text: text(formatShare(value)) }];

const spreadOf = (rounds: readonly MeasuredRound[]): number | null => {
  const logs = rounds.flatMap((round) => (round.latency.p50 === null ? [] : [Math.log(round.latency.p50)]));
  if (logs.length < MIN_ROUNDS) return null;
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  return Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (logs.length - 1));
};

const signsOf = (rounds: readonly MeasuredRound[]): Sign[] => {
  const spread = spreadOf(rounds);
  return [
    ...shareSign(
      largest(rounds.map((round) => round.disturbance?.stealShare)),
      STEAL,
      (share) => `other virtual machines took ${share} of the CPU time of a round`,
    ),
    ...shareSign(
      largest(rounds.map((round) => round.disturbance?.otherShare)),
      OTHERS,
      (share) => `other processes used ${share} of the machine in a round`,
    ),
    ...(spread === null || spread < ROUNDS_APART
      ? []
      : [
          {
            serious: false,
            weight: spread / ROUNDS_APART,
            text: `the medians of its rounds differ by ${formatShare(spread)} (standard deviation)`,
          },
        ]),
  ];
};

const cells = perCell((cell, rounds) => {
  const signs = signsOf(rounds);
  if (signs.length === 0) return null;
  return {
    severity: signs.some((sign) => sign.serious) ? 'serious' : 'warning',
    weight: Math.max(...signs.map((sign) => sign.weight)),
    cause: `${cell.label}: ${signs.map((sign) => sign.text).join('; ')}.`,
    action:
      'Stop what else runs or take a dedicated machine, and measure more rounds: the tail seen here is partly the machine.',
  };
});

export const noisyMachine: Detector = {
  id: 'noisy-machine',
  title: 'Noisy machine',
  detect: (results): Symptom[] => {
    const harnesses = runsOf(results).map(({ harness }) => harness);
    const lost = largest(harnesses.map((harness) => harness?.noise.lostShare));
    const before: Symptom[] =
      lost === null || lost < LOST.bad
        ? []
        : [
            {
              cell: null,
              severity: 'warning',
              weight: lost,
              group: 'before the run',
              cause: `Before ${harnesses.length === 1 ? 'the' : 'a'} run a fixed computation lost ${formatShare(lost)} of its time to disturbances.`,
              action: 'See mlat doctor for what disturbs; compare configurations only within one run.',
            },
          ];
    return [...before, ...cells(results)];
  },
};
