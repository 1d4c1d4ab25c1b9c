/**
 * Accuracies by regime through their evaluation cells, as tables and trade-off plots; and those of every combination of NS
 * and AP in hybrid training, as heat maps.
 */
import {
  attackName,
  type Block,
  type Figure,
  figure,
  figures,
  type Html,
  heatMap,
  heatTop,
  html,
  percent,
  percentInterval,
  plural,
  type SectionMaker,
  slug,
  table,
  text,
} from '../../figures/index.ts';
import { type RegimePoint, regimeTradeoff } from '../../report/index.ts';
import type { OverSeeds } from '../estimate.ts';
import { combinations as rows } from '../scales.ts';
import type { ReproductionReport } from './model.ts';

type Row = ReproductionReport['document']['accuracies'][number];
const imagesOf = { clean: 'clean', robust: 'adv', both: 'both' } as const;

/** A regime with one cell is evaluated through it for both tasks. */
interface Merged extends Omit<Row, 'task'> {
  readonly task: 'clean' | 'robust' | 'both';
}

export const accuracies: SectionMaker<ReproductionReport> = async ({ document }) => {
  if (document.accuracies.length === 0) return [];
  const { epsilons, attack, accuracies: all } = document;
  const at = (epsilon: string) => merged(all.filter((row) => row.epsilon === epsilon));
  const present = epsilons.filter((epsilon) => at(epsilon).length > 0);
  const plot = (id: string, title: string, hollow: string | undefined, kept: (row: Merged) => boolean) =>
    regimeTradeoff({
      id,
      title: `${title}, clean and ${attackName(attack)}`,
      attack,
      hollow,
      whiskers: 'Whiskers are 95% intervals over seeds and images.',
      panels: present.map((epsilon) => ({
        title: `ε = ${epsilon}`,
        points: at(epsilon).filter(kept).map(pointOf),
      })),
    });
  const said = html`<p>Through the evaluation cells of each regime, with the network's own running NS: mean accuracy in per cent,
    its 95% interval over seeds and test images, and the values of the seeds.</p>`;
  return [
    {
      id: 'accuracies',
      heading: 'Accuracies by regime',
      blocks: [
        ...text(said),
        ...(await figure(plot('tradeoff', 'All evaluation cells', outlined, () => true))),
        ...(await figure(
          plot(
            'tradeoff-robust',
            'Evaluation cells of robustness',
            undefined,
            ({ task }) => task !== 'clean',
          ),
        )),
        ...present.flatMap((epsilon) => accuracyTable(epsilon, at(epsilon), attack)),
      ],
    },
  ];
};

const outlined = 'cells of the clean branch, where a network has two evaluation cells';

/** A regime's two rows as one where both are of the same cell. */
function merged(rows: readonly Row[]): Merged[] {
  return rows.flatMap((row): Merged[] => {
    const twin = rows.find(
      (other) => other !== row && other.regime === row.regime && other.cell === row.cell,
    );
    if (!twin) return [row];
    return rows.indexOf(twin) < rows.indexOf(row) ? [] : [{ ...row, task: 'both' }];
  });
}

const pointOf = ({ regime, cell, task, clean, robust }: Merged): RegimePoint => ({
  series: regime,
  cell,
  hollow: task === 'clean',
  clean,
  robust,
  seeds: clean.seeds.map((value, at) => ({ clean: value, robust: robust.seeds[at] ?? Number.NaN })),
});

function accuracyTable(epsilon: string, rows: readonly Merged[], attack: string): Block[] {
  const columns = ['regime', 'images', 'cell', 'clean', '95%', 'seeds', attackName(attack), '95%', 'seeds'];
  return table({
    id: slug(`accuracies ${epsilon}`),
    body: html`<table class="cells"><caption>ε\u00a0=\u00a0${epsilon}, %</caption>
      <thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${rows.map(
        ({ regime, task, cell, clean, robust }) =>
          html`<tr><th scope="row">${regime}</th><td>${imagesOf[task]}</td><td>${cell}</td>${measured(clean)}${measured(robust)}</tr>`,
      )}</tbody></table>`,
    data: rows.flatMap(({ regime, task, cell, clean, robust }) =>
      Object.entries({ clean, [attack]: robust }).map(([measure, { value, interval, seeds }]) => ({
        epsilon,
        regime,
        task,
        cell,
        measure,
        mean: value,
        low: interval[0],
        high: interval[1],
        ...Object.fromEntries(seeds.map((single, at) => [`seed ${at}`, single])),
      })),
    ),
  });
}

const measured = ({ value, interval, seeds }: OverSeeds): Html =>
  html`<td><b>${percent(value)}</b></td><td class="muted">${percentInterval(interval)}</td><td class="muted">${seeds.map(percent).join(', ')}</td>`;

const affineColumns = { shared: 'AP shared', separate: 'AP separate' } as const;
const cells = rows.flatMap(({ statistics, regimes }) =>
  (['shared', 'separate'] as const).map((affine) => ({ statistics, affine, regime: regimes[affine] })),
);

const missing: OverSeeds = { value: Number.NaN, interval: [Number.NaN, Number.NaN], seeds: [] };

export const combinations: SectionMaker<ReproductionReport> = async ({ document }) => {
  const blocks = await figures(document.epsilons.map((epsilon) => combinationFigure(document, epsilon)));
  if (blocks.length === 0) return [];
  const said = html`<p>Which statistics normalize the clean and the adversarial batch in training, and whether the two share their affine
    parameters, are two choices. Each field is a regime of its own with the same loss; clean accuracy is that of the network's
    evaluation cell for clean images, robust accuracy that of the one for adversarial images.</p>`;
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
  const found = (regime: string, task: 'clean' | 'robust') =>
    accuracies.find((row) => row.regime === regime && row.epsilon === epsilon && row.task === task)?.[task];
  const trained = cells.filter(({ regime }) => found(regime, 'clean'));
  if (trained.length < 2) return undefined;
  const measures = [
    { task: 'clean', title: 'Clean accuracy, %', ramp: 'heat-clean' },
    { task: 'robust', title: `Accuracy under ${attackName(attack)}, %`, ramp: 'heat-adv' },
  ] as const;
  const at = `ε\u00a0=\u00a0${epsilon}`;
  const seeds = Math.max(...trained.map(({ regime }) => found(regime, 'clean')?.seeds.length ?? 0));
  return {
    id: slug(`combinations ${epsilon}`),
    title: `Combinations of NS and AP in training, ${at}`,
    caption: html`Trained and attacked at ${at}. Rows: the statistics that normalize both batches in training (their mixture, each its own with one
      or two running NS, those of the clean or the adversarial one). Means of up to ${plural(seeds, 'seed')} with 95% intervals over seeds and
      ${plural(examples.evaluated, 'test image')}. ${trained.length < cells.length && 'A dash: not trained.'}`,
    key: [],
    panels: measures.map(({ task, title, ramp }) => ({
      name: task,
      title,
      description: `${title}, ${at}: ${trained.map(({ statistics, affine, regime }) => `NS ${statistics}, ${affineColumns[affine]} (${regime}): ${percent(found(regime, task)?.value ?? Number.NaN)}%`).join('; ')}`,
      chart: heatMap({
        ramp,
        top: heatTop(trained.map(({ regime }) => found(regime, task)?.value ?? Number.NaN)),
        cells: cells.map(({ statistics, affine, regime }) => ({
          row: `NS ${statistics}`,
          column: affineColumns[affine],
          accuracy: accuracyOf(found(regime, task) ?? missing),
          note: regime,
        })),
      }),
    })),
    data: trained.flatMap(({ statistics, affine, regime }) =>
      measures.map(({ task }) => {
        const { value, interval, seeds } = found(regime, task) ?? missing;
        return {
          epsilon,
          statistics,
          affine,
          regime,
          measure: task === 'clean' ? task : attack,
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
