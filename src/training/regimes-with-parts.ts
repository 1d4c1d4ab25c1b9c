/** Regimes on networks with something by branch, or in place of batch normalization, that is said with the regime. */
import type { Regime } from './regime.ts';
import {
  attacked,
  cell,
  dualBn,
  hybridLoss,
  mixture,
  oneOfEach,
  pass,
  two,
  updateOne,
} from './regime-parts.ts';
import { regimesByNormalization } from './regimes-by-normalization.ts';

/** Plain hybrid in which each of the two batches has something of its own behind what is shared: an adapter, a head. */
const hybridWith = (axis: 'adapter' | 'head', summary: string) =>
  ({
    summary,
    sets: { ...oneOfEach, [axis === 'adapter' ? 'adapters' : 'heads']: two },
    sources: attacked(cell('shared', 'shared', { [axis]: 'adv' })),
    passes: [
      pass('clean', mixture, 'shared', { [axis]: 'clean' }),
      pass('adv', mixture, 'shared', { [axis]: 'adv' }),
    ],
    statisticsUpdates: updateOne(mixture),
    terms: hybridLoss,
  }) satisfies Regime;

/**
 * Group normalization in place of batch normalization: each image by its own statistics, the same in training and in evaluation, so
 * that no NS exist that could be shared or kept apart. What the definition says of NS has no effect then.
 */
const groupNormalization = { normalization: { kind: 'group' } } as const;

export const regimesWithParts = {
  'adapters-parallel': {
    ...hybridWith('adapter', 'plain hybrid with an adapter of each batch beside every 3x3 convolution'),
    network: { adapters: { kind: 'parallel', rank: 'full' } },
  },
  'adapters-serial': {
    ...hybridWith('adapter', 'plain hybrid with an adapter of each batch behind every 3x3 convolution'),
    network: { adapters: { kind: 'serial', rank: 'full' } },
  },
  'dual-linear': hybridWith('head', 'plain hybrid with a linear head of each batch'),
  'sandwich-dual-bn': {
    ...dualBn,
    summary: 'NS and AP apart, behind one affine that both batches share',
    network: { normalization: { sandwich: true } },
  },
  'hybrid-gn': {
    ...regimesByNormalization.hybrid,
    summary: 'hybrid on a network with group normalization: no NS, AP shared',
    network: groupNormalization,
  },
  'dual-ap-gn': {
    ...regimesByNormalization['dual-ap'],
    summary: 'hybrid on a network with group normalization: no NS, AP apart',
    network: groupNormalization,
  },
} as const satisfies Record<string, Regime>;
