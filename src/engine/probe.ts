/**
 * Whether each execution provider can run here, found by looking: nothing is loaded and no session is
 * made, so a broken driver can't take the process with it. What looking can't tell, the first session
 * does (see run/providers.ts).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lacking, PROVIDERS, type ProviderCheck, type ProviderStatus } from '../vocabulary/providers.js';
import { cudaChecks } from './probe-cuda.js';
import type { Looked, ProbeContext } from './probe-types.js';
import { vulkanChecks } from './probe-vulkan.js';

const listedCheck = ({ runtime, backends, platform, arch }: ProbeContext, name: string): ProviderCheck => {
  const here = `${runtime.name} ${runtime.version} for ${platform} ${arch}`;
  return backends.some((backend) => backend.name === name)
    ? { name: 'runtime', status: 'ok', seen: `${here} has it` }
    : {
        name: 'runtime',
        status: 'missing',
        seen: `${here} has no ${name} provider`,
        action: `Here it has ${backends.map((backend) => backend.name).join(', ')}.`,
      };
};

/** DirectML comes with the package; Windows itself may have an older one, which is not taken. */
const directmlChecks = ({ folder }: ProbeContext): ProviderCheck[] => [
  existsSync(join(folder, 'DirectML.dll'))
    ? { name: 'library', status: 'ok', seen: 'DirectML.dll is beside the runtime' }
    : {
        name: 'library',
        status: 'missing',
        seen: 'DirectML.dll is missing beside the runtime',
        action: 'Install onnxruntime-node again.',
      },
];

/** Vulkan is Linux's way to a GPU; macOS has Metal and Windows Direct3D in the system. */
const webgpuLooks = (context: ProbeContext): Looked =>
  context.platform === 'linux' ? vulkanChecks(context) : { checks: [] };

const LOOKS: Readonly<Record<string, (context: ProbeContext) => Looked>> = {
  cuda: (context) => cudaChecks(context, 'cuda'),
  tensorrt: (context) => cudaChecks(context, 'tensorrt'),
  webgpu: webgpuLooks,
  dml: (context) => ({ checks: directmlChecks(context) }),
};

const statusOf = (context: ProbeContext, name: string): ProviderStatus => {
  const backend = context.backends.find((candidate) => candidate.name === name);
  const look = LOOKS[name];
  // What a provider needs says nothing where the runtime doesn't have it.
  const looked: Looked = backend === undefined || look === undefined ? { checks: [] } : look(context);
  const status: ProviderStatus = {
    name,
    listed: backend !== undefined,
    bundled: backend?.bundled ?? false,
    available: false,
    device: looked.device ?? null,
    software: looked.software ?? false,
    driver: looked.driver ?? null,
    checks: [listedCheck(context, name), ...looked.checks],
  };
  return { ...status, available: lacking(status).length === 0 };
};

/** The status of every provider that mlat knows, and of those that only this runtime lists. */
export const probeProviders = (context: ProbeContext): ProviderStatus[] => {
  const others = context.backends.map(({ name }) => name).filter((name) => !PROVIDERS.includes(name));
  return [...PROVIDERS, ...others].map((name) => statusOf(context, name));
};
