/** What made-up analyses are made of, for tests. Nothing was measured. */
import { namedAttack, parseEpsilon } from '../../attacks/index.ts';

export const cells = {
  clean: { statistics: 'clean', affine: 'clean' },
  robust: { statistics: 'adv', affine: 'adv' },
};
export const layers = [
  'bn1',
  'layer1.0.bn1',
  'layer1.0.bn2',
  'layer2.0.bn1',
  'layer2.0.bn2',
  'layer3.0.bn1',
  'layer4.0.bn2',
];
export const channelCount = 24;

/** A made-up number between -1 and 1, always the same for the same place. */
export const wobble = (...place: readonly number[]): number =>
  Math.sin(place.reduce((sum, value, at) => sum + (at + 1.7) * 12.9898 * (value + 0.31), 0) * 43.7);

export const rounded = (value: number): number => Number(value.toFixed(5));

/** Accuracies of one seed, a little off those given. */
export const accuraciesOf = (seed: number) => (clean: number, robust: number, place: number) => {
  const values = [clean + 0.01 * wobble(seed, place), robust + 0.01 * wobble(place, seed)].map(rounded);
  return {
    clean: values[0],
    cleanInterval: [values[0] - 0.03, values[0] + 0.03] as [number, number],
    robust: { 'pgd-10': values[1] },
    robustInterval: { 'pgd-10': [values[1] - 0.025, values[1] + 0.025] as [number, number] },
    outcomes: { clean: '', robust: { 'pgd-10': '' } },
    failedChecks: [],
  };
};

export const frameOf = (regime: string, seed: number) => ({
  document: 'analysis' as const,
  version: 2 as const,
  created: `2026-01-0${seed + 1}T00:00:00.000Z`,
  subject: {
    run: `${regime}-${seed}`,
    configuration: 'invented',
    regime,
    seed,
    network: 'resnet10',
    checkpoint: { name: 'last' as const, epoch: 8, step: 800, digest: '0'.repeat(64) },
    dataset: { name: 'cifar-10', checksum: 'invented' },
    engine: {
      name: 'reference',
      version: '1',
      threads: 1,
      device: 'cpu',
      instructionSet: 'none',
      settings: {},
    },
  },
});

export const attackedBy = (epsilons: readonly string[]) => ({
  evaluationCells: cells,
  attack: 'pgd-10',
  attackOptions: epsilons.map((epsilon) => ({
    ...namedAttack('pgd-10', parseEpsilon(epsilon).value),
  })),
});
