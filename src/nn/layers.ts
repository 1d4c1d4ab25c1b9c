/** Convolutions without bias (a normalization follows), the linear head, and the layers without weights. */
import {
  add,
  convolution,
  globalAveragePool,
  matmul,
  maxPool,
  type PoolingOptions,
  relu,
} from '../graph/index.ts';
import { type AdapterWeight, besideFilters } from './adapters.ts';
import { byBranch, nameIn, ownerIn, pick } from './cell.ts';
import { each, type Layer } from './pass.ts';
import { type Branch, type Declare, kaimingFanOut, shared } from './variables.ts';

export interface ConvolutionOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride?: number;
  /** A 1x1 convolution of each branch beside this one. */
  readonly adapter?: AdapterWeight | undefined;
}

/** [N, inputs, H, W] to [N, outputs, H / stride, W / stride], padded by half the kernel. */
export function convolutionLayer(
  declare: Declare,
  name: string,
  { inputs, outputs, kernel, stride = 1, adapter }: ConvolutionOptions,
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
  return each((x, read, pass) => {
    const filters = read(weight);
    const all = adapter ? besideFilters(filters, adapter(read, pass)) : filters;
    return convolution(x, all, { stride, padding });
  });
}

/**
 * Mean over pixels, then the linear map of the pass's head: [N, inputs, H, W] to logits [N, classes]. PyTorch's nn.Linear
 * starts so.
 */
export function headLayer(
  declare: Declare,
  name: string,
  inputs: number,
  classes: number,
  branches: readonly Branch[] = [shared],
): Layer {
  const bound = 1 / Math.sqrt(inputs);
  const heads = byBranch(branches, (branch) => {
    const make = (what: string, shape: readonly number[]) =>
      declare({
        name: nameIn(name, branches, branch, what),
        shape,
        role: 'head',
        branch: ownerIn(branches, branch),
        initialization: { kind: 'uniform', bound },
      });
    return { weight: make('weight', [classes, inputs]), bias: make('bias', [classes]) };
  });
  return each((x, read, pass) => {
    const { weight, bias } = pick(heads, pass.head, 'head');
    return add(matmul(globalAveragePool(x), read(weight), { transposeB: true }), read(bias));
  });
}

export const reluLayer: Layer = each((x) => relu(x));

/** [N, C, H, W] to [N, C, P, Q], as graph's maxPool says. */
export const maxPoolLayer = (options: PoolingOptions): Layer => each((x) => maxPool(x, options));
