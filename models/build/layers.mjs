/**
 * The layers of the digit models: forward, backward, and as ONNX nodes. Tensors are float32 in
 * NCHW order; every buffer is reserved once, for the largest batch.
 *
 * A layer is {in, out, parameters, forward(x, n), backward(dy, n, needed), export(name, x)}:
 * `in` and `out` are the shapes of one item, `forward` returns its output for n items, `backward`
 * adds to the parameters' gradients and returns dx (null unless needed), `export` returns ONNX
 * nodes and initializers that read the tensor called x.
 */
import { node, tensor } from './onnx.mjs';

const sizeOf = (shape) => shape.reduce((product, dim) => product * dim, 1);
const rows = (array, width, offset = 0) => ({ array, offset, row: width, column: 1 });
const transposed = (array, width, offset = 0) => ({ array, offset, row: 1, column: width });

/** A trained array with its gradient. */
const parameter = ({ floats }, name, dims, init) => {
  const values = floats(sizeOf(dims));
  for (let i = 0; i < values.length; i += 1) values[i] = init();
  return { name, dims, values, gradient: floats(values.length) };
};

/** Weights by He et al., "Delving Deep into Rectifiers" (2015): variance 2 / fan-in. */
const weights = (context, dims, fanIn) =>
  parameter(context, 'weight', dims, () => context.random.spread(Math.sqrt(2 / fanIn)));
const bias = (context, length) => parameter(context, 'bias', [length], () => 0);

/** Writes the 3 x 3 neighbourhoods of one item as columns: [C * 9, H * W], zeros over the edge. */
const toColumns = (x, from, channels, height, width, columns) => {
  let to = 0;
  for (let c = 0; c < channels; c += 1) {
    for (let ky = -1; ky <= 1; ky += 1) {
      for (let kx = -1; kx <= 1; kx += 1) {
        const first = Math.max(0, -kx);
        const last = Math.min(width, width - kx);
        for (let y = 0; y < height; y += 1, to += width) {
          if (y + ky < 0 || y + ky >= height) {
            for (let i = 0; i < width; i += 1) columns[to + i] = 0;
            continue;
          }
          const source = from + (c * height + y + ky) * width + kx;
          if (first > 0) columns[to] = 0;
          for (let i = first; i < last; i += 1) columns[to + i] = x[source + i];
          if (last < width) columns[to + last] = 0;
        }
      }
    }
  }
};

/** The reverse of toColumns for gradients: every column is added where it was taken from. */
const fromColumns = (columns, channels, height, width, dx, to) => {
  let from = 0;
  for (let i = 0; i < channels * height * width; i += 1) dx[to + i] = 0;
  for (let c = 0; c < channels; c += 1) {
    for (let ky = -1; ky <= 1; ky += 1) {
      for (let kx = -1; kx <= 1; kx += 1) {
        const first = Math.max(0, -kx);
        const last = Math.min(width, width - kx);
        for (let y = 0; y < height; y += 1, from += width) {
          if (y + ky < 0 || y + ky >= height) continue;
          const target = to + (c * height + y + ky) * width + kx;
          for (let i = first; i < last; i += 1) dx[target + i] += columns[from + i];
        }
      }
    }
  }
};

/** 3 x 3 convolution with bias that keeps the image's size. */
export const convolution = (out) => (context, shape) => {
  const [channels, height, width] = shape;
  const { floats, gemm, batch } = context;
  const area = height * width;
  const depth = channels * 9;
  const weight = weights(context, [out, channels, 3, 3], depth);
  const offset = bias(context, out);
  const columns = floats(depth * area);
  const y = floats(batch * out * area);
  let input = y;
  let dx = null;
  return {
    in: shape,
    out: [out, height, width],
    parameters: [weight, offset],
    forward: (x, n) => {
      input = x;
      for (let item = 0; item < n; item += 1) {
        toColumns(x, item * channels * area, channels, height, width, columns);
        const to = item * out * area;
        for (let k = 0; k < out; k += 1) y.fill(offset.values[k], to + k * area, to + (k + 1) * area);
        gemm(
          out,
          area,
          depth,
          rows(weight.values, depth),
          rows(columns, area),
          { array: y, offset: to },
          true,
        );
      }
      return y;
    },
    backward: (dy, n, needed) => {
      if (needed) dx ??= floats(batch * channels * area);
      for (let item = 0; item < n; item += 1) {
        const at = item * out * area;
        toColumns(input, item * channels * area, channels, height, width, columns);
        const gradient = { array: weight.gradient };
        gemm(out, depth, area, rows(dy, area, at), transposed(columns, area), gradient, true);
        for (let k = 0; k < out; k += 1) {
          let sum = 0;
          for (let i = at + k * area; i < at + (k + 1) * area; i += 1) sum += dy[i];
          offset.gradient[k] += sum;
        }
        if (!needed) continue;
        gemm(depth, area, out, transposed(weight.values, depth), rows(dy, area, at), { array: columns });
        fromColumns(columns, channels, height, width, dx, item * channels * area);
      }
      return needed ? dx : null;
    },
    export: (name, x) => ({
      nodes: [
        node('Conv', [x, `${name}.weight`, `${name}.bias`], [name], {
          kernel_shape: [3, 3],
          pads: [1, 1, 1, 1],
        }),
      ],
      initializers: [
        tensor(`${name}.weight`, weight.dims, weight.values),
        tensor(`${name}.bias`, offset.dims, offset.values),
      ],
    }),
  };
};

/** Fully connected layer with bias over a flat item. */
export const dense = (out) => (context, shape) => {
  const { floats, gemm, batch } = context;
  const inputs = sizeOf(shape);
  const weight = weights(context, [inputs, out], inputs);
  const offset = bias(context, out);
  const y = floats(batch * out);
  let input = y;
  let dx = null;
  return {
    in: shape,
    out: [out],
    parameters: [weight, offset],
    forward: (x, n) => {
      input = x;
      for (let item = 0; item < n; item += 1) y.set(offset.values, item * out);
      gemm(n, out, inputs, rows(x, inputs), rows(weight.values, out), { array: y }, true);
      return y;
    },
    backward: (dy, n, needed) => {
      gemm(inputs, out, n, transposed(input, inputs), rows(dy, out), { array: weight.gradient }, true);
      for (let i = 0; i < n * out; i += 1) offset.gradient[i % out] += dy[i];
      if (!needed) return null;
      dx ??= floats(batch * inputs);
      gemm(n, inputs, out, rows(dy, out), transposed(weight.values, out), { array: dx });
      return dx;
    },
    export: (name, x) => ({
      nodes: [node('Gemm', [x, `${name}.weight`, `${name}.bias`], [name])],
      initializers: [
        tensor(`${name}.weight`, weight.dims, weight.values),
        tensor(`${name}.bias`, offset.dims, offset.values),
      ],
    }),
  };
};

/** max(0, x), in place. */
export const relu = () => (_context, shape) => {
  const size = sizeOf(shape);
  let output;
  return {
    in: shape,
    out: shape,
    parameters: [],
    forward: (x, n) => {
      for (let i = 0; i < n * size; i += 1) if (x[i] < 0) x[i] = 0;
      output = x;
      return x;
    },
    backward: (dy, n) => {
      for (let i = 0; i < n * size; i += 1) if (output[i] === 0) dy[i] = 0;
      return dy;
    },
    export: (name, x) => ({ nodes: [node('Relu', [x], [name])], initializers: [] }),
  };
};

/** The largest of every 2 x 2 square; height and width must be even. */
export const maxPool = () => (context, shape) => {
  const [channels, height, width] = shape;
  const out = [channels, height / 2, width / 2];
  const y = context.floats(context.batch * sizeOf(out));
  const source = new Int32Array(y.length);
  let dx = null;
  return {
    in: shape,
    out,
    parameters: [],
    forward: (x, n) => {
      let to = 0;
      for (let row = 0; row < n * channels * out[1]; row += 1) {
        for (let column = 0; column < out[2]; column += 1, to += 1) {
          const corner = row * 2 * width + column * 2;
          let best = corner;
          if (x[corner + 1] > x[best]) best = corner + 1;
          if (x[corner + width] > x[best]) best = corner + width;
          if (x[corner + width + 1] > x[best]) best = corner + width + 1;
          y[to] = x[best];
          source[to] = best;
        }
      }
      return y;
    },
    backward: (dy, n) => {
      dx ??= context.floats(context.batch * sizeOf(shape));
      dx.fill(0, 0, n * sizeOf(shape));
      for (let i = 0; i < n * sizeOf(out); i += 1) dx[source[i]] = dy[i];
      return dx;
    },
    export: (name, x) => ({
      nodes: [node('MaxPool', [x], [name], { kernel_shape: [2, 2], strides: [2, 2] })],
      initializers: [],
    }),
  };
};

/** [C, H, W] as one row; the numbers stay where they are. */
export const flatten = () => (_context, shape) => ({
  in: shape,
  out: [sizeOf(shape)],
  parameters: [],
  forward: (x) => x,
  backward: (dy) => dy,
  export: (name, x) => ({ nodes: [node('Flatten', [x], [name], { axis: { int: 1 } })], initializers: [] }),
});
