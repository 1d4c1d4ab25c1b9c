/**
 * Emits the kernels between a filter as it is stored, [K, C, 3, 3], and its transform in 36 planes:
 *
 *     toPlanes:    U = G g G^T            four filters side by side in the vectors, rows x columns of filters
 *     fromPlanes:  dg = G^T dU G          the transpose, for weight gradients
 *
 * For backward-data the filter is rotated by half a turn and K and C change places; the latter is a matter of strides.
 */

import { filterMatrix, INPUT_TILE, transpose } from '../../winograd-matrices.ts';
import { keepConstants, linearMap } from './linear.ts';
import * as wasm from './wasm.ts';

const { add, i32, multiply, sequence } = wasm;

const TAPS = 3;
const LANES = [0, 1, 2, 3];

/** planes: [36][rows][columns]; the filter of (row, column) begins at row * rowStride + column * columnStride; bytes. */
export const FILTER_PARAMETERS = [
  'filters',
  'planes',
  'firstRow',
  'count',
  'columns',
  'rowStride',
  'columnStride',
  'planeStride',
  'planeRowStride',
] as const;

export const emitFilterToPlanes = ({ rotated }: { readonly rotated: boolean }) =>
  wasm.defineFunction(FILTER_PARAMETERS, (p, locals) => {
    const values = locals.vectors(TAPS);
    const constants = keepConstants(locals);
    const transform = linearMap(filterMatrix, locals, constants);
    const offset = (row: number, column: number) => {
      const tap = row * TAPS + column;
      return 4 * (rotated ? TAPS * TAPS - 1 - tap : tap);
    };
    const waiting = (row: number, column: number) => (row * TAPS + column) * 16;
    const perFour = walkFilters(p, locals, (filters, plane) =>
      sequence(
        ...values.map((_, column) =>
          sequence(
            ...values.map((value, row) =>
              sequence(
                ...LANES.map((lane) =>
                  value.set(wasm.loadLane(filters[lane].get, value.get, lane, offset(row, column))),
                ),
              ),
            ),
            transform.apply(values, (row, value) =>
              wasm.storeVector(wasm.threadArea, value, waiting(row, column)),
            ),
          ),
        ),
        ...Array.from({ length: INPUT_TILE }, (_, row) =>
          sequence(
            ...values.map((value, column) =>
              value.set(wasm.loadVector(wasm.threadArea, waiting(row, column))),
            ),
            transform.apply(values, (_, value) =>
              sequence(wasm.storeVector(plane.get, value), plane.set(add(plane.get, p.planeStride.get))),
            ),
          ),
        ),
      ),
    );
    return sequence(constants.prologue(), perFour);
  });

export const emitFilterFromPlanes = () =>
  wasm.defineFunction(FILTER_PARAMETERS, (p, locals) => {
    const values = locals.vectors(INPUT_TILE);
    const result = locals.vectors(1)[0];
    const constants = keepConstants(locals);
    const transform = linearMap(transpose(filterMatrix), locals, constants);
    const waiting = (row: number, column: number) => (row * TAPS + column) * 16;
    const perFour = walkFilters(p, locals, (filters, plane) =>
      sequence(
        ...values.map((_, row) =>
          sequence(
            ...values.map((value) =>
              sequence(value.set(wasm.loadVector(plane.get)), plane.set(add(plane.get, p.planeStride.get))),
            ),
            transform.apply(values, (column, value) =>
              wasm.storeVector(wasm.threadArea, value, waiting(row, column)),
            ),
          ),
        ),
        ...Array.from({ length: TAPS }, (_, column) =>
          sequence(
            ...values.map((value, row) => value.set(wasm.loadVector(wasm.threadArea, waiting(row, column)))),
            transform.apply(values, (row, value) =>
              sequence(
                result.set(value),
                ...LANES.map((lane) =>
                  wasm.storeLane(filters[lane].get, result.get, lane, (row * TAPS + column) * 4),
                ),
              ),
            ),
          ),
        ),
      ),
    );
    return sequence(constants.prologue(), perFour);
  });

/** Rows of filters, four columns at a time: where each of the four begins, and where their place in plane 0 is. */
function walkFilters(
  p: Readonly<Record<(typeof FILTER_PARAMETERS)[number], wasm.Local>>,
  locals: wasm.Locals,
  body: (filters: readonly wasm.Local[], plane: wasm.Local) => wasm.Code,
): wasm.Code {
  const [row, column, place, plane, first] = Array.from({ length: 5 }, locals.i32);
  const filters = LANES.map(locals.i32);
  return wasm.repeat(
    row,
    p.count.get,
    sequence(
      first.set(add(p.filters.get, multiply(add(p.firstRow.get, row.get), p.rowStride.get))),
      place.set(add(p.planes.get, multiply(add(p.firstRow.get, row.get), p.planeRowStride.get))),
      wasm.repeat(
        column,
        p.columns.get,
        sequence(
          ...LANES.map((lane) =>
            filters[lane].set(add(first.get, multiply(add(column.get, i32(lane)), p.columnStride.get))),
          ),
          plane.set(place.get),
          body(filters, plane),
          place.set(add(place.get, i32(16))),
        ),
        4,
      ),
    ),
  );
}
