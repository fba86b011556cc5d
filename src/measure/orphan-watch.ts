/**
 * Runs as a worker thread of a timed process and sleeps all the time but once a second, when it
 * looks whether the parent is still there. The main thread can't do it: a hung model blocks it for
 * ever, and an orphan that burns a core would spoil every later measurement on the machine.
 */
import { parentPort, workerData } from 'node:worker_threads';

const parent = workerData as number;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

// The parent port is left alone: a listener would keep this thread's event loop in use.
parentPort?.unref();
for (;;) {
  Atomics.wait(sleeper, 0, 0, 1000);
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}
