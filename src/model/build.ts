/** The smallest model that a runtime loads: what is left of its latency is the harness. */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataType, type ValueInfoProtoSchema } from 'onnx-buf';

/** Elements of the empty model's input and output. */
const ELEMENTS = 4;

/** IR version 8 is what opset 17 was released with; newer runtimes read it. */
const IR_VERSION = 8n;
const OPSET = 17n;

const floats = (name: string): MessageInitShape<typeof ValueInfoProtoSchema> => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType: TensorProto_DataType.FLOAT,
        shape: { dim: [1, ELEMENTS].map((size) => ({ value: { case: 'dimValue', value: BigInt(size) } })) },
      },
    },
  },
});

/** The bytes of a model with one Relu from float32 input "x" [1, 4] to output "y". Always the same. */
export const emptyModel = (): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'mlat',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name: 'empty',
        node: [{ opType: 'Relu', input: ['x'], output: ['y'] }],
        input: [floats('x')],
        output: [floats('y')],
      },
    }),
  );
