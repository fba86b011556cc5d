/**
 * onnxruntime-node behind the Engine interface. The only file that imports the runtime, and only a
 * child process imports this file: a native crash or hang must not take the parent with it.
 */
import { open as openFile } from 'node:fs/promises';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { providerName, providerOptions } from '../vocabulary/providers.js';
import { catchNative, timeNative, type NativeSession } from './native-timer.js';
import type {
  Engine,
  EngineSession,
  EngineTensor,
  EngineValue,
  PreparedFeeds,
  ProfiledSession,
  SessionParams,
} from './types.js';

type Feeds = Record<string, Tensor>;
type Outputs = InferenceSession.OnnxValueMapType;

const require = createRequire(import.meta.url);

const packageVersion = (): string => {
  const manifest = require('onnxruntime-node/package.json') as { version: string };
  return manifest.version;
};

/** Session options for the params of a cell. What a param leaves to the runtime is left out. */
export const sessionOptions = (params: SessionParams): InferenceSession.SessionOptions => ({
  executionProviders: [{ name: providerName(params.provider), ...providerOptions(params.provider) }],
  graphOptimizationLevel: params.graphOptimization,
  executionMode: params.executionMode,
  ...(params.threads > 0 ? { intraOpNumThreads: params.threads } : {}),
  ...(params.interThreads > 0 ? { interOpNumThreads: params.interThreads } : {}),
  ...(params.spinning
    ? {}
    : { extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } } }),
});

/**
 * Where the platform has a Float16Array, onnxruntime-common wants half floats in one; mlat carries
 * them as their bits in a Uint16Array everywhere.
 */
const Half = (
  globalThis as { Float16Array?: new (buffer: ArrayBufferLike, offset: number, length: number) => object }
).Float16Array;

const toRuntimeData = (tensor: EngineTensor): unknown => {
  const { dtype, data } = tensor;
  if (dtype !== 'float16' || Half === undefined || !(data instanceof Uint16Array)) return data;
  return new Half(data.buffer, data.byteOffset, data.length);
};

const fromRuntimeData = (dtype: string, data: unknown): unknown => {
  if (dtype !== 'float16' || data instanceof Uint16Array || !ArrayBuffer.isView(data)) return data;
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
};

const toTensor = (tensor: EngineTensor): Tensor =>
  // The constructor's overloads tie each dtype to its array; here both are data.
  new (Tensor as unknown as new (type: string, data: unknown, dims: readonly number[]) => Tensor)(
    tensor.dtype,
    toRuntimeData(tensor),
    tensor.dims,
  );

const toValue = (metadata: InferenceSession.ValueMetadata): EngineValue => ({
  name: metadata.name,
  isTensor: metadata.isTensor,
  dtype: metadata.isTensor ? metadata.type : null,
  shape: metadata.isTensor ? [...metadata.shape] : null,
});

const openSession = async (model: string | Uint8Array, params: SessionParams): Promise<EngineSession> => {
  const options = sessionOptions(params);
  const { created, native } = await catchNative(() =>
    typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options),
  );
  return wrap(created, native);
};

const wrap = (session: InferenceSession, native: NativeSession | null): EngineSession => {
  const outputs = session.outputMetadata.map(toValue);
  const fetched = outputs.filter((value) => value.isTensor).map((value) => value.name);
  const notFetched = outputs
    .filter((value) => !value.isTensor)
    .map((value) => ({
      name: value.name,
      why: 'not a tensor: onnxruntime-node cannot return sequences and maps',
    }));
  // With nothing left out, the plain call is what an application would make.
  const fetches = notFetched.length === 0 ? undefined : fetched;

  return {
    inputs: session.inputMetadata.map(toValue),
    outputs,
    fetched,
    notFetched,
    prepare: (feeds) =>
      Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => [name, toTensor(tensor)]),
      ) as unknown as PreparedFeeds,
    run: (fetches === undefined
      ? (feeds: PreparedFeeds) => session.run(feeds as unknown as Feeds)
      : (feeds: PreparedFeeds) =>
          session.run(feeds as unknown as Feeds, fetches)) as unknown as EngineSession['run'],
    read: (raw) =>
      Object.fromEntries(
        Object.entries(raw as unknown as Outputs).map(([name, value]) => {
          const tensor: Tensor = value;
          return [
            name,
            { dtype: tensor.type, dims: tensor.dims, data: fromRuntimeData(tensor.type, tensor.data) },
          ];
        }),
      ),
    feedBack: (feeds, raw, links) => {
      for (const { input, output } of links) {
        (feeds as unknown as Feeds)[input] = (raw as unknown as Outputs)[output] as Tensor;
      }
    },
    timeNative: (body) => timeNative(native, body),
    close: () => session.release(),
  };
};

/** The profile goes to a folder of its own, since the runtime puts the time into the file's name. */
const openProfiled = async (model: string, params: SessionParams): Promise<ProfiledSession> => {
  const folder = await mkdtemp(join(tmpdir(), 'mlat-profile-'));
  const clear = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const session = await InferenceSession.create(model, {
      ...sessionOptions(params),
      enableProfiling: true,
      profileFilePrefix: join(folder, 'trace'),
    });
    return {
      ...wrap(session, null),
      finish: async (skip) => {
        try {
          session.endProfiling();
          await session.release();
          const [file] = await readdir(folder);
          const { summariseTrace } = await import('./trace.js');
          if (file === undefined) throw new Error('the runtime wrote no profile');
          return summariseTrace(await readFile(join(folder, file), 'utf8'), skip);
        } finally {
          await clear();
        }
      },
    };
  } catch (error) {
    await clear();
    throw error;
  }
};

/** Provider libraries belong beside the native part of the runtime, of this platform and processor. */
const nativeFolder = (): string =>
  join(
    dirname(require.resolve('onnxruntime-node/package.json')),
    'bin/napi-v6',
    process.platform,
    process.arch,
  );

const saveOptimised = async (model: string, params: SessionParams, output: string): Promise<number> => {
  const session = await InferenceSession.create(model, {
    ...sessionOptions(params),
    optimizedModelFilePath: output,
    // That the file suits this kind of machine only is a warning; it is measured on this one.
    logSeverityLevel: 3,
  });
  await session.release();
  // Only what is on the disk can be dropped from the page cache.
  const file = await openFile(output, 'r+');
  try {
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
};

/** Like the profile's, the code of the probe is loaded only when it is asked for: cold starts load this file. */
const probe: Engine['probe'] = async () => {
  const { probeProviders } = await import('./probe.js');
  const { systemSearch } = await import('./libraries.js');
  return probeProviders({
    runtime: { name: 'onnxruntime-node', version: packageVersion() },
    backends: listSupportedBackends(),
    folder: nativeFolder(),
    platform: process.platform,
    arch: process.arch,
    env: process.env,
    root: '/',
    search: systemSearch(process.env),
  });
};

/** The engine of this process. Importing this file loads the native library. */
export const engine: Engine = {
  name: 'onnxruntime-node',
  version: packageVersion(),
  providers: () => listSupportedBackends().map((backend) => backend.name),
  probe,
  open: openSession,
  profile: openProfiled,
  saveOptimised,
};
