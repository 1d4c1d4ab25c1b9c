/** The layers with weights: convolutions without bias (a normalization follows) and the linear head. */
import { add, convolution, globalAveragePool, matmul, relu } from '../graph/index.ts';
import { each, type Layer } from './pass.ts';
import { type Declare, kaimingFanOut, shared } from './variables.ts';

export interface ConvolutionOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride?: number;
}

/** [N, inputs, H, W] to [N, outputs, H / stride, W / stride], padded by half the kernel. */
export function convolutionLayer(
  declare: Declare,
  name: string,
  { inputs, outputs, kernel, stride = 1 }: ConvolutionOptions,
): Layer {
  const shape = [outputs, inputs, kernel, kernel];
  const weight = declare({
    name: `${name}.weight`,
    shape,
    role: 'weight',
    branch: shared,
    initialization: kaimingFanOut(shape),
  });
  const padding = (kernel - 1) / 2;
  return each((x, read) => convolution(x, read(weight), { stride, padding }));
}

/** Mean over pixels, then a linear map: [N, inputs, H, W] to logits [N, classes]. PyTorch's nn.Linear starts so. */
export function headLayer(declare: Declare, name: string, inputs: number, classes: number): Layer {
  const bound = 1 / Math.sqrt(inputs);
  const common = { role: 'head', branch: shared, initialization: { kind: 'uniform', bound } } as const;
  const weight = declare({ name: `${name}.weight`, shape: [classes, inputs], ...common });
  const bias = declare({ name: `${name}.bias`, shape: [classes], ...common });
  return each((x, read) => add(matmul(globalAveragePool(x), read(weight), { transposeB: true }), read(bias)));
}

export const reluLayer: Layer = each((x) => relu(x));
