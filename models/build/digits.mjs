/**
 * Trains the digit models and writes them with the held-out digits:
 *
 *   node digits.mjs            all of them, and ../digits-test.npz
 *   node digits.mjs cnn        one of them
 *
 * The accuracy printed at the end is that of the written file in onnxruntime-node, on the digits
 * in digits-test.npz, which training never saw.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import ort from 'onnxruntime-node';
import { convolution, dense, flatten, maxPool, relu } from './layers.mjs';
import { npz } from './npz.mjs';
import { model, value, writeWhole } from './onnx.mjs';
import { createRandom, permutation } from './random.mjs';
import { stack, train } from './train.mjs';

const SEED = 20_261_124;
const PIXELS = 784;
/** Digits for choosing the number of epochs, and digits that only the last line looks at. */
const VALIDATION = 500;
const TEST = 1_000;

const MODELS = {
  mlp: {
    about: 'a small multi-layer perceptron',
    layers: [flatten(), dense(20), relu(), dense(10)],
    epochs: 30,
    rate: 2e-3,
  },
  cnn: {
    about: 'a convolutional network',
    layers: [
      convolution(16),
      relu(),
      maxPool(),
      convolution(32),
      relu(),
      maxPool(),
      flatten(),
      dense(64),
      relu(),
      dense(10),
    ],
    epochs: 12,
    rate: 1.5e-3,
  },
  wide: {
    about: 'a wide convolutional network, deliberately expensive',
    layers: [
      convolution(32),
      relu(),
      convolution(32),
      relu(),
      maxPool(),
      convolution(64),
      relu(),
      convolution(64),
      relu(),
      maxPool(),
      flatten(),
      dense(96),
      relu(),
      dense(10),
    ],
    epochs: 6,
    rate: 1e-3,
  },
};

/** All digits as bytes, in a seeded random order, cut into the three parts. */
const loadDigits = () => {
  const digits = createRequire(import.meta.url)('mnist');
  const found = Array.from({ length: 10 }, (_, label) =>
    Array.from({ length: digits[label].length }, (_unused, index) => ({ label, index })),
  ).flat();
  const order = permutation(found.length, createRandom(SEED));
  const part = (from, to) => {
    const images = new Uint8Array((to - from) * PIXELS);
    const labels = new Uint8Array(to - from);
    for (let i = from; i < to; i += 1) {
      const { label, index } = found[order[i]];
      labels[i - from] = label;
      for (let pixel = 0; pixel < PIXELS; pixel += 1) {
        // The package rounds pixels / 255 to three decimals, which names every byte without doubt.
        images[(i - from) * PIXELS + pixel] = Math.round(digits[label].raw[index * PIXELS + pixel] * 255);
      }
    }
    return { images, labels };
  };
  const rest = found.length - TEST - VALIDATION;
  return {
    data: part(0, rest),
    validation: part(rest, rest + VALIDATION),
    test: part(rest + VALIDATION, found.length),
  };
};

const toOnnx = (name, about, layers) => {
  const nodes = [];
  const initializers = [];
  const counts = {};
  let previous = 'image';
  layers.forEach((layer, index) => {
    const kind = layer.export('', '').nodes[0].opType.toLowerCase();
    counts[kind] = (counts[kind] ?? 0) + 1;
    const output = index === layers.length - 1 ? 'logits' : `${kind}${counts[kind]}`;
    const exported = layer.export(output, previous);
    nodes.push(...exported.nodes);
    initializers.push(...exported.initializers);
    previous = output;
  });
  return model({
    producer: 'mlat models/build',
    version: '1',
    doc: `Digits: ${about}, trained on 8,500 digits of MNIST with seed ${SEED}. Pixels from 0 to 1.`,
    name,
    nodes,
    initializers,
    inputs: [value('image', 'float32', ['batch', 1, 28, 28])],
    outputs: [value('logits', 'float32', ['batch', 10])],
  });
};

/** Accuracy of the file in the real runtime. */
const check = async (path, { images, labels }) => {
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
  const n = labels.length;
  const image = new ort.Tensor(
    'float32',
    Float32Array.from(images, (pixel) => pixel * (1 / 255)),
    [n, 1, 28, 28],
  );
  const { logits } = await session.run({ image });
  let correct = 0;
  for (let item = 0; item < n; item += 1) {
    const row = logits.data.subarray(item * 10, item * 10 + 10);
    if (row.indexOf(Math.max(...row)) === labels[item]) correct += 1;
  }
  await session.release();
  return correct / n;
};

/** Multiply-adds of one item. */
const work = (layers) =>
  layers.reduce((sum, layer) => {
    const weight = layer.parameters[0];
    const positions = layer.out.length === 3 ? layer.out[1] * layer.out[2] : 1;
    return weight === undefined ? sum : sum + weight.values.length * positions;
  }, 0);

const target = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));

const main = async (names) => {
  const { data, validation, test } = loadDigits();
  await writeWhole(
    target('digits-test.npz'),
    npz({
      images: { descr: '|u1', shape: [TEST, 1, 28, 28], data: test.images },
      labels: { descr: '<i8', shape: [TEST], data: BigInt64Array.from(test.labels, BigInt) },
    }),
  );
  for (const name of names) {
    const { about, layers: makers, epochs, rate } = MODELS[name];
    const started = performance.now();
    const built = await stack(makers, { seed: SEED + 1, batch: 32 });
    const report = ({ epoch, loss, accuracy }) =>
      console.log(
        `${name} ${epoch}/${epochs}: loss ${loss.toFixed(4)}, validation ${(accuracy * 100).toFixed(1)}%`,
      );
    train(built, { data, validation, epochs, rate, report });
    const bytes = toOnnx(`digits-${name}`, about, built.layers);
    const path = target(`digits-${name}.onnx`);
    await writeWhole(path, bytes);
    const parameters = built.layers.flatMap((layer) => layer.parameters);
    console.log(
      `${name}: ${((await check(path, test)) * 100).toFixed(1)}% of ${TEST} held-out digits, ` +
        `${parameters.reduce((sum, { values }) => sum + values.length, 0)} parameters, ` +
        `${(work(built.layers) / 1e6).toFixed(2)} M multiply-adds an item, ${bytes.length} bytes, ` +
        `trained in ${((performance.now() - started) / 1000).toFixed(0)} s`,
    );
  }
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in MODELS));
if (unknown === undefined) {
  await main(asked.length === 0 ? Object.keys(MODELS) : asked);
} else {
  console.error(`There is no model "${unknown}". There are: ${Object.keys(MODELS).join(', ')}.`);
  process.exitCode = 2;
}
