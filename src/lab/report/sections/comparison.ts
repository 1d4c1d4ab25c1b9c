/** The result first: every cell of every run in one table, the trade-off, and the training curves over one another. */
import { attacksOf } from '../cells.ts';
import { csv } from '../csv.ts';
import { gridRows } from '../figures/grid.ts';
import { runOverlay } from '../figures/run-overlay.ts';
import { tradeoff } from '../figures/tradeoff.ts';
import { fact, plural } from '../format.ts';
import { html } from '../html.ts';
import type { ReportEvaluation } from '../model.ts';
import { cellTable } from './cell-table.ts';
import { download, figureHtml, fileList } from './figure-html.ts';
import type { Section, SectionMaker } from './section.ts';

export const comparison: SectionMaker = async ({ runs }) => {
  const evaluated = runs.flatMap(({ name, evaluation }) => (evaluation ? [{ name, evaluation }] : []));
  const sections: Section[] = [];
  if (evaluated.length > 0) {
    const attacks = [...new Set(evaluated.flatMap(({ evaluation }) => attacksOf(evaluation)))];
    const conditions = [...new Set(evaluated.map(({ evaluation }) => condition(evaluation)))];
    const data = csv(evaluated.flatMap(({ name, evaluation }) => gridRows(name, evaluation)));
    const body = html`
      <p>Accuracy in per cent with 95% intervals over test images, on ${conditions.join('; on ')}. Every cell is attacked
        white-box through itself, with running NS.${conditions.length > 1 && ' The runs were evaluated under different conditions: compare with care.'}</p>
      <div class="beside"><div>${cellTable({ caption: 'Clean and robust accuracy by cell of the NS × AP grid, %', runs: evaluated, attacks })}
      ${fileList([download('data (CSV)', 'results.csv', 'text/csv', data)])}</div>
      ${await figureHtml(tradeoff(runs))}</div>`;
    sections.push({ id: 'results', heading: 'Results', body });
  }
  const overlay = await figureHtml(runOverlay(runs));
  if (overlay) sections.push({ id: 'training', heading: 'Training', body: overlay });
  return sections;
};

const condition = ({ dataset, examples, norm, epsilon }: ReportEvaluation): string =>
  `${plural(examples, 'image')} of ${dataset}, ${norm} ε\u00a0=\u00a0${fact(epsilon)}`;
