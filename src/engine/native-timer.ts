/**
 * Times the native call inside the runtime's public `run`, to tell the wrapper's share of a tiny
 * model's latency. The binding is the runtime's private part: where it is not as it was, the share
 * is unknown rather than guessed.
 */
import { createRequire } from 'node:module';

type NativeRun = (this: unknown, ...args: unknown[]) => unknown;
/** The native session behind a public one. */
export type NativeSession = { run: NativeRun };
type NativeConstructor = new () => NativeSession;

const require = createRequire(import.meta.url);

const bindingOf = (): { InferenceSession?: NativeConstructor } | null => {
  try {
    return (require('onnxruntime-node/dist/binding.js') as { binding?: object }).binding ?? null;
  } catch {
    return null;
  }
};

/**
 * Runs `create`, which opens one session, and catches the native session that it makes. Afterwards
 * the binding is as it was, and the session is the runtime's own, so nothing of this is in a timed call.
 */
export const catchNative = async <T>(
  create: () => Promise<T>,
): Promise<{ created: T; native: NativeSession | null }> => {
  const binding = bindingOf();
  const Native = binding?.InferenceSession;
  if (binding === null || typeof Native !== 'function') return { created: await create(), native: null };
  let native: NativeSession | null = null;
  // Called with `new`, a function that returns an object gives that object.
  binding.InferenceSession = function makeNative() {
    native = new Native();
    return native;
  } as unknown as NativeConstructor;
  try {
    return { created: await create(), native };
  } finally {
    binding.InferenceSession = Native;
  }
};

/**
 * Lets the native session read the clock around its `run` for as long as `body` runs. One duration a
 * call, ns; null when there was none to time.
 */
export const timeNative = async (
  native: NativeSession | null,
  body: () => Promise<void>,
): Promise<number[] | null> => {
  if (native === null || !Object.isExtensible(native)) return null;
  const original = native.run;
  const durations: number[] = [];
  // An own property hides the prototype's, which can't be written.
  Object.defineProperty(native, 'run', {
    configurable: true,
    value: function timed(this: unknown, ...args: unknown[]): unknown {
      const start = performance.now();
      const result = original.apply(this, args);
      durations.push((performance.now() - start) * 1e6);
      return result;
    },
  });
  try {
    await body();
  } finally {
    delete (native as { run?: NativeRun }).run;
  }
  return durations.length === 0 ? null : durations;
};
