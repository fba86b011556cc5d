/**
 * The entry of a process whose own start is measured. Nothing comes before the first reading of the
 * clock: no import that runs code, no worker, no message. The runtime is imported next, as an
 * application would, and only then what mlat needs.
 */
import type { ParentMessage, Phase } from './messages.js';

/** Monotonic and the same in all processes of a machine, unlike performance.now(). */
const firstLine = process.hrtime.bigint();
const begin = performance.now();

let phase: Phase = 'import';

const perform = async (asked: Promise<ParentMessage>): Promise<void> => {
  const { engine } = await import('../engine/onnxruntime.js');
  const importRuntime = (performance.now() - begin) * 1e6;
  const { task } = await asked;
  const { send, finish } = await import('./link.js');
  if (task.kind !== 'cold') throw new Error(`a cold process cannot do a ${task.kind} task`);
  const { measureCold } = await import('./cold.js');
  const samples = await measureCold(
    engine,
    task,
    { firstLine, begin: begin * 1e6, importRuntime },
    (next) => {
      phase = next;
      // Not waited for: it would be time of the next phase.
      void send({ type: 'phase', phase: next });
    },
  );
  await finish({ type: 'cold', samples });
};

// The parent gets Ctrl-C as well and decides what happens to this process.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));
const tellUncaught = async (error: unknown): Promise<void> => {
  const { failUncaught } = await import('./link.js');
  failUncaught(error, phase);
};
process.on('uncaughtException', (error) => void tellUncaught(error));

// Only a listener lets messages in, so it is there before anything is waited for.
perform(new Promise<ParentMessage>((resolve) => process.once('message', resolve))).catch(
  async (error: unknown) => {
    const { finish } = await import('./link.js');
    const { kindOf } = await import('./round.js');
    const { messageOf } = await import('../vocabulary/errors.js');
    await finish({ type: 'failed', kind: kindOf(error, phase), message: messageOf(error), phase });
  },
);
