/** The part of a scenario about a prediction cache: how it is written, and the cells it asks for. */
import { z } from 'zod';
import type { CellParams } from '../vocabulary/params.js';
import {
  DEFAULT_CATALOGUE,
  formatTraffic,
  isControlTraffic,
  parseTraffic,
  type Traffic,
} from '../vocabulary/traffic.js';
import { parseShare } from '../vocabulary/units.js';
import { asList, asMapping, problemAt, show, type Draft } from './draft.js';
import type { Problem } from '../vocabulary/errors.js';
import { mapping, oneOrMore, whole } from './fields-schema.js';

/** Entries when a hit rate is asked for, which any size can have. */
const DEFAULT_SIZE = 1000;

/** Larger catalogues take more memory for their popularity than a process should spend on it. */
const MOST_ITEMS = 10_000_000;

const HIT_RATE = 'a share from 0 to 1, or a percentage such as 90%';
const ALPHA = 'an exponent from 0 to 5';
const SIZE = 'a number of entries, or a percentage of the catalogue such as 1%';

const hitRate = z.union(
  [
    z.number().min(0, { error: HIT_RATE }).max(1, { error: HIT_RATE }),
    z.string().transform((text, context) => {
      const share = parseShare(text);
      if (share !== null) return share;
      context.addIssue({ code: 'custom', message: HIT_RATE });
      return z.NEVER;
    }),
  ],
  { error: HIT_RATE },
);

/** Entries, or a share of the catalogue. */
export type CacheSize = number | { readonly share: number };

const size = z.union(
  [
    whole(1, MOST_ITEMS),
    z.string().transform((text, context): CacheSize => {
      const share = parseShare(text);
      if (share !== null && share > 0) return { share };
      context.addIssue({ code: 'custom', message: SIZE });
      return z.NEVER;
    }),
  ],
  { error: SIZE },
);

/** The key `cache` of a scenario. */
export const cacheSchema = mapping({
  hitRate: oneOrMore(hitRate, HIT_RATE)
    .optional()
    .describe('shares of items that are in the cache: [0, 0.5, 0.9, 0.99]; or zipf'),
  zipf: oneOrMore(z.number({ error: ALPHA }).min(0, { error: ALPHA }).max(5, { error: ALPHA }), ALPHA)
    .optional()
    .describe('exponents of the popularity of items: [0, 0.64, 0.99, 1.2]; the hit rate is what comes out'),
  size: oneOrMore(size, SIZE)
    .optional()
    .describe('entries, or with zipf a share of the catalogue: [0.1%, 1%, 10%]; default 1000, with zipf 1%'),
  catalogue: whole(2, MOST_ITEMS).optional().describe('with zipf, distinct items; default 100000'),
});
export type ParsedCache = z.output<typeof cacheSchema>;

const CACHE = 'off, or a number of entries';
/** One value of the axis `cache`. */
export const cacheAxis = z.union([whole(0, MOST_ITEMS), z.literal('off').transform(() => 0)], {
  error: CACHE,
});

const TRAFFIC = 'any, a hit rate such as 90%, or an exponent such as "zipf 0.99"';
/** One value of the axis `traffic`. */
export const trafficAxis = z.string({ error: TRAFFIC }).transform((text, context): Traffic => {
  const traffic = parseTraffic(text);
  if (traffic !== null) return traffic;
  context.addIssue({ code: 'custom', message: TRAFFIC });
  return z.NEVER;
});

/** What one key of `cache` says about another. */
export const checkCache = (draft: Draft): Problem[] => {
  const cache = draft.get(['cache']);
  if (asMapping(cache) !== cache) return [];
  const { hitRate, zipf, size, catalogue } = asMapping(cache);
  const wrong = (key: string, message: string, hint?: string): Problem =>
    problemAt(draft, ['cache', key], message, { at: 'key', hint });
  const problems: Problem[] = [];
  if (hitRate !== undefined && zipf !== undefined) {
    problems.push(wrong('zipf', 'does not go with hitRate', 'Keep one of them.'));
  }
  if (hitRate === undefined && zipf === undefined) {
    const hint = 'Add hitRate: [0, 0.5, 0.9, 0.99], or zipf: [0.64, 0.99].';
    problems.push(problemAt(draft, ['cache'], 'needs the traffic it sees', { hint }));
  }
  if (zipf === undefined && catalogue !== undefined) {
    problems.push(wrong('catalogue', 'goes with zipf', 'Leave it out, or give zipf.'));
  }
  const shares = asList(size).filter((one) => typeof one === 'string');
  if (zipf === undefined && shares.length > 0) {
    const hint = 'Give a number of entries.';
    problems.push(wrong('size', `${show(shares[0])} is a share of a catalogue, which only zipf has`, hint));
  }
  const items = typeof catalogue === 'number' ? catalogue : DEFAULT_CATALOGUE;
  const large = asList(size).find((one) => typeof one === 'number' && one > items);
  if (zipf !== undefined && large !== undefined) {
    problems.push(wrong('size', `${show(large)} is more than the catalogue's ${items} items`));
  }
  return problems;
};

/** The values of both axes. A cell without a cache and one without hits are always among them. */
export const cacheAxes = (cache: ParsedCache | undefined): Pick<CellLists, 'cache' | 'traffic'> => {
  if (cache === undefined) return { cache: [0], traffic: ['any'] };
  const { hitRate, zipf, catalogue = DEFAULT_CATALOGUE } = cache;
  const entries = (one: CacheSize): number =>
    typeof one === 'number' ? one : Math.max(1, Math.round(one.share * catalogue));
  const sizes = cache.size ?? (zipf === undefined ? [DEFAULT_SIZE] : [{ share: 0.01 }]);
  const asked: Traffic[] =
    zipf === undefined
      ? (hitRate ?? []).map((share) => ({ hitRate: share }))
      : zipf.map((alpha) => ({ zipf: alpha, catalogue }));
  const withControl: Traffic[] = asked.some(isControlTraffic) ? asked : [{ hitRate: 0 }, ...asked];
  const byText = new Map(withControl.map((traffic) => [formatTraffic(traffic), traffic]));
  return { cache: [0, ...new Set(sizes.map(entries))], traffic: [...byText.values()] };
};

type CellLists = { readonly [K in keyof CellParams]: readonly CellParams[K][] };

/**
 * A combination of the axes as a cell: without a cache, and for a cold start, which is over before a cache
 * has anything in it, any traffic is the same.
 */
export const withTraffic = (params: CellParams): CellParams =>
  params.cache === 0 || params.start === 'cold' ? { ...params, cache: 0, traffic: 'any' } : params;

/** What is wrong with the cache of a complete cell; null when nothing is. */
export const cacheMistake = ({ cache, traffic, batch }: CellParams): string | null => {
  if (cache > 0 && traffic === 'any') return 'a cache needs traffic: 90%, or "zipf 0.99"';
  if (cache === 0 && traffic !== 'any') return `traffic makes no difference without a cache: give cache, too`;
  if (cache > 0 && cache < batch) return `a cache of ${cache} entries is smaller than a batch of ${batch}`;
  return null;
};
