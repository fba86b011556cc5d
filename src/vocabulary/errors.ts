/**
 * What goes wrong because of something a user can mend. Everything else is an internal error and
 * carries a stack. A UserError or a Problem is one line: what is wrong, where, what to do next.
 */

/** A place in a file that the user wrote. Line and column count from 1. */
export interface Location {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One thing wrong with an input document; several are reported at once. */
export interface Problem {
  readonly message: string;
  readonly location?: Location;
  /** What to do next. */
  readonly hint?: string;
}

/** Exit codes, see docs/exit-codes.md. The table of what maps to which lives in cli/exit-codes.ts. */
export type ExitCode = 0 | 1 | 2 | 3 | 10 | 11 | 12 | 13 | 130;

/** An error that a user caused and can mend. `problems` holds at least one entry. */
export class UserError extends Error {
  readonly problems: readonly Problem[];
  readonly exitCode: ExitCode;

  constructor(problems: Problem | readonly Problem[], exitCode: ExitCode = 2) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(formatProblem).join('\n'));
    this.name = 'UserError';
    this.problems = list;
    this.exitCode = exitCode;
  }
}

/** "file:line:column" with the parts that are known. */
export const formatLocation = (location: Location): string =>
  [location.file, location.line, location.column].filter((part) => part !== undefined).join(':');

/** One line: "scenario.yaml:3:5: unknown key "modle". Did you mean "model"?" */
export const formatProblem = (problem: Problem): string =>
  [
    problem.location === undefined ? '' : `${formatLocation(problem.location)}: `,
    problem.message,
    problem.hint === undefined ? '' : ` ${problem.hint}`,
  ].join('');

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The `code` of a Node system error ("ENOENT"), or undefined. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const FILE_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'there is a folder of this name',
  EEXIST: 'there is a file of this name',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'the folder is not there',
};

const NO_ROOM: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the limit for the size of a file is reached',
};

/** Why a file could not be written for lack of room; undefined when that is not the reason. */
export const noRoomFor = (error: unknown): string | undefined => NO_ROOM[codeOf(error) ?? ''];

/** Why a file or folder could not be made, in a few words. */
export const whyNotWritten = (error: unknown): string =>
  noRoomFor(error) ?? FILE_ERRORS[codeOf(error) ?? ''] ?? messageOf(error);
