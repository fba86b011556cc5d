/**
 * What one key of the document says about another: names that must exist, keys that exclude each
 * other, rules. These checks read the unchecked document, so that they report together with what
 * the schema finds; where a part has the wrong form they leave it to the schema.
 */
import type { Problem } from '../vocabulary/errors.js';
import type { Objective, Rule } from '../vocabulary/rules.js';
import { nearest } from '../vocabulary/suggest.js';
import { checkCache } from './cache.js';
import { readAxisValue, readConditionValue, isSweepAxis, unknownKey } from './conditions.js';
import {
  asList,
  asMapping,
  didYouMean,
  formatPath,
  problemAt,
  show,
  type Draft,
  type Path,
} from './draft.js';
import { dimNames, draftModels, modelKeyPath, variantNames, type DraftModel } from './models.js';
import { isProblem, parseObjective, parseRule } from './rules.js';

/** The items of a list with their paths; a single value stands for a list of one. */
const items = (draft: Draft, path: Path): { readonly value: unknown; readonly path: Path }[] => {
  const found = draft.get(path);
  return asList(found).map((value, index) => ({
    value,
    path: Array.isArray(found) ? [...path, index] : path,
  }));
};

const isKnown = (draft: Draft, path: Path): boolean => draft.get(path) !== undefined;

const checkModels = (draft: Draft): Problem[] => {
  const one = isKnown(draft, ['model']);
  const several = isKnown(draft, ['models']);
  if (!one && !several) {
    // A misspelt key is told as such.
    const meant = Object.keys(asMapping(draft.value)).map((key) => nearest(key, ['model', 'models']));
    if (meant.some((key) => key !== null)) return [];
    return [problemAt(draft, [], 'no model is named', { hint: 'Add "model: path/to/model.onnx".' })];
  }
  const both = 'give either "model" or "models"';
  const problems =
    one && several ? [problemAt(draft, ['models'], both, { at: 'key', hint: 'Keep one of them.' })] : [];
  if (Object.keys(asMapping(draft.get(['models']))).length > 1 && isKnown(draft, ['variants'])) {
    const message = 'with several models, variants belong to one of them';
    const hint = 'Move them to models.<name>.variants.';
    problems.push(problemAt(draft, ['variants'], message, { at: 'key', hint }));
  }
  return problems;
};

const checkPrecision = (draft: Draft, models: readonly DraftModel[]): Problem[] => {
  const variants = [...new Set(models.flatMap((model) => variantNames(draft, model)))];
  const known = ['original', ...variants];
  const asked = items(draft, ['precision']);
  const unknown = asked
    .filter(({ value }) => typeof value === 'string' && value !== '' && !known.includes(value))
    .map(({ value, path }) =>
      problemAt(
        draft,
        path,
        `no model has the variant ${show(value)}; the precisions are ${known.join(', ')}`,
        {
          hint: didYouMean(String(value), known),
        },
      ),
    );
  if (asked.length === 0) return unknown;
  // A variant that was added on the command line, only to go unmeasured, is a mistake.
  const idle = Object.keys(asMapping(draft.get(['variants'])))
    .filter((name) => draft.fromFlag(['variants', name]) && !asked.some(({ value }) => value === name))
    .map((name) =>
      problemAt(draft, ['variants', name], `"${name}" is not among the precisions to measure`, {
        hint: `Add --precision ${[...asked.map(({ value }) => String(value)), name].join(',')}.`,
      }),
    );
  return [...unknown, ...idle];
};

const checkDims = (draft: Draft, model: DraftModel): Problem[] => {
  const batchPath = modelKeyPath(draft, model, 'batchDim');
  const batchNames = new Set<unknown>(['batch', draft.get(batchPath)]);
  const message = 'the batch is an axis of its own';
  const hint = 'Give its sizes under sweep.batch.';
  const dimsPath = modelKeyPath(draft, model, 'dims');
  const problems = Object.keys(asMapping(draft.get(dimsPath)))
    .filter((name) => batchNames.has(name))
    .map((name) => problemAt(draft, [...dimsPath, name], message, { at: 'key', hint }));

  const mixPath = modelKeyPath(draft, model, 'mix');
  const parts = items(draft, mixPath);
  const named = [...new Set(parts.flatMap(({ value }) => Object.keys(asMapping(asMapping(value)['dims']))))];
  for (const { value, path } of parts) {
    const dims = asMapping(value)['dims'];
    if (dims === undefined) continue;
    const own = asMapping(dims);
    problems.push(
      ...Object.keys(own)
        .filter((name) => batchNames.has(name))
        .map((name) => problemAt(draft, [...path, 'dims', name], message, { at: 'key', hint })),
    );
    const lacking = named.filter((name) => !Object.hasOwn(own, name));
    if (lacking.length > 0) {
      problems.push(
        problemAt(
          draft,
          [...path, 'dims'],
          `the size of ${lacking.join(', ')} is missing, which other parts of the mix give`,
        ),
      );
    }
  }
  return problems;
};

const checkInputs = (draft: Draft, model: DraftModel): Problem[] => {
  const inputs = modelKeyPath(draft, model, 'inputs');
  return Object.entries(asMapping(draft.get(inputs))).flatMap(([name, input]) => {
    const { from, min, max } = asMapping(input);
    if (from === 'integers' || from === 'uniform') {
      const least = typeof min === 'number' ? min : 0;
      if (typeof max === 'number' && max < least && (from === 'uniform' || Number.isInteger(max))) {
        return [
          problemAt(
            draft,
            [...inputs, name, 'max'],
            `expected a number of at least min, ${least}, found ${max}`,
          ),
        ];
      }
    }
    return [];
  });
};

const checkMeasure = (draft: Draft): Problem[] => {
  if (!isKnown(draft, ['measure', 'samples'])) return [];
  return ['duration', 'minSamples']
    .filter((key) => isKnown(draft, ['measure', key]))
    .map((key) =>
      problemAt(draft, ['measure', key], 'does not go with samples, which is an exact number of requests', {
        at: 'key',
        hint: 'Keep one of them.',
      }),
    );
};

const checkFilters = (draft: Draft, key: 'exclude' | 'include', dims: readonly string[] | null): Problem[] =>
  items(draft, [key]).flatMap(({ value, path }) =>
    Object.entries(asMapping(value)).flatMap(([name, written]) => {
      const at = [...path, name];
      const unknown = dims === null ? null : unknownKey(name, dims);
      if (unknown !== null)
        return [problemAt(draft, path.concat(name), unknown.message, { at: 'key', hint: unknown.hint })];
      if (written === null || typeof written === 'object') return [];
      const read = isSweepAxis(name) ? readAxisValue(name, written) : readConditionValue(name, written);
      return 'expected' in read
        ? [problemAt(draft, at, `expected ${read.expected}, found ${show(written)}`)]
        : [];
    }),
  );

/** Adds the path to a problem that a parser of text found there. */
const within = (draft: Draft, path: Path, problem: Problem): Problem =>
  draft.fromFlag(path) ? problem : { ...problem, message: `${formatPath(path)}: ${problem.message}` };

/** The rules and the objective of the document, and what is wrong with them. */
export const readRules = (
  draft: Draft,
): { readonly rules: Rule[]; readonly objective: Objective | null; readonly problems: Problem[] } => {
  const problems: Problem[] = [];
  const rules: Rule[] = [];
  const dims = knownDims(draft);
  for (const { value, path } of items(draft, ['sla'])) {
    if (typeof value !== 'string' || value === '') continue;
    const rule = parseRule(value, draft.place(path)?.value);
    if (isProblem(rule)) {
      problems.push(within(draft, path, rule));
      continue;
    }
    rules.push(rule);
    for (const { key } of dims === null ? [] : rule.where) {
      const unknown = unknownKey(key, dims ?? []);
      if (unknown !== null) problems.push(problemAt(draft, path, unknown.message, { hint: unknown.hint }));
    }
  }
  const text = draft.get(['objective']);
  if (typeof text !== 'string' || text === '') return { rules, objective: null, problems };
  const objective = parseObjective(text, draft.place(['objective'])?.value);
  if (!isProblem(objective)) return { rules, objective, problems };
  return { rules, objective: null, problems: [...problems, within(draft, ['objective'], objective)] };
};

/** Names of all dimensions with sizes; null when a part that gives them has the wrong form. */
const knownDims = (draft: Draft): string[] | null => {
  const models = draftModels(draft);
  const sound = models.every((model) => {
    const dims = draft.get(modelKeyPath(draft, model, 'dims'));
    const mix = draft.get(modelKeyPath(draft, model, 'mix'));
    return (dims === undefined || asMapping(dims) === dims) && (mix === undefined || Array.isArray(mix));
  });
  return sound ? [...new Set(models.flatMap((model) => dimNames(draft, model)))] : null;
};

/** Every problem between the parts of the document. */
export const referenceProblems = (draft: Draft): Problem[] => {
  const models = draftModels(draft);
  const dims = knownDims(draft);
  return [
    ...checkModels(draft),
    ...checkPrecision(draft, models),
    ...models.flatMap((model) => checkDims(draft, model)),
    ...models.flatMap((model) => checkInputs(draft, model)),
    ...checkMeasure(draft),
    ...checkCache(draft),
    ...checkFilters(draft, 'exclude', dims),
    ...checkFilters(draft, 'include', dims),
    ...readRules(draft).problems,
  ];
};
