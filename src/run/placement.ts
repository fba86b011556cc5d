/** Which provider ran the nodes of a cell's model: a profiled pass of its own, once a cell. */
import type { ProfileSamples } from '../measure/messages.js';
import type { ModelInfo } from '../model/types.js';
import type { Placement } from '../results/placement-schema.js';
import type { Plan, PlanCell } from '../scenario/types.js';
import { parseMetric } from '../vocabulary/metrics.js';
import { profileName, providerName } from '../vocabulary/providers.js';
import type { Executor } from './executor.js';
import { profileTask } from './task.js';

/**
 * With another provider than cpu in the sweep every cell is profiled, so that all can be compared;
 * else only where a rule asks which nodes ran where.
 */
export const wantsPlacement = (plan: Plan): boolean =>
  plan.cells.some(({ params }) => providerName(params.provider) !== 'cpu') ||
  plan.scenario.rules.some((rule) => parseMetric(rule.metric)?.provider !== undefined);

const countBy = (nodes: ProfileSamples['trace']['nodes']): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { provider, count } of nodes) counts[provider] = (counts[provider] ?? 0) + count;
  return counts;
};

const placementOf = (asked: string, { trace, profiled, unprofiled }: ProfileSamples): Placement => {
  const wanted = profileName(asked);
  const nodes = countBy(trace.nodes);
  return {
    asked,
    runs: trace.runs,
    total: Object.values(nodes).reduce((sum, count) => sum + count, 0),
    onAsked: nodes[wanted] ?? 0,
    nodes,
    elsewhere: trace.nodes
      .filter(({ provider }) => provider !== wanted)
      .map(({ provider, operator, count }) => ({ provider, operator, nodes: count }))
      .toSorted((a, b) => b.nodes - a.nodes || (a.operator < b.operator ? -1 : 1)),
    copies: trace.copies,
    outside: trace.outside,
    distortion: unprofiled > 0 ? profiled / unprofiled : null,
  };
};

/** Profiles one cell. A pass that fails says why in the placement; null when the run was interrupted. */
export const findPlacement = async (
  plan: Plan,
  cell: PlanCell,
  info: ModelInfo,
  { executor, signal }: { readonly executor: Executor; readonly signal: AbortSignal },
): Promise<Placement | null> => {
  const { measure } = plan.scenario;
  const execution = await executor.execute(profileTask(plan.scenario, cell, info), {
    limits: { deadline: measure.deadline, memoryLimit: measure.memoryLimit },
    signal,
  });
  const asked = providerName(cell.params.provider);
  if (execution.kind === 'profiled') return placementOf(asked, execution.samples);
  if (execution.kind === 'failed' && execution.state === 'aborted') return null;
  return {
    asked,
    runs: 0,
    total: 0,
    onAsked: 0,
    nodes: {},
    elsewhere: [],
    copies: { nodes: 0, ns: 0 },
    outside: null,
    distortion: null,
    problem: execution.kind === 'failed' ? execution.reason.message : 'the profiled pass gave no profile',
  };
};
