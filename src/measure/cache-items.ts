/**
 * The items that a cached cell is asked for. There are far more of them than memory would hold, so an
 * item is made when it is asked for: one of the pool's, with its number written into its first values.
 * Made before the clock starts.
 */
import type { PreparedFeeds, EngineTensor } from '../engine/types.js';
import type { Feeds } from '../model/types.js';
import { UserError } from '../vocabulary/errors.js';

/** What typed arrays of numbers and of big integers have in common, as far as it is used here. */
interface Values {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly length: number;
  [index: number]: number | bigint;
  subarray(from: number, to: number): Values;
  set(from: Values, at: number): void;
  slice(): Values;
}

/** One digit of an item's number: the place it is written to, and how. */
interface Digit {
  readonly input: number;
  /** Position in the item. */
  readonly element: number;
  readonly radix: number;
  /** The value that stands for a digit. */
  readonly value: (digit: number) => number | bigint;
}

interface Input {
  readonly name: string;
  readonly dtype: string;
  /** Dimensions of a request of one item. */
  readonly dims: readonly number[];
  /** Elements of an item. */
  readonly length: number;
}

/** Numbers up to here are told apart; more are never drawn in a round. */
const ENOUGH = 2 ** 31;

/** So many bits of a float's fraction are used. */
const FLOAT32_BITS = 23;
const FLOAT16_BITS = 10;

const floatDigit = (digit: number): number => 0.5 + digit / 2 ** (FLOAT32_BITS + 1);
/** The bits of a half float from 0.5 up. */
const halfDigit = (digit: number): number => 0x3800 + digit;

/** The smallest and the largest value of an integer input over the pool. */
const rangeOf = (feeds: readonly Feeds[], name: string): readonly [bigint, bigint] => {
  let low: bigint | null = null;
  let high: bigint | null = null;
  for (const feed of feeds) {
    const values = (feed[name]?.data ?? []) as ArrayLike<number | bigint>;
    for (let index = 0; index < values.length; index++) {
      const whole = BigInt(values[index] as number | bigint);
      if (low === null || whole < low) low = whole;
      if (high === null || whole > high) high = whole;
    }
  }
  return [low ?? 0n, high ?? 0n];
};

/** How a digit is written to an input of this type: values that are like the others of the input. */
const writerOf = (feeds: readonly Feeds[], { name, dtype }: Input): Pick<Digit, 'radix' | 'value'> => {
  switch (dtype) {
    case 'float32':
    case 'float64':
      return { radix: 2 ** FLOAT32_BITS, value: floatDigit };
    case 'float16':
      return { radix: 2 ** FLOAT16_BITS, value: halfDigit };
    default: {
      const [low, high] = rangeOf(feeds, name);
      const radix = Number(high - low) + 1;
      return {
        radix: Math.min(radix, ENOUGH),
        value: dtype.endsWith('64') ? (digit) => low + BigInt(digit) : (digit) => Number(low) + digit,
      };
    }
  }
};

/** The places that together tell enough items apart, or as many as there are. */
const digitsOf = (
  feeds: readonly Feeds[],
  inputs: readonly Input[],
): { digits: Digit[]; distinct: number } => {
  const digits: Digit[] = [];
  let distinct = 1;
  inputs.forEach((input, index) => {
    const writer = writerOf(feeds, input);
    for (let element = 0; element < input.length && distinct < ENOUGH && writer.radix > 1; element++) {
      digits.push({ input: index, element, ...writer });
      distinct *= writer.radix;
    }
  });
  return { digits, distinct: Math.min(distinct, ENOUGH) };
};

export interface CacheItems {
  /** Items that the inputs can tell apart. */
  readonly distinct: number;
  /** Makes a request of these items: writes them into memory that the next call uses again. */
  readonly request: (ids: Int32Array) => CacheRequest;
  /** Makes a request, of its own memory, of the first `count` of the items picked by `pick`. */
  readonly partial: (request: CacheRequest, picked: Int32Array, count: number) => PreparedFeeds;
}

export interface CacheRequest {
  /** All its items as the runtime takes them. */
  readonly feeds: PreparedFeeds;
  /** Bytes by item and input: what a key is made from. */
  readonly bytes: readonly (readonly Uint8Array[])[];
  readonly data: readonly Values[];
}

type Prepare = (feeds: Readonly<Record<string, EngineTensor>>) => PreparedFeeds;

const bytesOf = (values: Values): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const unfit = (message: string, hint: string): UserError => new UserError({ message, hint });

/** The inputs of a request as items. Throws a UserError where they can't be split into items. */
const inputsOf = (feeds: readonly Feeds[], batch: number): Input[] => {
  const [first = {}] = feeds;
  return Object.entries(first).map(([name, { dtype, dims, data }]) => {
    if (!ArrayBuffer.isView(data)) {
      throw unfit(
        `input "${name}" holds texts, from which no cache key is made.`,
        'Measure this model without a cache.',
      );
    }
    if (batch > 1 && dims[0] !== batch) {
      throw unfit(
        `input "${name}" is not made of ${batch} items, one after another, so a cache cannot look them up one by one.`,
        'Measure the cache with batch 1.',
      );
    }
    return {
      name,
      dtype,
      dims: batch > 1 ? [1, ...dims.slice(1)] : dims,
      length: (data as unknown as Values).length / batch,
    };
  });
};

/**
 * Items from the requests of the pool, `batch` in each. Their memory is written to from now on. Throws
 * a UserError for inputs that are texts or can't be split along their first dimension.
 */
export const createItems = (feeds: readonly Feeds[], batch: number, prepare: Prepare): CacheItems => {
  const inputs = inputsOf(feeds, batch);
  const { digits, distinct } = digitsOf(feeds, inputs);
  const pool = feeds.map((feed) => inputs.map(({ name }) => feed[name]?.data as unknown as Values));

  const toRequest = (data: readonly Values[], items: number): CacheRequest => ({
    feeds: prepare(
      Object.fromEntries(
        inputs.map(({ name, dtype, dims }, index) => [
          name,
          { dtype, dims: items > 1 ? [items, ...dims.slice(1)] : dims, data: data[index] },
        ]),
      ),
    ),
    bytes: Array.from({ length: items }, (_, item) =>
      inputs.map(({ length }, index) =>
        bytesOf((data[index] as Values).subarray(item * length, (item + 1) * length)),
      ),
    ),
    data,
  });

  const stamp = (id: number, data: readonly Values[], item: number): void => {
    let rest = id;
    for (const { input, element, radix, value } of digits) {
      const { length } = inputs[input] as Input;
      (data[input] as Values)[item * length + element] = value(rest % radix);
      rest = Math.floor(rest / radix);
    }
  };

  /** One item a request: the pool's own memory, so that nothing is copied. */
  const single = (): CacheItems['request'] => {
    const requests = pool.map((data) => toRequest(data, 1));
    return (ids) => {
      const id = ids[0] as number;
      const request = requests[id % requests.length] as CacheRequest;
      stamp(id, request.data, 0);
      return request;
    };
  };

  const several = (): CacheItems['request'] => {
    const request = toRequest(
      (pool[0] as readonly Values[]).map((data) => data.slice()),
      batch,
    );
    return (ids) => {
      for (let item = 0; item < batch; item++) {
        const id = ids[item] as number;
        const base = id % (pool.length * batch);
        const from = pool[Math.floor(base / batch)] as readonly Values[];
        inputs.forEach(({ length }, index) => {
          const start = (base % batch) * length;
          (request.data[index] as Values).set(
            (from[index] as Values).subarray(start, start + length),
            item * length,
          );
        });
        stamp(id, request.data, item);
      }
      return request;
    };
  };

  const scratch = (pool[0] as readonly Values[]).map((data) => data.slice());
  const prepared: (PreparedFeeds | undefined)[] = [];
  return {
    distinct,
    request: batch === 1 ? single() : several(),
    partial: (request, picked, count) => {
      inputs.forEach(({ length }, index) => {
        const [from, to] = [request.data[index] as Values, scratch[index] as Values];
        for (let place = 0; place < count; place++) {
          const start = (picked[place] as number) * length;
          to.set(from.subarray(start, start + length), place * length);
        }
      });
      prepared[count] ??= toRequest(
        scratch.map((data, index) => data.subarray(0, count * (inputs[index] as Input).length)),
        count,
      ).feeds;
      return prepared[count];
    },
  };
};
