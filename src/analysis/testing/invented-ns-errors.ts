/** Made-up errors of NS, for the made-up analyses. Nothing was measured. */
import type { NsErrorDocument } from '../index.ts';

type Accuracy = NsErrorDocument['result']['cells'][number]['running'];

export function inventedNsErrors({
  layers,
  wobble,
  accuracy,
}: {
  readonly layers: readonly string[];
  readonly wobble: (...place: readonly number[]) => number;
  readonly accuracy: (clean: number, robust: number, place: number) => Accuracy;
}): Pick<NsErrorDocument['result'], 'estimation' | 'cells' | 'batchErrors'> {
  const errors = (mu: number) => ({
    mu,
    sigma: 1.5 * mu,
    layers: layers.map((layer, at) => ({
      layer,
      mu: mu * (1 + 0.3 * wobble(at)),
      sigma: 1.5 * mu * (1 + 0.3 * wobble(at, 1)),
    })),
  });
  const aps = ['clean', 'adv'].map((affine) => ({ affine }));
  return {
    estimation: { images: 2000, batchSize: 100, batches: 20 },
    cells: ['clean', 'adv'].map((branch, at) => ({
      ...{ statistics: branch, affine: branch },
      running: accuracy(0.6 - 0.11 * at, 0.03 + 0.25 * at, at),
      precise: (['clean', 'adv', 'mixture'] as const).map((source, which) => ({
        source,
        ...errors(0.005 * (1 + which)),
        ...accuracy(0.6 - 0.11 * at, 0.03 + 0.25 * at, which),
      })),
    })),
    batchErrors: [
      ...aps.flatMap((ap) =>
        (['clean', 'adv'] as const).map((source) => ({
          ...{ source, through: [ap], images: 100, ...errors(0.012) },
        })),
      ),
      { source: 'mixture', through: aps, images: 100, ...errors(0.014) },
      { source: 'pairs', through: aps, images: 200, ...errors(0.01) },
    ],
  };
}
