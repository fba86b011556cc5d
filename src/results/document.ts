/**
 * The Results document as text. What is written is checked first, so that a broken number never
 * reaches a file; what is read is migrated when it is older and refused when it is newer.
 */
import { z } from 'zod';
import { UserError, type Problem } from '../vocabulary/errors.js';
import { measuredRounds, roundHistogram } from './rounds.js';
import { resultsSchema, SCHEMA_VERSION, type Results } from './schema.js';

/** Takes a document of version `from` to version `from + 1`. */
export interface Migration {
  readonly from: number;
  readonly migrate: (document: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** One row a version. Version 1 is the first that was published, so nothing leads to it. */
const MIGRATIONS: readonly Migration[] = [];

/** What tells a reader of any version which document this is. */
const headSchema = z.looseObject({
  kind: z.literal('mlat-results'),
  schemaVersion: z.number().int().nonnegative(),
  mlat: z.string().optional(),
});

/** More problems than this are not a list that a person reads. */
const MAX_PROBLEMS = 10;

/**
 * Reads a Results document. `file` is only named in messages. Throws UserError when the text is not
 * JSON, is another kind of document, comes from a newer mlat, or is damaged. `migrations` is the
 * table for older versions.
 */
export const parseResults = (
  text: string,
  file: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Results => {
  const document = parseJson(text, file);
  const head = headSchema.safeParse(document);
  if (!head.success) {
    throw new UserError({
      location: { file },
      message: 'this is JSON, but not the results of an mlat run.',
      hint: 'Give the results.json that a run wrote.',
    });
  }
  const parsed = resultsSchema.safeParse(upToDate(head.data, file, migrations));
  if (!parsed.success) throw new UserError(problemsOf(parsed.error, file));
  checkHistograms(parsed.data, file);
  return parsed.data;
};

/** The document as JSON with a final newline. Throws when it breaks its own schema, which is a defect of mlat. */
export const serialiseResults = (results: Results): string => {
  const checked = resultsSchema.safeParse(results);
  if (!checked.success) {
    const [first] = checked.error.issues;
    throw new Error(
      `the results break their schema at ${first?.path.join('.') ?? '?'}: ${first?.message ?? '?'}`,
    );
  }
  return `${JSON.stringify(checked.data, null, 1)}\n`;
};

const parseJson = (text: string, file: string): unknown => {
  // Some editors on Windows put a byte-order mark in front.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(json);
  } catch {
    const message = json.trim() === '' ? 'the file is empty.' : 'this is not JSON, or it was cut off.';
    throw new UserError({ location: { file }, message, hint: 'Give the results.json that a run wrote.' });
  }
};

type Head = z.infer<typeof headSchema>;

const upToDate = (head: Head, file: string, migrations: readonly Migration[]): unknown => {
  const writer = head.mlat === undefined ? 'another mlat' : `mlat ${head.mlat}`;
  if (head.schemaVersion > SCHEMA_VERSION) {
    throw new UserError({
      location: { file },
      message: `written by ${writer} with schema version ${head.schemaVersion}; this mlat reads up to ${SCHEMA_VERSION}.`,
      hint: 'Update mlat to read it.',
    });
  }
  let document: Readonly<Record<string, unknown>> = head;
  for (let version = head.schemaVersion; version < SCHEMA_VERSION; version++) {
    const row = migrations.find((candidate) => candidate.from === version);
    if (row === undefined) {
      throw new UserError({
        location: { file },
        message: `written by ${writer} with schema version ${version}, which this mlat no longer reads.`,
        hint: 'Measure again, or read it with the mlat that wrote it.',
      });
    }
    document = { ...row.migrate(document), schemaVersion: version + 1 };
  }
  return document;
};

const problemsOf = (error: z.ZodError, file: string): Problem[] => {
  const shown = error.issues.slice(0, MAX_PROBLEMS).map((issue) => ({
    location: { file },
    message: `damaged results: ${issue.path.join('.') || 'document'}: ${issue.message}.`,
  }));
  const rest = error.issues.length - shown.length;
  return rest === 0 ? shown : [...shown, { location: { file }, message: `${rest} more of this kind.` }];
};

/** A histogram that can't be read, or that counts other requests than the round says, is damage too. */
const checkHistograms = (results: Results, file: string): void => {
  for (const cell of results.cells) {
    for (const round of measuredRounds(cell)) {
      const at = `damaged results: cell ${cell.id}, round ${round.index}:`;
      let counted: number;
      try {
        counted = roundHistogram(round).count;
      } catch {
        throw new UserError({ location: { file }, message: `${at} its histogram cannot be read.` });
      }
      if (counted !== round.n) {
        const message = `${at} its histogram holds ${counted} requests, and n says ${round.n}.`;
        throw new UserError({ location: { file }, message });
      }
    }
  }
};
