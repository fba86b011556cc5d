/** What WebGPU needs on Linux: the Vulkan loader, and a driver that a manifest names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { ProviderCheck } from '../vocabulary/providers.js';
import { findLibrary, missingLibraries } from './libraries.js';
import type { Looked, ProbeContext } from './probe-types.js';

const LOADER = 'libvulkan.so.1';

/** Drivers that compute on the processor, by the file name of their library. */
const SOFTWARE: readonly (readonly [RegExp, string])[] = [
  [/swiftshader/i, 'SwiftShader'],
  [/lvp|lavapipe/i, 'llvmpipe'],
];

const CHROMIUM = '/usr/lib/chromium/vk_swiftshader_icd.json';

const split = (list: string | undefined): string[] => (list ?? '').split(':').filter((part) => part !== '');

/**
 * The manifests that the Vulkan loader reads, in its order. VK_DRIVER_FILES and its older name
 * VK_ICD_FILENAMES replace the folders (Vulkan-Loader, docs/LoaderDriverInterface.md).
 */
const manifests = ({ env, root }: ProbeContext): string[] => {
  const named = split(env['VK_DRIVER_FILES'] ?? env['VK_ICD_FILENAMES']);
  const home = env['HOME'];
  const folders = [
    ...(env['XDG_CONFIG_HOME'] === undefined ? [] : [env['XDG_CONFIG_HOME']]),
    join(root, 'etc/xdg'),
    join(root, 'etc'),
    ...(home === undefined ? [] : [join(home, '.local/share')]),
    ...(env['XDG_DATA_DIRS'] === undefined
      ? [join(root, 'usr/local/share'), join(root, 'usr/share')]
      : split(env['XDG_DATA_DIRS'])),
  ].map((folder) => join(folder, 'vulkan/icd.d'));
  return (named.length > 0 ? named : folders).flatMap((path) => {
    try {
      return readdirSync(path)
        .filter((name) => name.endsWith('.json'))
        .map((name) => join(path, name));
    } catch {
      // A file, or nothing: a name that leads nowhere is told apart below.
      return existsSync(path) ? [path] : [];
    }
  });
};

/** The driver's library that a manifest names: as a path, or as a name for the dynamic loader. */
const libraryOf = (manifest: string): string | null => {
  try {
    const { ICD } = JSON.parse(readFileSync(manifest, 'utf8')) as { ICD?: { library_path?: unknown } };
    const path = ICD?.library_path;
    if (typeof path !== 'string' || path === '') return null;
    return path.includes('/') && !isAbsolute(path) ? resolve(dirname(manifest), path) : path;
  } catch {
    return null;
  }
};

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const loaderCheck = ({ search }: ProbeContext): ProviderCheck =>
  findLibrary(LOADER, search) === null
    ? {
        name: 'library',
        status: 'missing',
        seen: `${LOADER}, the Vulkan loader, is not found`,
        action: 'Install it (Debian: apt install libvulkan1), or add its folder to LD_LIBRARY_PATH.',
      }
    : { name: 'library', status: 'ok', seen: `${LOADER}, the Vulkan loader, is found` };

interface Driver {
  readonly library: string;
  /** Libraries that loading it would not find; null: it is not there itself. */
  readonly missing: readonly string[] | null;
}

const driverOf = ({ search }: ProbeContext, library: string): Driver => {
  const path = findLibrary(library, search);
  return {
    library: baseName(library),
    missing: path === null ? null : missingLibraries(path, search).map(({ name }) => name),
  };
};

const withoutDriver = ({ env, root }: ProbeContext): ProviderCheck => {
  const named = env['VK_DRIVER_FILES'] ?? env['VK_ICD_FILENAMES'];
  const software = existsSync(join(root, CHROMIUM))
    ? ` Without a GPU, VK_ICD_FILENAMES=${CHROMIUM} takes chromium's software driver, which does for a test.`
    : '';
  return {
    name: 'driver',
    status: 'missing',
    seen:
      named === undefined
        ? 'no Vulkan driver is installed'
        : `no Vulkan driver is where ${env['VK_DRIVER_FILES'] === undefined ? 'VK_ICD_FILENAMES' : 'VK_DRIVER_FILES'} says (${split(named).map(baseName).join(', ')})`,
    action: `Install the GPU's Vulkan driver (Debian: apt install mesa-vulkan-drivers).${software}`,
  };
};

/** Looks for the loader and for drivers; the first that could be loaded is taken for the device. */
export const vulkanChecks = (context: ProbeContext): Looked => {
  const drivers = manifests(context)
    .map(libraryOf)
    .filter((library) => library !== null)
    .map((library) => driverOf(context, library));
  const usable = drivers.find(({ missing }) => missing?.length === 0);
  if (usable === undefined) {
    const [broken] = drivers;
    const check: ProviderCheck =
      broken === undefined
        ? withoutDriver(context)
        : {
            name: 'driver',
            status: 'missing',
            seen:
              broken.missing === null
                ? `the Vulkan driver ${broken.library} is named by its manifest and is not there`
                : `the Vulkan driver ${broken.library} needs ${broken.missing.join(', ')}, not found`,
            action: 'Install the driver again.',
          };
    return { checks: [loaderCheck(context), check] };
  }
  const software = SOFTWARE.find(([pattern]) => pattern.test(usable.library))?.[1];
  return {
    checks: [
      loaderCheck(context),
      {
        name: 'driver',
        status: 'ok',
        seen: `Vulkan driver ${usable.library}${software === undefined ? '' : ', which emulates a GPU on the processor'}`,
      },
    ],
    device: software === undefined ? usable.library : `${software} (software)`,
    software: software !== undefined,
  };
};
