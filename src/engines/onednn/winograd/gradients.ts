/**
 * The plan of backward-weights, the gradient of the filters:
 *
 *     dU[p] = sum over tiles of V[p]^T Z[p],   V = B^T d B,  Z = A dy A^T;      dg = G^T dU G          p = 1..36
 *
 * The product sums over tiles, so threads cannot have groups of their own without a dU of their own, which for 512
 * channels is 38 MB. Instead a group's phases follow one another: threads share its tiles, then the 36 products. Every
 * sum has one order whatever the number of threads, so results do not depend on who was faster.
 */

import { PLANES } from '../../winograd-matrices.ts';
import { type Block, type Call, call } from './kernels.ts';
import { type ConvolutionShape, FILTER_STRIDES, paddedPlane, paddedRow, tileGrid } from './shape.ts';
import type { Bound, Team } from './team.ts';

/** Byte offsets into the memory; 64-byte aligned. */
export interface GradientAddresses {
  /** [N, inputChannels / block, H, W, block]. */
  readonly x: number;
  /** [N, outputChannels / block, H, W, block]. */
  readonly dy: number;
  /** [K, C, 3, 3], written (not added to). */
  readonly dw: number;
  readonly scratch: number;
}

export interface GradientPlan {
  readonly scratchBytes: number;
  readonly bind: (addresses: GradientAddresses) => Bound;
}

/** Room for V and Z together: large groups make long sums, which the matrix product likes, small ones stay in cache. */
const GROUP_BYTES = 12 * 2 ** 20;
/** Tiles a thread claims at a time. */
const CHUNK = 32;

export function planBackwardWeights(team: Team, shape: ConvolutionShape, block: Block): GradientPlan {
  const { inputChannels, outputChannels } = shape;
  const grid = tileGrid(shape);
  const tileBytes = PLANES * 4 * (inputChannels + outputChannels);
  const groups = Math.ceil((grid.tiles * tileBytes) / GROUP_BYTES);
  const group = Math.ceil(grid.tiles / groups);
  const [inputRow, outputRow] = [paddedRow(inputChannels), paddedRow(outputChannels)];
  const inputPlane = paddedPlane(group * inputRow);
  const gradientPlane = paddedPlane(group * outputRow);
  const filterPlane = paddedPlane(inputChannels * outputRow);

  return {
    scratchBytes: PLANES * (inputPlane + gradientPlane + filterPlane),
    bind: ({ x, dy, dw, scratch }) => {
      const left = scratch;
      const right = left + PLANES * inputPlane;
      const result = right + PLANES * gradientPlane;

      const gather = (start: number, first: number, count: number) => {
        const common = { ...grid, firstTile: start + first, count };
        return [
          call('gatherInput', {
            ...common,
            source: x,
            planes: left + first * inputRow * 4,
            blocks: inputChannels / block,
            planeStride: inputPlane,
            rowStride: inputRow * 4,
          }),
          call('gatherGradient', {
            ...common,
            source: dy,
            planes: right + first * outputRow * 4,
            blocks: outputChannels / block,
            planeStride: gradientPlane,
            rowStride: outputRow * 4,
          }),
        ];
      };
      const product = (plane: number, tiles: number, accumulate: boolean) => [
        call('product', {
          transposeLeft: 1,
          rows: inputChannels,
          columns: outputChannels,
          inner: tiles,
          left: left + plane * inputPlane,
          leftStride: inputRow,
          leftPlane: 0,
          right: right + plane * gradientPlane,
          rightStride: outputRow,
          rightPlane: 0,
          accumulate: accumulate ? 1 : 0,
          result: result + plane * filterPlane,
          resultStride: outputRow,
          resultPlane: 0,
          count: 1,
        }),
      ];
      const phaseOf = (items: readonly (readonly Call[])[]) => team.phase(() => items);

      const groupPhases = starts(grid.tiles, group).flatMap(({ first: start, count }) => [
        phaseOf(starts(count, CHUNK).map((chunk) => gather(start, chunk.first, chunk.count))),
        phaseOf(Array.from({ length: PLANES }, (_, plane) => product(plane, count, start > 0))),
      ]);
      const rows = Math.ceil(inputChannels / (4 * team.threads));
      const finish = phaseOf(
        starts(inputChannels, rows).map(({ first, count }) => [
          call('filterGradient', {
            filters: dw,
            planes: result,
            firstRow: first,
            count,
            columns: outputChannels,
            ...FILTER_STRIDES.forward(inputChannels),
            planeStride: filterPlane,
            planeRowStride: outputRow * 4,
          }),
        ]),
      );
      return team.bound([...groupPhases, finish]);
    },
  };
}

/** 0..total in pieces of `size`, the last one shorter. */
const starts = (total: number, size: number) =>
  Array.from({ length: Math.ceil(total / size) }, (_, index) => ({
    first: index * size,
    count: Math.min(size, total - index * size),
  }));
