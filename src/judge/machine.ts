/** Whether a machine can be trusted for p99: what `mlat doctor` concludes from an Environment. Pure. */
import type { Environment } from '../results/environment-schema.js';
import { formatBytes, formatDuration, formatShare } from '../vocabulary/units.js';

export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'bad' | 'unknown';
  /** What was seen. */
  readonly seen: string;
  /** What to do about it; only where there is something to do. */
  readonly action?: string;
}

export interface MachineVerdict {
  readonly trust: 'yes' | 'with care' | 'no';
  readonly sentence: string;
  readonly checks: readonly Check[];
}

/** A clock coarser than this hides the tail of a model that answers in tens of microseconds. */
const COARSE_CLOCK_NS = 1_000;
/** Shares of CPU time from which the tail of a run is the neighbours' rather than the model's. */
export const STEAL = { warning: 0.01, bad: 0.05 };
export const OTHERS = { warning: 0.1, bad: 0.4 };
export const LOST = { warning: 0.02, bad: 0.1 };
export const THROTTLED = { warning: 0.001, bad: 0.02 };

const graded = (value: number, limits: { warning: number; bad: number }): 'ok' | 'warning' | 'bad' =>
  value >= limits.bad ? 'bad' : value >= limits.warning ? 'warning' : 'ok';

type Rule = (environment: Environment) => Check;

const share = (
  name: string,
  value: number | null | undefined,
  limits: { warning: number; bad: number },
  of: string,
  action: string,
): Check => {
  if (value === null || value === undefined)
    return { name, status: 'unknown', seen: 'this system does not tell' };
  const status = graded(value, limits);
  return { name, status, seen: `${formatShare(value)} ${of}`, ...(status === 'ok' ? {} : { action }) };
};

const RULES: readonly Rule[] = [
  ({ harness }) => {
    if (harness === null)
      return {
        name: 'clock',
        status: 'bad',
        seen: 'the harness process failed',
        action: 'Run mlat doctor again and read its error.',
      };
    const coarse = harness.clockStep > COARSE_CLOCK_NS;
    return {
      name: 'clock',
      status: coarse ? 'bad' : 'ok',
      seen: `steps of ${formatDuration(harness.clockStep)}, ${formatDuration(harness.clockCost)} a reading`,
      ...(coarse ? { action: 'Models faster than a millisecond cannot be measured here.' } : {}),
    };
  },
  ({ harness }) => {
    const empty = harness?.emptyModel ?? null;
    if (empty === null)
      return { name: 'harness', status: 'unknown', seen: 'an empty model could not be run' };
    const inside =
      empty.nativeP50 === null ? '' : `, ${formatDuration(empty.nativeP50)} of it the native call`;
    return {
      name: 'harness',
      status: 'ok',
      seen: `an empty model answers in ${formatDuration(empty.p50)} (p99 ${formatDuration(empty.p99)})${inside}`,
    };
  },
  ({ harness }) =>
    share(
      'noise',
      harness?.noise.lostShare,
      LOST,
      'of a fixed computation was lost to disturbances',
      'Stop other programs, or measure more rounds: the tail seen here is partly the machine.',
    ),
  ({ harness }) =>
    share(
      'steal',
      harness?.disturbance.stealShare,
      STEAL,
      'of CPU time went to other virtual machines',
      'Take a dedicated machine for tail percentiles.',
    ),
  ({ harness }) =>
    share(
      'other processes',
      harness?.disturbance.otherShare,
      OTHERS,
      'of CPU time went to other processes',
      'Stop what else runs: browsers, builds, indexers.',
    ),
  ({ harness }) =>
    share(
      'throttling',
      harness?.disturbance.throttledShare,
      THROTTLED,
      'of the time throttled by the CPU quota',
      'Raise the CPU limit of the container, or take fewer threads than the quota grants.',
    ),
  ({ cpu }) => {
    const usable = Math.min(cpu.allowed, cpu.quota ?? cpu.allowed);
    const seen = `${cpu.model}, ${cpu.allowed} of ${cpu.logical} CPUs allowed${cpu.quota === null ? '' : `, a quota of ${cpu.quota}`}`;
    return usable < 2
      ? {
          name: 'processors',
          status: 'warning',
          seen,
          action: 'With one CPU the parent and the measured process share it: expect a longer tail.',
        }
      : { name: 'processors', status: 'ok', seen };
  },
  ({ cpu }) => {
    if (cpu.governor === null)
      return { name: 'frequency', status: 'unknown', seen: 'this system does not tell the governor' };
    const slow = cpu.governor === 'powersave' || cpu.governor === 'conservative';
    return {
      name: 'frequency',
      status: slow ? 'warning' : 'ok',
      seen: `governor ${cpu.governor}`,
      ...(slow ? { action: 'Set the governor to performance: cpupower frequency-set -g performance.' } : {}),
    };
  },
  ({ cpu }) =>
    cpu.virtual === null
      ? { name: 'virtual machine', status: 'unknown', seen: 'this system does not tell' }
      : cpu.virtual
        ? {
            name: 'virtual machine',
            status: 'warning',
            seen: 'yes',
            action: 'Neighbours can disturb the tail unseen; compare runs only in pairs.',
          }
        : { name: 'virtual machine', status: 'ok', seen: 'no' },
  ({ memory }) => ({
    name: 'memory',
    status: 'ok',
    seen: `${formatBytes(memory.total)}${memory.limit === null ? '' : `, limited to ${formatBytes(memory.limit)}`}`,
  }),
  ({ cpu }) => {
    if (cpu.features === null)
      return { name: 'instruction sets', status: 'unknown', seen: 'this system does not tell' };
    const integer = cpu.features.some((feature) => /vnni|amx_int8|asimddp|i8mm/.test(feature));
    return {
      name: 'instruction sets',
      status: 'ok',
      seen: `${cpu.features.join(' ') || 'none that matter'}${integer ? '' : '; no integer dot product, so int8 models may be slower than fp32'}`,
    };
  },
];

/** Checks a machine. `no` with any bad check, `with care` with a warning about noise, else `yes`. */
export const judgeMachine = (environment: Environment): MachineVerdict => {
  const checks = RULES.map((rule) => rule(environment));
  const bad = checks.filter((check) => check.status === 'bad').map((check) => check.name);
  const warned = checks.filter((check) => check.status === 'warning').map((check) => check.name);
  if (bad.length > 0) {
    return { trust: 'no', checks, sentence: `Do not trust p99 from this machine: ${bad.join(', ')}.` };
  }
  if (warned.length > 0) {
    return {
      trust: 'with care',
      checks,
      sentence: `Trust p99 from this machine with care, over several rounds: ${warned.join(', ')}.`,
    };
  }
  return { trust: 'yes', checks, sentence: 'This machine can be trusted for p99.' };
};
