/** `mlat bench --dry-run`: what would be measured, and about how long it takes. */
import type { ModelInfos } from '../../run/start.js';
import { fileOf, modelOf } from '../../run/task.js';
import type { Plan } from '../../scenario/types.js';
import { cheHitRate } from '../../stats/che.js';
import { AXES, formatParam, varyingAxes, type CellParams } from '../../vocabulary/params.js';
import { isHitRate } from '../../vocabulary/traffic.js';
import {
  formatBytes,
  formatDuration,
  formatShare,
  NS_PER_S,
  type Nanoseconds,
} from '../../vocabulary/units.js';

/** Start of a process, import of the runtime and its end; a large model's loading comes on top. */
const PER_PROCESS: Nanoseconds = 0.5 * NS_PER_S;

/** A whole cold start with a short search for the steady state, and the page cache before it. */
const PER_COLD_START: Nanoseconds = 0.8 * NS_PER_S;

/** From the least to the most that a plan can take, ns: sampling time is asked for, the rest is bounded. */
export const estimateTime = (plan: Plan): { least: Nanoseconds; most: Nanoseconds } => {
  const { measure } = plan.scenario;
  const looks = 'fixed' in measure.rounds ? [measure.rounds.fixed] : measure.rounds.looks;
  const { duration, samples } = measure.sampling;
  const cold = plan.cells.filter(({ params }) => params.start === 'cold').length * measure.cold.starts;
  const perRound = plan.cells
    .filter(({ params }) => params.start === 'warm')
    .map((cell) => ({
      least: PER_PROCESS + (duration ?? 0) + (samples ?? measure.sampling.minSamples) * cell.params.idle,
      most: Math.min(
        measure.deadline,
        PER_PROCESS + measure.warmup.maxDuration + (duration === null ? measure.deadline : duration * 10),
      ),
    }));
  const sum = (key: 'least' | 'most'): number => perRound.reduce((total, entry) => total + entry[key], 0);
  return {
    least: cold * PER_COLD_START + sum('least') * (looks[0] ?? 1),
    most:
      cold * Math.min(measure.deadline, PER_COLD_START + measure.warmup.maxDuration) +
      sum('most') * (looks.at(-1) ?? 1),
  };
};

const describeRounds = (plan: Plan): string => {
  const { rounds, cold: spec } = plan.scenario.measure;
  const hasCold = plan.cells.some(({ params }) => params.start === 'cold');
  const cold = hasCold ? `, cold cells ${spec.starts} processes each` : '';
  return 'fixed' in rounds
    ? `${rounds.fixed} rounds each${cold}`
    : `rounds until decided, looked at after ${rounds.looks.join(', ')}${cold}`;
};

const describeSampling = (plan: Plan): string => {
  const { samples, duration, minSamples } = plan.scenario.measure.sampling;
  return samples === null
    ? `${formatDuration(duration ?? 0)} a round, at least ${minSamples} requests`
    : `${samples} requests a round`;
};

/** The hit rate to expect: as asked for, or by Che's approximation. */
const expectedHits = ({ cache, traffic }: CellParams): string => {
  if (traffic === 'any') return '-';
  return formatShare(
    isHitRate(traffic) ? traffic.hitRate : cheHitRate(traffic.zipf, traffic.catalogue, cache),
  );
};

/** The plan as text: cells with what varies, rules, the estimate. */
export const renderPlan = (plan: Plan, infos: ModelInfos): string => {
  const { scenario, cells } = plan;
  const varying = varyingAxes(cells.map((cell) => cell.params));
  const columns = AXES.filter((axis) => varying.includes(axis.key));
  const withCache = cells.some(({ params }) => params.cache > 0);
  const rows = cells.map((cell) => [
    cell.id,
    ...columns.map((axis) => formatParam(axis.key, cell.params)),
    ...(withCache ? [expectedHits(cell.params)] : []),
  ]);
  const header = ['cell', ...columns.map((axis) => axis.label), ...(withCache ? ['expected hits'] : [])];
  const widths = header.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `  ${row.map((text, index) => text.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd();
  const files = new Map(
    cells.map((cell) => {
      const path = fileOf(modelOf(scenario, cell), cell.params.precision);
      return [path, infos.get(path)] as const;
    }),
  );
  const { least, most } = estimateTime(plan);
  const budget = scenario.measure.budget;
  const upper = budget === null ? most : Math.min(most, budget + scenario.measure.deadline);
  return [
    `${scenario.name}: ${cells.length} cells, ${describeRounds(plan)}, ${describeSampling(plan)}`,
    '',
    ...[...files].map(
      ([path, info]) => `  ${info?.file ?? path}  ${info === undefined ? '' : formatBytes(info.bytes)}`,
    ),
    '',
    line(header),
    ...rows.map(line),
    '',
    scenario.rules.length === 0
      ? '  no SLA rules'
      : `  SLA: ${scenario.rules.map((rule) => rule.text).join('; ')}`,
    `  objective: ${scenario.objective?.text ?? 'none'}`,
    '',
    `  Takes about ${formatDuration(least)}; ${formatDuration(upper)} at the most, if models are slow and warm-ups long.`,
    `  Nothing was measured.`,
    '',
  ].join('\n');
};
