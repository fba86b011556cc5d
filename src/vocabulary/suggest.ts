/** "Did you mean": the nearest of the names that exist, or the list of them when it is short. */

/**
 * Edits that turn `a` into `b`: insertions, deletions, substitutions, and swaps of two neighbours
 * (optimal string alignment, the restricted Damerau-Levenshtein distance).
 */
const distance = (a: string, b: string): number => {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
};

/** The candidate nearest to `name`, case ignored; null when none is within a third of its length. */
export const nearest = (name: string, candidates: readonly string[]): string | null => {
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const found = distance(wanted, candidate.toLowerCase());
    if (found < least) {
      best = candidate;
      least = found;
    }
  }
  return best;
};

/** How many names a hint lists in full. */
const LISTED = 12;

/**
 * A hint for a name that doesn't exist: `Did you mean "seq"?` when one is near, else the list of
 * `candidates` after `label` ("The model has"), else a sentence that there are none.
 */
export const suggest = (name: string, candidates: readonly string[], label: string): string => {
  const near = nearest(name, candidates);
  if (near !== null) return `Did you mean "${near}"?`;
  if (candidates.length === 0) return `${label} none.`;
  const more = candidates.length > LISTED ? ` and ${candidates.length - LISTED} more` : '';
  return `${label} ${candidates.slice(0, LISTED).join(', ')}${more}.`;
};
