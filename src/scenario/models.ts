/** The models of a document that is not yet checked, whichever way it names them. */
import { asList, asMapping, type Draft, type Path } from './draft.js';

/** One model as the document has it. */
export interface DraftModel {
  /** Undefined for a single `model`: its name comes from its file. */
  readonly name: string | undefined;
  readonly path: Path;
}

/** The models that the document names, in its order. */
export const draftModels = (draft: Draft): DraftModel[] => {
  const models = Object.keys(asMapping(draft.get(['models'])));
  if (models.length > 0) return models.map((name) => ({ name, path: ['models', name] }));
  return draft.get(['model']) === undefined ? [] : [{ name: undefined, path: ['model'] }];
};

/**
 * Where a model's key stands: in its own mapping, or beside it at the top level, where it counts for
 * every model that does not set it.
 */
export const modelKeyPath = (draft: Draft, model: DraftModel, key: string): Path =>
  Object.hasOwn(asMapping(draft.get(model.path)), key) ? [...model.path, key] : [key];

/** Names of the variants of a model. */
export const variantNames = (draft: Draft, model: DraftModel): string[] =>
  Object.keys(asMapping(draft.get(modelKeyPath(draft, model, 'variants'))));

/** Names of the dimensions that a model's `dims` and `mix` size. */
export const dimNames = (draft: Draft, model: DraftModel): string[] => {
  const dims = Object.keys(asMapping(draft.get(modelKeyPath(draft, model, 'dims'))));
  const mixed = asList(draft.get(modelKeyPath(draft, model, 'mix'))).flatMap((part) =>
    Object.keys(asMapping(asMapping(part)['dims'])),
  );
  return [...new Set([...dims, ...mixed])];
};
