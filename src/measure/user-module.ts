/** The user's own pre- and postprocessing, loaded from a module and timed as stages. */
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EngineSession, EngineTensor, PreparedFeeds } from '../engine/types.js';
import type { Feeds } from '../model/types.js';
import { messageOf } from '../vocabulary/errors.js';

/** What the module's functions are told. */
export interface ModuleContext {
  readonly batch: number;
  readonly seed: number;
}

type Tensors = Readonly<Record<string, EngineTensor>>;

/** The functions that a module may export. */
interface ModuleFunctions {
  /** Raw requests to rotate over, such as JPEG bytes; without it preprocess gets the scenario's inputs. */
  readonly items?: (context: ModuleContext) => unknown[] | Promise<unknown[]>;
  /** From a raw request to the model's inputs, by name. */
  readonly preprocess?: (item: unknown, context: ModuleContext) => Tensors | Promise<Tensors>;
  /** Takes the outputs by name; what it returns is dropped. */
  readonly postprocess?: (outputs: Tensors, context: ModuleContext) => unknown;
}

export interface UserModule extends ModuleFunctions {
  /** File name without folders. */
  readonly file: string;
}

/** A module that can't be used; the message is one line. */
export class ModuleError extends Error {}

const FUNCTIONS = ['items', 'preprocess', 'postprocess'] as const;

/** "app.mjs:3:9" where the stack names a line of the module, else its name alone. */
const placeIn = (file: string, error: unknown): string => {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  // A frame ends in ":line:column"; a syntax error begins with "path:line".
  const line = stack.split('\n').find((text) => text.includes(`/${file}:`) || text.includes(`\\${file}:`));
  const position = /:(\d+(?::\d+)?)\)?$/.exec(line ?? '')?.[1];
  return position === undefined ? file : `${file}:${position}`;
};

const firstLine = (error: unknown): string =>
  messageOf(error)
    .split('\n', 1)
    .join()
    // Who imported the module is mlat itself.
    .replace(/ imported from \S*user-module\.js$/, '');

/** Imports the module. Throws ModuleError when it can't be loaded or has none of the functions. */
export const loadModule = async (path: string): Promise<UserModule> => {
  const file = basename(path);
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw new ModuleError(`the module cannot be loaded: ${placeIn(file, error)}: ${firstLine(error)}`);
  }
  // A CommonJS module shows its functions on the default export.
  const source: Record<string, unknown> =
    typeof loaded['default'] === 'object' && loaded['default'] !== null
      ? { ...loaded['default'], ...loaded }
      : loaded;
  const found: Record<string, unknown> = {};
  for (const name of FUNCTIONS) {
    if (source[name] === undefined) continue;
    if (typeof source[name] !== 'function') {
      throw new ModuleError(`${file} exports ${name}, but it is not a function`);
    }
    found[name] = source[name];
  }
  if (found['preprocess'] === undefined && found['postprocess'] === undefined) {
    throw new ModuleError(`${file} exports neither preprocess nor postprocess; export at least one of them`);
  }
  return { ...(found as ModuleFunctions), file };
};

/** What a stage threw, with the name of the stage and the place in the module. */
export const stageError = ({ file }: UserModule, stage: keyof ModuleFunctions, error: unknown): ModuleError =>
  error instanceof ModuleError
    ? error
    : new ModuleError(`${stage} failed: ${placeIn(file, error)}: ${firstLine(error)}`);

const isTensor = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'dtype' in value && 'dims' in value && 'data' in value;

const whyNoInputs = (value: unknown, error: unknown): string => {
  if (typeof value !== 'object' || value === null)
    return `it returned ${value === null ? 'null' : typeof value}`;
  const odd = Object.entries(value).find(([, tensor]) => !isTensor(tensor));
  return odd === undefined ? firstLine(error) : `its "${odd[0]}" is no tensor`;
};

/** What preprocess returned, in the runtime's form. Throws ModuleError when it is no set of tensors. */
export const preparedInputs = (session: EngineSession, made: Tensors): PreparedFeeds => {
  try {
    return session.prepare(made);
  } catch (error) {
    const name = session.inputs[0]?.name ?? 'input';
    throw new ModuleError(
      `preprocess made no inputs for the model: ${whyNoInputs(made, error)}; ` +
        `return tensors by name, such as {${JSON.stringify(name)}: {dtype: "float32", dims: [1, 2], data: Float32Array.of(1, 2)}}`,
    );
  }
};

/** The raw requests that preprocess gets. Throws ModuleError when `items` fails or gives none. */
export const rawItems = async (
  module: UserModule,
  feeds: readonly Feeds[],
  context: ModuleContext,
): Promise<readonly unknown[]> => {
  if (module.items === undefined) return feeds;
  let items: unknown;
  try {
    items = await module.items(context);
  } catch (error) {
    throw stageError(module, 'items', error);
  }
  if (!Array.isArray(items) || items.length === 0) {
    throw new ModuleError(`items in ${module.file} must return an array with at least one request`);
  }
  return items as readonly unknown[];
};
