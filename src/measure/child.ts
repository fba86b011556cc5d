/**
 * The entry of a timed process: one task, one answer, end. It is forked by run/executor.ts and
 * imports the runtime only once it has its task, so that the import is timed too.
 */
import { Worker } from 'node:worker_threads';
import { messageOf } from '../vocabulary/errors.js';
import { now } from './clock.js';
import { failUncaught, finish, send } from './link.js';
import type { ChildMessage, ParentMessage, Phase, Task } from './messages.js';

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
  if (task.kind === 'optimise') {
    await enter('load');
    const begin = now();
    const bytes = await engine.saveOptimised(task.model, task.session, task.output);
    return { type: 'optimised', bytes, elapsed: now() - begin };
  }
  if (task.kind === 'profile') {
    const { measurePlacement } = await import('./profile.js');
    return { type: 'profiled', samples: await measurePlacement(engine, task, enter) };
  }
  if (task.kind === 'provider') {
    const { startProvider } = await import('./profile.js');
    return { type: 'started', elapsed: await startProvider(engine, task, enter) };
  }
  if (task.kind === 'cold') throw new Error('a cold start has an entry of its own');
  const { measureRound } = await import('./round.js');
  return { type: 'measured', samples: await measureRound(engine, task, importRuntime, enter) };
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

// On Windows Ctrl-C comes here as well; the parent decides what happens to this process.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));
process.on('uncaughtException', (error) => failUncaught(error, phase));
new Worker(new URL('./orphan-watch.js', import.meta.url), {
  // Who the parent is comes from itself: if it died meanwhile, ppid names another already.
  workerData: Number(process.argv[2]),
  stdout: false,
}).unref();

process.once('message', (message: ParentMessage) => {
  void answer(message.task);
});
void send({ type: 'ready' });
