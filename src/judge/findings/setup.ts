/** Findings about how a cell was set up. */
import type { Environment } from '../../results/environment-schema.js';
import { environmentOf } from '../../results/machines.js';
import type { CellResult } from '../../results/schema.js';
import { medianOf } from '../../stats/quantile.js';
import { formatDuration, formatShare } from '../../vocabulary/units.js';
import { perCell, type Detector } from './detector.js';

/** CPUs that the process may really use: those allowed, or what the quota grants when that is less. */
const usableCpus = ({ cpu }: Environment): number => Math.min(cpu.allowed, cpu.quota ?? cpu.allowed);

/** Threads that compute at the same time. The runtime takes all allowed CPUs where it decides itself. */
const threadsOf = (cell: CellResult, { cpu }: Environment): number => {
  const { threads, interThreads, executionMode } = cell.params;
  const intra = threads === 0 ? cpu.allowed : threads;
  return executionMode === 'parallel' ? intra + (interThreads === 0 ? cpu.allowed : interThreads) : intra;
};

export const oversubscribedThreads: Detector = {
  id: 'oversubscribed-threads',
  title: 'More threads than CPUs',
  detect: perCell((cell, _rounds, results) => {
    const environment = environmentOf(results, cell);
    const cpus = usableCpus(environment);
    const threads = threadsOf(cell, environment);
    if (threads <= cpus) return null;
    const { quota, allowed } = environment.cpu;
    const limit =
      quota !== null && quota < allowed ? `its quota grants ${quota} CPUs` : `it may use ${allowed} CPUs`;
    const { spinning } = cell.params;
    return {
      severity: 'warning',
      weight: threads / cpus + (spinning ? 0.5 : 0),
      cause: `${cell.label}: the process computes with ${threads} threads, and ${limit}${
        spinning ? '; its threads wait by spinning, so they take CPU from each other' : ''
      }.`,
      action: `Use at most ${Math.max(1, Math.floor(cpus))} threads${spinning ? ', or turn spinning off' : ''}.`,
    };
  }),
};

/**
 * From this share on, a comparison of configurations compares the call's wrapper as much as the
 * model: a model twice as fast would gain a third at most.
 */
const WRAPPER_SHARE = 0.25;

export const wrapperDominated: Detector = {
  id: 'wrapper-dominated',
  title: 'A tiny model: the call costs as much as the model',
  detect: perCell((cell, rounds) => {
    const calls = rounds.flatMap(({ wrapper }) => (wrapper === null || wrapper.total <= 0 ? [] : [wrapper]));
    if (calls.length === 0) return null;
    const share = medianOf(calls.map(({ total, native }) => 1 - native / total));
    if (share <= WRAPPER_SHARE) return null;
    const total = medianOf(calls.map((call) => call.total));
    return {
      severity: 'warning',
      weight: share,
      cause: `${cell.label}: ${formatShare(share)} of the ${formatDuration(total)} of a request is the asynchronous call around the model.`,
      action:
        'Take it as what an application in Node gets, not as the speed of the model; a larger batch shows the model.',
    };
  }),
};

/**
 * With fewer distinct requests than this, caches and branch predictors learn the inputs, and a slow
 * kind of input may be missing.
 */
const MIN_POOL = 8;

export const smallPool: Detector = {
  id: 'small-pool',
  title: 'Few distinct inputs',
  detect: perCell((cell) => {
    if (cell.pool === null || cell.pool.size >= MIN_POOL) return null;
    const { size, source } = cell.pool;
    return {
      severity: size === 1 ? 'warning' : 'note',
      weight: 1 / size,
      cause: `${cell.label}: ${size === 1 ? 'one input was' : `${size} inputs were`} measured again and again (${source}).`,
      action: `Give the pool at least ${MIN_POOL} distinct requests.`,
    };
  }),
};
