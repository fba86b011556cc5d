/** Before anything is measured: which execution providers of the plan can run here, and what becomes of the rest. */
import { emptyModel } from '../model/build.js';
import type { Environment } from '../results/environment-schema.js';
import type { CellResult, Reason, Results } from '../results/schema.js';
import type { Plan } from '../scenario/types.js';
import { UserError } from '../vocabulary/errors.js';
import {
  describeLack,
  formatProvider,
  providerName,
  type Provider,
  type ProviderCheck,
  type ProviderStatus,
} from '../vocabulary/providers.js';
import { NS_PER_S } from '../vocabulary/units.js';
import type { Executor } from './executor.js';

/** A provider that the plan asks for and that can't run here. */
export interface Unavailable {
  readonly provider: Provider;
  readonly reason: Reason;
}

/** Time to start a provider on a model of one node; the slowest compile their kernels first. */
const DEADLINE = 60 * NS_PER_S;

const LACK = 'no-hardware';

/** The providers of the plan in the order of its cells, each with its options once. */
const providersOf = (plan: Plan): Provider[] => {
  const byText = new Map(
    plan.cells.map(({ params }) => [formatProvider(params.provider), params.provider] as const),
  );
  return [...byText.values()].filter((provider) => providerName(provider) !== 'cpu');
};

const byLooking = (provider: Provider, environment: Environment): Reason | null => {
  const status = environment.providers?.find(({ name }) => name === providerName(provider));
  if (status === undefined || status.available) return null;
  return { kind: LACK, message: describeLack(status) };
};

const byStarting = async (
  provider: Provider,
  executor: Executor,
  signal: AbortSignal,
): Promise<Reason | null> => {
  const execution = await executor.execute(
    { kind: 'provider', emptyModel: emptyModel(), provider },
    { limits: { deadline: DEADLINE, memoryLimit: null }, signal },
  );
  if (execution.kind !== 'failed' || execution.state === 'aborted') return null;
  const { message, stderr } = execution.reason;
  return {
    kind: LACK,
    message: `all that ${providerName(provider)} needs was found, but it does not start: ${message}`,
    ...(stderr === undefined ? {} : { stderr }),
  };
};

/**
 * Looks at every provider of the plan, and starts those with nothing missing once, each in a process
 * of its own: a driver that hangs or crashes costs that process only.
 */
export const findUnavailable = async (
  plan: Plan,
  environment: Environment,
  executor: Executor,
  signal: AbortSignal,
): Promise<Unavailable[]> => {
  const unavailable: Unavailable[] = [];
  for (const provider of providersOf(plan)) {
    const reason = byLooking(provider, environment) ?? (await byStarting(provider, executor, signal));
    if (reason !== null) unavailable.push({ provider, reason });
  }
  return unavailable;
};

/** The statuses with a check more: providers with nothing missing were started, each in a process of its own. */
export const tryProviders = async (
  statuses: readonly ProviderStatus[],
  executor: Executor,
  signal: AbortSignal,
): Promise<ProviderStatus[]> => {
  const tried: ProviderStatus[] = [];
  for (const status of statuses) {
    const isTried = status.available && status.name !== 'cpu';
    const reason = isTried ? await byStarting(status.name, executor, signal) : null;
    const check: ProviderCheck =
      reason === null
        ? { name: 'start', status: 'ok', seen: 'it starts' }
        : { name: 'start', status: 'wrong', seen: reason.message };
    tried.push(
      isTried ? { ...status, available: reason === null, checks: [...status.checks, check] } : status,
    );
  }
  return tried;
};

/** The refusal of --require-providers: one problem a provider, exit code 3. */
export const providersRequired = (unavailable: readonly Unavailable[]): UserError =>
  new UserError(
    unavailable.map(({ provider, reason }) => ({
      message: `provider ${formatProvider(provider)} is not available: ${reason.message}`,
    })),
    3,
  );

/** The document with the cells of these providers skipped; a cell that was measured before keeps its rounds. */
export const skipUnavailable = (results: Results, unavailable: readonly Unavailable[]): Results => {
  const reasons = new Map(unavailable.map(({ provider, reason }) => [formatProvider(provider), reason]));
  return {
    ...results,
    cells: results.cells.map((cell): CellResult => {
      const reason = reasons.get(formatProvider(cell.params.provider));
      if (reason === undefined || cell.state !== 'pending' || cell.rounds.length > 0) return cell;
      return { ...cell, state: 'skipped', reason };
    }),
  };
};
