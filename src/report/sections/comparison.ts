/** The result first: every cell of every run in one table, the trade-off, and the training curves over one another. */
import { attacksOf, latestEvaluation } from '../cells.ts';
import { gridRows } from '../figures/grid.ts';
import { runOverlay } from '../figures/run-overlay.ts';
import { tradeoff } from '../figures/tradeoff.ts';
import { fact, plural } from '../format.ts';
import { html } from '../html.ts';
import type { ReportEvaluation } from '../model.ts';
import { beside, figure, table, text } from './blocks.ts';
import { cellTable } from './cell-table.ts';
import type { Section, SectionMaker } from './section.ts';

export const comparison: SectionMaker = async ({ runs }) => {
  const evaluated = runs.flatMap((run) => {
    const evaluation = latestEvaluation(run);
    return evaluation ? [{ name: run.name, evaluation }] : [];
  });
  const sections: Section[] = [];
  if (evaluated.length > 0) {
    const attacks = [...new Set(evaluated.flatMap(({ evaluation }) => attacksOf(evaluation)))];
    const conditions = [...new Set(evaluated.map(({ evaluation }) => condition(evaluation)))];
    const said = html`<p>Accuracy in per cent with 95% intervals over test images, on ${conditions.join('; on ')}. Every cell is attacked
      white-box through itself, with running NS.${conditions.length > 1 && ' The runs were evaluated under different conditions: compare with care.'}</p>`;
    const cells = {
      id: 'results-table',
      body: cellTable({
        caption: 'Clean and robust accuracy by cell of the NS × AP grid, %',
        runs: evaluated,
        attacks,
      }),
      data: evaluated.flatMap(({ name, evaluation }) => gridRows(name, evaluation)),
    };
    const blocks = [...text(said), ...beside(table(cells), await figure(tradeoff(runs)))];
    sections.push({ id: 'results', heading: 'Results', blocks });
  }
  const overlay = await figure(runOverlay(runs));
  if (overlay.length > 0) sections.push({ id: 'training', heading: 'Training', blocks: overlay });
  return sections;
};

const condition = ({ dataset, examples, norm, epsilon }: ReportEvaluation): string =>
  `${plural(examples, 'image')} of ${dataset}, ${norm} ε\u00a0=\u00a0${fact(epsilon)}`;
