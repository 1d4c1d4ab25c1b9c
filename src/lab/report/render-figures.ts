/** The figures of a run as SVG files that stand alone, for papers and READMEs. */

import type { Theme } from './drawing/palette.ts';
import { standAlone } from './drawing/stand-alone.ts';
import { drawPanel } from './figures/figure.ts';
import { gridFigure, gridScale } from './figures/grid.ts';
import { drawPictures } from './figures/pictures.ts';
import { picturesSvg } from './figures/pictures-svg.ts';
import { runCurves } from './figures/run-curves.ts';
import { slug } from './format.ts';
import type { ReportRun } from './model.ts';

export interface FigureFile {
  /** Without extension, such as 'dual-bn-seed-0-grid-clean'. */
  readonly name: string;
  readonly svg: string;
}

export async function renderFigures(run: ReportRun, theme: Theme = 'light'): Promise<FigureFile[]> {
  const figures = [gridFigure(run, gridScale([run])), runCurves(run)].filter(
    (figure) => figure !== undefined,
  );
  const charts = figures.flatMap(({ id, panels }) =>
    panels.map(async (panel) => ({
      name: `${id}-${panel.name}`,
      svg: standAlone(await drawPanel(panel, 'file'), theme),
    })),
  );
  return Promise.all([...charts, ...imageFiles(run, theme)]);
}

function imageFiles({ name, images }: ReportRun, theme: Theme): Promise<FigureFile>[] {
  if (!images || images.examples.length === 0) return [];
  const description = `Images before and after the attack on ${name}`;
  const draw = async () => standAlone(picturesSvg(await drawPictures(images.examples), description), theme);
  return [draw().then((svg) => ({ name: `${slug(name)}-images`, svg }))];
}
