/** Sizes that all plans share, and the plan that transforms a layer's filters. */

import { OUTPUT_TILE, PLANES } from '../../winograd-matrices.ts';
import { call } from './kernels.ts';
import type { Bound, Team } from './team.ts';

/** A convolution with 3 x 3 filters, stride 1 and padding 1, so that input and output are of one size. */
export interface ConvolutionShape {
  readonly batch: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly height: number;
  readonly width: number;
}

export interface TileGrid {
  readonly height: number;
  readonly width: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly tiles: number;
}

export function tileGrid({ batch, height, width }: ConvolutionShape): TileGrid {
  const tileRows = Math.ceil(height / OUTPUT_TILE);
  const tileColumns = Math.ceil(width / OUTPUT_TILE);
  return { height, width, tileRows, tileColumns, tiles: batch * tileRows * tileColumns };
}

/** Bytes from one plane to the next. Without the extra line all 36 would compete for the same sets of the caches. */
export const paddedPlane = (floats: number): number => Math.ceil(floats / 16) * 64 + 64;

/**
 * Floats from one row of a matrix to the next. Rows at a large power of two would compete for few sets of the caches: with
 * 512 columns the padded product is half as fast again.
 */
export const paddedRow = (columns: number): number => (columns % 128 === 0 ? columns + 16 : columns);

export interface FilterPlanes {
  readonly bytes: number;
  readonly planeStride: number;
  /** In floats. */
  readonly rowStride: number;
  /** `filters`: [K, C, 3, 3] as stored; `planes`: `bytes` of room. It transforms whatever is there when run. */
  readonly bind: (addresses: { readonly filters: number; readonly planes: number }) => Bound;
}

const FILTER_BYTES = 9 * 4;

/** Bytes between filters of [K, C, 3, 3] along the rows and columns of a plane. */
export const FILTER_STRIDES = {
  forward: (inputChannels: number) => ({
    rowStride: FILTER_BYTES,
    columnStride: FILTER_BYTES * inputChannels,
  }),
  backward: (inputChannels: number) => ({
    rowStride: FILTER_BYTES * inputChannels,
    columnStride: FILTER_BYTES,
  }),
} as const;

export type Direction = keyof typeof FILTER_STRIDES;

/** Forward: [36][C][K]. Backward: [36][K][C], filters rotated. */
export function filterPlanes(
  team: Team,
  { inputChannels, outputChannels }: ConvolutionShape,
  direction: Direction,
): FilterPlanes {
  const [rows, columns] =
    direction === 'forward' ? [inputChannels, outputChannels] : [outputChannels, inputChannels];
  const rowStride = paddedRow(columns);
  const planeStride = paddedPlane(rows * rowStride);
  const chunk = Math.ceil(rows / team.threads);
  return {
    bytes: PLANES * planeStride,
    planeStride,
    rowStride,
    bind: (addresses) => {
      const phase = team.phase(() =>
        Array.from({ length: Math.ceil(rows / chunk) }, (_, index) => [
          call(direction === 'forward' ? 'filterForward' : 'filterBackward', {
            ...addresses,
            columns,
            ...FILTER_STRIDES[direction](inputChannels),
            firstRow: index * chunk,
            count: Math.min(chunk, rows - index * chunk),
            planeStride,
            planeRowStride: rowStride * 4,
          }),
        ]),
      );
      return team.bound([phase]);
    },
  };
}
