/**
 * The table of detectors, and how what they see becomes findings. To add one: write it beside the
 * others and add it to DETECTORS.
 */
import type { Finding } from '../../results/conclusions-schema.js';
import type { Results } from '../../results/schema.js';
import { COLD_DETECTORS } from './cold.js';
import type { Detector, Symptom } from './detector.js';
import { cacheNotFilled, cacheWithoutControl, hitRateOff } from './cache.js';
import { cellFailed, cellSkipped, incomplete, requestErrors } from './failures.js';
import { noisyMachine, throttled } from './machine.js';
import { emulatedDevice, placementUnknown, providerFallback, providerUnused } from './placement.js';
import { missingShard, separateRuns, unequalMachines } from './machines.js';
import { autocorrelated, fewRounds, tooFewSamples } from './sampling.js';
import { oversubscribedThreads, smallPool, wrapperDominated } from './setup.js';
import { bimodal, outliers } from './shape.js';
import { drift, neverSteady } from './stability.js';

const DETECTORS: readonly Detector[] = [
  requestErrors,
  providerUnused,
  cellFailed,
  incomplete,
  cellSkipped,
  missingShard,
  unequalMachines,
  tooFewSamples,
  fewRounds,
  neverSteady,
  drift,
  bimodal,
  outliers,
  autocorrelated,
  throttled,
  noisyMachine,
  oversubscribedThreads,
  wrapperDominated,
  hitRateOff,
  cacheNotFilled,
  cacheWithoutControl,
  smallPool,
  providerFallback,
  placementUnknown,
  emulatedDevice,
  separateRuns,
  ...COLD_DETECTORS,
];

/** The ids that `mute` takes. */
export const FINDING_IDS: readonly string[] = DETECTORS.map((detector) => detector.id);

/** The ids of findings that make the measurement of their cells invalid. */
export const INVALIDATING: ReadonlySet<string> = new Set(
  DETECTORS.filter((detector) => detector.invalidates === true).map((detector) => detector.id),
);

const RANK: Readonly<Record<Finding['severity'], number>> = { serious: 2, warning: 1, note: 0 };

/** Everything that speaks against the measurement, the most serious first, muted findings last. */
export const findProblems = (results: Results): Finding[] => {
  const findings = DETECTORS.flatMap((detector) => {
    const muted = results.scenario.mute.includes(detector.id);
    return groupsOf(detector.detect(results)).map((group) =>
      findingOf(detector, group, muted, results.cells.length),
    );
  });
  const order = (finding: Finding): number => (finding.muted ? -1 : RANK[finding.severity]);
  return findings.toSorted((a, b) => order(b) - order(a));
};

/**
 * The cells whose measurement is invalid, by id, with the reason as a clause. Muting a finding doesn't
 * mend the measurement.
 */
export const invalidCells = (results: Results): ReadonlyMap<string, string> =>
  new Map(
    DETECTORS.filter((detector) => INVALIDATING.has(detector.id))
      .flatMap((detector) => detector.detect(results))
      .flatMap(({ cell, cause }): [string, string][] =>
        cell === null ? [] : [[cell.id, clauseOf(cause, cell.label)]],
      ),
  );

/** A cause without the cell's name in front and the full stop behind. */
const clauseOf = (cause: string, label: string): string =>
  (cause.startsWith(`${label}: `) ? cause.slice(label.length + 2) : cause).replace(/\.$/, '');

const groupsOf = (symptoms: readonly Symptom[]): (readonly [Symptom, ...Symptom[]])[] => {
  const groups = new Map<string, [Symptom, ...Symptom[]]>();
  for (const symptom of symptoms) {
    const group = groups.get(symptom.group ?? '');
    if (group === undefined) groups.set(symptom.group ?? '', [symptom]);
    else group.push(symptom);
  }
  return [...groups.values()];
};

/** One finding for all cells that show the same: told by the worst of them. */
const findingOf = (
  detector: Detector,
  symptoms: readonly [Symptom, ...Symptom[]],
  muted: boolean,
  cells: number,
): Finding => {
  const [worst] = symptoms.toSorted((a, b) => RANK[b.severity] - RANK[a.severity] || b.weight - a.weight);
  const { severity, cause, action } = worst ?? symptoms[0];
  const ids = symptoms.flatMap(({ cell }) => (cell === null ? [] : [cell.id]));
  return {
    id: detector.id,
    severity,
    cells: ids,
    title: detector.title,
    cause: ids.length < 2 ? cause : `${cause} That is the worst of ${ids.length} such cells of ${cells}.`,
    action,
    muted,
  };
};
