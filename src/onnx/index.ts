/** The ONNX room's public surface: files in, files out, and a step as a model. */
export { decodeModel } from './decode.ts';
export { encodeModel } from './encode.ts';
export { type GivenAttributes, GraphBuilder, type Value } from './graph-builder.ts';
export type { Context, Lowering, Lowerings } from './lowering/context.ts';
export { inputGradientPadded } from './lowering/convolution.ts';
export { standardLowerings } from './lowering/table.ts';
export type { Attribute, ElementType, Model, Node, OnnxGraph, TensorValue, ValueInfo } from './model.ts';
export { type WriteOptions, type WrittenGraph, writeGraph } from './write-graph.ts';
