/**
 * Planned looks. When sampling goes on "until decided", each look at the data is one more chance
 * to be wrong: asking after every round lets a cell exactly at its limit pass about 30% of the
 * time instead of 5%. So the looks are planned, and the error is split over them.
 */

/** Rounds after which it is asked whether all is decided, unless the scenario says otherwise. */
export const DEFAULT_LOOKS: readonly number[] = [5, 10, 20];

/**
 * The one-sided error that each look may spend so that all together spend at most `alpha`: equal
 * shares (Bonferroni). It holds whatever the dependence between looks. Pocock's boundary
 * (Biometrika 64, 1977) would allow somewhat more, 0.023 instead of 0.017 a look for three looks
 * and 5%, but only for normal data; the reserve is kept for the skew of real rounds.
 */
export const alphaAtLook = (looks: readonly number[], alpha: number): number => alpha / Math.max(1, looks.length);

/** The next look after `rounds` rounds: the number of rounds at which to ask; null when there is none left. */
export const nextLook = (looks: readonly number[], rounds: number): number | null => {
  const later = looks.filter((look) => look > rounds);
  return later.length === 0 ? null : Math.min(...later);
};
