/**
 * The entry of a timed process: one task, one answer, end. It is forked by run/executor.ts and
 * imports the runtime only once it has its task, so that the import is timed too.
 */
import { Worker } from 'node:worker_threads';
import { messageOf } from '../vocabulary/errors.js';
import { now } from './clock.js';
import type { ChildMessage, ParentMessage, Phase, Task } from './messages.js';

const send = (message: ChildMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    if (process.send === undefined) {
      reject(new Error('started without a parent'));
      return;
    }
    process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });

let phase: Phase = 'import';

const enter = async (next: Phase): Promise<void> => {
  phase = next;
  await send({ type: 'phase', phase: next });
};

const perform = async (task: Task): Promise<ChildMessage> => {
  await enter('import');
  const start = now();
  const { engine } = await import('../engine/onnxruntime.js');
  const importRuntime = now() - start;
  if (task.kind === 'harness') {
    const { measureHarness } = await import('./harness.js');
    return { type: 'harness', samples: await measureHarness(engine, task) };
  }
  const { measureRound } = await import('./round.js');
  return { type: 'measured', samples: await measureRound(engine, task, importRuntime, enter) };
};

/** Sends the last message and ends the process. */
const finish = async (message: ChildMessage): Promise<void> => {
  // With advanced serialization the message is only out when the callback says so.
  await send(message);
  process.disconnect();
  // A user's module may have left timers or sockets; nothing here needs to be waited for.
  process.exit(0);
};

const answer = async (task: Task): Promise<void> => {
  let message: ChildMessage;
  try {
    message = await perform(task);
  } catch (error) {
    const { kindOf } = await import('./round.js');
    message = { type: 'failed', kind: kindOf(error, phase), message: messageOf(error), phase };
  }
  await finish(message);
};

/** For what no promise leads back to the task: a timer of the user's module, say. */
const failUncaught = (error: unknown): void => {
  const frame =
    error instanceof Error ? /\n\s+at .*?([^/\\\s(]+:\d+:\d+)\)?\n/.exec(error.stack ?? '')?.[1] : undefined;
  void finish({
    type: 'failed',
    kind: 'crashed',
    message: `an error that nothing caught: ${frame === undefined ? '' : `${frame}: `}${messageOf(error)}`,
    phase,
  });
};

// On Windows Ctrl-C comes here as well; the parent decides what happens to this process.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));
process.on('uncaughtException', failUncaught);
new Worker(new URL('./orphan-watch.js', import.meta.url), {
  // Who the parent is comes from itself: if it died meanwhile, ppid names another already.
  workerData: Number(process.argv[2]),
  stdout: false,
}).unref();

process.once('message', (message: ParentMessage) => {
  void answer(message.task);
});
void send({ type: 'ready' });
