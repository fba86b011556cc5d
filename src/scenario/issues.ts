/** Turns what zod found into problems: one line each, with the place, and the word that was meant. */
import type { z } from 'zod';
import type { Problem } from '../vocabulary/errors.js';
import { nearest } from '../vocabulary/suggest.js';
import { didYouMean, formatPath, problemAt, show, type Draft, type Path } from './draft.js';

interface Mistake {
  readonly path: Path;
  /** What was expected there: a schema's message. */
  readonly expected: string;
  /** The words that are allowed there, if it takes words. */
  readonly words: readonly string[];
  /** The key itself is wrong: unknown, or not a name. */
  readonly key?: 'unknown' | 'invalid' | 'missing';
  /** The value is of another kind than the schema's, so that another branch of a union may be meant. */
  readonly otherKind?: boolean;
}

const pathOf = (prefix: Path, path: readonly PropertyKey[]): Path => [
  ...prefix,
  ...path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
];

const mistakesIn = (issue: z.core.$ZodIssue, prefix: Path): Mistake[] => {
  const path = pathOf(prefix, issue.path);
  const expected = issue.message;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        expected,
        words: expected.split(', '),
        key: 'unknown',
      }));
    case 'invalid_key':
      return [{ path, expected: issue.issues[0]?.message ?? expected, words: [], key: 'invalid' }];
    case 'invalid_value':
      return [
        { path, expected, words: issue.values.filter((value) => typeof value === 'string'), otherKind: true },
      ];
    case 'invalid_type':
      return [{ path, expected, words: [], otherKind: true }];
    case 'invalid_union':
      return mistakesInUnion(issue, path);
    default:
      return [{ path, expected, words: [] }];
  }
};

/** Of a union, the mistakes of the branch that fits the value's kind; without one, the union's own. */
const mistakesInUnion = (issue: z.core.$ZodIssueInvalidUnion, path: Path): Mistake[] => {
  if (issue.discriminator !== undefined && 'options' in issue) {
    const words = (issue.options ?? []).filter((option) => typeof option === 'string');
    return [{ path, expected: `one of ${words.join(', ')}`, words }];
  }
  const isHere = (mistake: Mistake): boolean => mistake.path.length === path.length;
  const branches = issue.errors.map((issues) => issues.flatMap((inner) => mistakesIn(inner, path)));
  const fitting = branches.find(
    (branch) => !branch.some((mistake) => isHere(mistake) && mistake.otherKind === true),
  );
  if (fitting !== undefined) return fitting;
  const words = branches
    .flat()
    .filter(isHere)
    .flatMap((mistake) => mistake.words);
  return [{ path, expected: issue.message, words, otherKind: true }];
};

const problemOf = (draft: Draft, { path, expected, words, key }: Mistake): Problem => {
  const last = String(path.at(-1) ?? '');
  const parent = path.slice(0, -1);
  if (key === 'unknown') {
    const where = parent.length === 0 ? '' : ` in ${formatPath(parent)}`;
    const message = `unknown key ${show(last)}${where}; the keys are ${words.join(', ')}`;
    const hint = didYouMean(last, words);
    const { location } = problemAt(draft, path, message, { at: 'key' });
    return {
      message: hint === undefined ? message : `${message}.`,
      ...(location === undefined ? {} : { location }),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (key === 'invalid')
    return problemAt(draft, path, `not a possible name here; expected ${expected}`, { at: 'key' });
  const found = draft.get(path);
  if (key === 'missing') {
    return problemAt(draft, parent, `the key ${show(last)} is missing; expected ${expected}`);
  }
  const hint = typeof found === 'string' ? didYouMean(found, words) : undefined;
  return problemAt(draft, path, `expected ${expected}, found ${show(found)}`, { hint });
};

/** A mistake about a part that is not there is about the missing key. */
const asMissing = (draft: Draft, mistake: Mistake): Mistake => {
  const isMissing =
    mistake.key === undefined && mistake.path.length > 0 && draft.get(mistake.path) === undefined;
  return isMissing ? { ...mistake, key: 'missing' } : mistake;
};

/** A key that is missing because it is misspelt is one mistake, not two. */
const withoutMisspelt = (mistakes: readonly Mistake[]): Mistake[] => {
  const misspelt = mistakes.filter((mistake) => mistake.key === 'unknown');
  const meant = new Set(
    misspelt.map(({ path, words }) =>
      formatPath(path.slice(0, -1).concat(nearest(String(path.at(-1)), words) ?? '')),
    ),
  );
  return mistakes.filter((mistake) => mistake.key !== 'missing' || !meant.has(formatPath(mistake.path)));
};

/** One problem for each thing that a schema found wrong in the document. */
export const issueProblems = (draft: Draft, error: z.ZodError): Problem[] => {
  const mistakes = error.issues
    .flatMap((issue) => mistakesIn(issue, []))
    .map((mistake) => asMissing(draft, mistake));
  return withoutMisspelt(mistakes).map((mistake) => problemOf(draft, mistake));
};
