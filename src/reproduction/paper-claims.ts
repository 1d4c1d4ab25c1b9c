/**
 * The paper's six claims (arXiv 2403.19150) as statements about numbers, with the rule that decides each. This is data:
 * what to train follows from it (plan.ts), and it is decided from what the runs have left (verdicts.ts).
 *
 * Claims about NS at test time are decided on NS_x^y, statistics of samples x re-estimated through the AP of branch y that
 * will use them. A raw swap pairs AP with statistics of another network, and its outcome decides nothing.
 */
import type { RegimeName } from '../training/index.ts';
import { above, alike, notBelow, type Rule, sameOrder } from './estimate.ts';

/** Accuracy on clean images, or robustness. A regime names the cell of its network that each task is evaluated through. */
export type Task = 'clean' | 'robust';

/** The network's own running NS, or those re-estimated from samples of a type. */
export type StatisticsOf = 'own' | 'clean' | 'adv' | 'noise';

/** An accuracy of a regime's networks, known for every test image. */
export interface Quantity {
  readonly regime: RegimeName;
  readonly accuracy: Task;
  /** The task whose evaluation cell, or AP where NS are re-estimated, it is measured through. */
  readonly task: Task;
  readonly statistics: StatisticsOf;
}

/** A ratio of two distances between NS, by layer and averaged over layers; see the gap analysis. */
export interface GapRatio {
  readonly regime: RegimeName;
  /** Of mu or sigma: the 1-Wasserstein distance between the channels of adversarial and of clean images ... */
  readonly statistic: 'mu' | 'sigma';
  /** ... over the same of noisy and clean images, or over the mean sigma of clean images, the scale of the activations. */
  readonly over: 'noise-clean' | 'activations';
}

interface Common {
  /** As a sentence about the value. */
  readonly says: string;
  readonly rule: Rule;
  /** The epsilons at which the statement decides; elsewhere it is only reported. Default all. */
  readonly decidesAt?: readonly string[];
}

export type Statement =
  | (Common & { readonly kind: 'contrast'; readonly terms: readonly (readonly [number, Quantity])[] })
  | (Common & { readonly kind: 'gap'; readonly ratio: GapRatio });

export interface Claim {
  readonly number: 1 | 2 | 3 | 4 | 5 | 6;
  readonly title: string;
  /** What the paper says, in a sentence of ours. */
  readonly says: string;
  readonly statements: readonly Statement[];
}

/** "About as well": four points of accuracy, half of what separating AP changes in a first trial (eight or more). */
export const margin = 0.04;
/** "Small": a tenth of the activations' own spread. */
const small = 0.1;

const own = (regime: RegimeName, accuracy: Task, task: Task = accuracy): Quantity => ({
  regime,
  accuracy,
  task,
  statistics: 'own',
});
const estimated = (statistics: StatisticsOf, task: Task): Quantity => ({
  regime: 'dual-bn',
  accuracy: 'robust',
  task,
  statistics,
});
const difference = (
  says: string,
  rule: Rule,
  [left, right]: readonly [Quantity, Quantity],
  more: Pick<Common, 'decidesAt'> = {},
): Statement => ({
  kind: 'contrast',
  says,
  rule,
  terms: [
    [1, left],
    [-1, right],
  ],
  ...more,
});

/** Both accuracies of two regimes, each through its own evaluation cell. */
const both = (
  says: string,
  rule: Rule,
  [left, right]: readonly [RegimeName, RegimeName],
  more: Pick<Common, 'decidesAt'> = {},
): Statement[] =>
  (['clean', 'robust'] as const).map((accuracy) =>
    difference(`${accuracy} accuracy: ${says}`, rule, [own(left, accuracy), own(right, accuracy)], more),
  );

const apEffect = [
  [0.5, estimated('clean', 'robust')],
  [0.5, estimated('adv', 'robust')],
  [-0.5, estimated('clean', 'clean')],
  [-0.5, estimated('adv', 'clean')],
] as const;
const nsEffect = (sign: 1 | -1) =>
  [
    [sign * 0.5, estimated('adv', 'robust')],
    [sign * 0.5, estimated('adv', 'clean')],
    [sign * -0.5, estimated('clean', 'robust')],
    [sign * -0.5, estimated('clean', 'clean')],
  ] as const;

const twoTasks = (regime: RegimeName): Statement[] => [
  difference(`${regime} is more accurate on clean images than hybrid`, above(0), [
    own(regime, 'clean'),
    own('hybrid', 'clean'),
  ]),
  difference(`${regime} is not less robust than hybrid`, notBelow(margin), [
    own(regime, 'robust'),
    own('hybrid', 'robust'),
  ]),
];

export const claims: readonly Claim[] = [
  {
    number: 1,
    title: 'Separate statistics are not necessary',
    says: 'Cross-AT, training on adversarial images normalized by the statistics of clean ones, works about as well as training with their own.',
    statements: both('cross-at-clean is about madry', alike(margin), ['cross-at-clean', 'madry']),
  },
  {
    number: 2,
    title: 'AP matter more than NS in training',
    says: 'Separating AP alone gives about what Dual BN gives; separating NS alone does so only in some settings.',
    statements: [
      ...both('dual-ap is about dual-bn', alike(margin), ['dual-ap', 'dual-bn']),
      difference('separating AP alone brings more clean accuracy than separating NS alone', above(0), [
        own('dual-ap', 'clean'),
        own('dual-ns', 'clean'),
      ]),
      // The paper itself finds some effect at 8/255 and little at 16/255.
      ...both('dual-ns is about hybrid', alike(margin), ['dual-ns', 'hybrid'], { decidesAt: ['16/255'] }),
    ],
  },
  {
    number: 3,
    title: 'With the same AP, NS change robustness little',
    says: 'Whichever samples the NS are estimated from, the robustness through the same AP differs little.',
    statements: (['robust', 'clean'] as const).flatMap((task) =>
      (['clean', 'noise'] as const).map((x) =>
        difference(
          `AP of the ${task} task: NS of ${x === 'noise' ? 'noisy' : x} images are as good as NS of adversarial ones`,
          alike(margin),
          [estimated(x, task), estimated('adv', task)],
        ),
      ),
    ),
  },
  {
    number: 4,
    title: 'The domain gap in NS is small',
    says: 'The gap between adversarial and clean samples in NS is small, and of the order of that between noisy and clean ones.',
    statements: (['standard', 'dual-bn'] as const).flatMap((regime) =>
      (['mu', 'sigma'] as const).flatMap((statistic): Statement[] => [
        {
          kind: 'gap',
          says: `${regime}, ${statistic}: the adversarial gap over the gap of noise`,
          rule: sameOrder,
          ratio: { regime, statistic, over: 'noise-clean' },
        },
        {
          kind: 'gap',
          says: `${regime}, ${statistic}: the adversarial gap over the spread of activations`,
          rule: { from: 0, to: small },
          ratio: { regime, statistic, over: 'activations' },
        },
      ]),
    ),
  },
  {
    number: 5,
    title: 'Two tasks, not two domains',
    says: 'Dual BN, dual linear heads, adapters and TRADES are instances of one thing, and each improves on plain Hybrid-AT.',
    statements: [
      ...(['dual-bn', 'dual-linear', 'adapters-parallel'] as const).flatMap(twoTasks),
      difference('trades is more robust than hybrid', above(0), [
        own('trades', 'robust'),
        own('hybrid', 'robust'),
      ]),
      // One network with one set of everything pays for one task with the other: reported, and decides nothing.
      difference(
        'trades is not less accurate on clean images than hybrid',
        notBelow(margin),
        [own('trades', 'clean'), own('hybrid', 'clean')],
        { decidesAt: [] },
      ),
    ],
  },
  {
    number: 6,
    title: 'At test time AP decide the robustness',
    says: 'In the grid of {NS_clean, NS_adv} and {AP_clean, AP_adv} the outcome follows AP.',
    statements: [
      {
        kind: 'contrast',
        says: 'AP_adv is more robust than AP_clean, over both NS',
        rule: above(0),
        terms: apEffect,
      },
      {
        kind: 'contrast',
        says: 'what AP change is more than what NS_adv adds',
        rule: above(0),
        terms: [...apEffect, ...nsEffect(-1)],
      },
      {
        kind: 'contrast',
        says: 'what AP change is more than what NS_adv takes away',
        rule: above(0),
        terms: [...apEffect, ...nsEffect(1)],
      },
    ],
  },
];
