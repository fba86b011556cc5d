/** What is known of an ONNX file without running it. */

/** Names of tensor element types, as onnxruntime-node spells them; others by their ONNX name. */
export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'int4'
  | 'uint4'
  | 'bool'
  | 'string'
  | (string & {});

/** A dimension: a size, or the name of a symbolic one; "" when it has neither. */
export type Dim = number | string;

/** A graph input or output. `shape` is null when the file doesn't tell even the rank. */
export interface ValueInfo {
  readonly name: string;
  /** "tensor", or what else it is: "sequence", "map", "optional", "sparse". */
  readonly kind: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[] | null;
}

export interface ModelInfo {
  /** File name without folders. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Other files that hold its weights, relative to it, with sizes; null: missing. */
  readonly externalData: readonly { readonly file: string; readonly bytes: number | null }[];
  readonly irVersion: number;
  readonly producer: string;
  /** Opset by domain; "" is written "ai.onnx". */
  readonly opsets: Readonly<Record<string, number>>;
  /** Real inputs: those without an initializer. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Names of symbolic dimensions of the inputs, in order of appearance. */
  readonly symbolicDims: readonly string[];
  /** Operator type ("Conv", "com.microsoft.FusedConv") to how many nodes, subgraphs and functions included. */
  readonly operators: Readonly<Record<string, number>>;
  readonly parameters: number;
  /** Bytes of initializers by dtype: says "fp16" or "int8" where names lie. */
  readonly weightBytes: Readonly<Record<string, number>>;
}

/** A tensor as data, free of any runtime. `data` has the product of `dims` elements. */
export interface TensorData {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: TensorArray;
}

export type TensorArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** One request: a tensor for each input that is not a state, in pool order. */
export type Feeds = Readonly<Record<string, TensorData>>;
