/**
 * An ONNX model as plain values, free of protobuf. What it means is not known here: operations are strings, and a node
 * refers to values by name, as in the file.
 */

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
