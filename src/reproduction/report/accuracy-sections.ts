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
import { frontVariants } from '../hypotheses/variants.ts';
import { combinations as rows, type Stage, stages } from '../scales.ts';
import type { OverSeeds } from '../verdicts/estimate.ts';
import { type ReproductionReport, stageText } from './model.ts';

type Row = ReproductionReport['document']['accuracies'][number];
const imagesOf = { clean: 'clean', robust: 'adv', both: 'both' } as const;

/** A variant with one cell is evaluated through it for both tasks. */
interface Merged extends Omit<Row, 'task'> {
  readonly task: 'clean' | 'robust' | 'both';
}

export const accuracies: SectionMaker<ReproductionReport> = async ({ document }) => {
  if (document.accuracies.length === 0) return [];
  const { epsilons, attacks, accuracies: all } = document;
  const robust = attacks.map(attackName).join(' and ');
  const places = stages
    .flatMap((stage) => epsilons.map((epsilon) => ({ stage, epsilon })))
    .map((place) => ({
      ...place,
      rows: merged(all.filter((row) => row.epsilon === place.epsilon && row.stage === place.stage)),
    }))
    .filter(({ rows }) => rows.length > 0);
  const plot = (id: string, title: string, hollow: string | undefined, kept: (row: Merged) => boolean) =>
    regimeTradeoff({
      id,
      title: `${title}, clean and ${robust}`,
      attack: robust,
      hollow,
      whiskers: 'Whiskers are 95% intervals over seeds and images.',
      front: { title: 'hybrid training over alpha, from standard to madry', of: frontVariants },
      panels: places.map(({ stage, epsilon, rows }) => ({
        title: `ε = ${epsilon}, ${stageText(stage)}`,
        points: rows.filter(kept).map(pointOf),
      })),
    });
  const said = html`<p>Through the evaluation cells of each variant, with the network's own running NS: mean accuracy in per cent,
    its 95% interval over seeds and test images, and the values of the seeds. Robust is what none of ${robust} breaks, of
    ${plural(document.examples.evaluated, 'test image')}.${document.chance !== undefined && ` Guessing gives ${percent(document.chance)} %.`}</p>`;
  return [
    {
      id: 'accuracies',
      heading: 'Accuracies of all networks',
      blocks: [
        ...text(said),
        ...(await figure(
          plot(
            'tradeoff',
            'As one network: evaluation cells of robustness',
            undefined,
            ({ task }) => task !== 'clean',
          ),
        )),
        ...(await figure(plot('tradeoff-all', 'All evaluation cells', outlined, () => true))),
        ...places.flatMap(({ stage, epsilon, rows }) => accuracyTable(stage, epsilon, rows, attacks)),
      ],
    },
  ];
};

const outlined = 'cells of the clean branch, where a network has two evaluation cells';

/** A variant's two rows as one where both are of the same cell. */
function merged(rows: readonly Row[]): Merged[] {
  return rows.flatMap((row): Merged[] => {
    const twin = rows.find(
      (other) => other !== row && other.variant === row.variant && other.cell === row.cell,
    );
    if (!twin) return [row];
    return rows.indexOf(twin) < rows.indexOf(row) ? [] : [{ ...row, task: 'both' }];
  });
}

const pointOf = ({ variant, cell, task, clean, robust }: Merged): RegimePoint => ({
  series: variant,
  cell,
  hollow: task === 'clean',
  clean,
  robust,
  seeds: clean.seeds.map((value, at) => ({ clean: value, robust: robust.seeds[at] ?? Number.NaN })),
});

function accuracyTable(
  stage: Stage,
  epsilon: string,
  rows: readonly Merged[],
  attacks: readonly string[],
): Block[] {
  const columns = ['variant', 'images', 'cell', 'clean', '95%', 'seeds', 'robust', '95%', 'seeds'];
  return table({
    id: slug(`accuracies ${stage} ${epsilon}`),
    body: html`<table class="cells"><caption>ε\u00a0=\u00a0${epsilon}, ${stageText(stage)}, %</caption>
      <thead><tr>${[...columns, ...attacks.map(attackName)].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${rows.map(
        ({ variant, task, cell, clean, robust, byAttack }) =>
          html`<tr><th scope="row">${variant}</th><td>${imagesOf[task]}</td><td>${cell}</td>${measured(clean)}${measured(robust)}${attacks.map((attack) => html`<td class="muted">${byAttack[attack] ? percent(byAttack[attack].value) : '–'}</td>`)}</tr>`,
      )}</tbody></table>`,
    data: rows.flatMap(({ variant, task, cell, clean, robust, byAttack }) =>
      Object.entries({ clean, robust, ...byAttack }).map(([measure, { value, interval, seeds }]) => ({
        stage,
        epsilon,
        variant,
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

/** Of the stage that has most of them. @returns undefined where less than two of an epsilon were trained. */
function combinationFigure(
  { accuracies, attacks, examples }: ReproductionReport['document'],
  epsilon: string,
): Figure | undefined {
  const robust = attacks.map(attackName).join(' and ');
  const at = (stage: Stage) => (regime: string, task: 'clean' | 'robust') =>
    accuracies.find(
      (row) => row.variant === regime && row.stage === stage && row.epsilon === epsilon && row.task === task,
    )?.[task];
  const trainedAt = (stage: Stage) => cells.filter(({ regime }) => at(stage)(regime, 'clean'));
  const [stage] = [...stages].sort((a, b) => trainedAt(b).length - trainedAt(a).length);
  const found = at(stage);
  const trained = trainedAt(stage);
  if (trained.length < 2) return undefined;
  const measures = [
    { task: 'clean', title: 'Clean accuracy, %', ramp: 'heat-clean' },
    { task: 'robust', title: `Accuracy under ${robust}, %`, ramp: 'heat-adv' },
  ] as const;
  const place = `ε\u00a0=\u00a0${epsilon}`;
  const seeds = Math.max(...trained.map(({ regime }) => found(regime, 'clean')?.seeds.length ?? 0));
  return {
    id: slug(`combinations ${epsilon}`),
    title: `Combinations of NS and AP in training, ${place}`,
    caption: html`Trained and attacked at ${place}. Rows: the statistics that normalize both batches in training (their mixture, each its own with one
      or two running NS, those of the clean or the adversarial one). Means of up to ${plural(seeds, 'seed')} (${stage}) with 95% intervals over seeds and
      ${plural(examples.evaluated, 'test image')}. ${trained.length < cells.length && 'A dash: not trained.'}`,
    key: [],
    panels: measures.map(({ task, title, ramp }) => ({
      name: task,
      title,
      description: `${title}, ${place}: ${trained.map(({ statistics, affine, regime }) => `NS ${statistics}, ${affineColumns[affine]} (${regime}): ${percent(found(regime, task)?.value ?? Number.NaN)}%`).join('; ')}`,
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
          stage,
          epsilon,
          statistics,
          affine,
          regime,
          measure: task,
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
