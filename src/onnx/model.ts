/**
 * An ONNX model as plain values, free of protobuf, and the messages that protobuf reads and writes it by. What it means is not
 * known here: operations are strings, and a node refers to values by name, as in the file.
 */

import protobuf from 'protobufjs/light.js';

/** Element types that are kept. Others occur in files (quantized, complex), and are an error where they are read. */
export type ElementType = 'float32' | 'float64' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

/** A constant. Every type's values are held as numbers: float16 and float64 exactly, int64 up to 2^53. */
export interface TensorValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

export type Attribute =
  | { readonly kind: 'float' | 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'floats' | 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: TensorValue }
  /** A subgraph, a sparse tensor or a type: kept as a mark that it was there. */
  | { readonly kind: 'other' };

export interface Node {
  readonly operation: string;
  /** '' for ONNX's own operations. */
  readonly domain: string;
  readonly name: string;
  /** Names of values; '' for an optional one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An input or output of a graph. A size is a number, or the name of one that is free; '' where nothing is said. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[] | undefined;
}

export interface OnnxGraph {
  readonly name: string;
  /** In a topological order. */
  readonly nodes: readonly Node[];
  /** As in the file: models before IR version 4 list their initializers here, too. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly TensorValue[];
}

export interface Model {
  readonly irVersion: number;
  readonly producer: { readonly name: string; readonly version: string };
  readonly description: string;
  /** Version of each operator set by domain; '' is ONNX's own. */
  readonly operatorSets: Readonly<Record<string, number>>;
  readonly graph: OnnxGraph;
  readonly metadata: Readonly<Record<string, string>>;
}

// The messages of an ONNX file that are read and written here, as protobuf knows them: names and numbers are those of
// onnx.proto (github.com/onnx/onnx, IR version 8). Fields that are left out here are skipped on reading.
type Field = { readonly id: number; readonly type: string; readonly rule?: 'repeated' };

const one = (type: string, id: number): Field => ({ id, type });
const many = (type: string, id: number): Field => ({ id, type, rule: 'repeated' });

const messages = {
  ModelProto: {
    irVersion: one('int64', 1),
    opsetImport: many('OperatorSetIdProto', 8),
    producerName: one('string', 2),
    producerVersion: one('string', 3),
    docString: one('string', 6),
    graph: one('GraphProto', 7),
    metadataProps: many('StringStringEntryProto', 14),
  },
  OperatorSetIdProto: { domain: one('string', 1), version: one('int64', 2) },
  StringStringEntryProto: { key: one('string', 1), value: one('string', 2) },
  GraphProto: {
    node: many('NodeProto', 1),
    name: one('string', 2),
    initializer: many('TensorProto', 5),
    sparseInitializer: many('SparseTensorProto', 15),
    input: many('ValueInfoProto', 11),
    output: many('ValueInfoProto', 12),
  },
  NodeProto: {
    input: many('string', 1),
    output: many('string', 2),
    name: one('string', 3),
    opType: one('string', 4),
    domain: one('string', 7),
    attribute: many('AttributeProto', 5),
  },
  AttributeProto: {
    name: one('string', 1),
    type: one('int32', 20),
    f: one('float', 2),
    i: one('int64', 3),
    s: one('bytes', 4),
    t: one('TensorProto', 5),
    floats: many('float', 7),
    ints: many('int64', 8),
    strings: many('bytes', 9),
  },
  TensorProto: {
    dims: many('int64', 1),
    dataType: one('int32', 2),
    floatData: many('float', 4),
    int32Data: many('int32', 5),
    int64Data: many('int64', 7),
    name: one('string', 8),
    rawData: one('bytes', 9),
    doubleData: many('double', 10),
    dataLocation: one('int32', 14),
  },
  SparseTensorProto: { values: one('TensorProto', 1) },
  ValueInfoProto: { name: one('string', 1), type: one('TypeProto', 2) },
  TypeProto: { tensorType: one('TensorTypeProto', 1) },
  TensorTypeProto: { elemType: one('int32', 1), shape: one('TensorShapeProto', 2) },
  TensorShapeProto: { dim: many('DimensionProto', 1) },
  DimensionProto: { dimValue: one('int64', 1), dimParam: one('string', 2) },
} as const satisfies Record<string, Record<string, Field>>;

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, { fields }])),
});

/** The type of a whole file. */
export const modelType = root.lookupType('ModelProto');

/** Element types by their number in TensorProto.DataType. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

/** AttributeProto.AttributeType, for the kinds that are read and written here. */
export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;
