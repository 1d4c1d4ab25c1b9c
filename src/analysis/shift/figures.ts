/** The shift of activations in reports: the common share by layer, a figure for each branch. */
import {
  type Figure,
  type FigureSubject,
  groupBy,
  html,
  lineChart,
  mean,
  type Panel,
  paint,
  panelWidth,
  partsName,
  plural,
  type Series,
  seedsText,
} from '../../figures/index.ts';
import type { ShiftDocument } from './document.ts';
import { perturbations } from './shift.ts';

const looks: readonly Omit<Series, 'name'>[] = [
  { color: paint('adv'), shape: 'square' },
  { color: paint('clean'), shape: 'circle' },
  { color: paint('noise'), shape: 'triangle', dash: [6, 3] },
];
const series: readonly Series[] = perturbations.map((name, at) => ({ name, ...looks[at] }));

const quantities = {
  commonShare: 'common share of mean shifts',
  squareCommonShare: 'common share of shifts of squares',
} as const;

export function shiftFigures({ id, label, documents }: FigureSubject<ShiftDocument>): Figure[] {
  const rows = documents.flatMap(({ subject: { seed }, result: { branches } }) =>
    branches.flatMap((branch) =>
      branch.layers.map(({ layer, commonShare, squareCommonShare }, at) => ({
        through: partsName(branch),
        perturbation: branch.perturbation,
        seed: String(seed),
        layer,
        at,
        commonShare,
        squareCommonShare,
      })),
    ),
  );
  const [{ request, result }] = documents;
  const groups = groupBy(rows, ({ through }) => through);
  return [...groups].map(([through, group], place) => {
    const name = groups.size > 1 ? `${label}, AP ${through}` : label;
    const layers = Math.max(...group.map(({ at }) => at + 1));
    const panels = (Object.keys(quantities) as (keyof typeof quantities)[]).map((quantity): Panel => {
      const means = [...groupBy(group, (row) => `${row.perturbation} ${row.at}`).values()].map((of) => ({
        series: of[0].perturbation,
        x: of[0].at + 1,
        y: mean(of.map((row) => row[quantity])),
      }));
      const single = documents.length > 1 ? group : [];
      return {
        name: quantity === 'commonShare' ? 'mean' : 'square',
        title: quantities[quantity],
        description: `${quantities[quantity]} of ${name}, by layer`,
        chart: lineChart({
          rows: [
            ...means,
            ...single.map((row) => ({
              series: row.perturbation,
              x: row.at + 1,
              y: row[quantity],
              seed: `${row.perturbation} ${row.seed}`,
            })),
          ],
          series,
          x: { title: 'BN layer', format: 'd', domain: [1, Math.max(2, layers)] },
          y: { title: 'common share', format: '.6~f' },
          width: panelWidth(2),
        }),
      };
    });
    return {
      id: place === 0 ? id : `${id}-${place + 1}`,
      title: `${name}: the part of the shift of activations that is common to images`,
      caption: html`${name}: the share of the squared shift of activations that all images have in common, |E d|² / E |d|², by BN layer;
        NS see that part alone. adv: each image's own perturbation; universal: one for all images; noise: drawn for each.
        ε\u00a0=\u00a0${request.epsilon.text}, ${plural(result.images, 'test image')}. ${seedsText(documents.length)}`,
      key: series.map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
      panels,
      data: group.map(({ at: _, ...row }) => ({ label, ...row })),
    };
  });
}
