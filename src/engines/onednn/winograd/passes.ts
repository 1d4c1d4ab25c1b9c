/**
 * Plans of the two passes that are convolutions: forward (from x to y) and backward-data (from dy to dx, with rotated
 * filters whose channels have changed places). A group of tiles goes through all its steps while it is in cache:
 *
 *     V[p] = (B^T d B)[p]  ->  M[p] = V[p] U[p]  ->  y = A^T M A, finished         p = 1..36
 *
 * Groups are the items the threads share; each thread has a V and an M of its own.
 */

import { PLANES } from '../../winograd-matrices.ts';
import { type Block, call, type KernelName } from './kernels.ts';
import {
  type ConvolutionShape,
  type Direction,
  type FilterPlanes,
  filterPlanes,
  paddedPlane,
  tileGrid,
} from './shape.ts';
import type { Bound, Team } from './team.ts';

/** Byte offsets into the memory; 64-byte aligned. */
export interface PassAddresses {
  /** x forward, dy backward: [N, channels / block, H, W, block]. */
  readonly source: number;
  /** What `filters.bind` wrote. */
  readonly filters: number;
  /** y forward, dx backward: as `source`. */
  readonly target: number;
  /** [target's channels], added. */
  readonly bias?: number;
  /** As the target, added after the bias; may be the target itself. */
  readonly residual?: number;
  readonly relu?: boolean;
  /** As the target: where it is not above zero the result is zero (the backward pass of the ReLU that made it). */
  readonly gate?: number;
  readonly scratch: number;
}

export interface PassPlan {
  readonly filters: FilterPlanes;
  readonly scratchBytes: number;
  /** Lays out all calls once. */
  readonly bind: (addresses: PassAddresses) => Bound;
}

/** Tiles of a group: enough for the matrix product to be efficient, few enough to stay in the second-level cache. */
const GROUP = 66;

/**
 * oneDNN's AVX2 product takes rows by six, and sums a shorter rest in another order. With whole sixes an image's result
 * has the same bits in any batch and at any place in it; the rows too many are computed from whatever lies there.
 */
const ROW_PANEL = 6;
const wholePanels = (rows: number) => Math.ceil(rows / ROW_PANEL) * ROW_PANEL;

export function planPass(team: Team, shape: ConvolutionShape, block: Block, direction: Direction): PassPlan {
  const [from, to] =
    direction === 'forward'
      ? [shape.inputChannels, shape.outputChannels]
      : [shape.outputChannels, shape.inputChannels];
  const grid = tileGrid(shape);
  const groups = team.threads * Math.ceil(grid.tiles / (team.threads * GROUP));
  const group = wholePanels(Math.ceil(grid.tiles / groups));
  const filters = filterPlanes(team, shape, direction);
  const sourcePlane = paddedPlane(group * from);
  const targetPlane = paddedPlane(group * to);
  const threadBytes = PLANES * (sourcePlane + targetPlane);

  return {
    filters,
    scratchBytes: team.threads * threadBytes,
    bind: ({ source, filters: right, target, bias, residual, relu, gate, scratch }) => {
      const item = (thread: number, firstTile: number) => {
        const left = scratch + thread * threadBytes;
        const result = left + PLANES * sourcePlane;
        const count = Math.min(group, grid.tiles - firstTile);
        return [
          call('gatherInput', {
            ...grid,
            source,
            planes: left,
            firstTile,
            count,
            blocks: from / block,
            planeStride: sourcePlane,
            rowStride: from * 4,
          }),
          call('product', {
            transposeLeft: 0,
            rows: wholePanels(count),
            columns: to,
            inner: from,
            left,
            leftStride: from,
            leftPlane: sourcePlane,
            right,
            rightStride: filters.rowStride,
            rightPlane: filters.planeStride,
            accumulate: 0,
            result,
            resultStride: to,
            resultPlane: targetPlane,
            count: PLANES,
          }),
          call(scatterKernel(residual !== undefined, gate !== undefined), {
            ...grid,
            planes: result,
            target,
            firstTile,
            count,
            blocks: to / block,
            planeStride: targetPlane,
            rowStride: to * 4,
            bias: bias ?? 0,
            relu: relu === true ? 1 : 0,
            residual: residual ?? 0,
            gate: gate ?? 0,
          }),
        ];
      };
      const phase = team.phase((thread) =>
        Array.from({ length: Math.ceil(grid.tiles / group) }, (_, index) => item(thread, index * group)),
      );
      return team.bound([phase]);
    },
  };
}

function scatterKernel(residual: boolean, gate: boolean): KernelName & `scatter${string}` {
  if (residual) return gate ? 'scatterResidualGate' : 'scatterResidual';
  return gate ? 'scatterGate' : 'scatter';
}
