/** Cases of convolution, its gradients and its fused forms, and of pooling. */
import {
  convolution,
  convolutionInputGradient,
  convolutionWeightGradient,
  globalAveragePool,
  globalAveragePoolGradient,
} from '../../../graph/index.ts';
import { apply } from '../../../graph/operation.ts';
import { convolutionOperation } from '../../../graph/operations/convolution.ts';
import { makeCase } from '../case.ts';

/** x [N, C, H, W], w [K, C, R, S] and the shape that they give. */
interface Geometry {
  readonly what: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly y: readonly number[];
  readonly stride: number;
  readonly padding: number;
}

const geometries: readonly Geometry[] = [
  { what: '3x3, padded', x: [2, 3, 4, 4], w: [2, 3, 3, 3], y: [2, 2, 4, 4], stride: 1, padding: 1 },
  { what: '3x3, not padded', x: [1, 2, 5, 4], w: [3, 2, 3, 3], y: [1, 3, 3, 2], stride: 1, padding: 0 },
  { what: '3x3, padded by 2', x: [1, 2, 3, 3], w: [2, 2, 3, 3], y: [1, 2, 5, 5], stride: 1, padding: 2 },
  { what: 'stride 2, even', x: [2, 2, 4, 4], w: [3, 2, 3, 3], y: [2, 3, 2, 2], stride: 2, padding: 1 },
  { what: 'stride 2, odd', x: [1, 2, 5, 7], w: [2, 2, 3, 3], y: [1, 2, 3, 4], stride: 2, padding: 1 },
  {
    what: 'stride 2, last row unused',
    x: [1, 1, 6, 6],
    w: [2, 1, 3, 3],
    y: [1, 2, 2, 2],
    stride: 2,
    padding: 0,
  },
  { what: '1x1', x: [2, 3, 3, 2], w: [4, 3, 1, 1], y: [2, 4, 3, 2], stride: 1, padding: 0 },
  { what: '1x1, stride 2, even', x: [2, 2, 4, 4], w: [3, 2, 1, 1], y: [2, 3, 2, 2], stride: 2, padding: 0 },
  { what: '1x1, stride 2, odd', x: [1, 2, 5, 3], w: [3, 2, 1, 1], y: [1, 3, 3, 2], stride: 2, padding: 0 },
  { what: 'one channel', x: [1, 1, 3, 3], w: [1, 1, 3, 3], y: [1, 1, 3, 3], stride: 1, padding: 1 },
  { what: 'one pixel', x: [3, 2, 1, 1], w: [2, 2, 3, 3], y: [3, 2, 1, 1], stride: 1, padding: 1 },
  { what: 'an oblong kernel', x: [1, 2, 4, 5], w: [2, 2, 1, 3], y: [1, 2, 4, 3], stride: 1, padding: 0 },
  { what: '16 channels', x: [1, 16, 2, 2], w: [16, 16, 1, 1], y: [1, 16, 2, 2], stride: 1, padding: 0 },
  { what: '5x5, padded by 2', x: [1, 1, 4, 4], w: [1, 1, 5, 5], y: [1, 1, 4, 4], stride: 1, padding: 2 },
  { what: 'stride 3', x: [1, 1, 7, 8], w: [2, 1, 3, 3], y: [1, 2, 3, 3], stride: 3, padding: 1 },
];

const fusions = [
  { bias: true, residual: false, relu: false },
  { bias: false, residual: true, relu: false },
  { bias: false, residual: false, relu: true },
  { bias: true, residual: false, relu: true },
  { bias: true, residual: true, relu: false },
  { bias: false, residual: true, relu: true },
  { bias: true, residual: true, relu: true },
] as const;

const fusionName = (fusion: (typeof fusions)[number]) =>
  Object.entries(fusion)
    .flatMap(([part, used]) => (used ? [part] : []))
    .join(', ');

// Every form for some geometries, the fullest for all: each is a program to compile.
const fused = geometries.flatMap(({ what, x, w, y, stride, padding }, at) =>
  (at % 5 === 0 ? fusions : fusions.slice(-1)).map((fusion) => {
    const rest = [...(fusion.bias ? [[w[0]]] : []), ...(fusion.residual ? [y] : [])];
    return makeCase(
      `${what}, with ${fusionName(fusion)}`,
      [x, w, ...rest],
      (...inputs) => apply(convolutionOperation, inputs, { stride, padding, ...fusion }),
      'never',
    );
  }),
);

export const convolutionCases = {
  convolution: [
    ...geometries.map(({ what, x, w, ...window }) =>
      makeCase(what, [x, w], (a, b) => convolution(a, b, window)),
    ),
    ...fused,
  ],
  convolutionInputGradient: geometries.map(({ what, x, w, y, ...window }) =>
    makeCase(what, [y, w], (dy, b) => convolutionInputGradient(dy, b, x, window)),
  ),
  convolutionWeightGradient: geometries.map(({ what, x, w, y, ...window }) =>
    makeCase(what, [x, y], (a, dy) => convolutionWeightGradient(a, dy, w, window)),
  ),
  globalAveragePool: [
    makeCase('images', [[2, 3, 3, 5]], globalAveragePool),
    makeCase('one pixel', [[2, 3, 1, 1]], globalAveragePool),
    makeCase('one channel', [[1, 1, 4, 4]], globalAveragePool),
  ],
  globalAveragePoolGradient: [
    makeCase('images', [[2, 3]], (dy) => globalAveragePoolGradient(dy, 3, 5)),
    makeCase('one pixel', [[3, 2]], (dy) => globalAveragePoolGradient(dy, 1, 1)),
  ],
};
