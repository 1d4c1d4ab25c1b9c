/** All of one run: its grid, every evaluation, its training, its analyses, its images, its configuration. */
import { attacksOf, latestEvaluation } from '../cells.ts';
import { evaluatedPoints } from '../figures/analyses/curve-points.ts';
import { epsilonCurve } from '../figures/analyses/epsilon-curve.ts';
import { gapCurves } from '../figures/gap-curves.ts';
import { gridFigure, gridRows, gridScale } from '../figures/grid.ts';
import { runCurves } from '../figures/run-curves.ts';
import { plural, slug } from '../format.ts';
import { html } from '../html.ts';
import type { ReportEvaluation, ReportRun } from '../model.ts';
import { alarmsHtml } from './failed-checks.ts';
import { runAnalyses } from './analyses.ts';
import { figure, figures, fold, part, picture, table, text } from './blocks.ts';
import { cellTable } from './cell-table.ts';
import { imagesPicture } from './images.ts';
import type { Block, SectionMaker } from './section.ts';

export const eachRun: SectionMaker = ({ runs }) => {
  const scale = gridScale(runs);
  return Promise.all(
    runs.map(async (run) => {
      const { name, evaluations, analyses, configuration } = run;
      const grid = await figure(gridFigure(run, scale));
      const latest = latestEvaluation(run);
      const earlier = evaluations.slice(0, -1).flatMap((each) => evaluationTable(name, each));
      return {
        id: slug(`run ${name}`),
        heading: name,
        apart: true,
        blocks: [
          ...text(alarmsHtml([run])),
          ...part('The NS × AP grid', grid, 'Not evaluated yet: dualbn evaluate fills this in.'),
          ...(latest ? fold('The grid as a table', evaluationTable(name, latest)) : []),
          ...part('Other evaluations', earlier),
          ...part('Evaluated at several sizes', await sizes(run)),
          ...part('Training', await figure(runCurves(run)), 'No epoch was finished.'),
          ...part('The domain gap during training', await figures(gapCurves(run))),
          ...(await runAnalyses(name, analyses)),
          ...part('Images before and after the attack', picture(await imagesPicture(run))),
          ...fold('Configuration', text(html`<pre>${configuration}</pre>`)),
        ],
      };
    }),
  );
};

const evaluationTable = (run: string, evaluation: ReportEvaluation): Block[] => {
  const { name, checkpoint, examples, dataset, norm, epsilon } = evaluation;
  return table({
    id: slug(`${run} ${name}`),
    body: cellTable({
      caption: `${name}: the ${checkpoint} checkpoint on ${plural(examples, 'test image')} of ${dataset}, ${norm} ε\u00a0=\u00a0${epsilon}; %, with 95% intervals`,
      runs: [{ name: run, evaluation }],
      attacks: attacksOf(evaluation),
    }),
    data: gridRows(run, evaluation),
  });
};

const sizes = ({ name, seed, evaluations }: ReportRun): Promise<Block[]> =>
  figure(
    epsilonCurve({
      id: `${slug(name)}-sizes`,
      title: name,
      points: evaluatedPoints(evaluations, seed),
      examples: evaluations.at(-1)?.examples ?? 0,
      lines: 'a line for each cell, attacked through itself, as its evaluations have it',
    }),
  );
