/** A model's bytes, as every ONNX reader expects them; decode.ts is the way back. */
import { RunError } from '../errors.ts';
import {
  type Attribute,
  attributeTypes,
  type ElementType,
  elementTypes,
  type Model,
  modelType,
  type Node,
  type TensorValue,
  type ValueInfo,
} from './model.ts';

// Readers of protobuf hold lengths as signed 32-bit numbers.
const LARGEST = 2 ** 31 - 1;

type Numbers = Float32Array | Float64Array;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Values in the file's own layout: little-endian, as on every machine that Node runs on. */
const rawBytes: Partial<Readonly<Record<ElementType, (values: Numbers) => ArrayBufferView>>> = {
  float32: (values) => (values instanceof Float32Array ? values : Float32Array.from(values)),
  float64: (values) => Float64Array.from(values),
  int64: (values) => BigInt64Array.from(Array.from(values, (value) => BigInt(value))),
  int32: (values) => Int32Array.from(values),
  int8: (values) => Int8Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  bool: (values) => Uint8Array.from(values),
};

function tensorMessage({ name, type, shape, values }: TensorValue) {
  const raw = rawBytes[type];
  if (!raw) throw new RunError(`the ONNX tensor ${name}: ${type} cannot be written`);
  return { name, dataType: elementTypes[type], dims: shape, rawData: bytesOf(raw(values)) };
}

const utf8 = (text: string) => new TextEncoder().encode(text);

function attributeMessage(name: string, attribute: Attribute) {
  switch (attribute.kind) {
    case 'float':
      return { name, type: attributeTypes.float, f: attribute.value };
    case 'int':
      return { name, type: attributeTypes.int, i: attribute.value };
    case 'string':
      return { name, type: attributeTypes.string, s: utf8(attribute.value) };
    case 'floats':
      return { name, type: attributeTypes.floats, floats: attribute.value };
    case 'ints':
      return { name, type: attributeTypes.ints, ints: attribute.value };
    case 'strings':
      return { name, type: attributeTypes.strings, strings: attribute.value.map(utf8) };
    case 'tensor':
      return { name, type: attributeTypes.tensor, t: tensorMessage(attribute.value) };
    case 'other':
      throw new RunError(`the ONNX attribute ${name} is of a kind that cannot be written`);
  }
}

const nodeMessage = ({ operation, domain, name, inputs, outputs, attributes }: Node) => ({
  opType: operation,
  domain,
  name,
  input: inputs,
  output: outputs,
  attribute: Object.entries(attributes).map(([key, attribute]) => attributeMessage(key, attribute)),
});

const valueMessage = ({ name, type, shape }: ValueInfo) => ({
  name,
  type: {
    tensorType: {
      elemType: elementTypes[type],
      ...(shape && {
        shape: {
          dim: shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size })),
        },
      }),
    },
  },
});

/** @throws RunError where the model is larger than protobuf allows, 2 GB. */
export function encodeModel({
  irVersion,
  producer,
  description,
  operatorSets,
  graph,
  metadata,
}: Model): Uint8Array {
  const weights = graph.initializers.reduce((total, { values }) => total + values.byteLength, 0);
  if (weights > LARGEST)
    throw new RunError(`the ONNX model ${graph.name} would take more than the 2 GB that the format allows`);
  return modelType
    .encode({
      irVersion,
      producerName: producer.name,
      producerVersion: producer.version,
      docString: description,
      opsetImport: Object.entries(operatorSets).map(([domain, version]) => ({ domain, version })),
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: {
        name: graph.name,
        node: graph.nodes.map(nodeMessage),
        input: graph.inputs.map(valueMessage),
        output: graph.outputs.map(valueMessage),
        initializer: graph.initializers.map(tensorMessage),
      },
    })
    .finish();
}
