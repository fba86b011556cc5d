/**
 * The scenario document as a person writes it, in YAML or JSON. Parsing it turns units into plain
 * numbers and single values into lists; normalise.ts fills in the defaults, references.ts checks
 * what one key says about another. The JSON Schema for editors is made from this file.
 */
import { z } from 'zod';
import { PAGE_CACHES } from '../vocabulary/cold.js';
import { REQUIREMENTS } from '../vocabulary/rules.js';
import { EXECUTION_MODES, GRAPH_OPTIMIZATION, STARTS } from '../vocabulary/params.js';
import type { CellParams } from '../vocabulary/params.js';
import { parseProvider, PROVIDERS, readProvider, type Provider } from '../vocabulary/providers.js';
import {
  decimal,
  duration,
  mapping,
  identifier,
  oneOf,
  oneOrMore,
  path,
  pause,
  positive,
  size,
  text,
  whole,
} from './fields-schema.js';
import { cacheAxis, cacheSchema, trafficAxis } from './cache.js';

/** The axes that are not tied to one model. */
export type SweepAxis = Exclude<keyof CellParams, 'model' | 'precision' | 'dims'>;

const THREADS = 'a whole number of threads, or auto';
const threads = z.union([whole(0), z.literal('auto').transform(() => 0)], { error: THREADS });
const SPINNING = 'true or false (on and off do as well)';
const spinning = z.union([z.boolean(), z.enum(['on', 'off']).transform((word) => word === 'on')], {
  error: SPINNING,
});
const OPTIMISED = 'yes or no (true and false do as well)';
const optimised = z.union([z.boolean(), z.enum(['yes', 'no']).transform((word) => word === 'yes')], {
  error: OPTIMISED,
});

const PROVIDER = `one of ${PROVIDERS.join(', ')}, or {name: cuda, deviceId: 1}`;
/** Options lie beside the name, as the runtime takes them; the text form of tables does as well. */
const provider = z
  .union([z.string(), z.looseObject({ name: z.string({ error: 'the name of a provider' }) })], {
    error: PROVIDER,
  })
  .transform((written, context): Provider => {
    const { name, ...options } = typeof written === 'string' ? { name: '' } : written;
    const read = typeof written === 'string' ? parseProvider(written) : readProvider(name, options);
    if ('provider' in read) return read.provider;
    context.addIssue({ code: 'custom', message: read.expected });
    return z.NEVER;
  });

/** How one value of each axis is written: in `sweep`, in `exclude` and `include`, in `where`. */
export const axisSchemas = {
  provider,
  batch: whole(1),
  threads,
  interThreads: threads,
  graphOptimization: oneOf(GRAPH_OPTIMIZATION),
  executionMode: oneOf(EXECUTION_MODES),
  spinning,
  idle: pause,
  start: oneOf(STARTS),
  optimised,
  cache: cacheAxis,
  traffic: trafficAxis,
} satisfies { readonly [K in SweepAxis]: z.ZodType<CellParams[K]> };

const sweepSchema = mapping({
  provider: oneOrMore(axisSchemas.provider, PROVIDER)
    .optional()
    .describe('execution providers, by name or as {name, ...options}; default cpu'),
  batch: oneOrMore(axisSchemas.batch, 'a whole number of at least 1')
    .optional()
    .describe('items in one request; default 1'),
  threads: oneOrMore(axisSchemas.threads, THREADS)
    .optional()
    .describe('threads inside an operator; auto (the default): the runtime decides'),
  interThreads: oneOrMore(axisSchemas.interThreads, THREADS)
    .optional()
    .describe('threads between operators, for executionMode parallel; default auto'),
  graphOptimization: oneOrMore(axisSchemas.graphOptimization, `one of ${GRAPH_OPTIMIZATION.join(', ')}`)
    .optional()
    .describe('what the runtime does to the graph when it loads it; default all'),
  executionMode: oneOrMore(axisSchemas.executionMode, `one of ${EXECUTION_MODES.join(', ')}`)
    .optional()
    .describe('whether independent operators run at the same time; default sequential'),
  spinning: oneOrMore(axisSchemas.spinning, SPINNING)
    .optional()
    .describe('whether worker threads wait by spinning; default true'),
  idle: oneOrMore(axisSchemas.idle, 'a pause with a unit, such as 0ms or 50ms')
    .optional()
    .describe('pause between requests, during which the processor may slow down; default 0ms'),
  start: oneOrMore(axisSchemas.start, `one of ${STARTS.join(', ')}`)
    .optional()
    .describe('warm (the default): a process that is warmed up; cold: fresh processes until they are'),
  optimised: oneOrMore(axisSchemas.optimised, OPTIMISED)
    .optional()
    .describe('yes: measure the file that the runtime saves after its graph optimisation; default no'),
});

/** The files that inputs can be read from. */
export const INPUT_FILE = /\.(npy|npz|jsonl|pb)$/i;

const shape = z
  .array(
    z.union([whole(1), text('a dimension')], {
      error: 'a whole number of at least 1, batch, or the name of a dimension',
    }),
    { error: 'a list of sizes, such as [batch, 3, 224, 224]' },
  )
  .optional()
  .describe("the tensor's shape, where the model leaves it open: sizes, batch, names of dimensions");

const wholeNumber = z.number({ error: 'a whole number' }).int({ error: 'a whole number' });

const inputObject = z.discriminatedUnion('from', [
  mapping({
    from: z.literal('uniform'),
    min: decimal.optional().describe('default 0'),
    max: decimal.optional().describe('default 1'),
    shape,
  }).describe('real numbers, evenly distributed'),
  mapping({
    from: z.literal('integers'),
    min: wholeNumber.optional().describe('smallest, itself included'),
    max: wholeNumber
      .optional()
      .describe('largest, itself included: for token ids, size of the vocabulary - 1'),
    shape,
  }).describe('whole numbers, evenly distributed'),
  mapping({
    from: z.literal('normal'),
    mean: decimal,
    stdev: z.number({ error: 'a number of at least 0' }).min(0, { error: 'a number of at least 0' }),
    shape,
  }).describe('real numbers, normally distributed'),
  mapping({
    from: z.literal('constant'),
    value: z.union([decimal, z.boolean(), z.string()], { error: 'a number, true, false or text' }),
    shape,
  }).describe('the same value everywhere'),
  mapping({
    from: z.literal('strings'),
    values: z
      .array(z.string({ error: 'text (put it in quotes)' }), { error: 'a list of texts' })
      .min(1, { error: 'a list with at least one text' }),
    shape,
  }).describe('texts, drawn from this list'),
  mapping({
    from: z.literal('file'),
    file: path('a .npy, .npz, .jsonl or .pb file'),
    array: text('the name of an array in the file')
      .optional()
      .describe('for .npz and .jsonl: which array or key'),
    scale: decimal.optional().describe('every number is multiplied by this'),
    shape,
  }).describe('items from a file'),
  mapping({
    from: z.literal('state'),
    output: text('the name of the output that is fed back'),
    initial: decimal.optional().describe('value of the first request; default 0'),
    shape,
  }).describe("the previous request's output"),
]);

const inputSchema = z.union(
  [
    decimal,
    z.boolean(),
    z.string().regex(INPUT_FILE, { error: 'a path that ends in .npy, .npz, .jsonl or .pb, or {from: ...}' }),
    z
      .array(z.string({ error: 'text (put it in quotes)' }), { error: 'a list of texts' })
      .min(1, { error: 'a list with at least one text' }),
    inputObject,
  ],
  { error: 'a number, true, false, a path to .npy, .npz, .jsonl or .pb, a list of texts, or {from: ...}' },
);

const dimName = text('the name of a dimension');
const SIZE_OF_DIM = 'a whole number of at least 1';

const modelShape = {
  variants: z
    .record(
      identifier.refine((key) => key !== 'original', {
        error: 'another one, since "original" is the model itself',
      }),
      path('an ONNX file'),
      { error: 'a mapping of names to ONNX files, such as {int8: ./model.int8.onnx}' },
    )
    .optional()
    .describe('other precisions of the same model, as files by name'),
  batchDim: text('the name of a dimension')
    .optional()
    .describe('the dimension that is the batch, where it cannot be told from the model'),
  dims: z
    .record(dimName, oneOrMore(whole(1), SIZE_OF_DIM), {
      error: 'a mapping of dimensions to sizes, such as {sequence: [16, 128]}',
    })
    .optional()
    .describe('sizes of the named dimensions, the batch left out; lists are swept'),
  mix: z
    .array(
      mapping({
        weight: positive.describe('how often, relative to the others'),
        dims: z.record(dimName, whole(1), {
          error: 'a mapping of dimensions to sizes, such as {sequence: 16}',
        }),
      }),
      { error: 'a list of {weight, dims}' },
    )
    .min(1, { error: 'a list with at least one {weight, dims}' })
    .optional()
    .describe('one cell whose requests differ in size, drawn by weight'),
  inputs: z
    .record(text('the name of an input'), inputSchema, {
      error: 'a mapping of input names to what fills them',
    })
    .optional()
    .describe('how inputs are filled; an input left out gets values by its dtype'),
  labels: mapping({
    file: path('a .npy or .npz file'),
    array: text('the name of an array in the file').optional(),
    output: text('the name of an output')
      .optional()
      .describe('the output with the scores; default the first'),
  })
    .optional()
    .describe('right answers for inputs read from files, in the same order: gives accuracy'),
  pool: whole(1)
    .optional()
    .describe('distinct requests that are prepared before sampling and used in rotation; default 32'),
  module: path('a JavaScript module')
    .optional()
    .describe('your module with preprocess and postprocess, timed as stages of their own'),
};

const modelSchema = z.union(
  [path('an ONNX file'), mapping({ path: path('an ONNX file').describe('the ONNX file'), ...modelShape })],
  { error: 'the path of an ONNX file, or a mapping with the key path' },
);

const roundsCount = whole(1, 10_000);
const roundsSchema = z.union(
  [
    roundsCount.describe('exactly so many'),
    z.literal('until-decided').describe('until every rule is decided, asked after 5, 10 and 20 rounds'),
    mapping({
      until: z.literal('decided', { error: 'the word decided' }),
      looks: z
        .array(roundsCount, { error: 'a list of rounds, such as [5, 10, 20]' })
        .min(1, { error: 'a list with at least one number of rounds' })
        .refine((looks) => looks.every((look, index) => index === 0 || look > (looks[index - 1] ?? 0)), {
          error: 'rounds in rising order, such as [5, 10, 20]',
        })
        .optional()
        .describe('after how many rounds to ask; default [5, 10, 20]'),
    }),
  ],
  { error: 'a number of rounds, until-decided, or {until: decided, looks: [5, 10, 20]}' },
);

const measureSchema = mapping({
  rounds: roundsSchema.optional().describe('fresh processes for each cell; default 5'),
  warmup: z
    .union([z.literal('steady'), whole(0), mapping({ maxDuration: duration })], {
      error: 'steady, a number of requests, or {maxDuration: 10s}',
    })
    .optional()
    .describe('requests before sampling; default steady: until the latency settles, 10s at most'),
  samples: whole(1, 2_000_000).optional().describe('requests in a round, exactly'),
  duration: duration.optional().describe('time in a round, instead of samples; default 1s'),
  minSamples: whole(1, 2_000_000)
    .optional()
    .describe('with duration: go on to so many requests, ten durations at most; default 300'),
  budget: duration.optional().describe('time for the whole run; no further round starts after it'),
  deadline: duration
    .optional()
    .describe('time for one process; default 2m plus what warmup and sampling ask for'),
  memoryLimit: size.optional().describe('memory of one process'),
  coldStarts: whole(2, 10_000)
    .optional()
    .describe('fresh processes for each cell with start cold; default 20, or what a cold percentile needs'),
  pageCache: oneOf(PAGE_CACHES)
    .optional()
    .describe('the model file before each cold start: dropped from the page cache (the default) or warmed'),
  seed: whole(0).optional().describe('of inputs and of the order of rounds; default 1'),
});

const scalar = z.union([z.number(), z.boolean(), z.string()], { error: 'a single value' });
const filters = (what: string) =>
  z
    .array(
      z
        .record(z.string(), scalar, { error: 'a mapping such as {batch: 16, threads: 1}' })
        .refine((filter) => Object.keys(filter).length > 0, { error: 'at least one axis or dimension' }),
      { error: 'a list of mappings such as {batch: 16, threads: 1}' },
    )
    .optional()
    .describe(what);

const NAME = 'a name of at most 80 letters, digits, spaces and . _ + -';

/** The document. Its input type is what a person writes, its output type what normalise.ts reads. */
export const scenarioSchema = mapping({
  $schema: z.string().optional().describe('where the JSON Schema of this document is, for editors'),
  name: z
    .string({ error: NAME })
    .regex(/^[\w\u00a1-\u1fff\u2c00-\ufffd][\w\u00a1-\u1fff\u2c00-\ufffd ._+-]{0,79}$/, { error: NAME })
    .optional()
    .describe('names the run and its folder; default the file name'),
  description: z.string({ error: 'text' }).optional().describe('what the scenario is for'),
  model: modelSchema.optional().describe('the model to measure; or models, for several'),
  models: z
    .record(identifier, modelSchema, {
      error: 'a mapping of names to models, such as {small: ./small.onnx, large: ./large.onnx}',
    })
    .refine((models) => Object.keys(models).length > 0, { error: 'at least one model' })
    .optional()
    .describe('several models by name; what they share may stand beside `models`'),
  ...modelShape,
  precision: oneOrMore(text('"original" or the name of a variant'), '"original" or the name of a variant')
    .optional()
    .describe('which precisions to measure; default original and every variant'),
  sweep: sweepSchema.optional().describe('values to try; every combination is a cell'),
  cache: cacheSchema
    .optional()
    .describe(
      'a prediction cache in front of the model, and the traffic it sees; a cell without it is always measured too',
    ),
  exclude: filters('combinations to leave out: a cell is out when it has all values of an entry'),
  include: filters('further cells; an axis that is not named takes its only value in sweep, or its default'),
  measure: measureSchema.optional().describe('how long and how often to measure'),
  sla: oneOrMore(text('a rule such as "p99 <= 40ms"'), 'a rule such as "p99 <= 40ms"')
    .optional()
    .describe('rules: <metric> <operator> <limit> [where <axis> = <value> [and ...]]'),
  require: oneOf(REQUIREMENTS)
    .optional()
    .describe(
      'every (the default): each cell must meet the rules about it; any: one cell that meets them is enough, for a sweep that looks for one',
    ),
  objective: text('an objective such as "maximize throughput"')
    .optional()
    .describe('what the decision goes by; default "maximize throughput" with sla, else "minimize p99"'),
  mute: oneOrMore(text('the id of a finding, such as drift'), 'the id of a finding')
    .optional()
    .describe('findings not to show'),
}).meta({
  title: 'A scenario for mlat',
  description: 'What to measure and how to judge it. Keys that start with x- are yours, for anchors.',
  patternProperties: { '^x-': {} },
});

export type ParsedScenario = z.output<typeof scenarioSchema>;
export type ParsedModel = Exclude<z.output<typeof modelSchema>, string>;
export type ParsedInput = z.output<typeof inputSchema>;
