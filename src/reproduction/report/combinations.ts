/** Every combination of NS and AP in hybrid training, as heat maps: how the halves were normalized against whether they share AP. */

import {
  attackName,
  type Figure,
  figures,
  heatMap,
  heatTop,
  html,
  percent,
  plural,
  type SectionMaker,
  slug,
  text,
} from '../../figures/index.ts';
import { combinations as rows } from '../combinations.ts';
import type { OverSeeds } from '../document.ts';
import type { ReproductionReport } from './model.ts';

const columns = { shared: 'AP shared', apart: 'AP apart' } as const;
const cells = rows.flatMap(({ statistics, regimes }) =>
  (['shared', 'apart'] as const).map((affine) => ({ statistics, affine, regime: regimes[affine] })),
);

const missing: OverSeeds = { value: Number.NaN, interval: [Number.NaN, Number.NaN], seeds: [] };

export const combinations: SectionMaker<ReproductionReport> = async ({ document }) => {
  const blocks = await figures(document.epsilons.map((epsilon) => combinationFigure(document, epsilon)));
  if (blocks.length === 0) return [];
  const said = html`<p>Which statistics normalize the two halves of a batch in training, and whether the halves share their affine
    parameters, are two choices. Each cell is a regime of its own with the same loss; clean accuracy is that of the cell of the network
    that clean images are evaluationCells through, robust accuracy that of the one that adversarial images are.</p>`;
  return [
    {
      id: 'combinations',
      heading: 'Every combination of NS and AP in training',
      blocks: [...text(said), ...blocks],
    },
  ];
};

/** @returns undefined where less than two of an epsilon were trained. */
function combinationFigure(
  { accuracies, attack, examples }: ReproductionReport['document'],
  epsilon: string,
): Figure | undefined {
  const found = (regime: string, through: 'clean' | 'robust') =>
    accuracies.find((row) => row.regime === regime && row.epsilon === epsilon && row.through === through)?.[
      through
    ];
  const trained = cells.filter(({ regime }) => found(regime, 'clean'));
  if (trained.length < 2) return undefined;
  const measures = [
    { through: 'clean', title: 'Clean accuracy, %', ramp: 'heat-clean' },
    { through: 'robust', title: `Accuracy under ${attackName(attack)}, %`, ramp: 'heat-adv' },
  ] as const;
  const at = `ε\u00a0=\u00a0${epsilon}`;
  const seeds = Math.max(...trained.map(({ regime }) => found(regime, 'clean')?.seeds.length ?? 0));
  return {
    id: slug(`combinations ${epsilon}`),
    title: `Combinations of NS and AP in training, ${at}`,
    caption: html`Trained and attacked at ${at}. Rows: the statistics that normalize both halves in training (their mixture, each its own with one
      or two running NS, those of the clean or the adversarial half). Means of up to ${plural(seeds, 'seed')} with 95% intervals over seeds and
      ${plural(examples.evaluated, 'test image')}. ${trained.length < cells.length && 'A dash: not trained.'}`,
    key: [],
    panels: measures.map(({ through, title, ramp }) => ({
      name: through,
      title,
      description: `${title}, ${at}: ${trained.map(({ statistics, affine, regime }) => `NS ${statistics}, ${columns[affine]} (${regime}): ${percent(found(regime, through)?.value ?? Number.NaN)}%`).join('; ')}`,
      chart: heatMap({
        ramp,
        top: heatTop(trained.map(({ regime }) => found(regime, through)?.value ?? Number.NaN)),
        cells: cells.map(({ statistics, affine, regime }) => ({
          row: `NS ${statistics}`,
          column: columns[affine],
          accuracy: accuracyOf(found(regime, through) ?? missing),
          note: regime,
        })),
      }),
    })),
    data: trained.flatMap(({ statistics, affine, regime }) =>
      measures.map(({ through }) => {
        const { value, interval, seeds } = found(regime, through) ?? missing;
        return {
          epsilon,
          statistics,
          affine,
          regime,
          measure: through === 'clean' ? through : attack,
          mean: value,
          low: interval[0],
          high: interval[1],
          seeds: seeds.length,
        };
      }),
    ),
  };
}

/** A single seed has an interval over images alone, which would look narrower than it is. */
const accuracyOf = ({ value, interval, seeds }: OverSeeds) =>
  seeds.length > 1 ? { value, interval } : { value };
