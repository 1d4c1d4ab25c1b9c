/**
 * Every combination of NS and AP in hybrid training, beyond those that a claim compares: by whose statistics the two halves
 * are normalized, and how many running NS and AP there are. Each is a row of the regime table; the loss is the same in all.
 */
import type { RegimeName } from '../training/index.ts';

export interface Combination {
  /** By whose statistics the halves of a batch are normalized, and what the running NS follow. */
  readonly statistics: string;
  /** For AP that the halves share, and for AP of their own. */
  readonly regimes: { readonly shared: RegimeName; readonly apart: RegimeName };
}

export const combinations: readonly Combination[] = [
  { statistics: 'mixture', regimes: { shared: 'hybrid', apart: 'dual-ap' } },
  { statistics: 'own, one running', regimes: { shared: 'hybrid-two-pass', apart: 'dual-ap-two-pass' } },
  { statistics: 'own, two running', regimes: { shared: 'dual-ns', apart: 'dual-bn' } },
  { statistics: 'of clean', regimes: { shared: 'cross-hybrid-clean', apart: 'dual-bn-cross-clean' } },
  { statistics: 'of adv', regimes: { shared: 'cross-hybrid-adv', apart: 'dual-bn-cross-adv' } },
];

export const combined: readonly RegimeName[] = combinations.flatMap(({ regimes: { shared, apart } }) => [
  shared,
  apart,
]);
