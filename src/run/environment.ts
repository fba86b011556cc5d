/** What machine this is: read at the start of a run, and by `mlat doctor`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as os from 'node:os';
import { cgroupFolder } from '../measure/counters.js';
import type { HarnessSamples } from '../measure/messages.js';
import { nearestRank } from '../stats/quantile.js';
import type { Environment, Harness, Noise } from '../results/environment-schema.js';
import { canonicalJson } from '../vocabulary/params.js';

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
};

/** The instruction sets that decide how fast a model's kernels are. */
const RELEVANT_FEATURES = [
  'avx',
  'avx2',
  'fma',
  'f16c',
  'avx512f',
  'avx512_vnni',
  'avx_vnni',
  'avx512_bf16',
  'avx512_fp16',
  'amx_tile',
  'amx_int8',
  'amx_bf16',
  'asimd',
  'asimdhp',
  'asimddp',
  'i8mm',
  'bf16',
  'sve',
];

/** CPU flags of Linux's /proc/cpuinfo ("flags" on x86, "Features" on Arm). */
const cpuFlags = (): string[] | null => {
  const line = /^(?:flags|Features)\s*:\s*(.+)$/m.exec(readText('/proc/cpuinfo') ?? '')?.[1];
  return line === undefined ? null : line.split(/\s+/);
};

/** CPUs that a cgroup's quota grants: "200000 100000" is 2; null for "max" or when unknown. */
export const parseCpuMax = (text: string): number | null => {
  const match = /^(\d+)\s+(\d+)/.exec(text);
  return match === null ? null : Number(match[1]) / Number(match[2]);
};

const cpuQuota = (folder: string | null): number | null => {
  if (folder === null) return null;
  const v2 = readText(`${folder}/cpu.max`);
  if (v2 !== null) return parseCpuMax(v2);
  const quota = Number(readText(`${folder}/cpu.cfs_quota_us`) ?? '-1');
  const period = Number(readText(`${folder}/cpu.cfs_period_us`) ?? '0');
  return quota > 0 && period > 0 ? quota / period : null;
};

const memoryLimit = (folder: string | null): number | null => {
  const text =
    folder === null
      ? null
      : (readText(`${folder}/memory.max`) ?? readText('/sys/fs/cgroup/memory/memory.limit_in_bytes'));
  const bytes = Number(text);
  // v1 writes "no limit" as a number near 2^63.
  return text === null || !Number.isFinite(bytes) || bytes <= 0 || bytes > os.totalmem() ? null : bytes;
};

/** A repetition this much over the median was disturbed, not just uneven. */
const DISTURBED = 1.2;

const noiseOf = (kernel: Float64Array): Noise => {
  const sorted = kernel.toSorted();
  const p50 = nearestRank(sorted, 0.5);
  const total = kernel.reduce((sum, value) => sum + value, 0);
  const lost = kernel.reduce((sum, value) => sum + (value > p50 * DISTURBED ? value - p50 : 0), 0);
  return {
    n: kernel.length,
    p50: Math.round(p50),
    p99: Math.round(nearestRank(sorted, 0.99)),
    max: Math.round(sorted.at(-1) ?? 0),
    lostShare: total === 0 ? 0 : lost / total,
  };
};

/** Summary of the harness task's samples. */
export const harnessOf = (samples: HarnessSamples): Harness => {
  const total = samples.total.toSorted();
  const native = samples.native?.toSorted() ?? null;
  return {
    clockStep: samples.clockStep,
    clockCost: samples.clockCost,
    emptyModel:
      total.length === 0
        ? null
        : {
            n: total.length,
            p50: Math.round(nearestRank(total, 0.5)),
            p99: Math.round(nearestRank(total, 0.99)),
            nativeP50: native === null || native.length === 0 ? null : Math.round(nearestRank(native, 0.5)),
          },
    noise: noiseOf(samples.kernel),
    disturbance: samples.disturbance,
  };
};

/**
 * Two runs are comparable only where this hash is equal: CPU model and what of it may be used,
 * platform, devices of execution providers, and the versions of the runtime and of Node's major.
 */
const fingerprintOf = (environment: Omit<Environment, 'fingerprint'>): string => {
  const devices = (environment.providers ?? [])
    .filter(({ available, device }) => available && device !== null)
    .map(({ name, device, driver }) => [name, device, driver]);
  return createHash('sha256')
    .update(
      canonicalJson({
        os: [environment.os.platform, environment.os.arch],
        cpu: [
          environment.cpu.model,
          environment.cpu.allowed,
          environment.cpu.quota,
          environment.cpu.features,
        ],
        runtime: [environment.runtime.name, environment.runtime.version],
        node: environment.node.split('.')[0],
        // Left out where there are none, so that machines without keep their hash.
        ...(devices.length === 0 ? {} : { devices }),
      }),
    )
    .digest('hex')
    .slice(0, 16);
};

/** Reads the machine now. `samples` come from the harness task; null when that process failed. */
export const readEnvironment = (samples: HarnessSamples | null): Environment => {
  const folder = cgroupFolder();
  const cpus = os.cpus();
  const flags = cpuFlags();
  const environment: Omit<Environment, 'fingerprint'> = {
    os: { platform: process.platform, release: os.release(), arch: process.arch },
    cpu: {
      model: cpus[0]?.model.trim() ?? 'unknown',
      logical: cpus.length,
      allowed: os.availableParallelism(),
      quota: cpuQuota(folder),
      governor: readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
      features: flags === null ? null : RELEVANT_FEATURES.filter((feature) => flags.includes(feature)),
      virtual: flags === null ? null : flags.includes('hypervisor'),
    },
    memory: { total: os.totalmem(), limit: memoryLimit(folder) },
    node: process.versions.node,
    runtime: samples?.runtime ?? { name: 'onnxruntime-node', version: 'unknown', providers: [] },
    ...(samples === null ? {} : { providers: samples.providers }),
    harness: samples === null ? null : harnessOf(samples),
    loadAverage: process.platform === 'win32' ? null : (os.loadavg()[0] ?? null),
  };
  return { ...environment, fingerprint: fingerprintOf(environment) };
};
