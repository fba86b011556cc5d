/** Naming cells: which one a user means, and what its files are called. */
import type { CellResult, Results } from '../results/schema.js';
import { UserError } from '../vocabulary/errors.js';
import { clean } from './text/sanitise.js';

/**
 * The cell a user means by its id, the start of its id, or its label. Throws UserError when there is
 * none, or when several ids start like that.
 */
export const findCell = (results: Results, wanted: string): CellResult => {
  const exact =
    results.cells.find((cell) => cell.id === wanted) ?? results.cells.find((cell) => cell.label === wanted);
  if (exact !== undefined) return exact;
  const found = wanted === '' ? [] : results.cells.filter((cell) => cell.id.startsWith(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const candidates = found.length === 0 ? results.cells : found;
  throw new UserError({
    message:
      found.length === 0
        ? `no cell has the id or label "${clean(wanted)}".`
        : `"${clean(wanted)}" starts the id of ${found.length} cells.`,
    hint: `Cells: ${listCells(candidates)}.`,
  });
};

/** Cells in a message before the rest is only counted. */
const LISTED = 8;

const listCells = (cells: readonly CellResult[]): string => {
  const names = cells.slice(0, LISTED).map((cell) => `${clean(cell.id)} (${shorten(clean(cell.label), 40)})`);
  return cells.length > LISTED ? `${names.join(', ')} and ${cells.length - LISTED} more` : names.join(', ');
};

const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}...` : text;

/**
 * The name of a cell's file without its extension: what its label says in letters that every file
 * system takes, and its id, which alone makes it unique.
 */
export const fileStem = (cell: CellResult): string => {
  const slug = clean(cell.label)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  // An id that mlat makes is hex; a document that somebody else wrote must not name another folder.
  const id = cell.id.replace(/[^A-Za-z0-9_-]/g, '_');
  return slug === '' ? id : `${slug}.${id}`;
};
