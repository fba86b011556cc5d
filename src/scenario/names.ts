/** Names from paths. */
import { basename, extname } from 'node:path';

/** The file's name without folders and extension. */
export const stem = (file: string): string => basename(file, extname(file));

/** The name of a scenario from a file name that may hold anything: it becomes that of a folder. */
export const nameFrom = (file: string): string =>
  stem(file)
    .replaceAll(/[^\w\u00a1-\u1fff\u2c00-\ufffd ._+-]+/g, '-')
    .replace(/^[ .+-]+/, '')
    .slice(0, 80) || 'scenario';
