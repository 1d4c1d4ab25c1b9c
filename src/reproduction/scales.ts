/**
 * How large a reproduction is: data and network, attacks, seeds, and how much is tested. And which regimes are trained, in
 * which order, with which analyses. What is compared is paper-claims.ts.
 */
import type { RegimeName } from '../training/index.ts';
import { frontVariants } from './hypotheses/variants.ts';

export const scaleNames = ['smoke', 'small', 'medium', 'paper'] as const;
export type ScaleName = (typeof scaleNames)[number];

/** The analyses that a reproduction makes of some of its runs. */
export type ScaleAnalysis =
  | 'reestimate'
  | 'gap'
  | 'affine'
  | 'interpolate'
  | 'transfer'
  | 'curve'
  | 'exchange'
  | 'channels'
  | 'ns-error'
  | 'gauge'
  | 'shift'
  | 'displace';

export type MeasurementName = 'evaluate' | ScaleAnalysis;

/**
 * Rules were made looking at the exploratory seeds; the confirmatory ones were trained after the rules were fixed. No statement
 * is decided over both.
 */
export const stages = ['exploratory', 'confirmatory'] as const;
export type Stage = (typeof stages)[number];

export interface Scale {
  readonly summary: string;
  /** The preset of every run, with what differs from it. */
  readonly preset: string;
  readonly overrides: readonly string[];
  /** What a variant needs besides, at this scale. */
  readonly variantOverrides?: Readonly<Record<string, readonly string[]>>;
  /** Data sets in the order of preference: the first that is there. */
  readonly datasets: readonly string[];
  /** With the step size of the training attack; the paper's recipe keeps its own. */
  readonly epsilons: readonly { readonly epsilon: string; readonly overrides: readonly string[] }[];
  readonly seeds: Readonly<Record<Stage, readonly number[]>>;
  /**
   * The attacks that robust accuracy is measured by: an image is robust where none of them breaks it. The first is the one that
   * papers report; it also makes the adversarial images of analyses and draws curves.
   */
  readonly attacks: readonly [comparable: string, ...others: string[]];
  /** Test images for accuracies; for those through re-estimated NS; for pictures of one network (curves and such). */
  readonly examples: {
    readonly evaluated: number | 'all';
    readonly reestimated: number;
    readonly pictured: number;
    /** For analyses that evaluate many networks made of one, and training images for their NS. */
    readonly looked: number;
  };
  /** Training images that NS are re-estimated from. */
  readonly estimationImages: number;
  /** Batches of the domain gap and their size. */
  readonly gap: { readonly batches: number; readonly batchSize: number };
}

const sized = (epsilon: string, stepSize: string) => ({
  epsilon,
  overrides: [`attack.epsilon=${epsilon}`, `attack.stepSize=${stepSize}`],
});

const small: Scale = {
  summary: 'a night on two cores: a ResNet-10 of width 16, ten thousand images of CIFAR-10',
  preset: 'small',
  overrides: ['engine.threads=1'],
  datasets: ['cifar-10'],
  epsilons: [sized('8/255', '4/255'), sized('16/255', '8/255')],
  seeds: { exploratory: [0, 1, 2], confirmatory: [3, 4, 5, 6, 7, 8, 9] },
  attacks: ['pgd-10', 'aa-fast'],
  // Seeds differ by more than 2,000 images leave unsure: the same time buys more in seeds.
  examples: { evaluated: 2000, reestimated: 1000, pictured: 1000, looked: 500 },
  estimationImages: 2000,
  gap: { batches: 8, batchSize: 128 },
};

export const scales: Readonly<Record<ScaleName, Scale>> = {
  smoke: {
    summary: 'to see that all of it works: a network of a few thousand weights for seconds',
    preset: 'tiny',
    overrides: ['data.trainExamples=1500', 'epochs=3', 'validation.everyEpochs=3', 'engine.threads=1'],
    // Its layers have four channels and more.
    variantOverrides: Object.fromEntries(
      ['hybrid-gn', 'dual-ap-gn'].map((name) => [name, ['network.normalization.groups=2']]),
    ),
    datasets: ['fashion-mnist', 'mnist'],
    epsilons: [sized('8/255', '6/255'), sized('16/255', '12/255')],
    seeds: { exploratory: [0, 1], confirmatory: [2, 3] },
    attacks: ['pgd-10', 'margin-10'],
    examples: { evaluated: 400, reestimated: 300, pictured: 100, looked: 100 },
    estimationImages: 500,
    gap: { batches: 4, batchSize: 64 },
  },
  small,
  medium: {
    ...small,
    summary: 'whether it holds in a trained network: the network of small, all of CIFAR-10, 24 epochs',
    overrides: [...small.overrides, 'data.trainExamples=all', 'epochs=24'],
  },
  paper: {
    summary: 'the full recipe, for a GPU: ResNet-18, all of CIFAR-10, 110 epochs of PGD-10',
    preset: 'paper',
    overrides: [],
    datasets: ['cifar-10'],
    epsilons: [sized('8/255', '2/255'), sized('16/255', '2/255')],
    seeds: { exploratory: [0, 1, 2], confirmatory: [3, 4, 5, 6, 7, 8, 9] },
    attacks: ['pgd-20', 'aa-fast'],
    examples: { evaluated: 'all', reestimated: 5000, pictured: 2000, looked: 1000 },
    estimationImages: 5000,
    gap: { batches: 16, batchSize: 128 },
  },
};

/** What claims 3 and 6 re-estimate NS from. */
export const estimationSources = ['clean', 'adv', 'noise'] as const;

/** What each analysis is asked for. */
export const analysisOptions = (
  {
    attacks: [attack, ...others],
    examples: { reestimated, pictured, looked },
    estimationImages: images,
    gap,
  }: Scale,
  epsilon: string,
): Readonly<Record<ScaleAnalysis, Readonly<Record<string, unknown>>>> => ({
  reestimate: {
    ...{ attack, evaluationAttacks: [attack, ...others], epsilon },
    ...{ examples: reestimated, images, sources: [...estimationSources] },
  },
  gap: { attack, epsilon, batches: gap.batches, statisticsBatch: gap.batchSize },
  affine: {},
  interpolate: { attack, epsilon, examples: pictured, images },
  transfer: { attack, epsilon, examples: pictured },
  curve: { attack, examples: pictured },
  exchange: {
    ...{ attack, epsilon },
    examples: looked,
    images: looked,
    into: ['clean'],
    which: ['prefix', 'suffix'],
  },
  channels: { ...{ attack, epsilon }, examples: looked, images: looked, into: ['clean'], shares: ['1/16'] },
  'ns-error': { attack, epsilon, examples: looked, images },
  gauge: { attack, epsilon, examples: looked },
  shift: { attack, epsilon, batches: gap.batches, statisticsBatch: gap.batchSize },
  displace: { attack, epsilon, examples: looked, images },
});

/** Analyses that are drawn and decide nothing: of the first seed. */
export const pictures: readonly {
  readonly analysis: ScaleAnalysis;
  readonly variants: readonly string[];
}[] = [
  { analysis: 'affine', variants: ['dual-bn'] },
  { analysis: 'interpolate', variants: ['dual-bn'] },
  { analysis: 'transfer', variants: ['dual-bn'] },
  { analysis: 'curve', variants: ['hybrid', 'dual-bn', 'dual-ap', 'dual-ns', 'madry'] },
];

/** In the order in which they are trained: those of the most telling claims first. What is in no group comes last. */
export const variantGroups: readonly (readonly string[])[] = [
  ['dual-bn', 'hybrid', 'dual-ap', 'dual-ns'],
  ['standard', 'madry', 'cross-at-clean'],
  frontVariants,
  ['trades', 'dual-linear', 'adapters-parallel'],
];

/**
 * Every combination of NS and AP in hybrid training, beyond those that a claim compares: whose statistics normalize the
 * clean and the adversarial batch, and how many running NS and AP there are. Each is a regime; the loss is the same in all.
 */
export interface Combination {
  /** The statistics that normalize the clean and the adversarial batch, and how many running NS there are. */
  readonly statistics: string;
  /** With AP that both batches share, and with AP of their own. */
  readonly regimes: { readonly shared: RegimeName; readonly separate: RegimeName };
}

export const combinations: readonly Combination[] = [
  { statistics: 'mixture', regimes: { shared: 'hybrid', separate: 'dual-ap' } },
  { statistics: 'own, one running', regimes: { shared: 'hybrid-two-pass', separate: 'dual-ap-two-pass' } },
  { statistics: 'own, two running', regimes: { shared: 'dual-ns', separate: 'dual-bn' } },
  { statistics: 'of clean', regimes: { shared: 'cross-hybrid-clean', separate: 'dual-bn-cross-clean' } },
  { statistics: 'of adv', regimes: { shared: 'cross-hybrid-adv', separate: 'dual-bn-cross-adv' } },
];

export const combinedRegimes: readonly RegimeName[] = combinations.flatMap(
  ({ regimes: { shared, separate } }) => [shared, separate],
);
