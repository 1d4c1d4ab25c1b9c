/**
 * Convolutions without bias (a normalization follows), the linear head, the layers without weights; and the maker of the layers
 * of one network, to its wishes: networks say where convolutions and normalizations are (networks/), and here is said once how
 * many branches they have, which normalization it is, and where adapters go.
 */
import {
  add,
  convolution,
  globalAveragePool,
  matmul,
  maxPool,
  type PoolingOptions,
  relu,
} from '../graph/index.ts';
import {
  type AdapterOptions,
  type AdapterWeight,
  adapterWeight,
  besideFilters,
  serialAdapterLayer,
} from './adapters.ts';
import { type BranchSets, byBranch, nameIn, ownerIn, pick } from './cell.ts';
import { batchNormalizationLayer, groupNormalizationLayer } from './normalization.ts';
import type { NormalizationOptions } from './normalization-options.ts';
import { each, type Layer, sequence } from './pass.ts';
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

/** The layer that does nothing. */
export const unchanged: Layer = each((x) => x);

export const reluLayer: Layer = each((x) => relu(x));

/** [N, C, H, W] to [N, C, P, Q], as graph's maxPool says. */
export const maxPoolLayer = (options: PoolingOptions): Layer => each((x) => maxPool(x, options));

/** What all layers of a network have in common. */
export interface NetworkDesign {
  readonly sets: BranchSets;
  readonly normalization: NormalizationOptions;
  /** With the branches that `sets` names. */
  readonly adapters?: AdapterOptions | undefined;
}

/** A 3x3 convolution of a residual block, where adapters may go. */
export interface AdaptedOptions extends Omit<ConvolutionOptions, 'adapter'> {
  /** The name of its adapter, such as layer1.0.adapter1. */
  readonly adapter: string;
  /** The name of the normalization that directly follows, if one does; a serial adapter comes after it. */
  readonly normalization?: string;
}

export interface LayerMaker {
  convolution(name: string, options: Omit<ConvolutionOptions, 'adapter'>): Layer;
  /** A convolution, its normalization if it names one, and its adapter if the network has such. */
  adapted(name: string, options: AdaptedOptions): Layer;
  normalization(name: string, channels: number): Layer;
  head(name: string, inputs: number, classes: number): Layer;
}

/** The maker of the layers of a network; they declare their variables in the order in which they are made. */
export function layerMaker(declare: Declare, { sets, normalization, adapters }: NetworkDesign): LayerMaker {
  const normalize = (name: string, channels: number) =>
    normalization.kind === 'batch'
      ? batchNormalizationLayer(declare, name, channels, sets, normalization)
      : groupNormalizationLayer(declare, name, channels, sets, normalization);
  const here = adapters && sets.adapters ? { ...adapters, branches: sets.adapters } : undefined;
  return {
    convolution: (name, options) => convolutionLayer(declare, name, options),
    adapted(name, { adapter, normalization: follows, ...options }) {
      const { inputs, outputs } = options;
      const parallel =
        here?.kind === 'parallel' ? adapterWeight(declare, adapter, { inputs, outputs, ...here }) : undefined;
      return sequence(
        convolutionLayer(declare, name, { ...options, adapter: parallel }),
        follows === undefined ? unchanged : normalize(follows, outputs),
        here?.kind === 'serial' ? serialAdapterLayer(declare, adapter, outputs, here) : unchanged,
      );
    },
    normalization: normalize,
    head: (name, inputs, classes) => headLayer(declare, name, inputs, classes, sets.heads),
  };
}
