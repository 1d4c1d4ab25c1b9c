/**
 * Experiments on what the paper leaves open, as hypotheses with statements and margins, decided as claims are: each says what is
 * expected, and may turn out not to hold. `reproduce --questions` runs them. The margins are those of the claims.
 *
 * Their letters are those of docs/reproduction.md. Regimes are in src/training/regimes-of-tasks-and-domains.ts and
 * regimes-with-frozen-weights.ts.
 */
import {
  type AnalysisNumber,
  alike,
  contrast,
  type Hypothesis,
  less,
  lessThanHalf,
  lessThanOne,
  moreThanHalf,
  moreThanOne,
  notBelow,
  ofAnalysis,
  own,
  positive,
  sameOrder,
  scaled,
  share,
  small,
  type Task,
  type Terms,
} from './statements.ts';

const tasks = ['clean', 'robust'] as const satisfies readonly Task[];

/** What one variant has more than another, each through its own branch of the task. */
const more = (variant: string, than: string, task: Task): Terms => less(own(variant, task), own(than, task));

/** How far the two branches of a network part: what the branch of a task has more of its accuracy than the other branch. */
const split = (variant: string, accuracy: Task): Terms =>
  less(own(variant, accuracy, accuracy), own(variant, accuracy, accuracy === 'clean' ? 'robust' : 'clean'));

const minus = (a: Terms, b: Terms): Terms => [...a, ...scaled(-1, b)];

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

export const questions: readonly Hypothesis[] = [
  {
    id: 'experiment A',
    title: 'Separate AP where no NS exist',
    says: 'With group normalization there are no NS. If separate AP have their effect there, NS are not its cause.',
    parts: [
      {
        title: 'group normalization',
        decides: true,
        statements: tasks.map((task) =>
          contrast(
            `${task} accuracy: separate AP change it for the better`,
            more('dual-ap-gn', 'hybrid-gn', task),
            positive,
            { headline: `separate AP without any NS: ${task} accuracy`, answers: 'Q2' },
          ),
        ),
      },
      {
        title: 'as much as with batch normalization',
        decides: false,
        statements: tasks.map((task) =>
          contrast(
            `${task} accuracy: the effect is that with batch normalization`,
            minus(more('dual-ap-gn', 'hybrid-gn', task), more('dual-ap', 'hybrid', task)),
            alike(task),
          ),
        ),
      },
    ],
  },
  {
    id: 'experiment B',
    title: 'Two tasks on one domain',
    says: 'Both AP see the same clean and adversarial images, with weights .9 and .1 one way and the other. If they part, two tasks are enough and two domains are not needed.',
    parts: [
      {
        title: 'the two AP part',
        decides: true,
        statements: tasks.map((task) =>
          contrast(
            `${task} accuracy: AP of the ${task === 'clean' ? 'clean' : 'adversarial'} task have more of it than the others`,
            split('two-tasks-one-domain', task),
            positive,
            { headline: `AP of two tasks on one domain part: ${task} accuracy`, answers: 'Q3' },
          ),
        ),
      },
      {
        title: 'of how far the AP of dual-ap part, more than half',
        decides: false,
        statements: tasks.map((task) =>
          share(
            `${task} accuracy: more than half of it`,
            split('two-tasks-one-domain', task),
            split('dual-ap', task),
            moreThanHalf,
          ),
        ),
      },
    ],
  },
  {
    id: 'experiment C',
    title: 'Two domains, one task',
    says: 'Clean images and images with noise whose gap in NS is that of adversarial ones. If separate branches have no effect there, a domain gap alone is not what parts them.',
    parts: [
      {
        title: 'less than half of what separate branches do for adversarial images',
        decides: true,
        statements: [
          share(
            'of what dual-bn gains over hybrid in clean accuracy, a domain gap alone gives less than half',
            more('dual-bn-noise', 'hybrid-noise', 'clean'),
            more('dual-bn', 'hybrid', 'clean'),
            lessThanHalf,
            { answers: 'Q3' },
          ),
        ],
      },
      {
        title: 'nothing',
        decides: false,
        statements: [
          contrast(
            'clean accuracy with separate branches is that with shared ones',
            more('dual-bn-noise', 'hybrid-noise', 'clean'),
            alike('clean'),
            { headline: 'separate branches for a domain gap alone: clean accuracy' },
          ),
        ],
      },
    ],
  },
  {
    id: 'experiment D',
    title: 'AP alone, weights frozen',
    says: 'Only AP (and their NS) train, on the frozen weights of another network. If they give less than half of what training all gives, the weights carry the task and AP do not merely select it.',
    parts: [
      {
        title: 'AP of the adversarial task on a standard network',
        decides: true,
        statements: [
          share(
            'of the robust accuracy that madry has and standard has not, AP alone give less than half',
            more('bn-on-adv', 'standard', 'robust'),
            more('madry', 'standard', 'robust'),
            lessThanHalf,
            { answers: 'Q3' },
          ),
        ],
      },
      {
        title: 'AP of the clean task on a madry network',
        decides: true,
        statements: [
          share(
            'of the clean accuracy that standard has more than madry, AP alone give less than half',
            more('bn-on-clean', 'madry', 'clean'),
            more('standard', 'madry', 'clean'),
            lessThanHalf,
            { answers: 'Q3' },
          ),
        ],
      },
      {
        title: 'both AP on random weights',
        decides: false,
        statements: tasks.map((task) =>
          contrast(
            `${task} accuracy: separate AP change it for the better`,
            more('dual-bn-random-weights', 'hybrid-random-weights', task),
            positive,
          ),
        ),
      },
    ],
  },
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
  {
    id: 'experiment K',
    title: 'Branches for several bounds',
    says: 'Three branches, for clean images, for attacks within epsilon and within half of it, against one set of everything on the same images. If separate branches help with several bounds as they do with two tasks, the clean branch is more accurate and the branch of epsilon not less robust.',
    parts: [
      {
        title: 'each task by its own branch',
        decides: true,
        statements: [
          contrast(
            'clean accuracy: the clean branch has more',
            more('epsilon-branches', 'epsilon-mixture', 'clean'),
            positive,
            { answers: 'Q3' },
          ),
          contrast(
            'robust accuracy: the branch of epsilon has not less',
            more('epsilon-branches', 'epsilon-mixture', 'robust'),
            notBelow('robust'),
          ),
        ],
      },
    ],
  },
];
