/** Regimes in which some AP do not train freely: clamped, frozen, or all that trains of a network that is trained already. */
import type { Regime } from './regime.ts';
import { ceOf, clean, dualBn, pass, twoOfEach } from './regime-parts.ts';

/** Only AP_clean train; everything else is that of the network it starts from. */
const bnOnClean: Pick<Regime, 'sets' | 'sources' | 'terms'> & {
  readonly frozen: NonNullable<Regime['frozen']>;
} = {
  sets: twoOfEach,
  sources: { clean },
  terms: ceOf('clean'),
  frozen: [
    { role: 'weight' },
    { role: 'head' },
    { role: 'affine', branch: 'adv' },
    { role: 'statistic', branch: 'adv' },
  ],
};

export const regimesWithFrozenParts = {
  'dual-bn-clamped': {
    ...dualBn,
    summary: 'NS and AP apart, AP of the clean branch near its start',
    clamp: { affine: 'clean', within: 0.1 },
  },
  'madry-dual-bn': {
    ...dualBn,
    summary: 'adversarial images alone; clean ones only update statistics of their own',
    terms: ceOf('adv'),
    frozen: [{ role: 'affine', branch: 'clean' }],
  },
  'bn-on-clean': {
    ...bnOnClean,
    summary: 'a second BN for clean images on a trained network, all else fixed',
    passes: [pass('clean', ['clean'], 'clean')],
    statisticsUpdates: [{ branch: 'clean', from: ['clean'] }],
    init: {
      reinitialized: [
        { role: 'affine', branch: 'clean' },
        { role: 'statistic', branch: 'clean' },
      ],
    },
  },
  'bn-on-clean-copied': {
    ...bnOnClean,
    summary: 'AP of clean images on a trained network, behind a copy of its statistics, all else fixed',
    passes: [{ name: 'clean', source: 'clean', statistics: { running: 'clean' }, affine: 'clean' }],
    statisticsUpdates: [],
    frozen: [...bnOnClean.frozen, { role: 'statistic', branch: 'clean' }],
    init: { reinitialized: [{ role: 'affine', branch: 'clean' }] },
  },
} as const satisfies Record<string, Regime>;
