/**
 * What the machine did while a process sampled: CPU time taken by the hypervisor, by other
 * processes, and by the cgroup's quota. Linux tells; elsewhere the answer is null, not zero.
 */
import { readFileSync } from 'node:fs';
import type { Disturbance } from '../results/schema.js';

export interface Counters {
  readonly wall: number;
  /** CPU time of this process, us. */
  readonly cpu: number;
  readonly involuntarySwitches: number;
  /** Of the whole machine, in clock ticks. */
  readonly machine: { readonly total: number; readonly idle: number; readonly steal: number } | null;
  /** Time the cgroup was throttled, us. */
  readonly throttled: number | null;
}

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** Totals of the first line of /proc/stat: user nice system idle iowait irq softirq steal (man 5 proc). */
export const parseProcStat = (text: string): Counters['machine'] => {
  const fields = /^cpu\s+(.+)$/m.exec(text)?.[1]?.split(/\s+/).map(Number);
  if (fields === undefined || fields.length < 8 || fields.some(Number.isNaN)) return null;
  // guest and guest_nice (fields 9 and 10) are already counted in user and nice.
  const first = fields.slice(0, 8);
  return {
    total: first.reduce((sum, value) => sum + value, 0),
    idle: (first[3] ?? 0) + (first[4] ?? 0),
    steal: first[7] ?? 0,
  };
};

/** Microseconds that a cgroup was throttled: cgroup v2 `throttled_usec`, v1 `throttled_time` in ns. */
export const parseThrottled = (text: string): number | null => {
  const v2 = /^throttled_usec (\d+)$/m.exec(text)?.[1];
  if (v2 !== undefined) return Number(v2);
  const v1 = /^throttled_time (\d+)$/m.exec(text)?.[1];
  return v1 === undefined ? null : Number(v1) / 1000;
};

/** The folder of this process's cgroup (v2), or of its cpu controller (v1); null outside of Linux. */
export const cgroupFolder = (): string | null => {
  const text = readText('/proc/self/cgroup');
  if (text === null) return null;
  const v2 = /^0::(.*)$/m.exec(text)?.[1];
  const v1 = /^\d+:[^:]*\bcpu\b[^:]*:(.*)$/m.exec(text)?.[1];
  const candidates = [
    ...(v2 === undefined ? [] : [`/sys/fs/cgroup${v2}`]),
    ...(v1 === undefined ? [] : [`/sys/fs/cgroup/cpu${v1}`, '/sys/fs/cgroup/cpu']),
    '/sys/fs/cgroup',
  ];
  return candidates.find((folder) => readText(`${folder}/cpu.stat`) !== null) ?? null;
};

/** Reads all counters now. Not for the timed loop: it reads files. */
export const readCounters = (cgroup: string | null): Counters => {
  const usage = process.resourceUsage();
  const stat = readText('/proc/stat');
  const cpuStat = cgroup === null ? null : readText(`${cgroup}/cpu.stat`);
  return {
    wall: performance.now(),
    cpu: usage.userCPUTime + usage.systemCPUTime,
    involuntarySwitches: usage.involuntaryContextSwitches,
    machine: stat === null ? null : parseProcStat(stat),
    throttled: cpuStat === null ? null : parseThrottled(cpuStat),
  };
};

/** /proc/stat counts in hundredths of a second; shares over less than this many ticks mean nothing. */
const MIN_TICKS = 20;

/** The difference of two readings as shares. */
export const disturbanceBetween = (before: Counters, after: Counters): Disturbance => {
  const wallUs = (after.wall - before.wall) * 1000;
  const cpu = after.cpu - before.cpu;
  const ticks =
    before.machine === null || after.machine === null
      ? null
      : {
          total: after.machine.total - before.machine.total,
          idle: after.machine.idle - before.machine.idle,
          steal: after.machine.steal - before.machine.steal,
        };
  const known = ticks !== null && ticks.total >= MIN_TICKS ? ticks : null;
  const ownTicks = cpu / 10_000;
  return {
    stealShare: known === null ? null : known.steal / known.total,
    otherShare:
      known === null ? null : Math.max(0, (known.total - known.idle - known.steal - ownTicks) / known.total),
    throttledShare:
      before.throttled === null || after.throttled === null || wallUs <= 0
        ? null
        : (after.throttled - before.throttled) / wallUs,
    cpuPerWall: wallUs <= 0 ? null : cpu / wallUs,
    // Windows has no such counter and libuv reports 0 there.
    involuntarySwitches:
      process.platform === 'win32' ? null : after.involuntarySwitches - before.involuntarySwitches,
  };
};
