/**
 * Text from a child process on its way into a document that people share: no escape sequences, no
 * absolute paths, no endless lines.
 */
import { homedir } from 'node:os';
import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const MAX_LENGTH = 400;

// A path of at least two folders, on either kind of system; the last part is kept.
const ABSOLUTE_PATH = /(?:file:\/\/)?(?:\/[\w.@+~ -]+){2,}|[A-Za-z]:\\(?:[\w.@+~ -]+\\)+[\w.@+~-]+/g;

/** One clean line: control characters gone, absolute paths cut to their last part, at most 400 characters. */
export const cleanLine = (line: string): string => {
  const text = stripVTControlCharacters(line)
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .replaceAll(homedir(), '~')
    .replace(ABSOLUTE_PATH, (path) => basename(path.replaceAll('\\', '/')))
    .trim();
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
};
