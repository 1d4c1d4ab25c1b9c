/**
 * How large a reproduction is: data and network, attacks, seeds, and how much is tested. And which regimes are trained, in
 * which order, with which analyses. What is compared is paper-claims.ts.
 */
import type { RegimeName } from '../training/index.ts';

export const scaleNames = ['smoke', 'small', 'paper'] as const;
export type ScaleName = (typeof scaleNames)[number];

/** The analyses that a reproduction makes of some of its runs. */
export type ScaleAnalysis = 'reestimate' | 'gap' | 'affine' | 'interpolate' | 'transfer' | 'curve';

export type MeasurementName = 'evaluate' | ScaleAnalysis;

export interface Scale {
  readonly summary: string;
  /** The preset of every run, with what differs from it. */
  readonly preset: string;
  readonly overrides: readonly string[];
  /** Data sets in the order of preference: the first that is there. */
  readonly datasets: readonly string[];
  /** With the step size of the training attack; the paper's recipe keeps its own. */
  readonly epsilons: readonly { readonly epsilon: string; readonly overrides: readonly string[] }[];
  readonly seeds: number;
  /** The attack that robust accuracy is measured by. */
  readonly attack: string;
  /** Test images for accuracies; for those through re-estimated NS; for pictures of one network (curves and such). */
  readonly examples: {
    readonly evaluated: number | 'all';
    readonly reestimated: number;
    readonly pictured: number;
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

export const scales: Readonly<Record<ScaleName, Scale>> = {
  smoke: {
    summary: 'to see that all of it works: a network of a few thousand weights for seconds',
    preset: 'tiny',
    overrides: ['data.trainExamples=1500', 'epochs=3', 'validation.everyEpochs=3', 'engine.threads=1'],
    datasets: ['fashion-mnist', 'mnist'],
    epsilons: [sized('8/255', '6/255'), sized('16/255', '12/255')],
    seeds: 2,
    attack: 'pgd-10',
    examples: { evaluated: 400, reestimated: 300, pictured: 100 },
    estimationImages: 500,
    gap: { batches: 4, batchSize: 64 },
  },
  small: {
    summary: 'a night on two cores: a ResNet-10 of width 16, ten thousand images of CIFAR-10',
    preset: 'small',
    overrides: ['engine.threads=1'],
    datasets: ['cifar-10'],
    epsilons: [sized('8/255', '4/255'), sized('16/255', '8/255')],
    seeds: 3,
    attack: 'pgd-10',
    examples: { evaluated: 5000, reestimated: 2000, pictured: 1000 },
    estimationImages: 2000,
    gap: { batches: 8, batchSize: 128 },
  },
  paper: {
    summary: 'the full recipe, for a GPU: ResNet-18, all of CIFAR-10, 110 epochs of PGD-10',
    preset: 'paper',
    overrides: [],
    datasets: ['cifar-10'],
    epsilons: [sized('8/255', '2/255'), sized('16/255', '2/255')],
    seeds: 3,
    attack: 'pgd-20',
    examples: { evaluated: 'all', reestimated: 5000, pictured: 2000 },
    estimationImages: 5000,
    gap: { batches: 16, batchSize: 128 },
  },
};

/** What claims 3 and 6 re-estimate NS from. */
export const estimationSources = ['clean', 'adv', 'noise'] as const;

/** What each analysis is asked for. */
export const analysisOptions = (
  { attack, examples: { reestimated, pictured }, estimationImages: images, gap }: Scale,
  epsilon: string,
): Readonly<Record<ScaleAnalysis, Readonly<Record<string, unknown>>>> => ({
  reestimate: { attack, epsilon, examples: reestimated, images, sources: [...estimationSources] },
  gap: { attack, epsilon, batches: gap.batches, statisticsBatch: gap.batchSize },
  affine: {},
  interpolate: { attack, epsilon, examples: pictured, images },
  transfer: { attack, epsilon, examples: pictured },
  curve: { attack, examples: pictured },
});

/** Which analyses which regimes' runs get, and of which seeds: claims need all, pictures the first. */
export const scaleAnalyses: readonly {
  readonly analysis: ScaleAnalysis;
  readonly regimes: readonly RegimeName[];
  readonly seeds: 'all' | 'first';
}[] = [
  { analysis: 'reestimate', regimes: ['dual-bn'], seeds: 'all' },
  { analysis: 'gap', regimes: ['standard', 'dual-bn'], seeds: 'all' },
  { analysis: 'affine', regimes: ['dual-bn'], seeds: 'all' },
  { analysis: 'interpolate', regimes: ['dual-bn'], seeds: 'first' },
  { analysis: 'transfer', regimes: ['dual-bn'], seeds: 'first' },
  { analysis: 'curve', regimes: ['hybrid', 'dual-bn', 'dual-ap', 'dual-ns', 'madry'], seeds: 'first' },
];

/** The regimes in the order in which they are trained: those of the most telling claims first, then what costs little. */
export const regimeGroups: readonly (readonly RegimeName[])[] = [
  ['dual-bn', 'hybrid', 'dual-ap', 'dual-ns'],
  ['standard'],
  ['madry', 'cross-at-clean'],
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
