/** Accuracies by regime through the cells that they are evaluated through, as a table and as a trade-off plot, by epsilon. */

import {
  attackName,
  type Block,
  figure,
  type Html,
  html,
  percent,
  percentInterval,
  type SectionMaker,
  slug,
  table,
  text,
} from '../../figures/index.ts';
import { type RegimePoint, regimeTradeoff } from '../../report/index.ts';
import type { OverSeeds } from '../document.ts';
import type { ReproductionReport } from './model.ts';

type Row = ReproductionReport['document']['accuracies'][number];
const judgedOn = { clean: 'clean', robust: 'adv', both: 'both' } as const;

/** A regime with one cell is evaluated through it for both tasks. */
interface Merged extends Omit<Row, 'through'> {
  readonly through: 'clean' | 'robust' | 'both';
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
  const said = html`<p>Through the cells that each regime is evaluated through, with the network's own running NS: mean accuracy in per cent,
    its 95% interval over seeds and test images, and the values of the seeds.</p>`;
  return [
    {
      id: 'accuracies',
      heading: 'Accuracies by regime',
      blocks: [
        ...text(said),
        ...(await figure(plot('tradeoff', 'All evaluationCells cells', outlined, () => true))),
        ...(await figure(
          plot(
            'tradeoff-robust',
            'The cells that robustness is evaluated through',
            undefined,
            ({ through }) => through !== 'clean',
          ),
        )),
        ...present.flatMap((epsilon) => accuracyTable(epsilon, at(epsilon), attack)),
      ],
    },
  ];
};

const outlined = 'cells that a network of several is evaluated through on clean images';

/** A regime's two rows as one where both are of the same cell. */
function merged(rows: readonly Row[]): Merged[] {
  return rows.flatMap((row): Merged[] => {
    const twin = rows.find(
      (other) => other !== row && other.regime === row.regime && other.cell === row.cell,
    );
    if (!twin) return [row];
    return rows.indexOf(twin) < rows.indexOf(row) ? [] : [{ ...row, through: 'both' }];
  });
}

const pointOf = ({ regime, cell, through, clean, robust }: Merged): RegimePoint => ({
  series: regime,
  cell,
  hollow: through === 'clean',
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
        ({ regime, through, cell, clean, robust }) =>
          html`<tr><th scope="row">${regime}</th><td>${judgedOn[through]}</td><td>${cell}</td>${measured(clean)}${measured(robust)}</tr>`,
      )}</tbody></table>`,
    data: rows.flatMap(({ regime, through, cell, clean, robust }) =>
      Object.entries({ clean, [attack]: robust }).map(([measure, { value, interval, seeds }]) => ({
        epsilon,
        regime,
        through,
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
