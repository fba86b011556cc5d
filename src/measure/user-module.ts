/** The user's own pre- and postprocessing, loaded from a module and timed as stages. */
import { pathToFileURL } from 'node:url';
import type { Feeds } from '../model/types.js';
import { messageOf } from '../vocabulary/errors.js';

/** What the module's functions are told. */
export interface ModuleContext {
  readonly batch: number;
  readonly seed: number;
}

type Tensors = Readonly<
  Record<string, { readonly dtype: string; readonly dims: readonly number[]; readonly data: unknown }>
>;

export interface UserModule {
  /** Raw requests to rotate over, such as JPEG bytes; without it preprocess gets the scenario's inputs. */
  readonly items?: (context: ModuleContext) => unknown[] | Promise<unknown[]>;
  /** From a raw request to the model's inputs, by name. */
  readonly preprocess?: (item: unknown, context: ModuleContext) => Tensors | Promise<Tensors>;
  /** Takes the outputs by name; what it returns is dropped. */
  readonly postprocess?: (outputs: Tensors, context: ModuleContext) => unknown;
}

/** A module that can't be used; the message is one line. */
export class ModuleError extends Error {}

const FUNCTIONS = ['items', 'preprocess', 'postprocess'] as const;

/** Imports the module. Throws ModuleError when it can't be loaded or has none of the functions. */
export const loadModule = async (path: string): Promise<UserModule> => {
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw new ModuleError(`the module cannot be loaded: ${messageOf(error)}`);
  }
  // A CommonJS module shows its functions on the default export.
  const source: Record<string, unknown> =
    typeof loaded['default'] === 'object' && loaded['default'] !== null
      ? { ...loaded['default'], ...loaded }
      : loaded;
  const found: Record<string, unknown> = {};
  for (const name of FUNCTIONS) {
    if (source[name] === undefined) continue;
    if (typeof source[name] !== 'function') throw new ModuleError(`the module's ${name} is not a function`);
    found[name] = source[name];
  }
  if (found['preprocess'] === undefined && found['postprocess'] === undefined) {
    throw new ModuleError('the module exports neither preprocess nor postprocess');
  }
  return found;
};

/** The raw requests that preprocess gets. */
export const rawItems = async (
  module: UserModule,
  feeds: readonly Feeds[],
  context: ModuleContext,
): Promise<readonly unknown[]> => {
  if (module.items === undefined) return feeds;
  const items = await module.items(context);
  if (!Array.isArray(items) || items.length === 0)
    throw new ModuleError("the module's items returned no array with at least one item");
  return items;
};
