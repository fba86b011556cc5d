import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { TensorProto_DataLocation, TensorProto_DataType as Type, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { encodeHalf } from '../../src/model/half.js';
import { parseTensorProto } from '../../src/model/tensorproto.js';

const parse = (init: MessageInitShape<typeof TensorProtoSchema>) =>
  parseTensorProto(toBinary(TensorProtoSchema, create(TensorProtoSchema, init)), 'input_0.pb');

const raw = (array: ArrayBufferView): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));

describe('parseTensorProto', () => {
  it('reads raw data', () => {
    const data = Float32Array.of(1.5, -2, 3, 4);
    expect(parse({ dataType: Type.FLOAT, dims: [2n, 2n], rawData: raw(data) })).toEqual({
      dtype: 'float32',
      dims: [2, 2],
      data,
    });
    const ids = BigInt64Array.of(-1n, 2n ** 60n);
    expect(parse({ dataType: Type.INT64, dims: [2n], rawData: raw(ids), name: 'odd' }).data).toEqual(ids);
  });

  it.each([
    ['float32', { dataType: Type.FLOAT, floatData: [0.5] }, Float32Array.of(0.5)],
    ['float64', { dataType: Type.DOUBLE, doubleData: [0.1] }, Float64Array.of(0.1)],
    ['int8', { dataType: Type.INT8, int32Data: [-3] }, Int8Array.of(-3)],
    ['uint8', { dataType: Type.UINT8, int32Data: [200] }, Uint8Array.of(200)],
    ['bool', { dataType: Type.BOOL, int32Data: [1] }, Uint8Array.of(1)],
    ['int64', { dataType: Type.INT64, int64Data: [-5n] }, BigInt64Array.of(-5n)],
    ['uint32', { dataType: Type.UINT32, uint64Data: [2n ** 32n - 1n] }, Uint32Array.of(2 ** 32 - 1)],
    ['uint64', { dataType: Type.UINT64, uint64Data: [2n ** 64n - 1n] }, BigUint64Array.of(2n ** 64n - 1n)],
    ['float16', { dataType: Type.FLOAT16, int32Data: [encodeHalf(1.5)] }, Uint16Array.of(encodeHalf(1.5))],
    ['bfloat16', { dataType: Type.BFLOAT16, int32Data: [0x3fc0] }, Uint16Array.of(0x3fc0)],
    ['string', { dataType: Type.STRING, stringData: [Uint8Array.from(Buffer.from('ä'))] }, ['ä']],
  ])('reads typed fields of %s', (dtype, init, data) => {
    expect(parse({ ...init, dims: [1n] })).toEqual({ dtype, dims: [1], data });
  });

  it('reads a scalar and a tensor without elements', () => {
    expect(parse({ dataType: Type.INT64, int64Data: [16000n] })).toEqual({
      dtype: 'int64',
      dims: [],
      data: BigInt64Array.of(16000n),
    });
    expect(parse({ dataType: Type.FLOAT, dims: [0n, 4n] })).toEqual({
      dtype: 'float32',
      dims: [0, 4],
      data: new Float32Array(),
    });
  });

  it.each([
    [{ dataType: Type.FLOAT, dims: [3n], floatData: [1] }, 'the tensor is 3, but holds 1 elements'],
    [
      { dataType: Type.FLOAT, dims: [2n], rawData: new Uint8Array(6) },
      'the tensor is 2, but holds 1.5 elements',
    ],
    [{ dataType: Type.INT4, dims: [2n], rawData: new Uint8Array(1) }, 'int4, which mlat cannot feed'],
    [
      { dataType: Type.FLOAT, dims: [1n], dataLocation: TensorProto_DataLocation.EXTERNAL },
      'data is in another file',
    ],
    [{ name: 'nothing' }, 'not an ONNX tensor'],
  ])('refuses case %#', (init, message) => {
    expect(() => parse(init)).toThrow(message);
    expect(() => parse(init)).toThrow(/^input_0\.pb: [^\n]+$/);
  });

  it('refuses bytes that are no message', () => {
    expect(() => parseTensorProto(Buffer.from('hello there'), 'x.pb')).toThrow(
      'x.pb: this is not an ONNX tensor',
    );
  });
});
