/** The configurations a decision chooses among: how each stands to the SLA and to the objective. */
import type { Verdict } from '../results/conclusions-schema.js';
import { machineNames } from '../results/machines.js';
import type { CellResult, Interval, Results } from '../results/schema.js';
import { proportionInterval, ratioInterval } from '../stats/intervals.js';
import type { Metric } from '../vocabulary/metrics.js';
import type { Objective } from '../vocabulary/rules.js';
import { configurationsOf, workloadLabel } from './configurations.js';
import { isUpperLimit } from './operators.js';
import { readMetric, type Reading } from './reading.js';

export type Meets = 'yes' | 'no' | 'unknown';

/** A verdict, and the workload it is about where a configuration has several. */
export type JudgedVerdict = Verdict & { readonly workload?: string };

/** A configuration in the running. */
export interface Candidate {
  /** The cell that ranks it: the configuration at the reference workload. */
  readonly cell: CellResult;
  /** All its cells, one a workload. */
  readonly cells: readonly CellResult[];
  readonly label: string;
  /** The reference workload, where there are several; "" otherwise. */
  readonly workload: string;
  /** Of the objective's metric. */
  readonly reading: Reading;
  /** The reading's value; null: the cell can't be ranked. */
  readonly value: number | null;
  /** Its verdicts, without those that don't apply. Empty: no rule is about it. */
  readonly verdicts: readonly JudgedVerdict[];
  readonly meets: Meets;
}

/** A candidate that has a value for the objective. */
export interface Ranked extends Candidate {
  readonly value: number;
}

export const isRanked = (candidate: Candidate): candidate is Ranked => candidate.value !== null;

/**
 * The measured configurations, each with the verdicts of all its cells. It meets the SLA when they all
 * pass; it is unknown when none is worse than inconclusive. One with a cell that is invalid or that
 * failed never meets it.
 */
export const candidatesOf = (
  results: Results,
  metric: Metric,
  verdicts: readonly Verdict[],
  invalid: ReadonlyMap<string, string>,
): Candidate[] =>
  configurationsOf(results.cells, metric, machineNames(results)).flatMap(
    ({ cells, representative, label }): Candidate[] => {
      if (representative === null) return [];
      const byId = new Map(cells.map((cell) => [cell.id, cell]));
      const at = (id: string | null): { workload?: string } => {
        const cell = cells.length > 1 && id !== null ? byId.get(id) : undefined;
        return cell === undefined ? {} : { workload: workloadLabel(cell, results.cells) };
      };
      const own = verdicts
        .filter((verdict) => verdict.cell !== null && byId.has(verdict.cell))
        .filter((verdict) => verdict.status !== 'not-applicable')
        .map((verdict): JudgedVerdict => ({ ...verdict, ...at(verdict.cell) }));
      const reading = readMetric(representative, metric);
      const broken = cells.some(
        (cell) => invalid.has(cell.id) || cell.state === 'failed' || cell.state === 'timed-out',
      );
      return [
        {
          cell: representative,
          cells,
          label,
          workload: cells.length > 1 ? workloadLabel(representative, results.cells) : '',
          reading,
          value: reading.value,
          verdicts: own,
          meets: broken ? 'no' : meetsOf(own),
        },
      ];
    },
  );

const meetsOf = (verdicts: readonly Verdict[]): Meets => {
  if (verdicts.every((verdict) => verdict.status === 'pass')) return 'yes';
  return verdicts.every((verdict) => verdict.status === 'pass' || verdict.status === 'inconclusive')
    ? 'unknown'
    : 'no';
};

/** True when the metric is a share of so many of so many, which has no spread over rounds. */
export const isShare = (candidate: Candidate): boolean => candidate.reading.evidence.kind === 'proportion';

/** What a decision is made from. */
export interface DecisionContext {
  readonly results: Results;
  readonly objective: Objective;
  /** Of the objective. */
  readonly metric: Metric;
  /** All measured configurations, in the document's order. */
  readonly candidates: readonly Candidate[];
  /** Configurations in all, also those of which nothing was measured. */
  readonly total: number;
  /** Two-sided level at which cells are told apart; with planned looks the error is split over them. */
  readonly level: number;
  /** CPUs that threads "auto" stands for. */
  readonly cpus: number;
}

/** Sorts by the objective, best first; equal values keep their order. */
export const bestFirst = (candidates: readonly Ranked[], objective: Objective): Ranked[] =>
  candidates.toSorted((a, b) => (objective.direction === 'maximize' ? b.value - a.value : a.value - b.value));

/** One candidate's metric over another's. */
export interface Contrast {
  /** Null where the other's value is 0. */
  readonly ratio: number | null;
  /** Null where there are no rounds to compute it from. */
  readonly interval: Interval | null;
  /** The data tell the two apart. */
  readonly apart: boolean;
  /** The two were measured on unequal machines, so the ratio is of machines too and tells nothing apart. */
  readonly unequal?: true;
}

/** `a` over `b` at a two-sided level. Shares have no ratio over rounds: they are apart when their intervals are. */
export const contrast = (a: Ranked, b: Ranked, level: number): Contrast => {
  const plain = b.value === 0 ? null : a.value / b.value;
  const [first, second] = [a.reading.evidence, b.reading.evidence];
  if (first.kind === 'proportion' && second.kind === 'proportion') {
    const one = proportionInterval(first.successes, first.trials, level);
    const two = proportionInterval(second.successes, second.trials, level);
    return { ratio: plain, interval: null, apart: one.low > two.high || two.low > one.high };
  }
  if (a.cell.machine !== b.cell.machine) return { ratio: plain, interval: null, apart: false, unequal: true };
  const found = ratioInterval(a.reading.rounds, b.reading.rounds, level);
  if (found === null) return { ratio: plain, interval: null, apart: false };
  const { ratio, ...interval } = found;
  return { ratio, interval, apart: interval.low > 1 || interval.high < 1 };
};

/** Two cells this close are as good as each other in practice, and the simpler one is taken. */
export const AS_GOOD_AS = 0.05;

/**
 * Of candidates that cannot be told apart, the one to take: among those within AS_GOOD_AS of the
 * best, the one without a cache or with the smaller one, then with the fewest threads, then the smallest batch, then the fewest threads between
 * operators; the best where they agree. Fewer threads leave CPUs to others, a smaller batch makes a
 * request wait less for others. `ties` is sorted, best first, and not empty. `cpus` stands for "auto".
 */
export const simplest = (ties: readonly [Ranked, ...Ranked[]], cpus: number): Ranked => {
  const [best] = ties;
  const close = ties.filter((tied) => Math.abs(tied.value / best.value - 1) <= AS_GOOD_AS);
  const costs = ({ cell: { params } }: Ranked): readonly number[] => [
    params.cache,
    params.threads === 0 ? cpus : params.threads,
    params.batch,
    params.interThreads === 0 ? cpus : params.interThreads,
  ];
  return close.reduce((taken, next) => (isLess(costs(next), costs(taken)) ? next : taken), best);
};

const isLess = (a: readonly number[], b: readonly number[]): boolean => {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
};

/**
 * How far a cell is from meeting the SLA: the largest share by which a value is beyond its limit.
 * Where a rule has no data nothing says how far, so such a cell is farther than any other; one whose
 * measurement is invalid is the farthest.
 */
export const violationOf = (candidate: Candidate): number =>
  Math.max(0, ...candidate.verdicts.map(violation));

const violation = ({ status, actual, operator, expected }: Verdict): number => {
  if (status === 'pass' || status === 'inconclusive') return 0;
  if (status === 'invalid') return Infinity;
  if (status !== 'fail' || actual === null) return Number.MAX_VALUE;
  const over = isUpperLimit(operator) ? actual / expected - 1 : expected / actual - 1;
  return Math.min(Math.max(0, over), Number.MAX_VALUE / 2);
};
