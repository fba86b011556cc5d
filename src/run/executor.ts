/**
 * One task in one fresh child process: fork, hand over the task, watch the deadline and the memory,
 * collect the last lines of stderr, and turn whatever happens into data.
 */
import { fork, type ChildProcess } from 'node:child_process';
import type {
  ChildMessage,
  ColdSamples,
  HarnessSamples,
  ParentMessage,
  Phase,
  ProfileSamples,
  RoundSamples,
  Task,
} from '../measure/messages.js';
import type { Reason } from '../results/schema.js';
import { formatBytes, formatDuration } from '../vocabulary/units.js';
import { cleanLine } from './clean.js';
import { residentBytes } from './resident.js';

export interface Limits {
  /** From fork to the last message, ns. */
  readonly deadline: number;
  /** Resident bytes; null: not watched. */
  readonly memoryLimit: number | null;
}

/** What the parent saw of a process, by the monotonic clock that all processes share, ns. */
export interface ParentClock {
  /** Just before the call of fork(). */
  readonly forked: bigint;
  /** The message with the result was here. */
  readonly told: bigint;
  /** The process was gone. */
  readonly ended: bigint;
}

export type Execution =
  | { readonly kind: 'measured'; readonly samples: RoundSamples }
  | { readonly kind: 'harness'; readonly samples: HarnessSamples }
  | { readonly kind: 'cold'; readonly samples: ColdSamples; readonly clock: ParentClock }
  | { readonly kind: 'profiled'; readonly samples: ProfileSamples }
  | { readonly kind: 'started'; readonly elapsed: number }
  | { readonly kind: 'optimised'; readonly bytes: number; readonly elapsed: number }
  | { readonly kind: 'failed'; readonly state: 'failed' | 'timed-out' | 'aborted'; readonly reason: Reason };

export interface ExecuteOptions {
  readonly limits: Limits;
  readonly onPhase?: (phase: Phase) => void;
  readonly signal?: AbortSignal;
}

/** Runs tasks. The scheduler's tests put a mock in its place. */
export interface Executor {
  execute(task: Task, options: ExecuteOptions): Promise<Execution>;
}

const MEMORY_POLL_MS = 100;
const STDERR_LINES = 12;
const MAX_STDERR_BYTES = 64 * 1024;

/** How long a process may take to end by itself after its last message. */
const EXIT_GRACE_MS = 5_000;

const describeExit = (code: number | null, signal: NodeJS.Signals | null, phase: string): Reason => {
  if (signal === 'SIGKILL') {
    return {
      kind: 'killed',
      message: `the process was killed by SIGKILL during ${phase}; mlat did not do it, so it was another program or the kernel, short of memory`,
      phase,
      signal,
    };
  }
  if (signal !== null) {
    return { kind: 'crashed', message: `the process died of ${signal} during ${phase}`, phase, signal };
  }
  return {
    kind: 'crashed',
    message: `the process ended with exit code ${code ?? 'unknown'} during ${phase} and sent no result`,
    phase,
    ...(code === null ? {} : { exitCode: code }),
  };
};

/** What a last message says, as far as the message alone tells it. */
const outcomeOf = (message: LastMessage, clock: Omit<ParentClock, 'ended'>): Execution => {
  switch (message.type) {
    case 'measured':
      return { kind: 'measured', samples: message.samples };
    case 'harness':
      return { kind: 'harness', samples: message.samples };
    case 'cold':
      return { kind: 'cold', samples: message.samples, clock: { ...clock, ended: clock.told } };
    case 'profiled':
      return { kind: 'profiled', samples: message.samples };
    case 'started':
      return { kind: 'started', elapsed: message.elapsed };
    case 'optimised':
      return { kind: 'optimised', bytes: message.bytes, elapsed: message.elapsed };
    case 'failed':
      return {
        kind: 'failed',
        state: 'failed',
        reason: { kind: message.kind, message: message.message, phase: message.phase },
      };
  }
};

type LastMessage = Exclude<ChildMessage, { type: 'ready' | 'phase' }>;

/**
 * Forks `entry` for every task. `entry` is the built child.js; fork() on Node 20 can't start a .ts.
 * Cold starts have cold-child.js beside it, which gets its task without asking for it.
 */
export const createExecutor = (entry: URL): Executor => ({
  execute: (task, { limits, onPhase, signal }) =>
    new Promise<Execution>((resolve) => {
      if (signal?.aborted === true) {
        resolve({
          kind: 'failed',
          state: 'aborted',
          reason: { kind: 'interrupted', message: 'interrupted' },
        });
        return;
      }
      const isCold = task.kind === 'cold';
      const forked = process.hrtime.bigint();
      const child = fork(isCold ? new URL('./cold-child.js', entry) : entry, [String(process.pid)], {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        execArgv: ['--expose-gc', '--no-warnings'],
        // A session of its own: Ctrl-C goes to the parent alone, which decides what happens to the
        // child. On Windows it would open a window.
        detached: process.platform !== 'win32',
      });
      let phase: Phase | 'start' = 'start';
      let outcome: Execution | null = null;
      let stderr = '';

      const timers = watch(child, limits, (state, reason) => {
        outcome ??= { kind: 'failed', state, reason: { ...reason, phase } };
        child.kill('SIGKILL');
      });
      const abort = (): void => {
        outcome ??= {
          kind: 'failed',
          state: 'aborted',
          reason: { kind: 'interrupted', message: 'interrupted', phase },
        };
        child.kill('SIGKILL');
      };
      signal?.addEventListener('abort', abort, { once: true });

      child.stderr?.on('data', (chunk: Buffer) => {
        stderr = (stderr + chunk.toString('utf8')).slice(-MAX_STDERR_BYTES);
      });
      const handOver = (): void => {
        child.send({ type: 'task', task } satisfies ParentMessage, (error) => {
          // A child that died meanwhile is told by its exit.
          if (error !== null) child.kill('SIGKILL');
        });
      };
      child.on('message', (message: ChildMessage) => {
        switch (message.type) {
          case 'ready':
            handOver();
            break;
          case 'phase':
            phase = message.phase;
            onPhase?.(message.phase);
            break;
          default:
            outcome ??= outcomeOf(message, { forked, told: process.hrtime.bigint() });
            timers.stop();
            timers.add(setTimeout(() => child.kill('SIGKILL'), EXIT_GRACE_MS));
            break;
        }
      });
      child.on('error', (error) => {
        outcome ??= {
          kind: 'failed',
          state: 'failed',
          reason: { kind: 'crashed', message: `cannot start a process: ${error.message}` },
        };
        // Without a process there is no close event.
        if (child.pid === undefined) finish(null, null);
      });
      child.on('exit', () => {
        if (outcome?.kind === 'cold') {
          outcome = { ...outcome, clock: { ...outcome.clock, ended: process.hrtime.bigint() } };
        }
      });
      child.on('close', (code, killedBy) => finish(code, killedBy));

      if (isCold) handOver();

      const finish = (code: number | null, killedBy: NodeJS.Signals | null): void => {
        timers.stop();
        signal?.removeEventListener('abort', abort);
        const result = outcome ?? {
          kind: 'failed',
          state: 'failed',
          reason: describeExit(code, killedBy, phase),
        };
        resolve(result.kind === 'failed' ? withStderr(result, stderr) : result);
      };
    }),
});

type Failed = Extract<Execution, { kind: 'failed' }>;

const withStderr = (failed: Failed, stderr: string): Failed => {
  const lines = stderr
    .split('\n')
    .map(cleanLine)
    .filter((line) => line !== '')
    .slice(-STDERR_LINES);
  return {
    ...failed,
    reason: {
      ...failed.reason,
      message: cleanLine(failed.reason.message),
      ...(lines.length === 0 ? {} : { stderr: lines }),
    },
  };
};

type Stop = (state: 'failed' | 'timed-out', reason: { kind: string; message: string }) => void;

const watch = (
  child: ChildProcess,
  limits: Limits,
  stop: Stop,
): { stop: () => void; add: (timer: NodeJS.Timeout) => void } => {
  const timers: NodeJS.Timeout[] = [];
  timers.push(
    setTimeout(() => {
      stop('timed-out', {
        kind: 'deadline',
        message: `no result after ${formatDuration(limits.deadline)}; raise the deadline if the model is just slow`,
      });
    }, limits.deadline / 1e6),
  );
  const { memoryLimit } = limits;
  if (memoryLimit !== null) {
    timers.push(
      setInterval(() => {
        const resident = child.pid === undefined ? null : residentBytes(child.pid);
        if (resident !== null && resident > memoryLimit) {
          stop('failed', {
            kind: 'memory-limit',
            message: `used ${formatBytes(resident)} of memory, over the limit of ${formatBytes(memoryLimit)}; raise the memory limit, or take a smaller batch`,
          });
        }
      }, MEMORY_POLL_MS),
    );
  }
  return {
    add: (timer) => timers.push(timer),
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
};
