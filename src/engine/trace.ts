/**
 * The runtime's profile of a session, read back: which provider ran each node, and what copying took.
 * The file is a JSON array of events in Chrome's trace format, times in us. Pure.
 */
import type { TraceSummary } from './types.js';

interface Event {
  readonly cat?: string;
  readonly name?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: { readonly op_name?: string; readonly provider?: string; readonly node_index?: string };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

const NS_PER_US = 1000;

const spanOf = ({ ts = 0, dur = 0 }: Event): Span => ({ from: ts, to: ts + dur });

const within = (event: Event, span: Span): boolean => {
  const at = event.ts ?? -1;
  return at >= span.from && at < span.to;
};

/** Nodes that the runtime puts in where a value goes from one provider's memory to another's. */
const isCopy = (event: Event): boolean => /^Memcpy(?:To|From)Host$/.test(event.args?.op_name ?? '');

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const readEvents = (text: string): Event[] => {
  let events: unknown;
  try {
    events = JSON.parse(text);
  } catch {
    throw new Error('the profile of the runtime is not JSON');
  }
  if (!Array.isArray(events)) throw new Error('the profile of the runtime is not a list of events');
  return events as Event[];
};

/** One entry for each node, however often it ran: nodes of a loop's body run more often than others. */
const distinct = (kernels: readonly Event[]): Event[] => [
  ...new Map(kernels.map((event) => [`${event.args?.node_index ?? ''} ${event.name ?? ''}`, event])).values(),
];

const count = (nodes: readonly Event[]): TraceSummary['nodes'] => {
  const groups = new Map<string, TraceSummary['nodes'][number]>();
  for (const { args } of nodes) {
    const provider = args?.provider ?? '';
    const operator = args?.op_name ?? '';
    const key = `${provider} ${operator}`;
    groups.set(key, { provider, operator, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()];
};

/** From each run the time that its nodes did not take: the longest execution is that of the main graph. */
const outsideOf = (events: readonly Event[], runs: readonly Span[]): number | null => {
  const executions = events.filter((event) => event.name?.endsWith('Executor::Execute') === true);
  const outside = runs.flatMap((run) => {
    const inside = executions.filter((event) => within(event, run)).map((event) => event.dur ?? 0);
    return inside.length === 0 ? [] : [run.to - run.from - Math.max(...inside)];
  });
  const average = mean(outside);
  return average === null ? null : Math.max(0, Math.round(average * NS_PER_US));
};

/**
 * Reads a profile. Times are means over the runs but the first `skip`, in ns. Throws when the text is
 * no profile, or when no run is in it.
 */
export const summariseTrace = (text: string, skip: number): TraceSummary => {
  const events = readEvents(text);
  const runs = events
    .filter((event) => event.name === 'model_run')
    .map(spanOf)
    .toSorted((a, b) => a.from - b.from);
  const timed = runs.slice(skip);
  const kernels = events.filter(
    (event) => event.cat === 'Node' && event.name?.endsWith('_kernel_time') === true,
  );
  if (runs.length === 0 || kernels.length === 0) throw new Error('the profile of the runtime has no runs');
  const nodes = distinct(kernels);
  const copies = nodes.filter(isCopy).length;
  const perRun = timed.map((run) =>
    kernels
      .filter((event) => isCopy(event) && within(event, run))
      .reduce((sum, event) => sum + (event.dur ?? 0), 0),
  );
  return {
    runs: timed.length,
    nodes: count(nodes.filter((event) => !isCopy(event))),
    copies: { nodes: copies, ns: copies === 0 ? 0 : Math.round((mean(perRun) ?? 0) * NS_PER_US) },
    outside: outsideOf(events, timed),
  };
};
