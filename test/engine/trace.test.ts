/** Reading the runtime's profile: events as the runtime writes them, times in us. */
import { describe, expect, it } from 'vitest';
import { summariseTrace } from '../../src/engine/trace.js';

type Event = Record<string, unknown>;

const node = (
  index: number,
  ts: number,
  dur: number,
  operator: string,
  provider = 'WebGpuExecutionProvider',
): Event => ({
  cat: 'Node',
  ph: 'X',
  name: `${operator}_${index}_kernel_time`,
  ts,
  dur,
  args: { op_name: operator, provider, node_index: String(index) },
});
const session = (name: string, ts: number, dur: number): Event => ({
  cat: 'Session',
  ph: 'X',
  name,
  ts,
  dur,
});
const CPU = 'CPUExecutionProvider';

/** One request of 100 us, of which the nodes take 60 with a fallback and its two copies. */
const request = (at: number, copy = 20): Event[] => [
  node(0, at + 10, 5, 'Conv'),
  node(7, at + 15, copy, 'MemcpyToHost'),
  node(1, at + 15 + copy, 3, 'Relu', CPU),
  node(8, at + 18 + copy, 2, 'MemcpyFromHost'),
  node(2, at + 20 + copy, 5, 'Conv'),
  session('SequentialExecutor::Execute', at + 10, 60),
  session('model_run', at, 100),
];

const trace = (...events: Event[][]): string =>
  JSON.stringify([
    session('model_loading_uri', 0, 50),
    session('session_initialization', 50, 50),
    ...events.flat(),
  ]);

describe('summariseTrace', () => {
  it('counts each node once, however often it ran, and copies apart', () => {
    const { nodes, copies, runs } = summariseTrace(trace(request(1000), request(2000), request(3000)), 0);
    expect(runs).toBe(3);
    expect(nodes).toEqual([
      { provider: 'WebGpuExecutionProvider', operator: 'Conv', count: 2 },
      { provider: CPU, operator: 'Relu', count: 1 },
    ]);
    expect(copies).toEqual({ nodes: 2, ns: 22_000 });
  });

  it('leaves the first runs out of the times, and not out of the nodes', () => {
    const once = node(5, 1050, 1, 'Shape', CPU);
    const { nodes, copies, runs } = summariseTrace(trace([...request(1000, 500), once], request(2000)), 1);
    expect(runs).toBe(1);
    expect(copies.ns).toBe(22_000);
    expect(nodes).toContainEqual({ provider: CPU, operator: 'Shape', count: 1 });
  });

  it('tells the time outside of the nodes, by the execution of the main graph', () => {
    // The body of a loop is an execution inside of the execution.
    const loop = session('SequentialExecutor::Execute', 1020, 15);
    expect(summariseTrace(trace([...request(1000), loop]), 0).outside).toBe(40_000);
    const without = request(1000).filter(({ name }) => !String(name).endsWith('Execute'));
    expect(summariseTrace(trace(without), 0).outside).toBeNull();
  });

  it('has no copy time where nothing was copied', () => {
    const plain = request(1000).filter(({ name }) => !String(name).startsWith('Memcpy'));
    expect(summariseTrace(trace(plain), 0).copies).toEqual({ nodes: 0, ns: 0 });
  });

  it.each(['', '{}', '[]', '[{"cat":"Session","name":"model_run","ts":1,"dur":1}]'])(
    'refuses %j, which tells nothing',
    (text) => {
      expect(() => summariseTrace(text, 0)).toThrow('the profile of the runtime');
    },
  );
});
