/** Convolution and its gradients as oneDNN primitives, which choose the layouts they like best. */
import type { Tensor, TensorOf } from '../../../graph/index.ts';
import type { Emitter, Places } from '../emitter.ts';
import type { Argument, ConvolutionOptions, Layout, Primitive } from '../library.ts';
import { reluKernel } from './relu.ts';
import {
  lowerWinograd,
  lowerWinogradInputGradient,
  lowerWinogradWeightGradient,
  paysWinograd,
} from './winograd.ts';

/** The layout that a primitive wants for an argument that it surely has. */
function wanted({ layouts, implementation }: Primitive, argument: Argument): Layout {
  const layout = layouts[argument];
  if (!layout) throw new Error(`${implementation} does not say how it wants ${argument}`);
  return layout;
}

/** Images of so few channels (colors) are kept row-major: blocks of 8 or 16 channels would be mostly padding. */
const FEW_CHANNELS = 4;

const imagesLayout = (dims: readonly number[], { library }: Emitter, argument: Argument) =>
  dims[1] <= FEW_CHANNELS ? { [argument]: library.plain(dims) } : {};

const keyOf = (name: string, options: ConvolutionOptions, ...more: unknown[]) => {
  const { x, weights, y, stride, padding, algorithm } = options;
  return [name, x, weights, y, stride, padding, algorithm, ...more].join(' ');
};

export function lowerConvolution(node: TensorOf<'convolution'>, result: Tensor, emitter: Emitter): void {
  const [x, w, ...rest] = node.inputs;
  if (paysWinograd(x, w, node.attributes, emitter)) {
    lowerWinograd(node, result, emitter);
    return;
  }
  const { stride, padding, bias, residual, relu } = node.attributes;
  const options = {
    x: x.shape,
    weights: w.shape,
    y: node.shape,
    stride,
    padding,
    algorithm: emitter.algorithm,
    settled: imagesLayout(x.shape, emitter, 'x'),
  };
  const primitive = emitter.primitive(keyOf('forward', options, bias, residual), () =>
    emitter.library.convolution({ ...options, bias, sum: residual }),
  );
  const reads: Places = {
    x: emitter.getAs(x, wanted(primitive, 'x')),
    weights: emitter.getAs(w, wanted(primitive, 'weights')),
    ...(bias ? { bias: emitter.getPlain(rest[0]) } : {}),
  };
  const layout = wanted(primitive, 'y');
  // The post-operation adds to what lies in y: the residual is copied there, or already is where nobody else needs it.
  const before = residual ? emitter.getAs(rest[rest.length - 1], layout) : undefined;
  const y = emitter.define(result, layout);
  if (before) emitter.copy(before, y);
  emitter.emitPrimitive('convolution', primitive, reads, { y });
  if (relu) emitter.emit(reluKernel(y, y, emitter));
}

export function lowerConvolutionInputGradient(
  node: TensorOf<'convolutionInputGradient'>,
  result: Tensor,
  emitter: Emitter,
): void {
  const [dy, w] = node.inputs;
  if (paysWinograd(node, w, node.attributes, emitter)) {
    lowerWinogradInputGradient(node, result, {}, emitter);
    return;
  }
  const { stride, padding } = node.attributes;
  const options = {
    x: node.shape,
    weights: w.shape,
    y: dy.shape,
    stride,
    padding,
    algorithm: emitter.algorithm,
  };
  const primitive = emitter.primitive(keyOf('inputGradient', options), () =>
    emitter.library.convolutionInputGradient(options),
  );
  const reads = {
    dy: emitter.getAs(dy, wanted(primitive, 'dy')),
    weights: emitter.getAs(w, wanted(primitive, 'weights')),
  };
  const dx = emitter.define(result, wanted(primitive, 'dx'));
  emitter.emitPrimitive('convolutionInputGradient', primitive, reads, { dx });
}

export function lowerConvolutionWeightGradient(
  node: TensorOf<'convolutionWeightGradient'>,
  result: Tensor,
  emitter: Emitter,
): void {
  const [x, dy] = node.inputs;
  if (paysWinograd(x, node, node.attributes, emitter)) {
    lowerWinogradWeightGradient(node, result, emitter);
    return;
  }
  const { stride, padding } = node.attributes;
  const options = {
    x: x.shape,
    weights: node.shape,
    y: dy.shape,
    stride,
    padding,
    algorithm: emitter.algorithm,
    settled: imagesLayout(x.shape, emitter, 'x'),
  };
  const primitive = emitter.primitive(keyOf('weightGradient', options), () =>
    emitter.library.convolutionWeightGradient(options),
  );
  const reads = {
    x: emitter.getAs(x, wanted(primitive, 'x')),
    dy: emitter.getAs(dy, wanted(primitive, 'dy')),
  };
  const dweights = emitter.define(result, wanted(primitive, 'dweights'));
  emitter.emitPrimitive('convolutionWeightGradient', primitive, reads, { dweights });
}
