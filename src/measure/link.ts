/** The timed process's end of the channel to its parent. */
import { messageOf } from '../vocabulary/errors.js';
import type { ChildMessage, Phase } from './messages.js';

/** Sends a message; resolves when it is out, which with advanced serialization only the callback tells. */
export const send = (message: ChildMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    if (process.send === undefined) {
      reject(new Error('started without a parent'));
      return;
    }
    process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });

/** Sends the last message and ends the process. */
export const finish = async (message: ChildMessage): Promise<void> => {
  await send(message);
  process.disconnect();
  // A user's module may have left timers or sockets; nothing here needs to be waited for.
  process.exit(0);
};

/** For what no promise leads back to the task: a timer of the user's module, say. */
export const failUncaught = (error: unknown, phase: Phase): void => {
  const frame =
    error instanceof Error ? /\n\s+at .*?([^/\\\s(]+:\d+:\d+)\)?\n/.exec(error.stack ?? '')?.[1] : undefined;
  void finish({
    type: 'failed',
    kind: 'crashed',
    message: `an error that nothing caught: ${frame === undefined ? '' : `${frame}: `}${messageOf(error)}`,
    phase,
  });
};
