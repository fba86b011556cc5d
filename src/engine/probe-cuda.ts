/** What CUDA and TensorRT need: provider libraries of the right version, CUDA's own, a driver, a device. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderCheck } from '../vocabulary/providers.js';
import { readElf, versionsIn } from './elf.js';
import { findLibrary, missingLibraries } from './libraries.js';
import type { Looked, ProbeContext } from './probe-types.js';

const SHARED = 'libonnxruntime_providers_shared.so';

/** The driver's library, which comes with the kernel module and not with CUDA. */
const DRIVER = 'libcuda.so.1';

const LIBRARY: Readonly<Record<'cuda' | 'tensorrt', string>> = {
  cuda: 'libonnxruntime_providers_cuda.so',
  tensorrt: 'libonnxruntime_providers_tensorrt.so',
};

/** The package's install script fetches them; where it was skipped or not allowed, this runs it. */
const FETCH =
  'Run ONNXRUNTIME_NODE_INSTALL=true npm rebuild onnxruntime-node --ignore-scripts=false, which fetches them.';

/**
 * The oldest driver series on Linux for a major version of CUDA (CUDA Toolkit release notes, table
 * "CUDA Toolkit and minimum required driver version for CUDA minor version compatibility").
 */
const OLDEST_DRIVER: Readonly<Record<number, number>> = { 11: 450, 12: 525, 13: 580 };

/** What a library belongs to, by its name. */
const PARTS: readonly { readonly pattern: RegExp; readonly part: (major: string) => string }[] = [
  { pattern: /^libcuda\.so/, part: () => 'the NVIDIA driver' },
  { pattern: /^libcudnn.*?\.so\.?(\d*)/, part: (major) => `cuDNN ${major}` },
  { pattern: /^libnv(?:infer|onnxparser).*?\.so\.?(\d*)/, part: (major) => `TensorRT ${major}` },
  {
    pattern: /^lib(?:cudart|cublas|cublasLt|nvrtc|nvJitLink)\.so\.?(\d*)/,
    part: (major) => `CUDA ${major}`,
  },
  { pattern: /^lib(?:cufft|curand|cusolver|cusparse)\.so/, part: () => 'the CUDA libraries' },
];

const partOf = (name: string): string | null => {
  for (const { pattern, part } of PARTS) {
    const match = pattern.exec(name);
    if (match !== null) return part(match[1] ?? '').trim();
  }
  return null;
};

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

const isAre = (names: readonly string[]): string => (names.length === 1 ? 'is' : 'are');

const libraryCheck = ({ folder }: ProbeContext, library: string): ProviderCheck => {
  const absent = [SHARED, library].filter((name) => !existsSync(join(folder, name)));
  return absent.length === 0
    ? { name: 'library', status: 'ok', seen: `${library} is beside the runtime` }
    : {
        name: 'library',
        status: 'missing',
        seen: `${listed(absent)} ${isAre(absent)} missing beside the runtime`,
        action: FETCH,
      };
};

const versionCheck = ({ folder, runtime, arch }: ProbeContext, library: string): ProviderCheck | null => {
  const path = join(folder, library);
  if (!existsSync(path)) return null;
  const elf = readElf(path);
  if (elf === null || elf.arch !== arch) {
    return {
      name: 'version',
      status: 'wrong',
      seen: `${library} is ${elf === null ? 'not a library for 64-bit Linux' : `for ${elf.arch}, this is ${arch}`}`,
      action: FETCH,
    };
  }
  const versions = versionsIn(path) ?? [];
  if (versions.includes(runtime.version))
    return { name: 'version', status: 'ok', seen: `${library} is of version ${runtime.version}` };
  if (versions.length === 0)
    return { name: 'version', status: 'unknown', seen: `${library} does not tell its version` };
  return {
    name: 'version',
    status: 'wrong',
    seen: `${library} is of version ${versions.join(' or ')}, and the runtime is ${runtime.version}`,
    action: `Take the provider libraries of version ${runtime.version}: remove these. ${FETCH}`,
  };
};

/** Major versions of CUDA whose runtime library can be found. */
const foundCuda = ({ search }: ProbeContext): number[] =>
  Object.keys(OLDEST_DRIVER)
    .map(Number)
    .filter((major) => findLibrary(`libcudart.so.${major}`, search) !== null);

/** The major version of CUDA that a provider library is linked against; null when it doesn't say. */
const wantedCuda = (path: string): number | null => {
  const major = readElf(path)
    ?.needed.map((name) => /^libcu(?:dart|blas)\.so\.(\d+)$/.exec(name)?.[1])
    .find((found) => found !== undefined);
  return major === undefined ? null : Number(major);
};

const dependencyCheck = (context: ProbeContext, library: string): ProviderCheck | null => {
  const path = join(context.folder, library);
  if (readElf(path) === null) return null;
  // The driver has a check of its own.
  const missing = missingLibraries(path, context.search)
    .map(({ name }) => name)
    .filter((name) => name !== DRIVER);
  if (missing.length === 0)
    return { name: 'dependencies', status: 'ok', seen: `all that ${library} needs is found` };
  const wanted = wantedCuda(path);
  const others = foundCuda(context).filter((major) => major !== wanted);
  const instead =
    wanted !== null && missing.includes(`libcudart.so.${wanted}`) && others.length > 0
      ? ` (CUDA ${wanted} is wanted, CUDA ${others.join(' and ')} was found)`
      : '';
  const parts = [...new Set(missing.map(partOf).filter((part) => part !== null))];
  return {
    name: 'dependencies',
    status: 'missing',
    seen: `${library} needs ${listed(missing)}, which ${isAre(missing)} not found${instead}`,
    action: `Install ${parts.length === 0 ? 'them' : listed(parts)}, or add the folder with them to LD_LIBRARY_PATH.`,
  };
};

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** "580.65.06" of /proc/driver/nvidia/version; null where no NVIDIA kernel module is loaded. */
export const parseDriverVersion = (text: string): string | null =>
  /Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)/.exec(text)?.[1] ?? null;

const INSTALL_DRIVER =
  'Install the NVIDIA driver; in a container, start it with the GPU (docker run --gpus all).';

const driverCheck = (context: ProbeContext, version: string | null, wanted: number | null): ProviderCheck => {
  if (findLibrary(DRIVER, context.search) === null) {
    return {
      name: 'driver',
      status: 'missing',
      seen: `${DRIVER}, the NVIDIA driver, is not found`,
      action: INSTALL_DRIVER,
    };
  }
  if (version === null)
    return { name: 'driver', status: 'unknown', seen: `${DRIVER} is there; its version is not told` };
  const oldest = wanted === null ? undefined : OLDEST_DRIVER[wanted];
  const series = Number(version.split('.')[0]);
  if (oldest !== undefined && series < oldest) {
    return {
      name: 'driver',
      status: 'wrong',
      seen: `the NVIDIA driver is ${version}, and CUDA ${String(wanted)} needs ${oldest} or later`,
      action: `Install a driver of series ${oldest} or later, or provider libraries for an older CUDA.`,
    };
  }
  return { name: 'driver', status: 'ok', seen: `NVIDIA driver ${version}` };
};

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const gpuNames = ({ root }: ProbeContext): string[] => {
  const folder = join(root, 'proc/driver/nvidia/gpus');
  return namesIn(folder).flatMap((gpu) => {
    const model = /^Model:\s*(.+)$/m.exec(readText(join(folder, gpu, 'information')) ?? '')?.[1];
    return model === undefined ? [] : [model.trim()];
  });
};

const deviceCheck = (context: ProbeContext, gpus: readonly string[]): ProviderCheck => {
  const visible = context.env['CUDA_VISIBLE_DEVICES'];
  if (visible !== undefined && (visible.trim() === '' || visible.trim() === '-1')) {
    return {
      name: 'device',
      status: 'missing',
      seen: `CUDA_VISIBLE_DEVICES="${visible}" hides every device`,
      action: 'Unset CUDA_VISIBLE_DEVICES, or name a device in it.',
    };
  }
  // Under WSL the driver of Windows is reached through /dev/dxg.
  const nodes = namesIn(join(context.root, 'dev')).filter((name) => /^(?:nvidia\d+|dxg)$/.test(name));
  return nodes.length === 0
    ? {
        name: 'device',
        status: 'missing',
        seen: 'there is no NVIDIA device (no /dev/nvidia0)',
        action: 'Measure on a machine with one, or give the container the GPU (docker run --gpus all).',
      }
    : { name: 'device', status: 'ok', seen: gpus.length > 0 ? gpus.join(', ') : nodes.join(', ') };
};

/** Looks at everything between the runtime and the device. Linux only: elsewhere the runtime lists neither. */
export const cudaChecks = (context: ProbeContext, provider: 'cuda' | 'tensorrt'): Looked => {
  const library = LIBRARY[provider];
  const gpus = gpuNames(context);
  const driver = parseDriverVersion(readText(join(context.root, 'proc/driver/nvidia/version')) ?? '');
  const wanted = wantedCuda(join(context.folder, library));
  const dependencies = dependencyCheck(context, library);
  const driverFound = driverCheck(context, driver, wanted);
  return {
    checks: [
      libraryCheck(context, library),
      versionCheck(context, library),
      dependencies,
      driverFound,
      deviceCheck(context, gpus),
    ].filter((check) => check !== null),
    device: gpus[0] ?? null,
    driver,
  };
};
