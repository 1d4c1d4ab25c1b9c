/** The layers of an ONNX graph, in terms of ours: convolutions, matrix products, batch normalization and pooling. */
import {
  add,
  averagePool,
  broadcast,
  channelAffine,
  concatenate,
  constant,
  convolution,
  globalAveragePool,
  matmul,
  max,
  maxPool,
  multiply,
  normalize,
  pad,
  reshape,
  showShape,
  slice,
  type Tensor,
} from '../../graph/index.ts';
import type { Model, TensorValue } from '../model.ts';
import { type Call, Unreadable } from './call.ts';

/** Padding before and after the two axes of an image: [top, left, bottom, right]. */
type Pads = readonly [number, number, number, number];

/** x [N, C, H, W] with zeros around. */
const padImage = (x: Tensor, [top, left, bottom, right]: Pads) => pad(pad(x, 2, top, bottom), 3, left, right);

/** What `pads` and `auto_pad` say for a window over an image. */
function padsOf(call: Call, x: Tensor, kernel: readonly number[], strides: readonly number[]): Pads {
  const auto = call.text('auto_pad', 'NOTSET');
  if (auto === 'VALID') return [0, 0, 0, 0];
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const total = [0, 1].map((at) => {
      const size = x.shape[2 + at];
      return Math.max((Math.ceil(size / strides[at]) - 1) * strides[at] + kernel[at] - size, 0);
    });
    const less = total.map((all) => Math.floor(all / 2));
    const more = total.map((all) => Math.ceil(all / 2));
    const [before, after] = auto === 'SAME_UPPER' ? [less, more] : [more, less];
    return [before[0], before[1], after[0], after[1]];
  }
  const [top = 0, left = 0, bottom = 0, right = 0] = call.intList('pads') ?? [];
  if (Math.min(top, left, bottom, right) < 0) throw new Unreadable('its padding is negative');
  return [top, left, bottom, right];
}

// A depthwise convolution of hundreds of channels would be as many convolutions: too slow to be of use.
const mostGroups = 64;

export function readConv(call: Call): Tensor {
  const [x, w] = [call.tensor(0), call.tensor(1)];
  if (x.shape.length !== 4 || w.shape.length !== 4)
    throw new Unreadable(
      `it convolves ${showShape(x.shape)} with ${showShape(w.shape)}; only images [N, C, H, W] are supported`,
    );
  const [stride = 1, across = stride] = call.intList('strides') ?? [];
  const dilations = call.intList('dilations') ?? [];
  const groups = call.int('group', 1);
  if (stride !== across) throw new Unreadable(`its strides ${stride} and ${across} differ`);
  if (dilations.some((dilation) => dilation !== 1))
    throw new Unreadable(`it is dilated, by ${showShape(dilations)}`);
  if (groups > mostGroups)
    throw new Unreadable(`it has ${groups} groups; more than ${mostGroups} are not supported`);
  const pads = padsOf(call, x, w.shape.slice(2), [stride, stride]);
  const same = pads.every((size) => size === pads[0]);
  const padded = same ? x : padImage(x, pads);
  const window = { stride, padding: same ? pads[0] : 0 };
  const part = (tensor: Tensor, axis: number, at: number) => {
    const size = tensor.shape[axis] / groups;
    return slice(tensor, axis, at * size, (at + 1) * size);
  };
  const y =
    groups === 1
      ? convolution(padded, w, window)
      : concatenate(
          Array.from({ length: groups }, (_, at) => convolution(part(padded, 1, at), part(w, 0, at), window)),
          1,
        );
  if (!call.has(2)) return y;
  const bias = call.tensor(2);
  return channelAffine(y, broadcast(constant(1), bias.shape), bias);
}

/** alpha A B + beta C */
export function readGemm(call: Call): Tensor {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  const scaled = (x: Tensor, factor: number) => (factor === 1 ? x : multiply(x, factor));
  const transposition = {
    transposeA: call.int('transA', 0) === 1,
    transposeB: call.int('transB', 0) === 1,
  };
  const product = scaled(matmul(a, b, transposition), call.float('alpha', 1));
  return call.has(2) ? add(product, scaled(call.tensor(2), call.float('beta', 1))) : product;
}

export function readMatMul(call: Call): Tensor {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  if (a.shape.length !== 2 || b.shape.length !== 2)
    throw new Unreadable(
      `it multiplies ${showShape(a.shape)} by ${showShape(b.shape)}; only matrices are supported`,
    );
  return matmul(a, b);
}

export function readBatchNormalization(call: Call): Tensor {
  const x = call.tensor(0);
  if (call.int('training_mode', 0) === 1 || call.node.outputs.filter((name) => name !== '').length > 1)
    throw new Unreadable('it is in training mode; export the model in evaluation mode');
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((at) => call.tensor(at));
  const epsilon = call.float('epsilon', 1e-5);
  const [n, c, ...pixels] = x.shape;
  const image = pixels.length === 2 ? x : reshape(x, [n, c, pixels.reduce((all, size) => all * size, 1), 1]);
  return reshape(normalize(image, { mean, variance, gamma, beta, epsilon }), x.shape);
}

/** [N, C, H, W] to [N, C, 1, 1]. */
export function readGlobalAveragePool(call: Call): Tensor {
  const x = imageOf(call);
  return reshape(globalAveragePool(x), [x.shape[0], x.shape[1], 1, 1]);
}

export const readGlobalMaxPool = (call: Call): Tensor => max(imageOf(call), [2, 3], true);

export const readMaxPool = (call: Call): Tensor => maxPool(imageOf(call), windowsOf(call));

export function readAveragePool(call: Call): Tensor {
  const windows = windowsOf(call);
  if (call.int('count_include_pad', 0) === 1 && windows.padding.some((size) => size > 0))
    throw new Unreadable('its means count the padding');
  return averagePool(imageOf(call), windows);
}

function windowsOf(call: Call) {
  const window = pairOf(call, 'kernel_shape');
  const stride = pairOf(call, 'strides', [1, 1]);
  if ((call.intList('dilations') ?? []).some((dilation) => dilation !== 1))
    throw new Unreadable('it is dilated');
  return {
    window,
    stride,
    padding: padsOf(call, imageOf(call), window, stride),
    ceil: call.int('ceil_mode', 0) === 1,
  };
}

function pairOf(call: Call, name: string, otherwise: readonly number[] = []): readonly [number, number] {
  const given = call.intList(name) ?? otherwise;
  const [rows, columns] = given;
  if (given.length !== 2) throw new Unreadable(`its ${name} has ${given.length} numbers, not two`);
  return [rows, columns];
}

function imageOf(call: Call): Tensor {
  const x = call.tensor(0);
  if (x.shape.length !== 4)
    throw new Unreadable(`it pools [${x.shape.join(', ')}]; only images [N, C, H, W] are supported`);
  return x;
}

// The numbers that an ONNX file holds, each with what it is used for, so that they can be checked before the graph is read.

/** A factor of a sum of products or of a normalization; a variance; or anything else, such as a mask or a bound. */
export type WeightUse = 'weight' | 'variance' | 'constant';

export interface StoredWeight {
  readonly name: string;
  readonly values: Float32Array | Float64Array;
  readonly uses: readonly WeightUse[];
}

/** Uses by the place among a node's inputs. A bias is a constant: -Infinity there masks a class. */
const usesOf: Readonly<Record<string, readonly WeightUse[]>> = {
  Conv: ['weight', 'weight'],
  ConvTranspose: ['weight', 'weight'],
  Gemm: ['weight', 'weight'],
  MatMul: ['weight', 'weight'],
  BatchNormalization: ['weight', 'weight', 'weight', 'weight', 'variance'],
};

const passOn: readonly string[] = ['Identity', 'Cast'];

/** The numbers of float types that nodes use, whether they are initializers or results of Constant nodes. */
export function weightsOf({ graph: { initializers, nodes } }: Model): StoredWeight[] {
  const stored = new Map<string, TensorValue>(initializers.map((tensor) => [tensor.name, tensor]));
  const uses = new Map<TensorValue, WeightUse[]>();
  for (const { operation, domain, inputs, outputs, attributes } of nodes) {
    const [first] = inputs;
    const passed = passOn.includes(operation) ? stored.get(first) : undefined;
    if (operation === 'Constant' && attributes.value?.kind === 'tensor')
      stored.set(outputs[0], { ...attributes.value.value, name: outputs[0] });
    else if (passed) stored.set(outputs[0], passed);
    else
      inputs.forEach((input, at) => {
        const tensor = stored.get(input);
        if (!tensor?.type.startsWith('float')) return;
        const use =
          (domain === '' && Object.hasOwn(usesOf, operation) && usesOf[operation][at]) || 'constant';
        uses.set(tensor, [...(uses.get(tensor) ?? []), use]);
      });
  }
  return [...uses].map(([{ name, values }, of]) => ({ name, values, uses: of }));
}
