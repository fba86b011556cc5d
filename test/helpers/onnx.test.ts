/** Every model of onnx.ts in the real runtime: a helper that tests trust must do what it says. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyModel } from '../../src/model/build.js';
import * as models from './onnx.js';

const floats = (dims: number[], values?: number[]): Tensor =>
  new Tensor(
    'float32',
    Float32Array.from(values ?? Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i - 2)),
    dims,
  );

const int64 = (dims: number[], values: number[]): Tensor =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), dims);

const run = async (
  model: Uint8Array | string,
  feeds: Record<string, Tensor>,
  fetches?: string[],
): Promise<Record<string, { dims: readonly number[]; data: (number | string)[] }>> => {
  const options = { logSeverityLevel: 4 as const };
  const session =
    typeof model === 'string'
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options);
  const results = fetches === undefined ? await session.run(feeds) : await session.run(feeds, fetches);
  const outputs = Object.fromEntries(
    Object.entries(results).map(([name, value]) => {
      const { dims, data } = value;
      return [
        name,
        {
          dims: [...dims],
          data: Array.from(data as ArrayLike<number | string | bigint>, (x) =>
            typeof x === 'bigint' ? Number(x) : x,
          ),
        },
      ];
    }),
  );
  await session.release();
  return outputs;
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlat-onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Processor time of a process in clock ticks, from the outside: one that hangs answers no message. Null off Linux. */
const ticksOf = (pid: number | undefined): number | null => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return null;
  }
};

/** Runs a model in a process of its own, which is killed after `limit` ms; says how far it came and what it used. */
const runApart = (
  path: string,
  dims: number[],
  limit: number,
): Promise<{
  log: string;
  killed: boolean;
  signal: string | null;
  peakMb: number;
  ticks: (number | null)[];
}> =>
  new Promise((resolve, reject) => {
    const script = `
      const { InferenceSession, Tensor } = require(process.argv[1]);
      const report = () => process.send({ peakMb: process.resourceUsage().maxRSS / 1024 });
      (async () => {
        const session = await InferenceSession.create(process.argv[2], { intraOpNumThreads: 1 });
        report();
        process.send({ log: 'loaded' });
        const dims = JSON.parse(process.argv[3]);
        await session.run({ x: new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5), dims) });
        report();
        process.send({ log: 'done' }, () => process.disconnect());
      })();`;
    const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
    const child = spawn(process.execPath, ['-e', script, entry, path, JSON.stringify(dims)], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const seen = { log: '', peakMb: 0, ticks: [] as (number | null)[] };
    let killed = false;
    const timer = setTimeout(() => {
      seen.ticks.push(ticksOf(child.pid));
      killed = child.kill('SIGKILL');
    }, limit);
    child.on('message', (message: { log?: string; peakMb?: number }) => {
      seen.log += message.log ?? '';
      seen.ticks.push(ticksOf(child.pid));
      seen.peakMb = message.peakMb ?? seen.peakMb;
    });
    child.on('error', reject);
    child.on('exit', (_code, signal) => {
      clearTimeout(timer);
      resolve({ ...seen, killed, signal });
    });
  });

describe('models for tests', () => {
  it('runs the empty model', async () => {
    const { y } = await run(emptyModel(), { x: floats([1, 4]) });
    expect(y).toEqual({ dims: [1, 4], data: [0, 0, 0, 1] });
    expect(Buffer.from(emptyModel())).toEqual(Buffer.from(emptyModel()));
  });

  it('runs elementwise models with a dynamic and with a fixed batch', async () => {
    expect((await run(models.elementwiseModel(), { x: floats([3, 4]) })).y?.dims).toEqual([3, 4]);
    expect(
      (await run(models.elementwiseModel(['batch', 4], 'Identity'), { x: floats([1, 4]) })).y?.data,
    ).toEqual([-2, -1, 0, 1]);
    const fixed = models.elementwiseModel([1, 4]);
    await expect(run(fixed, { x: floats([8, 4]) })).rejects.toThrow(/invalid dimensions/i);
  });

  it('loses the batch', async () => {
    expect((await run(models.lostBatchModel(), { x: floats([8, 4]) })).y?.dims).toEqual([1, 32]);
  });

  it('classifies', async () => {
    const { scores } = await run(models.classifierModel(3, 2), { x: floats([2, 3], [1, 0, 5, 0, 2, 5]) });
    expect(scores).toEqual({ dims: [2, 2], data: [1, 0, 0, 2] });
    const { y } = await run(models.matmulModel(16, 20), { x: floats([1, 16]) });
    expect(y?.data[0]).toBeCloseTo(5.5, 4);
  });

  it('gives NaN', async () => {
    const { y } = await run(models.nanModel(), { x: floats([2, 4]) });
    expect(y?.data).toEqual(Array.from({ length: 8 }, () => Number.NaN));
  });

  it('takes strings', async () => {
    const text = new Tensor('string', ['dog', 'späť'], [2]);
    expect((await run(models.stringModel(), { text })).same?.data).toEqual(['dog', 'späť']);
    expect((await run(models.labelEncoderModel(), { word: text })).number?.data).toEqual([1, -1]);
  });

  it('gives maps that the runtime cannot return, beside a tensor that it can', async () => {
    const x = floats([2, 2], [1, 5, 5, 1]);
    expect((await run(models.zipMapModel(), { x }, ['label'])).label?.data).toEqual([1, 0]);
    await expect(run(models.zipMapModel(), { x })).rejects.toThrow(/tensor/i);
  });

  it('refuses a graph with a missing tensor', async () => {
    await expect(run(models.danglingModel(), { x: floats([1, 4]) })).rejects.toThrow(/nowhere/);
  });

  it('carries a state', async () => {
    const outputs = await run(models.statefulModel(), { x: floats([3, 4]), state: floats([2, 3, 4]) });
    expect(outputs.y?.dims).toEqual([2, 3, 1]);
    expect(outputs.stateN?.dims).toEqual([2, 3, 4]);
    expect(outputs.stateN?.data.slice(0, 4)).toEqual([-4, -2, 0, 2]);
  });

  it('reads sequences', async () => {
    const ids = int64([2, 3], [0, 1, 2, 3, 4, 5]);
    const { y } = await run(models.sequenceModel(), {
      input_ids: ids,
      attention_mask: int64([2, 3], [1, 1, 1, 1, 0, 0]),
    });
    expect(y?.dims).toEqual([2, 8]);
    expect(y?.data[8]).toBeCloseTo(Math.sin(24) / 3, 5);
  });

  it('finds external weights beside the model', async () => {
    const { model } = await models.writeExternalModel(folder, 'weights-outside');
    const x = floats([1, 64]);
    expect((await run(model, { x })).y?.data).toEqual(Array.from(x.data as Float32Array));
  });

  it('hangs: loads, then keeps the processor busy until it is killed', async () => {
    const path = await models.writeModel(folder, 'hangs.onnx', models.hangingModel());
    const apart = await runApart(path, [1, 4], 2000);
    expect(apart.log).toBe('loaded');
    expect(apart.killed).toBe(true);
    const [first, last] = [apart.ticks[0], apart.ticks.at(-1)];
    if (typeof first === 'number') expect(last).toBeGreaterThan(first);
  });

  it.runIf(process.arch === 'x64')('crashes: loads, then takes the process down', async () => {
    const path = await models.writeModel(folder, 'crashes.onnx', models.crashingModel());
    const apart = await runApart(path, [1, 4], 20_000);
    expect(apart.log).toBe('loaded');
    expect(apart.killed).toBe(false);
    expect(apart.signal).toMatch(/^SIG/);
  });

  it('is hungry while it runs, not when it is loaded', async () => {
    const path = await models.writeModel(folder, 'hungry.onnx', models.hungryModel(64));
    const one = await runApart(path, [1, 1], 20_000);
    const five = await runApart(path, [5, 1], 20_000);
    expect(one.log + five.log).toBe('loadeddoneloadeddone');
    expect(five.peakMb - one.peakMb).toBeGreaterThan(0.9 * 4 * 64);
  });
});
