/** All of one run: its grid, its training, its images, its configuration. */
import { attacksOf } from '../cells.ts';
import { gridFigure, gridScale } from '../figures/grid.ts';
import { runCurves } from '../figures/run-curves.ts';
import { slug } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { ReportRun } from '../model.ts';
import { alarmsHtml } from './alarms.ts';
import { cellTable } from './cell-table.ts';
import { figureHtml } from './figure-html.ts';
import { imagesHtml } from './images.ts';
import type { SectionMaker } from './section.ts';

export const eachRun: SectionMaker = ({ runs }) => {
  const scale = gridScale(runs);
  return Promise.all(
    runs.map(async (run) => {
      const { name, evaluation, configuration } = run;
      const grid = await figureHtml(gridFigure(run, scale));
      const body = html`
        ${alarmsHtml([run])}
        ${part('The NS × AP grid', grid, 'Not evaluated yet: dualbn evaluate fills this in.')}
        ${evaluation && table(run)}
        ${part('Training', await figureHtml(runCurves(run)), 'No epoch was finished.')}
        ${part('Images before and after the attack', await imagesHtml(run))}
        <details><summary>Configuration</summary><pre>${configuration}</pre></details>`;
      return { id: slug(`run ${name}`), heading: name, body };
    }),
  );
};

const part = (heading: string, content: Html | undefined, otherwise?: string): Html | undefined => {
  if (!content && otherwise === undefined) return undefined;
  return html`<h3>${heading}</h3>${content ?? html`<p class="muted">${otherwise}</p>`}`;
};

const table = ({ name, evaluation }: ReportRun): Html | undefined =>
  evaluation &&
  html`<details><summary>The grid as a table</summary>${cellTable({
    caption: 'Accuracy in per cent, with 95% intervals',
    runs: [{ name, evaluation }],
    attacks: attacksOf(evaluation),
  })}</details>`;
