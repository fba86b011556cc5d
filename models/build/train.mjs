/**
 * Trains a stack of layers on labelled digits: softmax cross-entropy, Adam (Kingma and Ba, 2015)
 * with a rate that falls to zero along a line, every image moved and bent a little at random.
 *
 * Only +, -, *, /, sqrt and exp touch the weights: sin, cos and pow give different last bits in
 * different versions of Node, and a rebuilt model should equal the committed one.
 */
import { openKernels } from './kernels.mjs';
import { createRandom, permutation } from './random.mjs';

const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** Bounds of the random change of an image: pixels, and entries of the matrix beside the identity. */
const MAX_SHIFT = 2;
const MAX_BEND = 0.15;

/** Builds the layers one after the other; each sees the shape that the one before it puts out. */
export const stack = async (makers, { seed, batch }) => {
  const context = { ...(await openKernels(192)), random: createRandom(seed), batch };
  let shape = [1, SIDE, SIDE];
  const layers = makers.map((make) => {
    const layer = make(context, shape);
    shape = layer.out;
    return layer;
  });
  return { context, layers };
};

/** Copies an image, pixels from 0 to 255 becoming 0 to 1. */
const copyImage = (images, index, to, at) => {
  for (let i = 0; i < PIXELS; i += 1) to[at + i] = images[index * PIXELS + i] / 255;
};

/**
 * The same through a random affine map around the centre: every pixel is read, by bilinear
 * interpolation, from where (I + bend) and a shift take it; outside the image is 0.
 */
const bendImage = (images, index, random, to, at) => {
  const within = (bound) => (2 * random.next() - 1) * bound;
  const [xx, xy, yx, yy] = [1 + within(MAX_BEND), within(MAX_BEND), within(MAX_BEND), 1 + within(MAX_BEND)];
  const [right, down] = [within(MAX_SHIFT), within(MAX_SHIFT)];
  const middle = (SIDE - 1) / 2;
  const pixel = (x, y) =>
    x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : images[index * PIXELS + y * SIDE + x];
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const u = middle + right + xx * (x - middle) + xy * (y - middle);
      const v = middle + down + yx * (x - middle) + yy * (y - middle);
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [s, t] = [u - left, v - top];
      const upper = pixel(left, top) * (1 - s) + pixel(left + 1, top) * s;
      const lower = pixel(left, top + 1) * (1 - s) + pixel(left + 1, top + 1) * s;
      to[at + y * SIDE + x] = (upper * (1 - t) + lower * t) / 255;
    }
  }
};

/** Turns logits into the gradient of the mean loss, in place, and returns the summed loss. */
const crossEntropy = (logits, labels, n) => {
  let loss = 0;
  for (let item = 0; item < n; item += 1) {
    const row = logits.subarray(item * 10, item * 10 + 10);
    const highest = Math.max(...row);
    let sum = 0;
    for (let i = 0; i < 10; i += 1) sum += Math.exp(row[i] - highest);
    loss -= row[labels[item]] - highest - Math.log(sum);
    for (let i = 0; i < 10; i += 1) {
      row[i] = (Math.exp(row[i] - highest) / sum - (i === labels[item] ? 1 : 0)) / n;
    }
  }
  return loss;
};

const adam = (parameters) => {
  const moments = parameters.map(({ values }) => [
    new Float32Array(values.length),
    new Float32Array(values.length),
  ]);
  // What is left of the moments' start at zero: the powers of 0.9 and 0.999.
  let [firstStart, secondStart] = [1, 1];
  return (rate) => {
    firstStart *= 0.9;
    secondStart *= 0.999;
    const scale = (rate * Math.sqrt(1 - secondStart)) / (1 - firstStart);
    parameters.forEach(({ values, gradient }, index) => {
      const [first, second] = moments[index];
      for (let i = 0; i < values.length; i += 1) {
        const g = gradient[i];
        first[i] = 0.9 * first[i] + 0.1 * g;
        second[i] = 0.999 * second[i] + 0.001 * g * g;
        values[i] -= (scale * first[i]) / (Math.sqrt(second[i]) + 1e-8);
        gradient[i] = 0;
      }
    });
  };
};

const forward = (layers, x, n) => layers.reduce((value, layer) => layer.forward(value, n), x);

/** The share of these images whose highest logit is the label's. */
const accuracy = (layers, input, batch, { images, labels }) => {
  let correct = 0;
  for (let start = 0; start < labels.length; start += batch) {
    const n = Math.min(batch, labels.length - start);
    for (let item = 0; item < n; item += 1) copyImage(images, start + item, input, item * PIXELS);
    const logits = forward(layers, input, n);
    for (let item = 0; item < n; item += 1) {
      const row = logits.subarray(item * 10, item * 10 + 10);
      if (row.indexOf(Math.max(...row)) === labels[start + item]) correct += 1;
    }
  }
  return correct / labels.length;
};

/**
 * Trains for `epochs` passes over `data` and tells `report` after each: {epoch, loss, accuracy},
 * the mean loss in training and the accuracy on `validation`. Data is {images, labels} of bytes.
 */
export const train = ({ context, layers }, { data, validation, epochs, rate, report }) => {
  const { floats, random, batch } = context;
  const input = floats(batch * PIXELS);
  const labels = new Uint8Array(batch);
  const update = adam(layers.flatMap((layer) => layer.parameters));
  const steps = Math.ceil(data.labels.length / batch) * epochs;
  let step = 0;
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const order = permutation(data.labels.length, random);
    let loss = 0;
    for (let start = 0; start < order.length; start += batch) {
      const n = Math.min(batch, order.length - start);
      for (let item = 0; item < n; item += 1) {
        const index = order[start + item];
        bendImage(data.images, index, random, input, item * PIXELS);
        labels[item] = data.labels[index];
      }
      const logits = forward(layers, input, n);
      loss += crossEntropy(logits, labels, n);
      // The first layer's own input needs no gradient.
      layers.reduceRight((gradient, layer, index) => layer.backward(gradient, n, index > 0), logits);
      update(rate * (1 - step / steps));
      step += 1;
    }
    report({ epoch, loss: loss / order.length, accuracy: accuracy(layers, input, batch, validation) });
  }
};
