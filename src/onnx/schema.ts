/**
 * The messages of an ONNX file that are read and written here, as protobuf knows them: names and numbers are those of
 * onnx.proto (github.com/onnx/onnx, IR version 8). Fields that are left out here are skipped on reading.
 */
import protobuf from 'protobufjs/light.js';

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
