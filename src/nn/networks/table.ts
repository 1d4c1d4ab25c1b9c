/** The networks by name. Each row says how to build one, and what its options are. */
import { InputError } from '../../errors.ts';
import { thereIsNo } from '../../suggestions.ts';
import { type AdapterOptions, checkAdapters, plainAdapters } from '../adapters.ts';
import type { BranchSets } from '../cell.ts';
import { type LayerMaker, layerMaker } from '../layers.ts';
import { defineNetwork, type ImageShape, type Network } from '../network.ts';
import {
  checkNormalization,
  type NormalizationOptions,
  plainNormalization,
} from '../normalization-options.ts';
import type { Layer } from '../pass.ts';
import { shared } from '../variables.ts';
import { preactivationNetwork, preactResnetNames, wideResnetNames } from './preactivation.ts';
import { basicBlock, bottleneckBlock, resnet, type Stem, stemHalvings, stems } from './resnet.ts';

/** How the layers of a network are made, where it is not the plain way. */
export interface NetworkParts {
  /** Batch normalization with affine parameters unless said otherwise. */
  readonly normalization?: Partial<NormalizationOptions>;
  /** Of the branches that the sets name; parallel ones of full rank unless said otherwise. */
  readonly adapters?: AdapterOptions;
}

/** What is asked of a network besides its name. */
export interface NetworkOptions extends NetworkParts {
  readonly images: ImageShape;
  readonly classes: number;
  /** One set of NS and of AP unless said otherwise. */
  readonly sets?: BranchSets;
  /** Channels of the first stage; each network has its own default. */
  readonly width?: number;
  /** 'small' unless said otherwise; only residual networks that convolve first have another (resnet.ts). */
  readonly stem?: Stem;
}

interface Built {
  readonly channels: number;
  readonly classes: number;
  readonly width: number;
  readonly stem: Stem;
}

interface NetworkRow {
  readonly summary: string;
  /** Default width: channels of the first stage. */
  readonly width: number;
  /** How often height and width are halved; smaller images than 2 to this power do not fit. */
  readonly halvings: number;
  /** The stems it can have; the small one where none is said. */
  readonly stems?: readonly Stem[];
  readonly build: (make: LayerMaker, built: Built) => Layer;
}

const basic = (stages: readonly number[]) => (make: LayerMaker, built: Built) =>
  resnet(make, { ...built, stages, block: basicBlock });

const wide = (depth: number) => (make: LayerMaker, built: Built) =>
  preactivationNetwork(make, {
    ...built,
    stem: 16,
    stages: [1, 2, 4].map((times) => ({ width: times * built.width, blocks: (depth - 4) / 6 })),
    names: wideResnetNames,
  });

export const networks = {
  resnet8: {
    summary: 'three stages of one block; for CPUs',
    width: 16,
    halvings: 2,
    stems,
    build: basic([1, 1, 1]),
  },
  resnet10: {
    summary: 'four stages of one block; for CPUs',
    width: 16,
    halvings: 3,
    stems,
    build: basic([1, 1, 1, 1]),
  },
  resnet20: {
    summary: 'three stages of three blocks (He et al. 2016)',
    width: 16,
    halvings: 2,
    stems,
    build: basic([3, 3, 3]),
  },
  resnet18: {
    summary: 'the usual network of the field',
    width: 64,
    halvings: 3,
    stems,
    build: basic([2, 2, 2, 2]),
  },
  resnet50: {
    summary: 'bottleneck blocks',
    width: 64,
    halvings: 3,
    stems,
    build: (make, built) => resnet(make, { ...built, stages: [3, 4, 6, 3], block: bottleneckBlock }),
  },
  'preact-resnet18': {
    summary: 'pre-activation ResNet-18 (Rice et al. 2020)',
    width: 64,
    halvings: 3,
    build: (make, built) =>
      preactivationNetwork(make, {
        ...built,
        stem: built.width,
        stages: [1, 2, 4, 8].map((times) => ({ width: times * built.width, blocks: 2 })),
        names: preactResnetNames,
      }),
  },
  'wrn-28-10': {
    summary: 'wide residual network, depth 28, widening 10',
    width: 160,
    halvings: 2,
    build: wide(28),
  },
  'wrn-34-10': {
    summary: 'wide residual network, depth 34, widening 10',
    width: 160,
    halvings: 2,
    build: wide(34),
  },
} as const satisfies Record<string, NetworkRow>;

export type NetworkName = keyof typeof networks;

export const networkNames = Object.keys(networks) as readonly NetworkName[];

export const isNetworkName = (name: string): name is NetworkName => Object.hasOwn(networks, name);

/** Make a network by name, or an InputError that says why the name, width or images do not fit. */
export function makeNetwork(name: string, options: NetworkOptions): Network {
  if (!isNetworkName(name))
    throw new InputError(thereIsNo('network', name, networkNames), [
      { where: 'network.name', what: `use one of ${networkNames.join(', ')}` },
    ]);
  const row: NetworkRow = networks[name];
  const { images, classes, sets = { statistics: [shared], affine: [shared] }, width = row.width } = options;
  const { stem = 'small' } = options;
  const known = row.stems ?? ['small'];
  if (!known.includes(stem))
    throw new InputError(`network ${name} has no stem '${stem}'`, [
      { where: 'network.stem', what: `use ${known.join(' or ')}` },
    ]);
  const halvings = row.halvings + stemHalvings[stem];
  const least = 2 ** halvings;
  if (images.height < least || images.width < least)
    throw new InputError(
      `network ${name} halves images ${halvings} times and needs at least ${least}x${least} pixels; these have ${images.height}x${images.width}`,
    );
  if (!Number.isInteger(width) || width < 1)
    throw new InputError(`network ${name}: the width must be a whole number from 1; it is ${width}`);
  if (!Number.isInteger(classes) || classes < 2)
    throw new InputError(`network ${name}: a classifier needs at least 2 classes; the data has ${classes}`);
  const { channels } = images;
  const design = designOf(sets, options);
  return defineNetwork({ name, classes, images, sets }, (declare) =>
    row.build(layerMaker(declare, design), { channels, classes, width, stem }),
  );
}

function designOf(sets: BranchSets, { normalization, adapters }: NetworkParts) {
  const wanted = { ...plainNormalization, ...normalization };
  checkNormalization(wanted, sets);
  if (!sets.adapters) {
    if (adapters) throw new InputError('adapters belong to branches, and the sets of the network name none');
    return { sets, normalization: wanted };
  }
  const design = adapters ?? plainAdapters;
  checkAdapters(design);
  return { sets, normalization: wanted, adapters: design };
}
