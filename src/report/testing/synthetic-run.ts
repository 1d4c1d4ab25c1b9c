/** A made-up run for tests: every part filled, with numbers near those of a small training. Nothing was measured. */
import type { Accuracy } from '../../figures/index.ts';
import type { ReportCell, ReportEpoch, ReportGap, ReportImage, ReportRun } from '../report-data.ts';

export function syntheticRun(name: string, regime: string, epochs = 8, seed = 0): ReportRun {
  return {
    name,
    regime,
    seed,
    recipe: regime,
    summary: {
      regime,
      network: 'resnet10, width 16',
      'data set': 'CIFAR-10 (other copy than the official one)',
      'training images': 10_000,
      'validation images': 500,
      epochs,
      seed,
      engine: 'reference',
    },
    configuration: `regime: ${regime}\nepochs: ${epochs}\nattack:\n  epsilon: 8/255 # <as written>\n`,
    epochs: Array.from({ length: epochs }, (_, at) => syntheticEpoch(at + 1, epochs, seed)),
    gaps: regime === 'dual-bn' ? [50, 100, 150].flatMap(syntheticGaps) : [],
    evaluations: [
      {
        name: 'last-linf-8-255',
        checkpoint: 'last',
        size: 8 / 255,
        dataset: 'CIFAR-10 (other copy than the official one)',
        examples: 1000,
        epsilon: '8/255',
        norm: 'L-infinity',
        grid: regime === 'dual-bn' ? dualGrid : [cell('shared', 'shared', 0.524, 0.248)],
        failedChecks: regime !== 'dual-bn' ? [] : ['PGD-20 is 2.1 points below PGD-10: not converged'],
      },
    ],
    analyses: [],
    problems: [],
    images: {
      through: 'NS adv, AP adv, PGD-10 at 8/255',
      examples: ['cat', 'ship', 'frog', 'horse'].map(syntheticImage),
    },
  };
}

const syntheticGaps = (step: number): ReportGap[] => [
  ...['adv-clean', 'noise-clean', 'clean-clean'].flatMap((pair, at) =>
    ['mu', 'sigma'].map((quantity) => ({
      step,
      between: 'samples' as const,
      quantity,
      pair,
      wasserstein: 0.002 / (at + 1) + step / 1e5,
    })),
  ),
  ...['gamma', 'beta', 'mu', 'sigma'].map((quantity) => ({
    step,
    between: 'branches' as const,
    quantity,
    pair: 'clean-adv',
    wasserstein: step / 1e4,
  })),
];

const accuracy = (value: number): Accuracy => ({ value, interval: [value - 0.03, value + 0.03] });

const cell = (statistics: string, affine: string, clean: number, robust: number): ReportCell => ({
  statistics,
  affine,
  clean: accuracy(clean),
  robust: { 'pgd-10': accuracy(robust), 'pgd-20': accuracy(robust - 0.01) },
});

const dualGrid: readonly ReportCell[] = [
  cell('clean', 'clean', 0.61, 0.045),
  cell('clean', 'adv', 0.2, 0.041),
  cell('adv', 'clean', 0.169, 0.122),
  cell('adv', 'adv', 0.49, 0.279),
];

function syntheticEpoch(epoch: number, epochs: number, seed: number): ReportEpoch {
  const progress = 1 - Math.exp((-3 * epoch) / epochs);
  return {
    epoch,
    learningRate: 0.1,
    train: {
      loss: 2.3 - 0.9 * progress,
      passes: {
        clean: { loss: 2.3 - 1.2 * progress, accuracy: 0.1 + 0.55 * progress },
        adv: { loss: 2.3 - 0.6 * progress, accuracy: 0.1 + 0.22 * progress },
      },
    },
    validation: {
      clean: 0.1 + 0.48 * progress + 0.02 * Math.sin(epoch + seed),
      robust: 0.1 + 0.18 * progress + 0.01 * Math.cos(epoch + 2 * seed),
    },
  };
}

function syntheticImage(label: string, which: number): ReportImage {
  const shape = [3, 32, 32] as const;
  const [channels, height, width] = shape;
  const clean = Float32Array.from({ length: channels * height * width }, (_, at) => {
    const [x, y, channel] = [at % width, Math.floor(at / width) % height, Math.floor(at / (height * width))];
    return 0.5 + 0.4 * Math.sin((x * (which + 1)) / 7 + channel) * Math.cos(y / 9);
  });
  const adversarial = clean.map((value, at) => value + (Math.sin(at * at) < 0 ? -8 : 8) / 255);
  return { shape, clean, adversarial, label, predictedClean: label, predictedAdversarial: 'deer' };
}
