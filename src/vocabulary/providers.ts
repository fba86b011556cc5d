/**
 * Execution providers: the parts of the runtime that compute a model's nodes on one kind of device.
 * What each is called, which options the runtime's Node binding reads for it, and how a provider is
 * written as text. The timed process loads this file, so its schemas are in providers-schema.ts.
 */
type OptionKind = 'number' | 'text' | 'truth' | 'texts';

interface KnownProvider {
  /** As the runtime's profile names it. */
  readonly runs: string;
  /**
   * The options that onnxruntime-node reads (js/node/src/session_options_helper.cc). It drops others
   * without a word, so that a cell would say it measured an option that nobody saw.
   */
  readonly options: Readonly<Record<string, OptionKind>>;
}

const KNOWN: Readonly<Record<string, KnownProvider>> = {
  cpu: { runs: 'CPUExecutionProvider', options: {} },
  cuda: { runs: 'CUDAExecutionProvider', options: { deviceId: 'number' } },
  tensorrt: { runs: 'TensorrtExecutionProvider', options: { deviceId: 'number' } },
  webgpu: {
    runs: 'WebGpuExecutionProvider',
    options: {
      preferredLayout: 'text',
      validationMode: 'text',
      storageBufferCacheMode: 'text',
      uniformBufferCacheMode: 'text',
      queryResolveBufferCacheMode: 'text',
      defaultBufferCacheMode: 'text',
      enableRobustness: 'truth',
      forceCpuNodeNames: 'texts',
    },
  },
  dml: { runs: 'DmlExecutionProvider', options: { deviceId: 'number' } },
  coreml: { runs: 'CoreMLExecutionProvider', options: { coreMlFlags: 'number' } },
  qnn: {
    runs: 'QNNExecutionProvider',
    options: { backendType: 'text', backendPath: 'text', enableFp16Precision: 'truth' },
  },
};

/** Every provider that a build of onnxruntime-node can have, on one platform or another. */
export const PROVIDERS: readonly string[] = Object.keys(KNOWN);

export type OptionValue = string | number | boolean | string[];

/** A provider: its name; or with options, which are never empty and have sorted keys. */
export type Provider = string | { name: string; options: Record<string, OptionValue> };

/** "cuda" of "cuda" and of {name: cuda, options: {deviceId: 1}}. */
export const providerName = (provider: Provider): string =>
  typeof provider === 'string' ? provider : provider.name;

/** The options of a provider; an empty object when it has none. */
export const providerOptions = (provider: Provider): Readonly<Record<string, OptionValue>> =>
  typeof provider === 'string' ? {} : provider.options;

/** The name in the runtime's profile: "CUDAExecutionProvider". An unknown name is given back. */
export const profileName = (name: string): string => KNOWN[name]?.runs ?? name;

/** "cuda" for "CUDAExecutionProvider"; what is not known loses its ending only. */
export const shortName = (runs: string): string =>
  Object.entries(KNOWN).find(([, known]) => known.runs === runs)?.[0] ??
  runs.replace(/ExecutionProvider$/, '').toLowerCase();

/** Joins the items of a list option. Names of nodes hold slashes, dots and colons, hardly ever this. */
const LIST_SEPARATOR = '|';

/** A provider as people read and write it: "cpu", "cuda(deviceId=1)", "webgpu(a=x b=y)". */
export const formatProvider = (provider: Provider): string => {
  const options = Object.entries(providerOptions(provider)).map(
    ([key, value]) => `${key}=${Array.isArray(value) ? value.join(LIST_SEPARATOR) : String(value)}`,
  );
  return options.length === 0 ? providerName(provider) : `${providerName(provider)}(${options.join(' ')})`;
};

/** What a provider turned out to be, or what was expected in its place. */
export type ProviderReading = { readonly provider: Provider } | { readonly expected: string };

const NAMES = `one of ${PROVIDERS.join(', ')}, alone or with options such as cuda(deviceId=1)`;

const EXPECTED: Readonly<Record<OptionKind, string>> = {
  number: 'a whole number of at least 0',
  text: 'text',
  truth: 'true or false',
  texts: 'a list of texts',
};

/** Reads one option of its kind; undefined when the value is of another. Text forms of all kinds do. */
const readOption = (kind: OptionKind, value: unknown): OptionValue | undefined => {
  switch (kind) {
    case 'number': {
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined;
    }
    case 'text':
      return typeof value === 'string' && value !== '' ? value : undefined;
    case 'truth':
      if (value === 'true' || value === 'false') return value === 'true';
      return typeof value === 'boolean' ? value : undefined;
    case 'texts': {
      const list = typeof value === 'string' ? value.split(LIST_SEPARATOR) : value;
      if (!Array.isArray(list) || list.length === 0) return undefined;
      const texts = list.filter((item): item is string => typeof item === 'string' && item !== '');
      return texts.length === list.length ? texts : undefined;
    }
  }
};

/** A provider from its name and unchecked options, in its one canonical form. */
export const readProvider = (
  name: string,
  given: Readonly<Record<string, unknown>> = {},
): ProviderReading => {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  if (known === undefined) return { expected: NAMES };
  const allowed = Object.keys(known.options);
  const options: [string, OptionValue][] = [];
  for (const [key, value] of Object.entries(given).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const kind = Object.hasOwn(known.options, key) ? known.options[key] : undefined;
    if (kind === undefined) {
      const list = allowed.length === 0 ? 'no options' : `only the options ${allowed.join(', ')}`;
      return { expected: `${name} with ${list}, which are all that onnxruntime-node reads` };
    }
    const read = readOption(kind, value);
    if (read === undefined) return { expected: `${EXPECTED[kind]} for ${name}.${key}` };
    options.push([key, read]);
  }
  return { provider: options.length === 0 ? name : { name, options: Object.fromEntries(options) } };
};

/** Reads what formatProvider writes. */
export const parseProvider = (text: string): ProviderReading => {
  const [, name, inner] = /^\s*([\w-]+)\s*(?:\(([^()]*)\))?\s*$/.exec(text) ?? [];
  if (name === undefined) return { expected: NAMES };
  const pairs = (inner ?? '').split(/\s+/).filter((pair) => pair !== '');
  const options = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  });
  return readProvider(name, Object.fromEntries(options));
};

/** One thing that a provider needs, and whether it is there. */
export interface ProviderCheck {
  name: string;
  status: 'ok' | 'missing' | 'wrong' | 'unknown';
  /** What was found, or exactly what was not. */
  seen: string;
  /** What to do about it. */
  action?: string | undefined;
}

/** Whether a provider can run here, found by looking and without a session. */
export interface ProviderStatus {
  name: string;
  /** This build of the runtime has it. */
  listed: boolean;
  /** Its code is inside the package. */
  bundled: boolean;
  /** Nothing that it needs is missing. */
  available: boolean;
  /** The device it would run on, where that can be told. */
  device: string | null;
  /** The device is emulated by the processor. */
  software: boolean;
  driver: string | null;
  checks: ProviderCheck[];
}

/** The checks that speak against a provider. */
export const lacking = (status: ProviderStatus): ProviderCheck[] =>
  status.checks.filter((check) => check.status === 'missing' || check.status === 'wrong');

/** One line: what is missing and what to do. Empty when nothing is. */
export const describeLack = (status: ProviderStatus): string => {
  const problems = lacking(status);
  // Without a device nothing else is worth installing.
  const device = problems.find(({ name }) => name === 'device');
  const mended = device === undefined ? problems : [device];
  const actions = [...new Set(mended.flatMap(({ action }) => (action === undefined ? [] : [action])))];
  const what = problems.map(({ seen }) => seen).join('; ');
  return problems.length === 0 ? '' : [`${what}.`, ...actions].join(' ');
};
