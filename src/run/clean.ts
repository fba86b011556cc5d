/**
 * Text from a child process on its way into a document that people share: no escape sequences, no
 * absolute paths, no endless lines.
 */
import { homedir } from 'node:os';
import { stripVTControlCharacters } from 'node:util';

const MAX_LENGTH = 400;

// What can stand in the name of a file, the space left out; on Windows a colon ends it as well.
const NAME = String.raw`[^\s/\\:;,"'\x60<>|()[\]{}*?]+`;
// A folder's name may hold spaces, since a slash says where it ends; a space before it does not.
const FOLDER = String.raw`${NAME}(?: +${NAME})*`;

/**
 * An absolute path, or one under the home folder, with at least one folder in it. It doesn't begin
 * inside a word or an address, so relative paths and URLs stay. The last name is captured.
 */
const POSIX_PATH = new RegExp(String.raw`(?<![\w.~/-])(?:file:\/\/|~)?(?:\/${FOLDER})+\/(${NAME})`, 'gu');
const HOME_FILE = new RegExp(String.raw`(?<![\w.~/-])~\/(${NAME})`, 'gu');
const WINDOWS_PATH = new RegExp(
  String.raw`(?:file:\/{2,3})?\b[A-Za-z]:[\\/](?:${FOLDER}[\\/])*(${NAME})`,
  'gu',
);

/** The text with every absolute path cut to its last part. */
export const withoutPaths = (text: string): string => {
  const home = homedir();
  // In some containers the home folder is the root, which is in every path.
  return (home.length > 1 ? text.replaceAll(home, '~') : text)
    .replace(WINDOWS_PATH, '$1')
    .replace(POSIX_PATH, '$1')
    .replace(HOME_FILE, '$1');
};

/** One clean line: control characters gone, absolute paths cut to their last part, at most 400 characters. */
export const cleanLine = (line: string): string => {
  const text = withoutPaths(stripVTControlCharacters(line).replace(/[\u0000-\u001f\u007f]+/g, ' ')).trim();
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
};
