/** Findings about cold starts: what they spend their time on, and whether they were cold. */
import { coldRounds, phaseTime, type ColdMeasured } from '../../results/cold-rounds.js';
import type { ColdCell } from '../../results/cold-schema.js';
import type { CellResult, Results } from '../../results/schema.js';
import { ratioInterval } from '../../stats/intervals.js';
import { ANSWER_PHASES, type ColdPhase } from '../../vocabulary/cold.js';
import {
  AXES,
  canonicalJson,
  GRAPH_OPTIMIZATION,
  type AxisName,
  type CellParams,
} from '../../vocabulary/params.js';
import { formatChange, formatCount, formatDuration, formatShare } from '../../vocabulary/units.js';
import { OTHERS, STEAL } from '../machine.js';
import { isMeasured } from '../reading.js';
import { largest, type CellSymptom, type Detector } from './detector.js';

type ColdResult = CellResult & { readonly cold: ColdCell };

const isCold = (cell: CellResult): cell is ColdResult => cell.cold !== undefined && isMeasured(cell);

/** A detector's `detect` that looks at each measured cold cell by itself. */
const perColdCell =
  (look: (cell: ColdResult, results: Results) => CellSymptom): Detector['detect'] =>
  (results) =>
    results.cells.filter(isCold).flatMap((cell) => {
      const symptom = look(cell, results);
      return symptom === null ? [] : [{ cell, ...symptom }];
    });

/** From this share of the time to the first answer on, the largest phase is what to work on. */
const DOMINANT = 0.4;

interface Part {
  readonly mean: number;
  readonly answer: number;
  readonly share: number;
}

const meanOf = ({ cold }: ColdResult, phase: ColdPhase): number =>
  cold.phases.find(({ name }) => name === phase)?.mean.value ?? 0;

/** A phase that is the largest before the first answer, and large; null when it isn't. */
const dominant = (cell: ColdResult, phase: ColdPhase): Part | null => {
  const mean = meanOf(cell, phase);
  const answer = cell.cold.answer.mean.value ?? 0;
  const share = answer === 0 ? 0 : mean / answer;
  const isLargest = ANSWER_PHASES.every((other) => meanOf(cell, other) <= mean);
  return isLargest && share >= DOMINANT ? { mean, answer, share } : null;
};

const said = ({ mean, answer, share }: Part): string =>
  `${formatDuration(mean)} of the ${formatDuration(answer)} to the first answer (${formatShare(share)})`;

export const coldImport: Detector = {
  id: 'cold-import',
  title: 'A cold start is mostly loading the runtime',
  detect: perColdCell((cell) => {
    const part = dominant(cell, 'import');
    if (part === null) return null;
    return {
      severity: 'note',
      weight: part.share,
      cause: `${cell.label}: importing the runtime takes ${said(part)}; another model or a saved optimisation changes nothing about it.`,
      action:
        'Keep processes alive, or start them before they are needed; a process that already has the runtime loads a further model without this.',
    };
  }),
};

export const coldFirstRun: Detector = {
  id: 'cold-first-run',
  title: 'A cold start is mostly the first run',
  detect: perColdCell((cell) => {
    const part = dominant(cell, 'first');
    if (part === null) return null;
    const { level } = cell.cold.untilSteady;
    const usual = level === null ? '' : `; a steady one takes ${formatDuration(level)}`;
    return {
      severity: 'warning',
      weight: part.share,
      cause: `${cell.label}: the first request takes ${said(part)}${usual}.`,
      action: 'Run one request of each shape before the process says that it is ready.',
    };
  }),
};

const OPTIMISING: readonly AxisName[] = ['optimised', 'graphOptimization'];

/** Equal for cells that differ only in what the runtime does to the graph when it loads it. */
const besideOptimisation = (params: CellParams): string =>
  canonicalJson(AXES.filter(({ key }) => !OPTIMISING.includes(key)).map(({ key }) => params[key]));

/** True when less is optimised at load than for the other cell. */
const optimisesLess = (a: CellParams, b: CellParams): boolean => {
  if (a.optimised !== b.optimised) return a.optimised;
  const rank = (params: CellParams): number => GRAPH_OPTIMIZATION.indexOf(params.graphOptimization);
  return !a.optimised && rank(a) < rank(b);
};

const sessionsOf = (rounds: readonly ColdMeasured[]): number[] =>
  rounds.map((round) => phaseTime(round, 'session')).filter((time) => time !== null);

const ratioLevel = 0.95;

interface Faster {
  readonly cell: ColdResult;
  readonly ratio: number;
}

/** Of cells that optimise less at load, the one whose session is created the fastest, and surely faster. */
const fasterSession = (cell: ColdResult, others: readonly ColdResult[]): Faster | null => {
  const found = others.flatMap((other): Faster[] => {
    const compared = ratioInterval(sessionsOf(coldRounds(other)), sessionsOf(coldRounds(cell)), ratioLevel);
    return compared === null || compared.high >= 1 ? [] : [{ cell: other, ratio: compared.ratio }];
  });
  return found.toSorted((a, b) => a.ratio - b.ratio)[0] ?? null;
};

export const coldOptimisation: Detector = {
  id: 'cold-optimisation',
  title: 'A cold start is mostly creating the session',
  detect: perColdCell((cell, results) => {
    const part = dominant(cell, 'session');
    if (part === null || cell.params.optimised) return null;
    const same = besideOptimisation(cell.params);
    const others = results.cells
      .filter(isCold)
      .filter(({ machine }) => machine === cell.machine)
      .filter(({ params }) => besideOptimisation(params) === same && optimisesLess(params, cell.params));
    const faster = fasterSession(cell, others);
    const base = { weight: part.share, severity: faster === null ? ('note' as const) : ('warning' as const) };
    const cause = `${cell.label}: creating the session takes ${said(part)}`;
    if (faster !== null) {
      const time = formatDuration(meanOf(faster.cell, 'session'));
      return {
        ...base,
        cause: `${cause}; with ${faster.cell.label} it takes ${time} (${formatChange(faster.ratio - 1)}), so the rest is optimising the graph.`,
        action: faster.cell.params.optimised
          ? 'Save the optimised model when it is built and load that, on the same kind of machine; compare the warm cells too.'
          : 'Take the lower level where cold starts matter, if the warm latency allows it.',
      };
    }
    return others.length === 0
      ? {
          ...base,
          cause: `${cause}.`,
          action: 'Measure optimised: [no, yes] to see how much of it is optimising the graph.',
        }
      : {
          ...base,
          cause: `${cause}; optimising less at load was measured and is not surely faster, so it is the weights themselves.`,
          action: 'Try a smaller precision, or keep processes alive.',
        };
  }),
};

/** A new shape whose first request takes this many times its second. */
const SLOW_SHAPE = 2;

export const coldShapes: Detector = {
  id: 'cold-new-shape',
  title: 'Each new input shape is slow once',
  detect: perColdCell((cell) => {
    const [worst] = cell.cold.shapes
      .filter(({ first, again }) => again > 0 && first > SLOW_SHAPE * again)
      .toSorted((a, b) => b.first / b.again - a.first / a.again);
    if (worst === undefined) return null;
    return {
      severity: 'note',
      weight: worst.first / worst.again,
      cause: `${cell.label}: the first request of the shape ${worst.shape} takes ${formatDuration(worst.first)}, the second ${formatDuration(worst.again)}.`,
      action: 'Warm up with every shape that users send, or pad inputs to few shapes.',
    };
  }),
};

/** A mean, or a percentile, that the first requests move by this share or less is left as it is. */
const NEGLIGIBLE = 0.01;

/**
 * Break-even of a warm-up, in requests that a process serves in its life. Without one, users meet the
 * slow first requests. They are over 1% of all, and so decide p99, until the process has served 100
 * times as many; they raise the mean by over 1% until it has served extra / (1% of the level). From
 * there on a warm-up buys next to nothing. It costs the first request and those until steady, before
 * anything is served.
 */
export const breakEvenOf = (
  cold: ColdCell,
): { readonly p99: number; readonly mean: number; readonly takes: number } | null => {
  const { level, extra, slow, elapsed } = cold.untilSteady;
  if (level === null || level === 0 || extra === null || slow <= 0) return null;
  const first = cold.phases.find(({ name }) => name === 'first')?.mean.value ?? 0;
  return {
    p99: Math.ceil(slow / NEGLIGIBLE),
    mean: Math.ceil(extra / (NEGLIGIBLE * level)),
    takes: first + elapsed,
  };
};

export const coldWarmup: Detector = {
  id: 'cold-warm-up',
  title: 'When a warm-up pays',
  detect: perColdCell((cell) => {
    const { cold } = cell;
    const even = breakEvenOf(cold);
    const { level, extra, slow } = cold.untilSteady;
    if (even === null || level === null || extra === null) return null;
    const count = Number(slow.toFixed(1));
    return {
      severity: 'note',
      weight: extra / level,
      cause: `${cell.label}: the slow first requests (${count} on average) take ${formatDuration(extra)} more together than steady ones (${formatDuration(level)} each); until steady it is ${formatDuration(even.takes)}.`,
      action: `Warm up before traffic comes where a process serves fewer than ${formatCount(even.p99)} requests (p99) or ${formatCount(even.mean)} (mean): beyond, the first ones are under 1%. While users wait for it, no warm-up pays.`,
    };
  }),
};

export const coldNeverSteady: Detector = {
  id: 'cold-never-steady',
  title: 'Cold starts that never became steady',
  detect: perColdCell((cell) => {
    const { neverSteady } = cell.cold.untilSteady;
    if (neverSteady === 0) return null;
    const { processes } = cell.cold;
    return {
      severity: neverSteady * 2 > processes ? 'warning' : 'note',
      weight: neverSteady / processes,
      cause: `${cell.label}: in ${neverSteady} of ${processes} processes the latency was still changing when the warm-up's time was over.`,
      action: 'Give the warm-up more time; the phase steady is longer than measured.',
    };
  }),
};

export const coldPageCache: Detector = {
  id: 'cold-page-cache',
  title: 'The page cache was not as asked for',
  detect: perColdCell((cell) => {
    const { wanted, found } = cell.cold.pageCache;
    const { processes } = cell.cold;
    const right = wanted === 'dropped' ? found.cold : found.warm;
    if (right === processes) return null;
    const isKnown = found.unknown < processes;
    const asked = wanted === 'dropped' ? 'dropped from the page cache' : 'read into the page cache';
    return {
      severity: isKnown ? 'warning' : 'note',
      weight: 1 - right / processes,
      cause: isKnown
        ? `${cell.label}: the model was to be ${asked} before each process, and in ${processes - right} of ${processes} it was ${listFound(found, wanted)}.`
        : `${cell.label}: the model was to be ${asked}, and this system doesn't tell whether it was.`,
      action: isKnown
        ? 'Put the model on a disk (not tmpfs), and let no other process hold it open; the phase read is not what was asked for.'
        : 'Measure on Linux with util-linux (fincore) and GNU dd, or take the phase read with care.',
    };
  }),
};

const listFound = (found: ColdCell['pageCache']['found'], wanted: ColdCell['pageCache']['wanted']): string =>
  (['cold', 'partly', 'warm', 'unknown'] as const)
    .filter((state) => found[state] > 0 && state !== (wanted === 'dropped' ? 'cold' : 'warm'))
    .map((state) => (state === 'partly' ? 'partly there' : state))
    .join(' or ');

export const coldNoise: Detector = {
  id: 'cold-noisy-machine',
  title: 'Cold starts on a noisy machine',
  detect: perColdCell((cell) => {
    const rounds = coldRounds(cell);
    const steal = largest(rounds.map(({ disturbance }) => disturbance?.stealShare)) ?? 0;
    const others = largest(rounds.map(({ disturbance }) => disturbance?.otherShare)) ?? 0;
    const signs = [
      ...(steal < STEAL.warning ? [] : [`other virtual machines took ${formatShare(steal)} of the CPU time`]),
      ...(others < OTHERS.warning ? [] : [`other processes used ${formatShare(others)} of the machine`]),
    ];
    if (signs.length === 0) return null;
    return {
      severity: steal >= STEAL.bad || others >= OTHERS.bad ? 'serious' : 'warning',
      weight: Math.max(steal / STEAL.warning, others / OTHERS.warning),
      cause: `${cell.label}: in a process ${signs.join(', and ')}.`,
      action: 'Stop what else runs or take a dedicated machine: cold starts suffer more than warm requests.',
    };
  }),
};

/** What is said of cold starts, whether they are measured soundly first. */
export const COLD_DETECTORS: readonly Detector[] = [
  coldPageCache,
  coldNoise,
  coldNeverSteady,
  coldImport,
  coldOptimisation,
  coldFirstRun,
  coldShapes,
  coldWarmup,
];
