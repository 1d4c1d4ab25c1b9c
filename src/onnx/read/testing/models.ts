/** Small ONNX models by hand, for tests: nodes as one writes them down, and weights drawn at random. */
import { uniforms } from '../../../random/index.ts';
import type { Attribute, ImageSize, Model, Node, TensorValue } from '../../index.ts';

/** What all of them take. */
export const images: ImageSize = { channels: 4, height: 4, width: 6 };

export type Given = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number }>
>;

const attributeOf = (value: Given[string]): Attribute => {
  if (typeof value === 'number') return { kind: 'int', value };
  if (typeof value === 'string') return { kind: 'string', value };
  return 'float' in value ? { kind: 'float', value: value.float } : { kind: 'ints', value };
};

/** `x = Conv(images, w)`, in parts. */
export const node = (
  operation: string,
  inputs: readonly string[],
  output: string | readonly string[],
  given: Given = {},
): Node => ({
  operation,
  domain: '',
  name: '',
  inputs,
  outputs: [output].flat(),
  attributes: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, attributeOf(value)])),
});

export const floats = (name: string, shape: readonly number[], low = -1, high = 1): TensorValue => {
  const values = new Float32Array(shape.reduce((all, size) => all * size, 1));
  uniforms({ seed: 1, purpose: 'noise', example: name.length }, values, low, high);
  return { name, type: 'float32', shape, values };
};
export const ints = (name: string, values: readonly number[], shape = [values.length]): TensorValue => ({
  name,
  type: 'int64',
  shape,
  values: Float64Array.from(values),
});

export const modelOf = (
  nodes: readonly Node[],
  initializers: readonly TensorValue[] = [],
  { version = 13, batch = 'N' }: { readonly version?: number; readonly batch?: number | string } = {},
): Model => ({
  irVersion: 8,
  producer: { name: 'test', version: '' },
  description: '',
  operatorSets: { '': version },
  metadata: {},
  graph: {
    name: 'test',
    nodes,
    inputs: [
      { name: 'images', type: 'float32', shape: [batch, images.channels, images.height, images.width] },
    ],
    outputs: [{ name: 'logits', type: 'float32', shape: undefined }],
    initializers,
  },
});
