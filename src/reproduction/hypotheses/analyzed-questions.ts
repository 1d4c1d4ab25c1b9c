/** Experiments that take trained networks of the claims apart: exchanges of AP, the gauge, shifts of activations, NS displaced and estimated. */
import {
  type AnalysisNumber,
  type Hypothesis,
  lessThanHalf,
  lessThanOne,
  moreThanHalf,
  moreThanOne,
  ofAnalysis,
  sameOrder,
  small,
} from './statements.ts';

/** Of the gain of all channels, what a sixteenth of them has. */
const carriedBy = (order: 'top' | 'random' | 'random-by-layer'): AnalysisNumber => ({
  variant: 'dual-bn',
  analysis: 'channels',
  value: ['result', 'carried', 'clean', 'robust', '1/16', order, 'value'],
});

const commonShare = (affine: 'clean' | 'adv', perturbation: 'adv' | 'universal'): AnalysisNumber => ({
  variant: 'dual-bn',
  analysis: 'shift',
  value: ['result', 'branches', { affine, perturbation }, 'average', 'commonShare'],
});

export const analyzedQuestions: readonly Hypothesis[] = [
  {
    id: 'experiment E',
    title: 'Exchange of AP by layer',
    says: 'AP_adv put into the clean branch of dual-bn in the first layers, or in the last ones, NS re-estimated each time. If robustness sits at the front, fewer of the first layers than of the last have half of the gain.',
    parts: [
      {
        title: 'robust accuracy gained by AP_adv in the place of AP_clean',
        decides: true,
        statements: [
          ofAnalysis(
            'how many of the first layers have half of it, over how many of the last',
            {
              variant: 'dual-bn',
              analysis: 'exchange',
              value: ['result', 'halfAt', 'clean', 'both', 'robust', 'prefix', 'value'],
              over: ['result', 'halfAt', 'clean', 'both', 'robust', 'suffix', 'value'],
            },
            lessThanOne,
            'logarithmic',
            { answers: 'Q3' },
          ),
        ],
      },
    ],
  },
  {
    id: 'experiment F',
    title: 'The channels that matter most',
    says: 'AP of a sixteenth of all channels exchanged, those of the largest first-order attribution on training images. If robustness is carried by few parameters, they have more than half of the gain, and as many channels drawn at random less than half.',
    parts: [
      {
        title: 'a sixteenth of the channels',
        decides: true,
        statements: [
          ofAnalysis(
            'of the robust accuracy that all channels give, those that matter most have more than half',
            carriedBy('top'),
            moreThanHalf,
            'linear',
            { answers: 'Q3' },
          ),
          ofAnalysis(
            'channels drawn at random have less than half',
            carriedBy('random'),
            lessThanHalf,
            'linear',
          ),
        ],
      },
      {
        title: 'the same number of each layer, drawn',
        decides: false,
        statements: [
          ofAnalysis(
            'drawn layer by layer they have less than half',
            carriedBy('random-by-layer'),
            lessThanHalf,
            'linear',
          ),
        ],
      },
    ],
  },
  {
    id: 'experiment G',
    title: 'AP or NS, free of the choice of gauge',
    says: 'At test time batch norm is y = a x + b with a = gamma / sigma. Of what changes in log a between the branches of dual-bn, gamma has more than half.',
    parts: [
      {
        title: 'shares of the change of log a, mean over layers',
        decides: true,
        statements: [
          ofAnalysis(
            'gamma has more than half of it',
            { variant: 'dual-bn', analysis: 'gauge', value: ['result', 'average', 'gammaShare'] },
            moreThanHalf,
            'linear',
            { answers: 'Q3' },
          ),
        ],
      },
    ],
  },
  {
    id: 'experiment H',
    title: 'What of the shift is common to images',
    says: 'An attack shifts activations of each image. NS see only what is common to images. If that is the lesser part for attacks on single images, and the greater part for one perturbation of all, that is why the gap in NS is small.',
    parts: (['clean', 'adv'] as const).map((affine) => ({
      title: `AP ${affine} of dual-bn, mean over layers, sampling error subtracted`,
      // The attack is on the branch that trains on it.
      decides: affine === 'adv',
      statements: [
        ofAnalysis(
          'of the attack, less than half is common',
          commonShare(affine, 'adv'),
          lessThanHalf,
          'linear',
          {
            answers: 'Q1',
          },
        ),
        ofAnalysis(
          'of one perturbation for all images, more than half is common',
          commonShare(affine, 'universal'),
          moreThanHalf,
          'linear',
          { answers: 'Q1' },
        ),
      ],
    })),
  },
  {
    id: 'experiment I',
    title: 'How far NS must go until robustness moves',
    says: 'NS of the adversarial cell of dual-bn displaced by multiples of the gap between adversarial and clean images, until robust accuracy moves by a point. If that takes more than the gap itself, separating NS cannot change much.',
    parts: [
      {
        title: 'multiples of the gap',
        decides: true,
        statements: [
          ofAnalysis(
            'in random directions it takes more than the gap',
            { variant: 'dual-bn', analysis: 'displace', value: ['result', 'multipleAtOnePoint', 'robust'] },
            moreThanOne,
            'logarithmic',
            { answers: 'Q2' },
          ),
          ofAnalysis(
            'in the direction of the gap it takes more than the gap',
            {
              variant: 'dual-bn',
              analysis: 'displace',
              value: ['result', 'directions', { direction: 'adversarial' }, 'multipleAtOnePoint', 'robust'],
            },
            moreThanOne,
            'logarithmic',
            { answers: 'Q2' },
          ),
        ],
      },
    ],
  },
  {
    id: 'experiment J',
    title: 'How well statistics of a mixture are estimated',
    says: "The standard error of one batch's NS in hybrid training, of a mixture and of adversarial images alone. If statistics of a mixture are hard to estimate, its error is of another order.",
    parts: [
      {
        title: 'one batch of a mixture is of the order of one of adversarial images',
        decides: true,
        statements: (['mu', 'sigma'] as const).map((statistic) =>
          ofAnalysis(
            `the error of ${statistic} of a mixture over that of adversarial images`,
            {
              variant: 'hybrid',
              analysis: 'ns-error',
              value: ['result', 'batchErrors', { source: 'mixture' }, statistic],
              over: ['result', 'batchErrors', { source: 'adv' }, statistic],
            },
            sameOrder,
            'logarithmic',
            { answers: 'Q2' },
          ),
        ),
      },
      {
        title: 'running NS against precise ones of the mixture, as a share of sigma',
        decides: false,
        statements: (['mu', 'sigma'] as const).map((statistic) =>
          ofAnalysis(
            `the error of running ${statistic} is below a tenth of sigma`,
            {
              variant: 'hybrid',
              analysis: 'ns-error',
              value: [
                'result',
                'cells',
                { statistics: 'shared' },
                'precise',
                { source: 'mixture' },
                statistic,
              ],
            },
            small,
            'linear',
          ),
        ),
      },
    ],
  },
];
