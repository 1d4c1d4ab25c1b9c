/** NS_x^y with AP_y as heat maps: a row for each type of sample x, a column for each branch y. */

import {
  type Accuracy,
  attackName,
  type Figure,
  type FigureSubject,
  groupBy,
  heatMap,
  heatTop,
  html,
  meanAccuracy,
  type Panel,
  partsName,
  percent,
  plural,
} from '../../figures/index.ts';
import type { ReestimateDocument } from './document.ts';

export interface ReestimatedCell {
  /** x */
  readonly source: string;
  /** y, with adapter and head where there are several. */
  readonly affine: string;
  readonly clean: Accuracy;
  readonly robust: Accuracy;
}

export interface ReestimationFigure {
  readonly id: string;
  readonly label: string;
  readonly cells: readonly ReestimatedCell[];
  readonly attack: string;
  /** Said in the caption: of how many seeds and images. */
  readonly basis: string;
  /** Ends of the color scales, where several are compared. */
  readonly top?: Readonly<Record<'clean' | 'robust', number>>;
}

/** Ends of color scales that suit all these cells. */
export const reestimationTop = (
  cells: readonly ReestimatedCell[],
): Readonly<Record<'clean' | 'robust', number>> => ({
  clean: heatTop(cells.map(({ clean }) => clean.value)),
  robust: heatTop(cells.map(({ robust }) => robust.value)),
});

export function reestimationFigure({
  id,
  label,
  cells,
  attack,
  basis,
  top = reestimationTop(cells),
}: ReestimationFigure): Figure | undefined {
  if (cells.length === 0) return undefined;
  const panel = (name: 'clean' | 'robust', title: string): Panel => ({
    name,
    title,
    description: `${title} of ${label}: ${cells.map((cell) => `NS of ${cell.source} through AP ${cell.affine}: ${percent(cell[name].value)}%`).join('; ')}`,
    chart: heatMap({
      cells: cells.map((cell) => ({
        row: `NS of, ${cell.source}`,
        column: `AP ${cell.affine}`,
        accuracy: cell[name],
        note: '',
      })),
      ramp: name === 'clean' ? 'heat-clean' : 'heat-adv',
      top: top[name],
    }),
  });
  return {
    id,
    title: `${label}: NS of samples x, estimated through AP y`,
    caption: html`${label}: statistics estimated from samples of a type (rows) through the branch whose AP use them (columns),
      weights and AP as they were trained. ${basis}`,
    key: [],
    panels: [panel('clean', 'Clean accuracy, %'), panel('robust', `Accuracy under ${attackName(attack)}, %`)],
    data: cells.flatMap(({ source, affine, ...measured }) =>
      (['clean', 'robust'] as const).map((measure) => ({
        label,
        source,
        affine,
        measure: measure === 'clean' ? 'clean' : attack,
        accuracy: measured[measure].value,
        low: measured[measure].interval?.[0],
        high: measured[measure].interval?.[1],
      })),
    ),
  };
}

/** The same from analyses of runs: means over seeds. */
export function reestimationOf({
  id,
  label,
  documents,
}: FigureSubject<ReestimateDocument>): Figure | undefined {
  const [first] = documents;
  const { attack, epsilon } = first.request;
  const rows = documents.flatMap(({ result: { reestimated } }) =>
    reestimated.map(({ source, affine, adapter, head, clean, cleanInterval, robust, robustInterval }) => ({
      source,
      affine: partsName({ affine, adapter, head }),
      clean: { value: clean, interval: cleanInterval },
      robust: { value: robust[attack], interval: robustInterval[attack] },
    })),
  );
  const cells = [...groupBy(rows, ({ source, affine }) => `${source} ${affine}`).values()].map((group) => ({
    ...group[0],
    clean: meanAccuracy(group.map(({ clean }) => clean)),
    robust: meanAccuracy(group.map(({ robust }) => robust)),
  }));
  const seeds = documents.length > 1 ? `Means of ${documents.length} seeds; ` : '';
  const { estimation, examples } = first.result;
  const basis = `${seeds}${plural(examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}, each estimate of ${plural(estimation.images, 'training image')}.`;
  return reestimationFigure({ id, label, cells, attack, basis });
}
