/**
 * The traffic that a prediction cache sees: how often an item comes again. Without a cache it makes no
 * difference, since every item costs the same, so one cell stands for any traffic.
 */
/** Items in the catalogue of Zipf traffic when nobody says otherwise. */
export const DEFAULT_CATALOGUE = 100_000;

/** Items that come: a share of them from the cache, or by a popularity from a catalogue. */
export type DrawnTraffic =
  | { readonly hitRate: number }
  | { readonly zipf: number; readonly catalogue: number };
/** "any": the same cost whatever comes, without a cache. */
export type Traffic = 'any' | DrawnTraffic;

export const isHitRate = (traffic: Traffic): traffic is { readonly hitRate: number } =>
  traffic !== 'any' && 'hitRate' in traffic;

/** True for the arms that a cache is measured against: none of their items comes from a cache. */
export const isControlTraffic = (traffic: Traffic): boolean =>
  traffic === 'any' || (isHitRate(traffic) && traffic.hitRate === 0);

/** "any", "90% hits", "zipf 0.99"; the catalogue is named where it is not the usual one. */
export const formatTraffic = (traffic: Traffic): string => {
  if (traffic === 'any') return 'any';
  if (isHitRate(traffic)) return `${Number((traffic.hitRate * 100).toPrecision(12))}% hits`;
  const { zipf, catalogue } = traffic;
  return catalogue === DEFAULT_CATALOGUE ? `zipf ${zipf}` : `zipf ${zipf} of ${catalogue}`;
};

/** Reads what formatTraffic writes, and "90%" without the word; null when it is neither. */
export const parseTraffic = (text: string): Traffic | null => {
  const written = text.trim();
  if (written === 'any') return 'any';
  const percent = /^(\d+(?:\.\d+)?)\s*%(?:\s*hits)?$/.exec(written)?.[1];
  if (percent !== undefined) {
    const hitRate = Number((Number(percent) / 100).toPrecision(12));
    return hitRate <= 1 ? { hitRate } : null;
  }
  const [, alpha, of] = /^zipf\s+(\d+(?:\.\d+)?)(?:\s+of\s+(\d+))?$/.exec(written) ?? [];
  if (alpha === undefined) return null;
  const catalogue = of === undefined ? DEFAULT_CATALOGUE : Number(of);
  return catalogue > 0 ? { zipf: Number(alpha), catalogue } : null;
};
