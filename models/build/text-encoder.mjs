/**
 * Writes ../generated/text-encoder.onnx, a transformer encoder with seeded random weights: the
 * shapes and the work of a small sentence encoder, without the meaning.
 *
 *   node text-encoder.mjs            unless the file is there and made by this same script
 *   node text-encoder.mjs --force    always
 *
 * Inputs int64 input_ids and attention_mask [batch, sequence], output float32 pooled
 * [batch, hidden]: the mean over the tokens whose mask is 1. Needs only what the project itself
 * depends on, since the project's build runs it.
 */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { model, node, tensor, value, writeWhole } from './onnx.mjs';
import { createRandom } from './random.mjs';

const SEED = 20_261_124;
const VOCABULARY = 8_000;
const POSITIONS = 512;
const HIDDEN = 384;
const HEADS = 12;
const FEED_FORWARD = 1_536;
const LAYERS = 6;

const TARGET = fileURLToPath(new URL('../generated/text-encoder.onnx', import.meta.url));

/** A hash of everything that shapes the file, so that a change of the generator remakes it. */
const generatorHash = async () => {
  const hash = createHash('sha256');
  for (const file of ['text-encoder.mjs', 'onnx.mjs', 'random.mjs']) {
    hash.update(await readFile(new URL(file, import.meta.url)));
  }
  return hash.digest('hex');
};

/** Whether the file there carries this hash; it is in its first bytes, see onnx.mjs. */
const isCurrent = async (hash) => {
  let file;
  try {
    file = await open(TARGET);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.subarray(0, bytesRead).includes(hash);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  } finally {
    await file?.close();
  }
};

/** Collects nodes and initializers; every method returns the name of what it adds. */
const graph = (random) => {
  const nodes = [];
  const initializers = [];
  const add = (opType, inputs, name, attributes) => {
    nodes.push(node(opType, inputs, [name], attributes));
    return name;
  };
  const keep = (name, dims, values) => {
    initializers.push(tensor(name, dims, values));
    return name;
  };
  const randoms = (name, dims, stdev) =>
    keep(
      name,
      dims,
      Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, () =>
        random.spread(stdev),
      ),
    );
  const filled = (name, length, number) => keep(name, [length], new Float32Array(length).fill(number));
  return {
    nodes,
    initializers,
    add,
    ints: (name, values) => keep(name, [values.length], values),
    number: (name, number) => keep(name, [], Float32Array.of(number)),
    randoms,
    /** x W + b over the last axis, weights by Glorot and Bengio (2010): variance 2 / (in + out). */
    linear: (name, x, from, to) => {
      const weight = randoms(`${name}.weight`, [from, to], Math.sqrt(2 / (from + to)));
      const product = add('MatMul', [x, weight], `${name}.product`);
      return add('Add', [product, filled(`${name}.bias`, to, 0)], name);
    },
    /** Normalises the last axis (Ba, Kiros and Hinton, 2016). */
    normalise: (name, x) =>
      add(
        'LayerNormalization',
        [x, filled(`${name}.scale`, HIDDEN, 1), filled(`${name}.bias`, HIDDEN, 0)],
        name,
        {
          axis: { int: -1 },
          epsilon: { float: 1e-5 },
        },
      ),
  };
};

/** Multi-head attention (Vaswani et al., 2017) of x [batch, sequence, hidden] over itself. */
const attention = (g, name, x, hidden) => {
  // A size of 0 in Reshape copies the input's.
  const split = (part, order) => {
    const projected = g.linear(`${name}.${part}`, x, HIDDEN, HIDDEN);
    const heads = g.add('Reshape', [projected, 'split'], `${name}.${part}.heads`);
    return g.add('Transpose', [heads], `${name}.${part}.transposed`, { perm: order });
  };
  const query = split('query', [0, 2, 1, 3]);
  const key = split('key', [0, 2, 3, 1]);
  const values = split('value', [0, 2, 1, 3]);
  const products = g.add('MatMul', [query, key], `${name}.products`);
  const scaled = g.add('Div', [products, 'headScale'], `${name}.scaled`);
  const scores = g.add('Add', [scaled, hidden], `${name}.scores`);
  const shares = g.add('Softmax', [scores], `${name}.shares`, { axis: { int: -1 } });
  const mixed = g.add('MatMul', [shares, values], `${name}.mixed`);
  const back = g.add('Transpose', [mixed], `${name}.back`, { perm: [0, 2, 1, 3] });
  const merged = g.add('Reshape', [back, 'merge'], `${name}.merged`);
  return g.linear(`${name}.output`, merged, HIDDEN, HIDDEN);
};

/** x / 2 * (1 + erf(x / sqrt 2)): GELU (Hendrycks and Gimpel, 2016), exactly. */
const gelu = (g, name, x) => {
  const divided = g.add('Div', [x, 'sqrtTwo'], `${name}.divided`);
  const erf = g.add('Erf', [divided], `${name}.erf`);
  const plusOne = g.add('Add', [erf, 'one'], `${name}.plusOne`);
  const product = g.add('Mul', [x, plusOne], `${name}.product`);
  return g.add('Mul', [product, 'half'], name);
};

/** The sum of word and position embeddings, normalised. */
const embed = (g) => {
  const words = g.randoms('words', [VOCABULARY, HIDDEN], 0.5);
  const positions = g.randoms('positions', [POSITIONS, HIDDEN], 0.5);
  const found = g.add('Gather', [words, 'input_ids'], 'embeddings.words');
  const length = g.add('Shape', ['input_ids'], 'embeddings.length', { start: { int: 1 }, end: { int: 2 } });
  const used = g.add('Slice', [positions, 'start', length, 'start'], 'embeddings.positions');
  return g.normalise('embeddings', g.add('Add', [found, used], 'embeddings.sum'));
};

/** 0 where a token counts, -10,000 where it is padding, [batch, 1, 1, sequence]: exp makes it 0. */
const hide = (g, mask) => {
  const wide = g.add('Unsqueeze', [mask, g.ints('middleAxes', [1, 2])], 'mask.wide');
  const padding = g.add('Sub', ['one', wide], 'mask.padding');
  return g.add('Mul', [padding, g.number('far', -10_000)], 'mask.hidden');
};

/** The mean over the tokens that count; a request of padding alone gives zeros. */
const pool = (g, x, mask) => {
  const column = g.add('Unsqueeze', [mask, g.ints('lastAxis', [2])], 'pool.column');
  const kept = g.add('Mul', [x, column], 'pool.kept');
  const axis = g.ints('sequenceAxis', [1]);
  const sum = g.add('ReduceSum', [kept, axis], 'pool.sum', { keepdims: { int: 0 } });
  const counted = g.add('ReduceSum', [column, axis], 'pool.counted', { keepdims: { int: 0 } });
  const atLeastOne = g.add('Max', [counted, 'one'], 'pool.atLeastOne');
  g.add('Div', [sum, atLeastOne], 'pooled');
};

const build = (hash) => {
  const g = graph(createRandom(SEED));
  g.ints('start', [0]);
  g.ints('split', [0, 0, HEADS, HIDDEN / HEADS]);
  g.ints('merge', [0, 0, HIDDEN]);
  g.number('headScale', Math.sqrt(HIDDEN / HEADS));
  g.number('one', 1);
  g.number('half', 0.5);
  g.number('sqrtTwo', Math.SQRT2);

  const mask = g.add('Cast', ['attention_mask'], 'mask', { to: { int: 1 } });
  const hidden = hide(g, mask);
  let x = embed(g);
  for (let layer = 0; layer < LAYERS; layer += 1) {
    const name = `layer${layer}`;
    const attended = attention(g, `${name}.attention`, x, hidden);
    const first = g.normalise(`${name}.attended`, g.add('Add', [x, attended], `${name}.residual1`));
    const inner = gelu(g, `${name}.gelu`, g.linear(`${name}.inner`, first, HIDDEN, FEED_FORWARD));
    const outer = g.linear(`${name}.outer`, inner, FEED_FORWARD, HIDDEN);
    x = g.normalise(name, g.add('Add', [first, outer], `${name}.residual2`));
  }
  pool(g, x, mask);

  return model({
    producer: 'mlat models/build',
    version: hash,
    doc: `A transformer encoder with random weights (seed ${SEED}): real shapes and real work, no meaning.`,
    name: 'text-encoder',
    nodes: g.nodes,
    initializers: g.initializers,
    inputs: [
      value('input_ids', 'int64', ['batch', 'sequence']),
      value('attention_mask', 'int64', ['batch', 'sequence']),
    ],
    outputs: [value('pooled', 'float32', ['batch', HIDDEN])],
  });
};

const hash = await generatorHash();
if (process.argv.includes('--force') || !(await isCurrent(hash))) {
  const bytes = build(hash);
  await writeWhole(TARGET, bytes);
  console.error(`models/generated/text-encoder.onnx: ${(bytes.length / 1e6).toFixed(1)} MB`);
}
