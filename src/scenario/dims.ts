/** The sets of sizes that `dims` and `mix` of a model give: the values of the axis `dims`. */
import { isMix } from '../vocabulary/mix.js';
import type { Dims } from '../vocabulary/params.js';

type DimSet = Readonly<Record<string, number>>;

/** Sizes as the scenario gives them. */
export interface GivenDims {
  readonly dims?: Readonly<Record<string, readonly number[]>> | undefined;
  readonly mix?: readonly { readonly weight: number; readonly dims: DimSet }[] | undefined;
}

type Sizes = readonly (readonly [name: string, sizes: readonly number[]])[];

/** The dimensions that the mix leaves alone, and those that it sizes as well, without repeated sizes. */
const split = ({ dims = {}, mix = [] }: GivenDims): { readonly crossed: Sizes; readonly mixed: Sizes } => {
  const inMix = new Set(mix.flatMap((part) => Object.keys(part.dims)));
  const entries = Object.entries(dims).map(([name, sizes]) => [name, [...new Set(sizes)]] as const);
  return {
    crossed: entries.filter(([name]) => !inMix.has(name)),
    mixed: entries.filter(([name]) => inMix.has(name)),
  };
};

const countOf = (sizes: Sizes): number => sizes.reduce((total, [, list]) => total * list.length, 1);

/** How many sets `dimSets` gives, without making them. */
export const countDimSets = (given: GivenDims): number => {
  const { crossed, mixed } = split(given);
  if (given.mix === undefined) return countOf(crossed);
  return countOf(crossed) * (1 + (mixed.length > 0 ? countOf(mixed) : 0));
};

/** Every combination of sizes; the last dimension varies fastest. */
const setsOf = (sizes: Sizes): DimSet[] =>
  sizes.reduce<DimSet[]>(
    (sets, [name, list]) => sets.flatMap((set) => list.map((size) => ({ ...set, [name]: size }))),
    [{}],
  );

/** Both sets of sizes in one, its names in the order given. */
const joined = (order: readonly string[], ...sets: readonly DimSet[]): Record<string, number> =>
  Object.fromEntries(
    sets.flatMap((set) => Object.entries(set)).toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b)),
  );

/** A set of sizes, or each part of a mix, with the sizes of other dimensions added. */
const withSizes = (dims: Dims, others: DimSet, order: readonly string[]): Dims =>
  isMix(dims)
    ? { mix: dims.mix.map((part) => ({ weight: part.weight, dims: joined(order, others, part.dims) })) }
    : joined(order, others, dims);

/**
 * The sets of sizes to sweep: the product of the lists. The mix is one more value of the dimensions
 * it names, so it stands beside the sizes that `dims` gives for these (alone, when it gives none),
 * and is crossed with all other dimensions.
 */
export const dimSets = (given: GivenDims): Dims[] => {
  const { crossed, mixed } = split(given);
  const { dims = {}, mix } = given;
  const order = [...Object.keys(dims), ...(mix ?? []).flatMap((part) => Object.keys(part.dims))];
  const groups: Dims[] = mix === undefined || mixed.length > 0 ? setsOf(mixed) : [];
  if (mix !== undefined)
    groups.push({ mix: mix.map((part) => ({ weight: part.weight, dims: { ...part.dims } })) });
  return setsOf(crossed).flatMap((others) => groups.map((group) => withSizes(group, others, order)));
};
