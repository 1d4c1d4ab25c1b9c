/**
 * Winograd convolution F(4 x 4, 3 x 3) for processors whose oneDNN has none (it needs AVX-512): transforms in WebAssembly
 * vectors, products by whatever matrix product the engine passes in. See winograd-matrices.ts for the mathematics.
 *
 * Where it applies and pays is here, and its plans together. It knows neither oneDNN nor who allocates memory: all addresses
 * are byte offsets into one shared memory.
 */

import { OUTPUT_TILE } from '../../winograd-matrices.ts';
import { type GradientPlan, planBackwardWeights } from './gradients.ts';
import type { Block } from './kernels.ts';
import { type PassPlan, planPass } from './passes.ts';
import { type ConvolutionShape, tileGrid } from './shape.ts';
import { createTeam, type TeamOptions } from './team.ts';

// Where Winograd convolution can be used, and where it is faster than oneDNN's direct AVX2 kernels.

/** A convolution as the graph knows it; sizes are the input's. */
export interface ConvolutionGeometry extends ConvolutionShape {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly groups?: number;
}

/**
 * Time of a tile in multiply-adds' worth: direct 9 u C K for u pixels of the tile inside the image, Winograd 36 C K for
 * the products and, measured, about 1500 (C + K) for the transforms. So it pays where
 *
 *     u / 4 - 1  >  42 (1 / C + 1 / K)
 *
 * On two cores of a Zen 3 processor: 32 channels at 32 x 32 break even, 64 channels gain 1.8 times (at 7 x 7 too), 128
 * and more 2.5 to 3.5 times; 16 channels lose. The batch has no say, although a layer of 512 channels needs some 16 tiles
 * to outweigh reading the transformed filters: the same image must get the same bits in a small batch as in a large one.
 */
export function winogradApplies(geometry: ConvolutionGeometry, block: Block): boolean {
  const { kernel, stride, padding, groups, inputChannels, outputChannels, height, width } = geometry;
  const isSupported =
    kernel.every((size) => size === 3) &&
    stride.every((step) => step === 1) &&
    padding.every((size) => size === 1) &&
    (groups ?? 1) === 1 &&
    inputChannels % block === 0 &&
    outputChannels % block === 0 &&
    Math.min(height, width) >= OUTPUT_TILE;
  if (!isSupported) return false;
  const { tileRows, tileColumns } = tileGrid(geometry);
  const pixels = (height * width) / (tileRows * tileColumns);
  return pixels / 4 - 1 > 42 * (1 / inputChannels + 1 / outputChannels);
}

export interface Winograd {
  /** y = x * filters (+ bias) (+ residual), then ReLU if asked. */
  readonly planForward: (shape: ConvolutionShape) => PassPlan;
  /** dx from dy, with the same choices; `gate` fuses the backward pass of the ReLU before the convolution. */
  readonly planBackwardData: (shape: ConvolutionShape) => PassPlan;
  /** The gradient of the filters from x and dy. */
  readonly planBackwardWeights: (shape: ConvolutionShape) => GradientPlan;
  readonly close: () => Promise<void>;
}

export function createWinograd<Context>(options: TeamOptions<Context>): Winograd {
  const team = createTeam(options);
  const block: Block = options.block;
  return {
    planForward: (shape) => planPass(team, shape, block, 'forward'),
    planBackwardData: (shape) => planPass(team, shape, block, 'backward'),
    planBackwardWeights: (shape) => planBackwardWeights(team, shape, block),
    close: team.close,
  };
}
