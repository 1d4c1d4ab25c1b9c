/** Cases of pooling over windows, which is composed of operations and so has no row of its own in their table. */
import { averagePool, maxPool, type PoolingOptions } from '../../../graph/index.ts';
import { makeCase } from '../case.ts';

const poolings: readonly (readonly [what: string, height: number, width: number, PoolingOptions])[] = [
  ["ResNet's, of an even image", 6, 8, { window: 3, stride: 2, padding: 1 }],
  ["ResNet's, of an odd image", 5, 7, { window: 3, stride: 2, padding: 1 }],
  ["ResNet's, of one pixel", 1, 1, { window: 3, stride: 2, padding: 1 }],
  ['side by side', 4, 6, { window: 2 }],
  ['overlapping, without padding', 4, 3, { window: 2, stride: 1 }],
  ['with gaps between windows', 7, 8, { window: 2, stride: 3 }],
  ['oblong, padded on one side', 5, 6, { window: [2, 3], stride: [1, 2], padding: [1, 0, 0, 2] }],
  ['a last window that reaches beyond the image', 6, 5, { window: 3, stride: 2, ceil: true }],
  ['the whole image', 3, 4, { window: [3, 4] }],
];

const casesOf = (pool: typeof maxPool) =>
  poolings.map(([what, height, width, options]) =>
    makeCase(`${pool.name}, ${what}`, [[2, 3, height, width]], (x) => pool(x, options)),
  );

export const maxPoolCases = casesOf(maxPool);
export const averagePoolCases = casesOf(averagePool);
