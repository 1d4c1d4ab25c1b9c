/**
 * Emits the kernels that turn products back into pixels, Y = A^T M A, and finish them while they are in registers:
 *
 *     y = max(Y + bias + residual, floor)          floor: 0 for ReLU, else minus infinity
 *     y = gate <= 0 ? 0 : that                     the backward pass of a ReLU whose output is `gate`
 *
 * A NaN stays one, and a gate that is NaN lets the gradient through, as in PyTorch.
 * Only pixels inside the image are written. `residual` may be the destination itself.
 */

import { INPUT_TILE, OUTPUT_TILE, outputMatrix } from '../../winograd-matrices.ts';
import { AREA_ZEROS } from './host.ts';
import { keepConstants, linearMap } from './linear.ts';
import * as wasm from './wasm.ts';

const { add, i32, multiply, sequence, subtract } = wasm;

/** planes: [36][tiles][blocks * block]; target, residual, gate: [N, blocks, height, width, block]; bias: [channels] or 0. */
export const SCATTER_PARAMETERS = [
  'planes',
  'target',
  'firstTile',
  'count',
  'blocks',
  'height',
  'width',
  'tileRows',
  'tileColumns',
  'planeStride',
  'rowStride',
  'bias',
  'relu',
  'residual',
  'gate',
] as const;

export interface ScatterOptions {
  readonly block: number;
  readonly residual: boolean;
  readonly gate: boolean;
}

const MINUS_INFINITY_BITS = 0xff800000 | 0;

export function emitScatter({ block, residual, gate }: ScatterOptions) {
  const pixelBytes = block * 4;
  return wasm.defineFunction(SCATTER_PARAMETERS, (p, locals) => {
    const [tile, index, blockIndex, top, left, corner, rowBytes, imageRows] = Array.from(
      { length: 8 },
      locals.i32,
    );
    const [blockBytes, imageBytes, input, plane, pixel] = Array.from({ length: 5 }, locals.i32);
    const [biasAt, biasStep, residualShift, gateShift] = Array.from({ length: 4 }, locals.i32);
    const rowInside = Array.from({ length: OUTPUT_TILE }, locals.i32);
    const columnInside = Array.from({ length: OUTPUT_TILE }, locals.i32);
    const values = locals.vectors(INPUT_TILE);
    const [bias, floor, result] = locals.vectors(3);
    const constants = keepConstants(locals);
    const transform = linearMap(outputMatrix, locals, constants);

    // The half-transformed tile waits in the thread's area: [6][4] vectors.
    const waiting = (row: number, column: number) => (row * OUTPUT_TILE + column) * 16;
    const transformRow = (row: number, part: number) =>
      sequence(
        ...values.map((value) =>
          sequence(
            value.set(wasm.loadVector(plane.get, part * 16)),
            plane.set(add(plane.get, p.planeStride.get)),
          ),
        ),
        transform.apply(values, (column, value) =>
          wasm.storeVector(wasm.threadArea, value, waiting(row, column)),
        ),
      );
    const finish = (offset: number) =>
      sequence(
        residual
          ? result.set(wasm.vectorAdd(result.get, wasm.loadVector(add(pixel.get, residualShift.get), offset)))
          : [],
        result.set(wasm.vectorMaximum(result.get, floor.get)),
        gate
          ? result.set(
              wasm.vectorAndNot(
                result.get,
                wasm.vectorIsAtMost(
                  wasm.loadVector(add(pixel.get, gateShift.get), offset),
                  wasm.constantVector(0),
                ),
              ),
            )
          : [],
        wasm.storeVector(pixel.get, result.get, offset),
      );
    const transformColumn = (column: number, part: number) =>
      wasm.when(
        columnInside[column].get,
        sequence(
          ...values.map((value, row) => value.set(wasm.loadVector(wasm.threadArea, waiting(row, column)))),
          pixel.set(corner.get),
          transform.apply(values, (row, value) =>
            sequence(
              result.set(wasm.vectorAdd(value, bias.get)),
              wasm.when(rowInside[row].get, finish(column * pixelBytes + part * 16)),
              pixel.set(add(pixel.get, rowBytes.get)),
            ),
          ),
        ),
      );
    const transformPart = (part: number) =>
      sequence(
        plane.set(input.get),
        bias.set(wasm.loadVector(biasAt.get, part * 16)),
        ...values.map((_, row) => transformRow(row, part)),
        ...columnInside.map((_, column) => transformColumn(column, part)),
      );

    const body = wasm.repeat(
      tile,
      p.count.get,
      sequence(
        index.set(add(p.firstTile.get, tile.get)),
        imageRows.set(wasm.divide(index.get, p.tileColumns.get)),
        left.set(multiply(wasm.remainder(index.get, p.tileColumns.get), i32(OUTPUT_TILE))),
        top.set(multiply(wasm.remainder(imageRows.get, p.tileRows.get), i32(OUTPUT_TILE))),
        corner.set(
          add(
            add(p.target.get, multiply(wasm.divide(imageRows.get, p.tileRows.get), imageBytes.get)),
            add(multiply(top.get, rowBytes.get), multiply(left.get, i32(pixelBytes))),
          ),
        ),
        ...rowInside.map((inside, i) => inside.set(wasm.isBelow(add(top.get, i32(i)), p.height.get))),
        ...columnInside.map((inside, i) => inside.set(wasm.isBelow(add(left.get, i32(i)), p.width.get))),
        input.set(add(p.planes.get, multiply(tile.get, p.rowStride.get))),
        biasAt.set(wasm.select(p.bias.get, p.bias.get, add(wasm.threadArea, i32(AREA_ZEROS)))),
        wasm.repeat(
          blockIndex,
          p.blocks.get,
          sequence(
            ...Array.from({ length: block / 4 }, (_, part) => transformPart(part)),
            corner.set(add(corner.get, blockBytes.get)),
            biasAt.set(add(biasAt.get, biasStep.get)),
            input.set(add(input.get, i32(pixelBytes))),
          ),
        ),
      ),
    );
    return sequence(
      constants.prologue(),
      floor.set(wasm.splatInteger(wasm.select(p.relu.get, i32(0), i32(MINUS_INFINITY_BITS)))),
      biasStep.set(wasm.select(p.bias.get, i32(pixelBytes), i32(0))),
      residualShift.set(subtract(p.residual.get, p.target.get)),
      gateShift.set(subtract(p.gate.get, p.target.get)),
      rowBytes.set(multiply(p.width.get, i32(pixelBytes))),
      blockBytes.set(multiply(rowBytes.get, p.height.get)),
      imageBytes.set(multiply(blockBytes.get, p.blocks.get)),
      body,
    );
  });
}
