/**
 * Planned looks. When sampling goes on "until decided", each look at the data is one more chance
 * to be wrong: asking after every one of 40 rounds at 5% lets a cell exactly at its limit pass 18%
 * of the time, and 24% with Student's t alone (test/stats/looks.test.ts). So the looks are planned,
 * and the error is split over them.
 */

/** Rounds after which it is asked whether all is decided, unless the scenario says otherwise. */
export const DEFAULT_LOOKS: readonly number[] = [5, 10, 20];

/**
 * The one-sided error that each look may spend so that all together spend at most `alpha`: equal
 * shares (Bonferroni), which hold whatever the dependence between looks. With roundsBounds at looks
 * 5, 10 and 20 a cell exactly at its limit passes 3% of the time, and up to 4% where bursts make the
 * rounds bimodal. Pocock's boundary (Biometrika 64, 1977) would spend 0.023 a look instead of 0.017,
 * but is made for normal values, and the bursts would need what it hands out.
 */
export const alphaAtLook = (looks: readonly number[], alpha: number): number =>
  alpha / Math.max(1, looks.length);

/** The next look after `rounds` rounds: the number of rounds at which to ask; null when there is none left. */
export const nextLook = (looks: readonly number[], rounds: number): number | null => {
  const later = looks.filter((look) => look > rounds);
  return later.length === 0 ? null : Math.min(...later);
};
