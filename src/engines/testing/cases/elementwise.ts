/** Cases of the elementwise operations, with broadcasting of every kind. */
import {
  absolute,
  add,
  divide,
  exp,
  greater,
  log,
  maximum,
  minimum,
  multiply,
  type Operand,
  relu,
  reluGradient,
  sign,
  sqrt,
  stopGradient,
  subtract,
  type Tensor,
} from '../../../graph/index.ts';
import { type Case, type CaseInput, makeCase, positive } from '../case.ts';

const pairs: readonly [string, number[], number[]][] = [
  ['equal shapes', [2, 3], [2, 3]],
  ['equal images', [2, 3, 3, 5], [2, 3, 3, 5]],
  ['one element', [1], [1]],
  ['two scalars', [], []],
  ['a scalar on the right', [2, 3], []],
  ['a scalar on the left', [], [3, 2]],
  ['a row', [4, 3], [3]],
  ['a column', [4, 3], [4, 1]],
  ['both stretched', [4, 1], [1, 3]],
  ['a channel of images', [2, 3, 2, 2], [3, 1, 1]],
  ['a weight for each example', [2, 3, 2, 2], [2, 1, 1, 1]],
  ['a scale of filters', [3, 2, 3, 3], [3, 1, 1, 1]],
  ['missing axes on the left', [3], [2, 2, 3]],
];

type Signs = CaseInput['signs'];

const binary = (operation: (a: Operand, b: Operand) => Tensor, signs: Signs = 'both'): readonly Case[] => [
  ...pairs.map(([what, a, b]) =>
    makeCase(
      what,
      [
        { shape: a, signs },
        { shape: b, signs },
      ],
      operation,
    ),
  ),
  makeCase('a tensor with itself', [{ shape: [2, 3], signs }], (x) => operation(x, x)),
];

const unary = (
  operation: (x: Tensor) => Tensor,
  signs: Signs = 'both',
  derivative: Case['derivative'] = 'twice',
): readonly Case[] =>
  [[], [1], [7], [3, 5], [2, 3, 3, 5]].map((shape) =>
    makeCase(`rank ${shape.length}`, [{ shape, signs }], operation, derivative),
  );

// Where both arguments are equal these have a corner, so their cases have none with itself.
const ofDifferent = (operation: (a: Operand, b: Operand) => Tensor): readonly Case[] =>
  binary(operation).slice(0, pairs.length);

export const elementwiseCases = {
  add: [...binary(add), makeCase('a number', [[2, 3]], (x) => add(x, 0.5))],
  subtract: [...binary(subtract), makeCase('from a number', [[2, 3]], (x) => subtract(1, x))],
  multiply: binary(multiply),
  divide: binary(divide),
  maximum: ofDifferent(maximum),
  minimum: ofDifferent(minimum),
  greater: ofDifferent(greater),
  exp: unary(exp),
  log: unary(log, 'positive'),
  sqrt: unary(sqrt, 'positive'),
  absolute: unary(absolute),
  sign: unary(sign),
  relu: unary(relu),
  reluGradient: [
    makeCase(
      'images',
      [
        [2, 3, 3, 5],
        [2, 3, 3, 5],
      ],
      reluGradient,
    ),
    makeCase(
      'one channel',
      [
        [1, 1, 3, 3],
        [1, 1, 3, 3],
      ],
      reluGradient,
    ),
    makeCase('vectors', [[5], positive(5)], reluGradient),
  ],
  stopGradient: unary(stopGradient, 'both', 'stopped'),
} satisfies Record<string, readonly Case[]>;
