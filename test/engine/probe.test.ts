/** What the probe says of a machine, on machines that the test makes of small files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProbeContext } from '../../src/engine/probe-types.js';
import { probeProviders } from '../../src/engine/probe.js';
import { describeLack, lacking, type ProviderStatus } from '../../src/vocabulary/providers.js';
import { fakeLibrary, type FakeLibrary } from '../helpers/elf.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlat-probe-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = (path: string, content: string | Buffer): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
const library = (path: string, made: FakeLibrary = {}): void => file(path, fakeLibrary(made));

const status = (name: string, changes: Partial<ProbeContext> = {}): ProviderStatus => {
  const found = probeProviders({
    runtime: { name: 'onnxruntime-node', version: '1.30.0' },
    backends: ['cpu', 'webgpu', 'cuda', 'tensorrt'].map((backend) => ({
      name: backend,
      bundled: backend === 'cpu' || backend === 'webgpu',
    })),
    folder: join(root, 'runtime'),
    platform: 'linux',
    arch: 'x64',
    env: {},
    root,
    search: { path: [], cache: new Map(), defaults: [join(root, 'usr/lib')] },
    ...changes,
  }).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no status of ${name}`);
  return found;
};
const seen = (found: ProviderStatus): string[] => lacking(found).map((check) => check.seen);

const CUDA_NEEDS = ['libcublasLt.so.13', 'libcudart.so.13', 'libcuda.so.1', 'libc.so.6'];

/** A machine on which CUDA runs; each test takes one thing away. */
const cudaMachine = (): void => {
  library('runtime/libonnxruntime_providers_shared.so');
  library('runtime/libonnxruntime_providers_cuda.so', { needed: CUDA_NEEDS, constants: ['1.30.0'] });
  for (const name of CUDA_NEEDS) library(`usr/lib/${name}`);
  file(
    'proc/driver/nvidia/version',
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:18:38 UTC 2025\nGCC version: 12\n',
  );
  file('proc/driver/nvidia/gpus/0000:00:05.0/information', 'Model: \t\t NVIDIA Example\nIRQ: 1\n');
  file('dev/nvidia0', '');
};

describe('cuda', () => {
  it('is available on a machine with everything', () => {
    cudaMachine();
    expect(status('cuda')).toMatchObject({
      listed: true,
      bundled: false,
      available: true,
      device: 'NVIDIA Example',
      driver: '580.65.06',
      software: false,
    });
    expect(describeLack(status('cuda'))).toBe('');
  });

  it('names the library that is missing beside the runtime, and how to get it', () => {
    cudaMachine();
    rmSync(join(root, 'runtime/libonnxruntime_providers_cuda.so'));
    expect(describeLack(status('cuda'))).toBe(
      'libonnxruntime_providers_cuda.so is missing beside the runtime. ' +
        'Run ONNXRUNTIME_NODE_INSTALL=true npm rebuild onnxruntime-node --ignore-scripts=false, which fetches them.',
    );
  });

  it('tells a provider library of another version than the runtime', () => {
    cudaMachine();
    library('runtime/libonnxruntime_providers_cuda.so', { needed: CUDA_NEEDS, constants: ['1.29.0'] });
    expect(status('cuda').available).toBe(false);
    expect(seen(status('cuda'))).toEqual([
      'libonnxruntime_providers_cuda.so is of version 1.29.0, and the runtime is 1.30.0',
    ]);
  });

  it('does not refuse a library that tells no version', () => {
    cudaMachine();
    library('runtime/libonnxruntime_providers_cuda.so', { needed: CUDA_NEEDS });
    expect(status('cuda').available).toBe(true);
    expect(status('cuda').checks).toContainEqual({
      name: 'version',
      status: 'unknown',
      seen: 'libonnxruntime_providers_cuda.so does not tell its version',
    });
  });

  it('tells a library for another processor, and a file that is none', () => {
    cudaMachine();
    library('runtime/libonnxruntime_providers_cuda.so', { machine: 183 });
    expect(seen(status('cuda'))).toEqual(['libonnxruntime_providers_cuda.so is for arm64, this is x64']);
    file('runtime/libonnxruntime_providers_cuda.so', 'Not found');
    expect(seen(status('cuda'))).toEqual([
      'libonnxruntime_providers_cuda.so is not a library for 64-bit Linux',
    ]);
  });

  it('names a missing dependency of the provider library, and what it belongs to', () => {
    cudaMachine();
    rmSync(join(root, 'usr/lib/libcublasLt.so.13'));
    expect(lacking(status('cuda'))).toEqual([
      {
        name: 'dependencies',
        status: 'missing',
        seen: 'libonnxruntime_providers_cuda.so needs libcublasLt.so.13, which is not found',
        action: 'Install CUDA 13, or add the folder with them to LD_LIBRARY_PATH.',
      },
    ]);
  });

  it('names a missing dependency of a dependency', () => {
    cudaMachine();
    library('usr/lib/libcublasLt.so.13', { needed: ['libnvJitLink.so.13'] });
    expect(seen(status('cuda'))).toEqual([
      'libonnxruntime_providers_cuda.so needs libnvJitLink.so.13, which is not found',
    ]);
  });

  it('tells CUDA of another major version from none', () => {
    cudaMachine();
    rmSync(join(root, 'usr/lib/libcudart.so.13'));
    expect(seen(status('cuda'))[0]).not.toContain('wanted');
    library('usr/lib/libcudart.so.12');
    expect(seen(status('cuda'))).toEqual([
      'libonnxruntime_providers_cuda.so needs libcudart.so.13, which is not found (CUDA 13 is wanted, CUDA 12 was found)',
    ]);
  });

  it('tells a driver that is too old for the CUDA of the provider library', () => {
    cudaMachine();
    file(
      'proc/driver/nvidia/version',
      'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  535.104.05  Release Build\n',
    );
    expect(seen(status('cuda'))).toEqual(['the NVIDIA driver is 535.104.05, and CUDA 13 needs 580 or later']);
  });

  it('names the driver that is missing', () => {
    cudaMachine();
    rmSync(join(root, 'usr/lib/libcuda.so.1'));
    expect(seen(status('cuda'))).toEqual(['libcuda.so.1, the NVIDIA driver, is not found']);
  });

  it('tells a machine without a device, and advises no installation there', () => {
    cudaMachine();
    rmSync(join(root, 'dev/nvidia0'));
    rmSync(join(root, 'runtime/libonnxruntime_providers_cuda.so'));
    const text = describeLack(status('cuda'));
    expect(text).toContain('libonnxruntime_providers_cuda.so is missing');
    expect(text).toContain('there is no NVIDIA device (no /dev/nvidia0). Measure on a machine with one');
    expect(text).not.toContain('npm rebuild');
  });

  it('takes the driver of Windows under WSL for a device', () => {
    cudaMachine();
    rmSync(join(root, 'dev/nvidia0'));
    file('dev/dxg', '');
    expect(status('cuda').available).toBe(true);
  });

  it.each(['', '-1'])('tells that CUDA_VISIBLE_DEVICES="%s" hides the device', (value) => {
    cudaMachine();
    const env = { CUDA_VISIBLE_DEVICES: value };
    expect(seen(status('cuda', { env }))).toEqual([`CUDA_VISIBLE_DEVICES="${value}" hides every device`]);
    expect(status('cuda', { env: { CUDA_VISIBLE_DEVICES: '0' } }).available).toBe(true);
  });
});

it('tensorrt names what belongs to TensorRT', () => {
  cudaMachine();
  library('runtime/libonnxruntime_providers_tensorrt.so', {
    needed: ['libnvinfer.so.10', 'libcudnn.so.9', 'libcudart.so.13'],
    constants: ['1.30.0'],
  });
  expect(lacking(status('tensorrt'))).toMatchObject([
    {
      seen: 'libonnxruntime_providers_tensorrt.so needs libnvinfer.so.10 and libcudnn.so.9, which are not found',
      action: 'Install TensorRT 10 and cuDNN 9, or add the folder with them to LD_LIBRARY_PATH.',
    },
  ]);
});

describe('webgpu on Linux', () => {
  const manifest = (path: string, name: string): void =>
    file(path, JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: name } }));

  it('needs the loader and a driver', () => {
    expect(seen(status('webgpu'))).toEqual([
      'libvulkan.so.1, the Vulkan loader, is not found',
      'no Vulkan driver is installed',
    ]);
  });

  it('takes the first driver whose library is there', () => {
    library('usr/lib/libvulkan.so.1');
    library('usr/lib/libvulkan_radeon.so');
    manifest('usr/share/vulkan/icd.d/a.json', 'libvulkan_gone.so');
    manifest('usr/share/vulkan/icd.d/b.json', 'libvulkan_radeon.so');
    expect(status('webgpu')).toMatchObject({
      available: true,
      device: 'libvulkan_radeon.so',
      software: false,
    });
  });

  it('knows a software driver as such, also by a path beside its manifest', () => {
    library('usr/lib/libvulkan.so.1');
    library('chromium/libvk_swiftshader.so');
    manifest('chromium/icd.json', './libvk_swiftshader.so');
    const env = { VK_ICD_FILENAMES: join(root, 'chromium/icd.json') };
    expect(status('webgpu', { env })).toMatchObject({
      available: true,
      device: 'SwiftShader (software)',
      software: true,
    });
  });

  it('says that a manifest leads nowhere, that its driver is missing, or what that lacks', () => {
    library('usr/lib/libvulkan.so.1');
    const env = { VK_DRIVER_FILES: join(root, 'icd.json') };
    expect(seen(status('webgpu', { env }))).toEqual([
      'no Vulkan driver is where VK_DRIVER_FILES says (icd.json)',
    ]);
    manifest('icd.json', './libdriver.so');
    expect(seen(status('webgpu', { env }))).toEqual([
      'the Vulkan driver libdriver.so is named by its manifest and is not there',
    ]);
    library('libdriver.so', { needed: ['libLLVM.so.19'] });
    expect(seen(status('webgpu', { env }))).toEqual([
      'the Vulkan driver libdriver.so needs libLLVM.so.19, not found',
    ]);
  });

  it('is a matter of the system elsewhere', () => {
    expect(status('webgpu', { platform: 'darwin' }).available).toBe(true);
  });
});

it('says which providers a build of the runtime lacks, and which it has', () => {
  expect(status('coreml')).toMatchObject({ listed: false, available: false });
  expect(describeLack(status('coreml'))).toBe(
    'onnxruntime-node 1.30.0 for linux x64 has no coreml provider. Here it has cpu, webgpu, cuda, tensorrt.',
  );
  const windows = {
    platform: 'win32',
    backends: [
      { name: 'cpu', bundled: true },
      { name: 'dml', bundled: true },
    ],
  };
  expect(seen(status('dml', windows))).toEqual(['DirectML.dll is missing beside the runtime']);
  file('runtime/DirectML.dll', '');
  expect(status('dml', windows).available).toBe(true);
});

it('takes in a provider that only the runtime knows', () => {
  expect(status('novel', { backends: [{ name: 'novel', bundled: true }] })).toMatchObject({
    listed: true,
    available: true,
  });
});

it('tells no absolute path of this machine', () => {
  cudaMachine();
  library('runtime/libonnxruntime_providers_cuda.so', { needed: ['libx.so'], constants: ['1.29.0'] });
  expect(JSON.stringify([status('cuda'), status('webgpu')])).not.toContain(root);
});
