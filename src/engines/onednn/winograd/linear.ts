/**
 * Writes the code of y = M x for a small constant matrix M over vectors, with the fewest operations that symmetry gives.
 *
 * The points a and -a make twins in every Winograd matrix:
 *   two rows that agree in even places and differ in sign in odd ones:   y = even + odd,  y' = even - odd
 *   two columns that agree up to sign, row by row:                       use x + x' or x - x' once for both
 */

import type { Matrix } from '../../winograd-matrices.ts';
import {
  type Code,
  constantVector,
  type Local,
  type Locals,
  sequence,
  vectorAdd,
  vectorMultiply,
  vectorSubtract,
} from './wasm.ts';

type Row = readonly number[];

/** Constants kept in local variables, set once at the function's head: V8 does not hoist them out of loops. */
export interface Constants {
  readonly of: (value: number) => Code;
  readonly prologue: () => Code;
}

export function keepConstants(locals: Locals): Constants {
  // By the text of a number: a map of numbers takes 0 and -0 for one.
  const known = new Map<string, { readonly value: number; readonly local: Local }>();
  return {
    of: (value) => {
      const key = Object.is(value, -0) ? '-0' : String(value);
      const constant = known.get(key) ?? { value, local: locals.vector() };
      known.set(key, constant);
      return constant.local.get;
    },
    prologue: () =>
      sequence(...[...known.values()].map(({ value, local }) => local.set(constantVector(value)))),
  };
}

export interface LinearMap {
  /** Code that calls `emit` with each row's number and value. The `inputs` are read again and again: locals. */
  readonly apply: (inputs: readonly Local[], emit: (row: number, value: Code) => Code) => Code;
}

export function linearMap(matrix: Matrix, locals: Locals, constants: Constants): LinearMap {
  const temporaries = locals.vectors(4);
  const columnTwins = firstOfTwinColumns(matrix);
  return {
    apply: (inputs, emit) =>
      columnTwins.length > 0
        ? byColumns(matrix, columnTwins, inputs, temporaries, constants, emit)
        : byRows(matrix, inputs, temporaries, constants, emit),
  };
}

function byRows(
  matrix: Matrix,
  inputs: readonly Local[],
  [even, odd]: readonly Local[],
  constants: Constants,
  emit: (row: number, value: Code) => Code,
): Code {
  const code: Code[] = [];
  const values = inputs.map((input) => input.get);
  for (let row = 0; row < matrix.length; row++) {
    const twin = matrix[row + 1];
    if (twin !== undefined && areTwinRows(matrix[row], twin)) {
      const same = matrix[row].map((entry, column) => (twin[column] === entry ? entry : 0));
      const flipped = matrix[row].map((entry, column) => (twin[column] === entry ? 0 : entry));
      code.push(
        even.set(combination(same, values, constants)),
        odd.set(combination(flipped, values, constants)),
        emit(row, vectorAdd(even.get, odd.get)),
        emit(row + 1, vectorSubtract(even.get, odd.get)),
      );
      row++;
    } else code.push(emit(row, combination(matrix[row], values, constants)));
  }
  return sequence(...code);
}

function byColumns(
  matrix: Matrix,
  twins: readonly number[],
  inputs: readonly Local[],
  temporaries: readonly Local[],
  constants: Constants,
  emit: (row: number, value: Code) => Code,
): Code {
  const butterflies = twins.map((column, index) => {
    const [left, right] = [inputs[column].get, inputs[column + 1].get];
    const [sum, difference] = [temporaries[2 * index], temporaries[2 * index + 1]];
    return sequence(sum.set(vectorAdd(left, right)), difference.set(vectorSubtract(left, right)));
  });
  const rows = matrix.map((row, index) => {
    const values = inputs.map((input) => input.get);
    const entries = [...row];
    twins.forEach((column, pair) => {
      const isSum = row[column] === row[column + 1];
      values[column] = temporaries[2 * pair + (isSum ? 0 : 1)].get;
      entries[column + 1] = 0;
    });
    return emit(index, combination(entries, values, constants));
  });
  return sequence(...butterflies, ...rows);
}

/** The sum of entries times values: one that needs no negation comes first, plain ones before scaled ones. */
function combination(row: Row, values: readonly Code[], constants: Constants): Code {
  const terms = row
    .map((factor, column) => ({ factor, value: values[column] }))
    .filter(({ factor }) => factor !== 0)
    .sort((p, q) => Number(q.factor > 0) - Number(p.factor > 0));
  const scaled = (factor: number, value: Code) =>
    factor === 1 ? value : vectorMultiply(constants.of(factor), value);
  const [first, ...rest] = terms;
  return rest.reduce(
    (sum, { factor, value }) =>
      factor > 0 ? vectorAdd(sum, scaled(factor, value)) : vectorSubtract(sum, scaled(-factor, value)),
    scaled(first.factor, first.value),
  );
}

function areTwinRows(row: Row, twin: Row): boolean {
  const used = row
    .map((entry, column) => ({ entry, other: twin[column] }))
    .filter(({ entry }) => entry !== 0);
  const same = used.filter(({ entry, other }) => entry === other).length;
  const flipped = used.filter(({ entry, other }) => entry === -other).length;
  const isNowhereElse = row.every((entry, column) => entry !== 0 || twin[column] === 0);
  return isNowhereElse && same > 0 && flipped > 0 && same + flipped === used.length && used.length > 2;
}

function firstOfTwinColumns(matrix: Matrix): readonly number[] {
  const width = matrix[0]?.length ?? 0;
  const areTwins = (column: number) =>
    matrix.every((row) => Math.abs(row[column]) === Math.abs(row[column + 1])) &&
    matrix.some((row) => row[column] !== 0 && row[column] === row[column + 1]) &&
    matrix.some((row) => row[column] !== 0 && row[column] === -row[column + 1]);
  const twins: number[] = [];
  for (let column = 0; column + 1 < width; column++) {
    if (areTwins(column)) twins.push(column++);
  }
  // A row-wise matrix (taller than wide) has cheaper twins among its rows.
  return matrix.length < width ? twins : [];
}
