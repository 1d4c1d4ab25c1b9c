/**
 * Adapters: small linear maps of each branch beside the convolutions that all share (Rebuffi et al. 2018, arXiv 1803.10082;
 * serial ones 2017, arXiv 1705.08045).
 *
 *   parallel   y = w * x + A_b * x       at each 3x3 convolution w of a residual block, with its stride
 *   serial     y = z + A_b * z           z: what that convolution and its normalization give
 *
 * A_b is a 1x1 convolution. Of rank r it is a product up_b down_b of r channels between; 'full' has one factor. It starts at
 * zero (of a product the second factor does, the first is Kaiming-normal, as LoRA's, arXiv 2106.09685): a network begins as
 * without adapters, and all branches as one. Rebuffi's own code starts them at random, which suits adapters to a trained
 * network less.
 *
 * A parallel adapter costs no convolution: a 1x1 filter is a 3x3 filter with one tap, so w * x + A_b * x = (w + A_b) * x,
 * with A_b in the middle of the window. The sum of filters folds and differentiates like any filter.
 */
import { InputError } from '../errors.ts';
import { add, convolution, matmul, pad, reshape, type Tensor } from '../graph/index.ts';
import { byBranch, nameIn, ownerIn, pick } from './cell.ts';
import { each, type Layer, type PassChoice, type ReadVariable } from './pass.ts';
import { type Branch, type Declare, type Initialization, kaimingFanOut } from './variables.ts';

export const adapterKinds = ['parallel', 'serial'] as const;

export interface AdapterOptions {
  readonly kind: (typeof adapterKinds)[number];
  /** Channels between the two factors of a low-rank map, or 'full'. */
  readonly rank: number | 'full';
}

/** What adapters are where nobody says more than that there are some. */
export const plainAdapters: AdapterOptions = { kind: 'parallel', rank: 'full' };

/** @throws InputError for a rank that is none. */
export function checkAdapters({ rank }: AdapterOptions): void {
  if (rank === 'full' || (Number.isInteger(rank) && rank >= 1)) return;
  throw new InputError(`adapters cannot have rank ${rank}`, [
    { where: 'network.adapterRank', what: 'expected full or a whole number of at least 1' },
  ]);
}

/** The weight [outputs, inputs, 1, 1] of the adapter of a pass. */
export type AdapterWeight = (read: ReadVariable, pass: PassChoice) => Tensor;

interface AdapterShape {
  readonly inputs: number;
  readonly outputs: number;
  readonly rank: number | 'full';
  readonly branches: readonly Branch[];
}

const zero: Initialization = { kind: 'constant', value: 0 };

/** Declare an adapter: layer1.0.adapter1.adv.weight, or of low rank .down.weight and .up.weight in its place. */
export function adapterWeight(
  declare: Declare,
  layer: string,
  { inputs, outputs, rank, branches }: AdapterShape,
): AdapterWeight {
  const sets = byBranch(branches, (branch): ((read: ReadVariable) => Tensor) => {
    const factor = (what: string, k: number, c: number, start?: Initialization) => {
      const shape = [k, c, 1, 1];
      return declare({
        name: nameIn(layer, branches, branch, what),
        shape,
        role: 'adapter',
        branch: ownerIn(branches, branch),
        initialization: start ?? kaimingFanOut(shape),
      });
    };
    if (rank === 'full') {
      const weight = factor('weight', outputs, inputs, zero);
      return (read) => read(weight);
    }
    const down = factor('down.weight', rank, inputs);
    const up = factor('up.weight', outputs, rank, zero);
    return (read) => {
      const product = matmul(reshape(read(up), [outputs, rank]), reshape(read(down), [rank, inputs]));
      return reshape(product, [outputs, inputs, 1, 1]);
    };
  });
  return (read, pass) => pick(sets, pass.adapter, 'adapter')(read);
}

/** Filters w + A, with A [K, C, 1, 1] in the middle of w [K, C, R, R]. */
export function besideFilters(weight: Tensor, adapter: Tensor): Tensor {
  const [, , r = 1] = weight.shape;
  const margin = (r - 1) / 2;
  return add(weight, pad(pad(adapter, 2, margin, margin), 3, margin, margin));
}

/** z + A_b * z of [N, channels, H, W]. */
export function serialAdapterLayer(
  declare: Declare,
  layer: string,
  channels: number,
  options: { readonly rank: number | 'full'; readonly branches: readonly Branch[] },
): Layer {
  const weight = adapterWeight(declare, layer, { inputs: channels, outputs: channels, ...options });
  return each((z, read, pass) => add(convolution(z, weight(read, pass), { stride: 1, padding: 0 }), z));
}
