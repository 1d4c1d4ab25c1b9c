/**
 * All of one run: its grid, every evaluation, its training, its analyses, its images, its configuration. And analyses as their
 * definitions show them, which is the same for one run and for the seeds of a regime.
 */
import {
  type AnalysisDocument,
  type AnalysisName,
  type AnyAnalysis,
  type AnyAnalysisDocument,
  analyses,
  documentsOf,
} from '../analysis/index.ts';
import {
  type Block,
  type CurvePoint,
  cellName,
  epsilonCurve,
  type FigureSubject,
  figure,
  figures,
  fold,
  html,
  part,
  picture,
  plural,
  slug,
  table,
  text,
} from '../figures/index.ts';
import { imagesPicture } from './attack-images.ts';
import { cellTable, gridFigure, gridRows, gridScale } from './grid-figure.ts';
import { failedChecksHtml } from './overview.ts';
import {
  attacksOf,
  latestEvaluation,
  type ReportEvaluation,
  type ReportPart,
  type ReportRun,
  sharedAttacks,
} from './report-data.ts';
import { gapCurves, runCurves } from './training-curves.ts';

export const eachRun: ReportPart = ({ runs, definitions }) => {
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
          ...text(failedChecksHtml([run])),
          ...part('The NS × AP grid', grid, 'Not evaluated yet: dualbn evaluate fills this in.'),
          ...(latest ? fold('The grid as a table', evaluationTable(name, latest)) : []),
          ...part('Other evaluations', earlier),
          ...part('Evaluated at several sizes', await sizes(run)),
          ...part('Training', await figure(runCurves(run)), 'No epoch was finished.'),
          ...part('The domain gap during training', await figures(gapCurves(run))),
          ...(await runAnalyses(name, analyses, definitions)),
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

/** Of evaluations of one checkpoint by the same attack at several sizes; the later one where two have the same. */
export function evaluatedPoints(evaluations: readonly ReportEvaluation[], seed: number): CurvePoint[] {
  const last = evaluations.at(-1);
  if (!last) return [];
  const alike = evaluations.filter(
    ({ checkpoint, norm, examples }) =>
      checkpoint === last.checkpoint && norm === last.norm && examples === last.examples,
  );
  const attack = sharedAttacks(alike.map(attacksOf)).at(-1);
  const bySize = new Map(alike.map((evaluation) => [evaluation.size, evaluation]));
  if (attack === undefined || bySize.size < 2) return [];
  const clean = last.grid.map((cell) => ({
    series: cellName(cell),
    seed,
    epsilon: '0',
    size: 0,
    attack: 'none',
    accuracy: cell.clean,
  }));
  const attacked = [...bySize.values()].flatMap(({ grid, epsilon, size }) =>
    grid.map((cell) => ({
      series: cellName(cell),
      seed,
      epsilon,
      size,
      attack,
      accuracy: cell.robust[attack],
    })),
  );
  return [...clean, ...attacked];
}

export type AnalysisOf<Name extends AnalysisName> = AnalysisDocument<Name>;

/** The documents of an analysis of the table. */
export const analysesOf = <Name extends AnalysisName>(
  all: readonly AnyAnalysisDocument[],
  name: Name,
): AnalysisOf<Name>[] =>
  all.filter((document): document is AnalysisOf<Name> => document.request.analysis === name);

/** One analysis of a subject, as it was drawn; nothing where it cannot be. */
export async function analysisBlocks(
  definition: AnyAnalysis,
  subject: FigureSubject<AnyAnalysisDocument>,
): Promise<Block[]> {
  if (subject.documents.length === 0) return [];
  const drawn = await figures(definition.figures?.(subject) ?? []);
  return [...(definition.sectionTables?.(subject) ?? []), ...drawn];
}

/** All analyses of a run, each under its heading; of several of a kind, each by itself. */
export async function runAnalyses(
  run: string,
  all: readonly AnyAnalysisDocument[],
  definitions: readonly AnyAnalysis[] = analyses,
): Promise<Block[]> {
  const blocks: Block[] = [];
  for (const definition of definitions) {
    const documents = documentsOf(definition, all);
    const drawn = await Promise.all(
      documents.map((document, at) => {
        const number = documents.length > 1 ? `-${at + 1}` : '';
        return analysisBlocks(definition, {
          id: `${slug(run)}-${definition.name}${number}`,
          label: run,
          documents: [document],
        });
      }),
    );
    blocks.push(...part(definition.heading, drawn.flat()));
  }
  return blocks;
}
