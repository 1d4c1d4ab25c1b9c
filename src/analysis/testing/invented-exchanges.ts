/** Made-up exchanges of AP, by layer and by channel, for tests: beside the other made-up analyses. Nothing was measured. */

import type { ApBranch, EvaluationCells } from '../branches.ts';
import type { ChannelsResult } from '../channels/document.ts';
import type { ExchangeResult } from '../exchange/document.ts';

interface Invented {
  readonly layers: readonly string[];
  readonly channels: number;
  readonly cells: EvaluationCells;
  /** Of clean and robust accuracy near these, at a place. */
  readonly accuracy: (
    clean: number,
    robust: number,
    place: number,
  ) => Pick<
    ExchangeResult['rows'][number],
    'clean' | 'cleanInterval' | 'robust' | 'robustInterval' | 'outcomes' | 'failedChecks'
  >;
}

const estimate = (value: number) => ({
  value,
  interval: [value - 0.03, value + 0.03] as [number, number],
});
const whole = { clean: estimate(-0.11), robust: estimate(0.25) };
/** A share of everything, as accuracies and gains. */
const row = (share: number, place: number, accuracy: Invented['accuracy']) => ({
  ...accuracy(0.6 - 0.11 * share, 0.03 + 0.25 * share, place),
  gain: { clean: estimate(-0.11 * share), robust: estimate(0.25 * share) },
});

const directionsOf = (cells: EvaluationCells) => {
  const donor: ApBranch = { affine: cells.robust.affine };
  return [{ into: 'clean' as const, receiver: cells.clean, donor, source: 'clean' as const }];
};

export function inventedExchange({ layers, cells, accuracy }: Invented): ExchangeResult {
  const count = layers.length;
  const both = { into: 'clean', parameters: 'both' } as const;
  const shares = { one: 1 / count, prefix: 0.5, suffix: 0.4 };
  return {
    ...{ examples: 1000, indices: '0-999', estimation: { images: 500, batchSize: 100 } },
    layers: [...layers],
    directions: directionsOf(cells),
    rows: [
      { into: 'clean', which: 'none', count: 0, ...row(0, 0, accuracy) },
      ...(['one', 'prefix', 'suffix'] as const).map((which, at) => ({
        ...{ ...both, which, layer: layers[1], count: which === 'one' ? 1 : at + 1 },
        ...row(shares[which], at, accuracy),
      })),
      { ...both, which: 'all', count, ...row(1, 9, accuracy) },
    ],
    gain: { clean: { both: whole } },
    halfAt: { clean: { both: { robust: { prefix: estimate(2), suffix: estimate(count) } } } },
    share: { clean: { both: { robust: { one: [{ layer: layers[1], ...estimate(shares.one) }] } } } },
  };
}

export function inventedChannels({ layers, channels, cells, accuracy }: Invented): ChannelsResult {
  const count = layers.length * channels;
  const of = { into: 'clean', share: '1/16', count: Math.round(count / 16) } as const;
  const carried = (value: number) => ({ ...estimate(value), draws: [value] });
  return {
    ...{ examples: 1000, indices: '0-999', estimation: { images: 500, batchSize: 100 } },
    layers: layers.map((layer) => ({ layer, channels })),
    directions: directionsOf(cells),
    attribution: {
      clean: layers.map((_, at) => Array.from({ length: channels }, (_, c) => 1 / (1 + at + c))),
    },
    rows: [
      { into: 'clean', order: 'none', count: 0, ...row(0, 0, accuracy) },
      { ...of, order: 'top', ...row(0.5, 1, accuracy) },
      { ...of, order: 'random', draw: 0, ...row(0.1, 2, accuracy) },
      { into: 'clean', order: 'all', count, ...row(1, 3, accuracy) },
    ],
    gain: { clean: whole },
    carried: { clean: { robust: { '1/16': { top: carried(0.5), random: carried(0.1) } } } },
  };
}
