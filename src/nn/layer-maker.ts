/**
 * The layers of one network, to its wishes: networks say where convolutions and normalizations are (networks/), and here is
 * said once how many branches they have, which normalization it is, and where adapters go.
 */
import { type AdapterOptions, adapterWeight, serialAdapterLayer } from './adapters.ts';
import type { BranchSets } from './cell.ts';
import { type ConvolutionOptions, convolutionLayer, headLayer } from './layers.ts';
import { batchNormalizationLayer, groupNormalizationLayer } from './normalization.ts';
import type { NormalizationOptions } from './normalization-options.ts';
import { each, type Layer, sequence } from './pass.ts';
import type { Declare } from './variables.ts';

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

/** The layer that does nothing. */
export const unchanged: Layer = each((x) => x);
