/**
 * The paper's six claims (arXiv 2403.19150) as statements about numbers, with the range that each is said to lie in. This is data:
 * what to train follows from it (plan.ts), and it is decided from what the runs have left (verdicts.ts).
 *
 * Where the paper's words and the question behind them differ, both are parts of a claim, each with a verdict of its own; the
 * claim's verdict is that of the parts that decide.
 */
import {
  type AnalysisNumber,
  alike,
  contrast,
  type Hypothesis,
  less,
  lessThanHalf,
  moreThanHalf,
  notBelow,
  ofAnalysis,
  own,
  type Part,
  type Path,
  positive,
  type Quantity,
  type Statement,
  type StatisticsOf,
  sameOrder,
  scaled,
  share,
  small,
  type Task,
  type Terms,
} from './statements.ts';
import { frontVariants } from './variants.ts';

const tasks = ['clean', 'robust'] as const satisfies readonly Task[];

// Claim 2: the factorial of NS and AP, together or apart, in training.

/** What a change does, over both settings of the other factor; one variant each for neither, NS, AP and both apart. */
const factorial = {
  ap: (task: Task): Terms => [
    ...scaled(0.5, less(own('dual-ap', task), own('hybrid', task))),
    ...scaled(0.5, less(own('dual-bn', task), own('dual-ns', task))),
  ],
  ns: (task: Task): Terms => [
    ...scaled(0.5, less(own('dual-ns', task), own('hybrid', task))),
    ...scaled(0.5, less(own('dual-bn', task), own('dual-ap', task))),
  ],
};
const alone = (variant: string, task: Task): Terms => less(own(variant, task), own('hybrid', task));

const factorialPart = (task: Task): Part => ({
  title: `${task} accuracy`,
  decides: true,
  statements: [
    contrast(`separate AP change ${task} accuracy for the better`, factorial.ap(task), positive, {
      headline: `separate AP in training: ${task} accuracy`,
      answers: 'Q3',
    }),
    contrast(
      `what AP change in ${task} accuracy is more than what NS add`,
      [...factorial.ap(task), ...scaled(-1, factorial.ns(task))],
      positive,
    ),
    contrast(
      `what AP change in ${task} accuracy is more than what NS take away`,
      [...factorial.ap(task), ...factorial.ns(task)],
      positive,
    ),
    share(
      `separate AP alone have more than half of what dual-bn gains over hybrid in ${task} accuracy`,
      alone('dual-ap', task),
      alone('dual-bn', task),
      moreThanHalf,
    ),
    share(
      `separate NS alone have less than half of it`,
      alone('dual-ns', task),
      alone('dual-bn', task),
      lessThanHalf,
    ),
  ],
});

/** Reported for its own sake: the paper's words do not say it. */
const effectPart = (title: string, statement: (task: Task) => Statement): Part => ({
  title,
  decides: false,
  statements: tasks.map(statement),
});

// Claims 3 and 6: NS and AP at test time.

const tested = (
  statistics: Exclude<StatisticsOf, 'own'>,
  task: Task,
  accuracy: Task = 'robust',
): Quantity => ({ variant: 'dual-bn', accuracy, task, statistics });

/** The claim is of robustness: it is decided where there is some, behind AP of the adversarial branch. */
const sourcesPart = (task: Task, accuracy: Task): Part => ({
  title: `${accuracy} accuracy behind AP of the ${task === 'robust' ? 'adversarial' : 'clean'} branch`,
  decides: task === 'robust' && accuracy === 'robust',
  statements: (['clean', 'noise'] as const).map((source) =>
    contrast(
      `NS of ${source === 'noise' ? 'noisy' : source} images are as good as NS of adversarial ones`,
      less(tested(source, task, accuracy), tested('adv', task, accuracy)),
      alike(accuracy),
      task === 'robust' && accuracy === 'robust'
        ? {
            headline: `NS of ${source} images for those of adversarial ones, same AP: robust accuracy`,
            answers: 'Q2',
          }
        : {},
    ),
  ),
});

const testTimePart = (title: string, decides: boolean, kind: '' | 'raw '): Part => {
  const at = (statistics: 'clean' | 'adv', task: Task) => tested(`${kind}${statistics}`, task);
  const ap: Terms = [
    ...scaled(0.5, less(at('clean', 'robust'), at('clean', 'clean'))),
    ...scaled(0.5, less(at('adv', 'robust'), at('adv', 'clean'))),
  ];
  const ns: Terms = [
    ...scaled(0.5, less(at('adv', 'robust'), at('clean', 'robust'))),
    ...scaled(0.5, less(at('adv', 'clean'), at('clean', 'clean'))),
  ];
  return {
    title,
    decides,
    statements: [
      contrast('AP_adv is more robust than AP_clean, over both NS', ap, positive, {
        headline: `AP_adv for AP_clean at test time, ${kind === '' ? 'NS_x^y' : 'raw grid'}: robust accuracy`,
        answers: 'Q3',
      }),
      contrast('what AP change is more than what NS_adv add', [...ap, ...scaled(-1, ns)], positive),
      contrast('what AP change is more than what NS_adv take away', [...ap, ...ns], positive),
    ],
  };
};

// Claim 4: the gap, through every branch.

const gapBranches = [
  { variant: 'standard', affine: 'shared' },
  { variant: 'dual-bn', affine: 'clean' },
  { variant: 'dual-bn', affine: 'adv' },
] as const;

type GapMeasure = 'unbiased' | 'wasserstein';

const gapOf = (affine: string, pair: string, statistic: string, measure: GapMeasure): Path => [
  'result',
  'branches',
  { affine },
  'distances',
  { pair, statistic },
  'average',
  measure,
  'value',
];

const inEveryBranch = (
  says: (branch: string) => string,
  ranged: typeof small,
  number: (affine: string, statistic: string) => Pick<AnalysisNumber, 'value' | 'over'>,
): Statement[] =>
  gapBranches.flatMap(({ variant, affine }) =>
    (['mu', 'sigma'] as const).map((statistic) =>
      ofAnalysis(
        `${variant}, AP ${affine}, ${statistic}: ${says(affine)}`,
        { variant, analysis: 'gap', ...number(affine, statistic) },
        ranged,
        ranged === small ? 'linear' : 'logarithmic',
        { answers: 'Q1' },
      ),
    ),
  );

const gapRatio =
  (measure: GapMeasure, against: 'clean' | 'running') =>
  (affine: string, statistic: string): Pick<AnalysisNumber, 'value' | 'over'> => ({
    value: gapOf(affine, `adv-${against}`, statistic, measure),
    over: gapOf(affine, `noise-${against}`, statistic, measure),
  });

// Claim 5: better than one network can be.

const separated = ['dual-bn', 'dual-ap', 'dual-linear', 'adapters-parallel', 'trades'] as const;

const specialists = (variant: string): Statement[] => [
  contrast(
    `${variant}: its clean branch is more accurate on clean images than hybrid`,
    less(own(variant, 'clean'), own('hybrid', 'clean')),
    positive,
  ),
  contrast(
    `${variant}: its adv branch is not less robust than hybrid`,
    less(own(variant, 'robust'), own('hybrid', 'robust')),
    notBelow('robust'),
  ),
];

export const claims: readonly Hypothesis[] = [
  {
    id: 'claim 1',
    title: 'Separate statistics are not necessary',
    says: 'Cross-AT, training on adversarial images normalized by the statistics of clean ones, works about as well as training with their own.',
    parts: [
      {
        title: 'clean and robust accuracy',
        decides: true,
        statements: tasks.map((task) =>
          contrast(
            `${task} accuracy: cross-at-clean is as good as madry`,
            less(own('cross-at-clean', task), own('madry', task)),
            alike(task),
          ),
        ),
      },
    ],
  },
  {
    id: 'claim 2',
    title: 'AP matter more than NS in training',
    says: 'Separating AP gives most of what Dual BN gives; separating NS gives little, and does so only in some settings.',
    parts: [
      factorialPart('clean'),
      factorialPart('robust'),
      effectPart('NS alone change something', (task) =>
        contrast(`separate NS change ${task} accuracy for the better`, factorial.ns(task), positive, {
          headline: `separate NS in training: ${task} accuracy`,
          answers: 'Q2',
        }),
      ),
      effectPart('NS alone change less than the margin', (task) =>
        contrast(
          `separate NS change ${task} accuracy by less than the margin`,
          factorial.ns(task),
          alike(task),
        ),
      ),
      effectPart('AP and NS together bring more than the sum of each alone', (task) =>
        contrast(
          `together they bring more ${task} accuracy than the sum of each alone`,
          [
            ...less(own('dual-bn', task), own('dual-ap', task)),
            ...scaled(-1, less(own('dual-ns', task), own('hybrid', task))),
          ],
          positive,
        ),
      ),
    ],
  },
  {
    id: 'claim 3',
    title: 'With the same AP, NS change robustness little',
    says: 'Whichever samples the NS are estimated from, the robustness through the same AP differs little.',
    parts: [
      sourcesPart('robust', 'robust'),
      sourcesPart('robust', 'clean'),
      sourcesPart('clean', 'robust'),
      sourcesPart('clean', 'clean'),
    ],
  },
  {
    id: 'claim 4',
    title: 'The domain gap in NS is small',
    says: 'The gap between adversarial and clean samples in NS is small, and of the order of that between noisy and clean ones.',
    parts: [
      {
        title: 'small: the same images, channel by channel, as a share of sigma, sampling error subtracted',
        decides: true,
        statements: inEveryBranch(
          () => 'the adversarial gap is below a tenth of sigma',
          small,
          (affine, statistic) => ({ value: gapOf(affine, 'adv-clean', statistic, 'unbiased') }),
        ),
      },
      {
        title: 'of the order of noise: the same images, channel by channel, sampling error subtracted',
        decides: true,
        statements: inEveryBranch(
          () => 'the adversarial gap over that of noise',
          sameOrder,
          gapRatio('unbiased', 'clean'),
        ),
      },
      {
        title: "the paper's protocol: a batch against running NS, sets of channels",
        decides: false,
        statements: inEveryBranch(
          () => 'the adversarial distance over that of noise',
          sameOrder,
          gapRatio('wasserstein', 'running'),
        ),
      },
      {
        title: "the paper's protocol, channel by channel, sampling error subtracted",
        decides: false,
        statements: inEveryBranch(
          () => 'the adversarial distance over that of noise',
          sameOrder,
          gapRatio('unbiased', 'running'),
        ),
      },
    ],
  },
  {
    id: 'claim 5',
    title: 'Two tasks, not two domains',
    says: 'Dual BN, dual linear heads, adapters and TRADES are instances of one thing, and each improves on plain Hybrid-AT.',
    parts: [
      {
        title:
          'one network and one branch: above the front of hybrid training over alpha, at the same clean accuracy',
        decides: true,
        statements: separated.map((variant) => ({
          says: `${variant}, its robust cell: robustness above the front`,
          value: { kind: 'front', variant, task: 'robust', front: frontVariants },
          unit: 'accuracy',
          ...positive,
          ...(variant === 'dual-bn' && {
            headline: 'dual-bn as one network, above the front of hybrid training: robust accuracy',
          }),
          answers: 'Q3',
        })),
      },
      {
        title: 'two specialists, each by its own branch, against one classifier',
        decides: false,
        statements: [...separated.filter((variant) => variant !== 'trades')].flatMap(specialists),
      },
    ],
  },
  {
    id: 'claim 6',
    title: 'At test time AP decide the robustness',
    says: 'In the grid of {NS_clean, NS_adv} and {AP_clean, AP_adv} the outcome follows AP.',
    parts: [
      testTimePart('NS_x^y: statistics re-estimated through the AP that use them', true, ''),
      testTimePart('the raw grid: running NS of one branch behind AP of the other', true, 'raw '),
    ],
  },
];
