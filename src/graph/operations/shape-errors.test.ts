/** What operations refuse; every message names the operation, the shapes, and what was wrong with them. */
import { expect, test } from 'vitest';
import { InputError } from '../../errors.ts';
import {
  add,
  broadcast,
  channelAffine,
  channelMean,
  concatenate,
  convolution,
  convolutionInputGradient,
  convolutionWeightGradient,
  GraphError,
  globalAveragePool,
  globalAveragePoolGradient,
  input,
  matmul,
  max,
  normalize,
  pad,
  reluGradient,
  reshape,
  type Shape,
  slice,
  sum,
  type Tensor,
} from '../index.ts';
import { apply } from '../operation.ts';
import { convolutionOperation } from './convolution.ts';

const of = (...shape: number[]) => input('t', shape);
const window = { stride: 1, padding: 0 };
const fused = { ...window, bias: true, residual: false, relu: false };
const statistics = (shape: Shape) => ({
  mean: of(...shape),
  variance: of(...shape),
  gamma: of(...shape),
  beta: of(...shape),
  epsilon: 1e-5,
});

const refused: readonly [message: string, make: () => Tensor][] = [
  ['add([2, 3], [2, 4]): sizes 3 and 4 do not broadcast', () => add(of(2, 3), of(2, 4))],
  ['add([2, 3], [2]): sizes 3 and 2 do not broadcast', () => add(of(2, 3), of(2))],
  ['reluGradient([2], [3]): the shapes differ', () => reluGradient(of(2), of(3))],
  ['sum([2, 3]): there is no axis 2', () => sum(of(2, 3), [2])],
  ['max([2, 3]): there is no axis -1', () => max(of(2, 3), [-1])],
  ['broadcast([3], [3, 2]): the first shape does not spread', () => broadcast(of(3), [3, 2])],
  ['broadcast([2, 3], [3]): the first shape does not spread', () => broadcast(of(2, 3), [3])],
  ['reshape([2, 3], [5]): the numbers of elements differ', () => reshape(of(2, 3), [5])],
  ['slice([2, 3]): no elements 1 to 4 along axis 1', () => slice(of(2, 3), 1, 1, 4)],
  ['slice([2, 3]): no elements 1 to 1 along axis 0', () => slice(of(2, 3), 0, 1, 1)],
  ['slice([2, 3]): no elements 0 to 1 along axis 2', () => slice(of(2, 3), 2, 0, 1)],
  ['pad([2]): cannot add -1 and 0 along axis 0', () => pad(of(2), 0, -1, 0)],
  ['pad([2]): cannot add 1 and 0 along axis 1', () => pad(of(2), 1, 1, 0)],
  ['concatenate([2, 3], [2, 4]): the shapes differ elsewhere', () => concatenate([of(2, 3), of(2, 4)], 0)],
  ['matmul([2, 3], [2, 3]): inner sizes 3 and 2 must be equal', () => matmul(of(2, 3), of(2, 3))],
  ['matmul([2, 3], [3]): inner sizes', () => matmul(of(2, 3), of(3))],
  [
    'convolution([2, 3, 4], [8, 3, 3, 3]): images must be [N, C, H, W]',
    () => convolution(of(2, 3, 4), of(8, 3, 3, 3), window),
  ],
  [
    'convolution([2, 3, 4, 4], [8, 3]): weights must be [K, C, R, S]',
    () => convolution(of(2, 3, 4, 4), of(8, 3), window),
  ],
  [
    'convolution([2, 3, 4, 4], [8, 1, 3, 3]): the images have 3 channels, the weights expect 1',
    () => convolution(of(2, 3, 4, 4), of(8, 1, 3, 3), window),
  ],
  [
    'convolution([2, 3, 2, 2], [8, 3, 3, 3]): the window is larger than the images',
    () => convolution(of(2, 3, 2, 2), of(8, 3, 3, 3), window),
  ],
  [
    'convolution([2, 3, 4, 4], [8, 3, 3, 3], [3]): the bias must be [K]',
    () => apply(convolutionOperation, [of(2, 3, 4, 4), of(8, 3, 3, 3), of(3)], fused),
  ],
  [
    'convolution([2, 3, 4, 4], [8, 3, 3, 3]): the bias must be [K]',
    () => apply(convolutionOperation, [of(2, 3, 4, 4), of(8, 3, 3, 3)], fused),
  ],
  [
    'convolutionInputGradient([2, 8, 2, 2], [8, 3, 3, 3]): does not lead back to height 5, width 4',
    () => convolutionInputGradient(of(2, 8, 2, 2), of(8, 3, 3, 3), [2, 3, 5, 4], window),
  ],
  [
    'convolutionWeightGradient([2, 3, 4, 4], [2, 8, 2, 2]): does not lead to a 1 x 3 kernel',
    () => convolutionWeightGradient(of(2, 3, 4, 4), of(2, 8, 2, 2), [8, 3, 1, 3], window),
  ],
  ['globalAveragePool([2, 3]): expects [N, C, H, W]', () => globalAveragePool(of(2, 3))],
  ['globalAveragePoolGradient([2]): expects [N, C]', () => globalAveragePoolGradient(of(2), 2, 2)],
  ['channelMean([2, 3]): expects [N, C, H, W]', () => channelMean(of(2, 3))],
  [
    'channelAffine([2, 3, 1, 1], [3], [2]): the statistics and affine parameters must be [3]',
    () => channelAffine(of(2, 3, 1, 1), of(3), of(2)),
  ],
  [
    'normalize([2, 3, 1, 1], [2], [2], [2], [2]): the statistics and affine parameters must be [3]',
    () => normalize(of(2, 3, 1, 1), statistics([2])),
  ],
];

test.each(refused)('%s', (message, make) => {
  expect(make).toThrow(GraphError);
  expect(make).toThrow(InputError);
  expect(make).toThrow(message);
});
