/**
 * Emits the kernels that read tiles of a blocked image and write their transform M d M^T: the input transform (M = B^T,
 * six by six pixels with a border of one) and, for weight gradients, the transform of the output's gradient (M = A, four
 * by four pixels without border).
 *
 * Pixels beyond the image count as zero: a row outside points at zeros, a column outside is skipped.
 */

import { INPUT_TILE, type Matrix, OUTPUT_TILE } from '../../winograd-matrices.ts';
import { AREA_ZEROS } from './host.ts';
import { keepConstants, linearMap } from './linear.ts';
import * as wasm from './wasm.ts';

const { add, i32, multiply, sequence, subtract } = wasm;

/** source: [N, blocks, height, width, block]; planes: [36][tiles][blocks * block], strides in bytes. */
export const GATHER_PARAMETERS = [
  'source',
  'planes',
  'firstTile',
  'count',
  'blocks',
  'height',
  'width',
  'tileRows',
  'tileColumns',
  'planeStride',
  'rowStride',
] as const;

export interface GatherOptions {
  /** [6, taps]; the tile has taps x taps pixels. */
  readonly matrix: Matrix;
  readonly border: number;
  /** Channels that lie beside each other: 8 or 16. */
  readonly block: number;
}

export function emitGather({ matrix, border, block }: GatherOptions) {
  const taps = matrix[0].length;
  const pixelBytes = block * 4;
  return wasm.defineFunction(GATHER_PARAMETERS, (p, locals) => {
    const [tile, index, blockIndex, top, left, corner, rowBytes, imageRows] = Array.from(
      { length: 8 },
      locals.i32,
    );
    const [blockBytes, imageBytes, output, plane] = Array.from({ length: 4 }, locals.i32);
    const rows = Array.from({ length: taps }, () => ({ at: locals.i32(), step: locals.i32() }));
    const isInside = Array.from({ length: taps }, locals.i32);
    const pixels = locals.vectors(taps);
    const constants = keepConstants(locals);
    const transform = linearMap(matrix, locals, constants);
    const zero = wasm.constantVector(0);

    // The half-transformed tile waits in the thread's area: [6][taps] vectors.
    const waiting = (row: number, column: number) => (row * taps + column) * 16;
    const transformColumn = (column: number, part: number) => {
      const keep = (row: number, value: wasm.Code) =>
        wasm.storeVector(wasm.threadArea, value, waiting(row, column));
      return wasm.when(
        isInside[column].get,
        sequence(
          ...rows.map(({ at }, i) => pixels[i].set(wasm.loadVector(at.get, column * pixelBytes + part * 16))),
          transform.apply(pixels, keep),
        ),
        sequence(...Array.from({ length: INPUT_TILE }, (_, row) => keep(row, zero))),
      );
    };
    const transformRow = (row: number, part: number) =>
      sequence(
        ...pixels.map((pixel, column) => pixel.set(wasm.loadVector(wasm.threadArea, waiting(row, column)))),
        transform.apply(pixels, (_, value) =>
          sequence(
            wasm.storeVector(plane.get, value, part * 16),
            plane.set(add(plane.get, p.planeStride.get)),
          ),
        ),
      );
    const transformPart = (part: number) =>
      sequence(
        ...pixels.map((_, column) => transformColumn(column, part)),
        plane.set(output.get),
        ...Array.from({ length: INPUT_TILE }, (_, row) => transformRow(row, part)),
      );

    const body = wasm.repeat(
      tile,
      p.count.get,
      sequence(
        index.set(add(p.firstTile.get, tile.get)),
        imageRows.set(wasm.divide(index.get, p.tileColumns.get)),
        left.set(
          subtract(multiply(wasm.remainder(index.get, p.tileColumns.get), i32(OUTPUT_TILE)), i32(border)),
        ),
        top.set(
          subtract(multiply(wasm.remainder(imageRows.get, p.tileRows.get), i32(OUTPUT_TILE)), i32(border)),
        ),
        corner.set(
          add(
            add(p.source.get, multiply(wasm.divide(imageRows.get, p.tileRows.get), imageBytes.get)),
            add(multiply(top.get, rowBytes.get), multiply(left.get, i32(pixelBytes))),
          ),
        ),
        ...rows.flatMap(({ at, step }, i) => {
          const inside = wasm.isBelow(add(top.get, i32(i)), p.height.get);
          const address = add(corner.get, multiply(rowBytes.get, i32(i)));
          return [
            at.set(wasm.select(inside, address, add(wasm.threadArea, i32(AREA_ZEROS)))),
            step.set(wasm.select(inside, blockBytes.get, i32(0))),
            isInside[i].set(wasm.isBelow(add(left.get, i32(i)), p.width.get)),
          ];
        }),
        output.set(add(p.planes.get, multiply(tile.get, p.rowStride.get))),
        wasm.repeat(
          blockIndex,
          p.blocks.get,
          sequence(
            ...Array.from({ length: block / 4 }, (_, part) => transformPart(part)),
            ...rows.map(({ at, step }) => at.set(add(at.get, step.get))),
            output.set(add(output.get, i32(pixelBytes))),
          ),
        ),
      ),
    );
    return sequence(
      constants.prologue(),
      rowBytes.set(multiply(p.width.get, i32(pixelBytes))),
      blockBytes.set(multiply(rowBytes.get, p.height.get)),
      imageBytes.set(multiply(blockBytes.get, p.blocks.get)),
      body,
    );
  });
}
