/**
 * A model from its bytes. Whatever is not an ONNX model, is cut off, or holds tensors of another size than it says ends
 * in an InputError that says which; what the operations mean is not looked at.
 */
import { InputError } from '../errors.ts';
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

/** Messages as protobuf gives them: absent fields are their defaults, 64-bit integers are numbers. */
interface TensorMessage {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly dataLocation: number;
  readonly rawData: Uint8Array;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly doubleData: readonly number[];
}
interface AttributeMessage {
  readonly name: string;
  readonly type: number;
  readonly f: number;
  readonly i: number;
  readonly s: Uint8Array;
  readonly t: TensorMessage | null;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly Uint8Array[];
}
interface NodeMessage {
  readonly opType: string;
  readonly domain: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeMessage[];
}
interface ValueMessage {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: {
        readonly dim: readonly { readonly dimValue: number; readonly dimParam: string }[];
      } | null;
    } | null;
  } | null;
}
interface ModelMessage {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly docString: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly NodeMessage[];
    readonly input: readonly ValueMessage[];
    readonly output: readonly ValueMessage[];
    readonly initializer: readonly TensorMessage[];
    readonly sparseInitializer: readonly unknown[];
  } | null;
}

const elementTypeOf = new Map(
  Object.entries(elementTypes).map(([type, number]) => [number as number, type as ElementType]),
);
const attributeKindOf = new Map(
  Object.entries(attributeTypes).map(([kind, number]) => [
    number as number,
    kind as keyof typeof attributeTypes,
  ]),
);

const EXTERNAL = 1;

type Reader = (view: DataView, at: number) => number;

/** 1 sign, 5 exponent and 10 fraction bits (IEEE 754). */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const raw: Readonly<Record<ElementType, { readonly bytes: number; readonly read: Reader }>> = {
  float32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  float64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  float16: { bytes: 2, read: (view, at) => float16(view.getUint16(at, true)) },
  int64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  int32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  int8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  bool: { bytes: 1, read: (view, at) => view.getUint8(at) },
};

function typedValues(message: TensorMessage, type: ElementType): readonly number[] {
  if (type === 'float32') return message.floatData;
  if (type === 'float64') return message.doubleData;
  if (type === 'int64') return message.int64Data;
  return type === 'float16' ? message.int32Data.map(float16) : message.int32Data;
}

function readTensor(message: TensorMessage, where: string): TensorValue {
  const { name, dims, dataType, rawData } = message;
  const fail = (what: string): never => {
    throw new InputError(`${where}: the tensor ${name || '(without a name)'} ${what}`);
  };
  const type = elementTypeOf.get(dataType);
  if (!type) return fail(`has the element type ${dataType} of ONNX's list, which is not supported`);
  if (message.dataLocation === EXTERNAL)
    return fail('lies in another file; save the model as one file that holds its weights');
  if (dims.some((size) => !Number.isSafeInteger(size) || size < 0)) return fail(`has the shape [${dims}]`);
  const size = dims.reduce((product, length) => product * length, 1);
  const { bytes, read } = raw[type];
  const isRaw = rawData.length > 0;
  const typed = isRaw ? [] : typedValues(message, type);
  const count = isRaw ? rawData.length / bytes : typed.length;
  if (count !== size) return fail(`[${dims}] needs ${size} values of ${type}, and has ${count}`);
  const values = type === 'float32' ? new Float32Array(size) : new Float64Array(size);
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  for (let at = 0; at < size; at += 1) values[at] = isRaw ? read(view, at * bytes) : typed[at];
  return { name, type, shape: dims, values };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function readAttribute(message: AttributeMessage, where: string): Attribute {
  const kind = attributeKindOf.get(message.type);
  switch (kind) {
    case 'float':
      return { kind, value: message.f };
    case 'int':
      return { kind, value: message.i };
    case 'string':
      return { kind, value: text(message.s) };
    case 'floats':
    case 'ints':
      return { kind, value: message[kind] };
    case 'strings':
      return { kind, value: message.strings.map(text) };
    case 'tensor':
      return message.t ? { kind, value: readTensor(message.t, where) } : { kind: 'other' };
    case undefined:
      return { kind: 'other' };
  }
}

const readNode = ({ opType, domain, name, input, output, attribute }: NodeMessage, where: string): Node => ({
  operation: opType,
  domain: domain === 'ai.onnx' ? '' : domain,
  name,
  inputs: input,
  outputs: output,
  attributes: Object.fromEntries(
    attribute.map((each) => [each.name, readAttribute(each, `${where}: ${opType} ${name}`)]),
  ),
});

function readValue({ name, type }: ValueMessage, where: string): ValueInfo {
  const element = elementTypeOf.get(type?.tensorType?.elemType ?? 0);
  if (!element) throw new InputError(`${where}: ${name} is not a tensor of a type that is supported`);
  // A size that is left out arrives as 0, and so does one that is given by name.
  const shape = type?.tensorType?.shape?.dim.map(({ dimValue, dimParam }) => dimValue || dimParam);
  return { name, type: element, shape };
}

function parse(bytes: Uint8Array, where: string): ModelMessage {
  try {
    const message = modelType.decode(bytes);
    return modelType.toObject(message, { longs: Number, defaults: true, arrays: true }) as ModelMessage;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${where} is not an ONNX model, or is cut off (${reason})`);
  }
}

/**
 * @param where What the bytes are, for messages: a file's name.
 * @throws InputError
 */
export function decodeModel(bytes: Uint8Array, where: string): Model {
  const message = parse(bytes, where);
  const { graph } = message;
  if (!graph || message.irVersion < 1 || message.opsetImport.length === 0)
    throw new InputError(`${where} is not an ONNX model, or is cut off`);
  if (graph.sparseInitializer.length > 0)
    throw new InputError(`${where} holds sparse tensors, which are not supported`);
  return {
    irVersion: message.irVersion,
    producer: { name: message.producerName, version: message.producerVersion },
    description: message.docString,
    operatorSets: Object.fromEntries(
      message.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, version]),
    ),
    metadata: Object.fromEntries(message.metadataProps.map(({ key, value }) => [key, value])),
    graph: {
      name: graph.name,
      nodes: graph.node.map((node) => readNode(node, where)),
      inputs: graph.input.map((value) => readValue(value, where)),
      outputs: graph.output.map((value) => readValue(value, where)),
      initializers: graph.initializer.map((tensor) => readTensor(tensor, where)),
    },
  };
}
