import { describe, expect, it } from 'vitest';
import { filterMatrix, inputMatrix, type Matrix, outputMatrix, transpose } from '../../winograd-matrices.ts';
import { compile, createSharedMemory, instantiate } from './host.ts';
import { keepConstants, linearMap } from './linear.ts';
import { assembleModule, defineFunction, i32, loadVector, sequence, storeVector } from './wasm.ts';

/** Applies the emitted code to columns of four numbers: input vectors lie at byte 0, output vectors at byte 256. */
function applyEmitted(matrix: Matrix, inputs: readonly (readonly number[])[]): number[][] {
  const apply = defineFunction([], (_, locals) => {
    const values = locals.vectors(inputs.length);
    const constants = keepConstants(locals);
    const code = linearMap(matrix, locals, constants).apply(values, (row, value) =>
      storeVector(i32(256 + row * 16), value),
    );
    return sequence(
      constants.prologue(),
      ...values.map((value, i) => value.set(loadVector(i32(i * 16)))),
      code,
    );
  });
  const memory = createSharedMemory(1024);
  const floats = new Float32Array(memory.buffer);
  floats.set(inputs.flat());
  instantiate(compile(assembleModule({ apply })), memory, 0).apply();
  return matrix.map((_, row) => Array.from(floats.subarray(64 + row * 4, 68 + row * 4)));
}

describe('the code of a linear map', () => {
  const matrices: readonly (readonly [string, Matrix])[] = [
    ['B^T', inputMatrix],
    ['A^T', outputMatrix],
    ['A', transpose(outputMatrix)],
    ['G', filterMatrix],
    ['G^T', transpose(filterMatrix)],
    [
      'a matrix without symmetry',
      [
        [1, 2, -3],
        [0, -5, 0.5],
        [-1, 0, 0],
        [7, 1, 1],
      ],
    ],
  ];

  it.each(matrices)('multiplies by %s', (_, matrix) => {
    const inputs = matrix[0].map((_, i) => [0, 1, 2, 3].map((lane) => Math.sin(i * 4 + lane + 1)));
    const expected = matrix.map((row) =>
      [0, 1, 2, 3].map((lane) => row.reduce((sum, entry, i) => sum + entry * inputs[i][lane], 0)),
    );
    const actual = applyEmitted(matrix, inputs);
    actual.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(expected.flat()[i], 5);
    });
  });
});

describe('the matrices', () => {
  it('convolve four outputs of three taps exactly, in one dimension', () => {
    const tile = [3, -1, 4, 1, -5, 9];
    const taps = [2, -6, 5];
    const times = (matrix: Matrix, vector: readonly number[]) =>
      matrix.map((row) => row.reduce((sum, entry, i) => sum + entry * vector[i], 0));
    const [v, u] = [times(inputMatrix, tile), times(filterMatrix, taps)];
    const outputs = times(
      outputMatrix,
      v.map((value, i) => value * u[i]),
    );
    [0, 1, 2, 3].forEach((i) => {
      expect(outputs[i]).toBeCloseTo(2 * tile[i] - 6 * tile[i + 1] + 5 * tile[i + 2], 10);
    });
  });

  it('has input and output entries that float32 holds exactly', () => {
    for (const entry of [...inputMatrix, ...outputMatrix].flat()) expect(Math.fround(entry)).toBe(entry);
  });
});
