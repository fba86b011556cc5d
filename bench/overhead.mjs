// Does mlat's timed loop add to what it measures? Blocks of a bare loop around onnxruntime-node and
// blocks of mlat's own loop alternate inside one process, on an empty model, where an overhead
// would show most. Claim: the medians are within 2%.
//
//   npm run build && node bench/overhead.mjs [blocks]
//
// Prints one line and exits 1 when the claim does not hold.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { engine } from '../dist/engine/onnxruntime.js';
import { sample } from '../dist/measure/sample.js';
import { emptyModel } from '../dist/model/build.js';

const BLOCKS = Number(process.argv[2] ?? 60);
const PER_BLOCK = 400;
const CLAIM = 0.02;

const folder = mkdtempSync(join(tmpdir(), 'mlat-overhead-'));
const file = join(folder, 'empty.onnx');
writeFileSync(file, emptyModel());

const params = {
  provider: 'cpu',
  threads: 1,
  interThreads: 1,
  graphOptimization: 'all',
  executionMode: 'sequential',
  spinning: false,
};
const bareSession = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const session = await engine.open(file, params);
const [input] = session.inputs;
const dims = input.shape.map((dim) => (typeof dim === 'number' ? dim : 1));
const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));

const bareFeeds = { [input.name]: new ort.Tensor('float32', data, dims) };
const feeds = session.prepare({ [input.name]: { dtype: 'float32', dims, data } });

const pool = [feeds];

const bareBlock = async () => {
  const durations = new Float64Array(PER_BLOCK);
  for (let index = 0; index < PER_BLOCK; index++) {
    const start = performance.now();
    await bareSession.run(bareFeeds);
    durations[index] = (performance.now() - start) * 1e6;
  }
  return durations;
};

const wrappedBlock = async () => {
  // As round.ts serves a plain model: from a rotation of prepared requests.
  const serve = (index) => session.run(pool[index % pool.length]);
  const sampling = { samples: PER_BLOCK, duration: null, minSamples: PER_BLOCK };
  return (await sample(serve, sampling, 0, PER_BLOCK)).durations;
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

for (let block = 0; block < 4; block++) {
  await bareBlock();
  await wrappedBlock();
}
const bare = [];
const wrapped = [];
const ratios = [];
for (let block = 0; block < BLOCKS; block++) {
  // The order alternates too, so that whatever the first of a pair pays falls on both.
  const first = block % 2 === 0;
  const a = first ? await bareBlock() : null;
  const b = await wrappedBlock();
  const bareDurations = a ?? (await bareBlock());
  bare.push(...bareDurations);
  wrapped.push(...b);
  ratios.push(median([...b]) / median([...bareDurations]));
}
rmSync(folder, { recursive: true, force: true });

const ratio = median(ratios);
const overall = median(wrapped) / median(bare);
console.log(
  `bare ${(median(bare) / 1000).toFixed(2)} us, mlat ${(median(wrapped) / 1000).toFixed(2)} us, ` +
    `ratio of medians ${overall.toFixed(4)}, median of paired ratios ${ratio.toFixed(4)} ` +
    `(${BLOCKS} pairs of ${PER_BLOCK} requests)`,
);
if (Math.abs(ratio - 1) > CLAIM) {
  console.error(`the claim is ${CLAIM * 100}%`);
  process.exitCode = 1;
}
