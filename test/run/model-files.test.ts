/** The optimised form of a model, made by a real process, and kept for the run. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionParams } from '../../src/engine/types.js';
import { readModelInfo } from '../../src/model/read.js';
import { createExecutor, type Executor } from '../../src/run/executor.js';
import { plainFile, withModelFiles } from '../../src/run/model-files.js';

const MODEL = fileURLToPath(new URL('../../models/digits-cnn.onnx', import.meta.url));
const options = { limits: { deadline: 60e9, memoryLimit: null } };
const session: SessionParams = {
  provider: 'cpu',
  threads: 1,
  interThreads: 0,
  graphOptimization: 'all',
  executionMode: 'sequential',
  spinning: true,
};

const forked = createExecutor(new URL('../../dist/measure/child.js', import.meta.url));
let made = 0;
const counting: Executor = {
  execute: (task, more) => {
    made += 1;
    return forked.execute(task, more);
  },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlat-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('is made once for a way to optimise, whatever the threads, is a model, and goes away', async () => {
  made = 0;
  const path = await withModelFiles(counting, join(folder, 'run'), async (files) => {
    const first = await files.optimised(MODEL, session, options);
    const again = await files.optimised(MODEL, { ...session, threads: 2, spinning: false }, options);
    const basic = await files.optimised(MODEL, { ...session, graphOptimization: 'basic' }, options);
    if ('kind' in first || 'kind' in basic) throw new Error('not made');
    expect(again).toBe(first);
    expect(basic.path).not.toBe(first.path);
    expect(made).toBe(2);
    const [original, optimised] = await Promise.all([readModelInfo(MODEL), readModelInfo(first.path)]);
    expect(optimised.bytes).toBe(first.bytes);
    expect(optimised.inputs).toEqual(original.inputs);
    // Fused or rewritten: the operators are not those of the file it was made from.
    expect(optimised.operators).not.toEqual(original.operators);
    return first.path;
  });
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(join(folder, 'run'))).toEqual([]);
});

it('fails as a round would, and leaves nothing behind', async () => {
  const broken = join(folder, 'broken.onnx');
  await writeFile(broken, 'no model');
  const result = await withModelFiles(forked, join(folder, 'other'), (files) =>
    files.optimised(broken, session, options),
  );
  expect(result).toMatchObject({ kind: 'failed', state: 'failed', reason: { kind: 'load-failed' } });
  expect(readdirSync(join(folder, 'other'))).toEqual([]);
});

it('a model with weights in other files is all of them', async () => {
  const info = await readModelInfo(MODEL);
  const external = { ...info, externalData: [{ file: 'weights/w.bin', bytes: 1 }] };
  expect(plainFile('/models/m.onnx', external).all).toEqual(['/models/m.onnx', '/models/weights/w.bin']);
});
