/** Walks a parsed ONNX model: operators, weights, inputs and outputs. Pure. */
import {
  TensorProto_DataLocation,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type TensorShapeProto,
  type TypeProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { bytesOf, dtypeName } from './dtypes.js';
import type { Dim, ValueInfo } from './types.js';

/** What is read from the nodes and initializers of a model. */
export interface GraphSummary {
  readonly operators: Readonly<Record<string, number>>;
  readonly parameters: number;
  readonly weightBytes: Readonly<Record<string, number>>;
  /** Bytes that each external file must have: the largest offset plus length, by location. */
  readonly external: ReadonlyMap<string, number>;
}

const isDefaultDomain = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

const add = (counts: Map<string, number>, key: string, amount: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + amount);
};

/** Largest first, equal ones by name. */
const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));

const elementCount = (tensor: TensorProto): number =>
  tensor.dims.reduce((product, size) => product * Number(size), 1);

const stringBytes = (tensor: TensorProto): number =>
  tensor.stringData.reduce((sum, text) => sum + text.length, 0);

const entryOf = (tensor: TensorProto, key: string): string | undefined =>
  tensor.externalData.find((entry) => entry.key === key)?.value;

/**
 * Counts nodes and weights over the graph, its subgraphs and the model's functions. Weights are
 * initializers and the tensors of Constant nodes, because exporters differ in where they put them.
 */
export const summariseGraph = (model: ModelProto): GraphSummary => {
  const operators = new Map<string, number>();
  const weightBytes = new Map<string, number>();
  const external = new Map<string, number>();
  let parameters = 0;

  const visitTensor = (tensor: TensorProto): void => {
    const dtype = dtypeName(tensor.dataType);
    const count = elementCount(tensor);
    const bytes =
      bytesOf(dtype, count) ?? (tensor.stringData.length > 0 ? stringBytes(tensor) : tensor.rawData.length);
    parameters += count;
    add(weightBytes, dtype, bytes);
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) return;
    const location = entryOf(tensor, 'location') ?? '';
    const end = Number(entryOf(tensor, 'offset') ?? 0) + Number(entryOf(tensor, 'length') ?? bytes);
    external.set(location, Math.max(external.get(location) ?? 0, end));
  };

  const visitAttribute = (attribute: AttributeProto): void => {
    if (attribute.t !== undefined) visitTensor(attribute.t);
    attribute.tensors.forEach(visitTensor);
    if (attribute.sparseTensor?.values !== undefined) visitTensor(attribute.sparseTensor.values);
    if (attribute.g !== undefined) visitGraph(attribute.g);
    attribute.graphs.forEach(visitGraph);
  };

  const visitNode = (node: NodeProto): void => {
    add(operators, isDefaultDomain(node.domain) ? node.opType : `${node.domain}.${node.opType}`, 1);
    node.attribute.forEach(visitAttribute);
  };

  const visitGraph = (graph: GraphProto): void => {
    graph.initializer.forEach(visitTensor);
    for (const sparse of graph.sparseInitializer) if (sparse.values !== undefined) visitTensor(sparse.values);
    graph.node.forEach(visitNode);
  };

  if (model.graph !== undefined) visitGraph(model.graph);
  for (const body of model.functions) body.node.forEach(visitNode);
  return { operators: sorted(operators), parameters, weightBytes: sorted(weightBytes), external };
};

const readShape = (shape: TensorShapeProto | undefined): readonly Dim[] | null =>
  shape === undefined
    ? null
    : shape.dim.map(({ value }) => {
        if (value.case === 'dimParam') return value.value;
        // Some exporters write -1 for a size that is not known; the runtime reads it so too.
        return value.case === 'dimValue' && value.value >= 0n ? Number(value.value) : '';
      });

const describeType = (type: TypeProto | undefined): string => {
  const value = type?.value;
  switch (value?.case) {
    case 'tensorType':
    case 'sparseTensorType':
      return dtypeName(value.value.elemType);
    case 'sequenceType':
    case 'optionalType':
      return describeElement(value.value.elemType);
    case 'mapType':
      return `${dtypeName(value.value.keyType)} to ${describeElement(value.value.valueType)}`;
    default:
      return 'undefined';
  }
};

/** What stands inside a sequence, optional or map: the dtype of tensors, or the kind of anything else. */
const describeElement = (type: TypeProto | undefined): string => {
  const inner = describeType(type);
  switch (type?.value.case) {
    case 'mapType':
      return `map of ${inner}`;
    case 'sequenceType':
      return `sequence of ${inner}`;
    default:
      return inner;
  }
};

const KINDS = {
  tensorType: 'tensor',
  sequenceType: 'sequence',
  mapType: 'map',
  optionalType: 'optional',
  sparseTensorType: 'sparse',
} as const;

/** A graph input or output as ModelInfo says it. A value without a type counts as a tensor of unknown shape. */
export const readValue = (value: ValueInfoProto): ValueInfo => {
  const type = value.type?.value;
  const kind = type?.case === undefined ? 'tensor' : KINDS[type.case];
  const dense = type?.case === 'tensorType' || type?.case === 'sparseTensorType';
  return {
    name: value.name,
    kind,
    dtype: describeType(value.type),
    shape: dense ? readShape(type.value.shape) : null,
  };
};

/** Inputs that a caller has to fill: graph inputs that no initializer has the name of. */
export const realInputs = (graph: GraphProto): ValueInfo[] => {
  const initialized = new Set([
    ...graph.initializer.map((tensor) => tensor.name),
    ...graph.sparseInitializer.map((sparse) => sparse.values?.name ?? ''),
  ]);
  return graph.input.filter((value) => !initialized.has(value.name)).map(readValue);
};

/** Names of the symbolic dimensions of these values, each once, in order of appearance. */
export const symbolicDimsOf = (values: readonly ValueInfo[]): string[] => [
  ...new Set(
    values
      .flatMap((value) => value.shape ?? [])
      .filter((dim): dim is string => typeof dim === 'string' && dim !== ''),
  ),
];
