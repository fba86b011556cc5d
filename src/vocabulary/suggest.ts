/** "Did you mean": the nearest of the names that exist, or the list of them when it is short. */

/** Levenshtein distance: the fewest insertions, deletions and substitutions that turn `a` into `b`. */
const distance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
};

/** The candidate nearest to `name`, case ignored; null when none is within a third of its length. */
export const nearest = (name: string, candidates: readonly string[]): string | null => {
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(Math.max(3, name.length) / 3)) + 1;
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
