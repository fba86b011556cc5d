/**
 * The clock of the timed process. performance.now() is monotonic, reads uv_hrtime without
 * allocating a BigInt, and holds nanoseconds exactly for the first 100 days of a process.
 */

const NS_PER_MS = 1e6;

/** Monotonic time in ns since the process started, as a float. */
export const now = (): number => performance.now() * NS_PER_MS;

/** Smallest non-zero difference between two readings, and the median cost of one, in ns. */
export const measureClock = (readings = 20_000): { step: number; cost: number } => {
  const block = 100;
  let step = Number.POSITIVE_INFINITY;
  const costs: number[] = [];
  for (let done = 0; done < readings; done += block) {
    const start = now();
    let previous = start;
    for (let index = 0; index < block; index++) {
      const reading = now();
      if (reading > previous && reading - previous < step) step = reading - previous;
      previous = reading;
    }
    costs.push((previous - start) / block);
  }
  costs.sort((a, b) => a - b);
  return { step: Math.round(step), cost: Math.round(costs[Math.floor(costs.length / 2)] ?? 0) };
};

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Puts the thread to sleep. Unlike a timer it overshoots by tenths of a millisecond at most, and
 * unlike a spin it lets the processor idle, which is what an idle gap is there to show.
 */
export const sleepBlocking = (ns: number): void => {
  if (ns > 0) Atomics.wait(sleeper, 0, 0, ns / NS_PER_MS);
};
