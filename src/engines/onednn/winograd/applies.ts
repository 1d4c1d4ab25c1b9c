/** Where Winograd convolution can be used, and where it is faster than oneDNN's direct AVX2 kernels. */

import { OUTPUT_TILE } from '../../winograd-matrices.ts';
import type { Block } from './kernels.ts';
import { type ConvolutionShape, tileGrid } from './shape.ts';

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
