/** The self-contained HTML reports of runs and of reproductions, and their figures as files. */

export type { Theme } from './drawing/palette.ts';
export { type FigureFile, type ReportFiles, type TableFile, writeFigures } from './files.ts';
export { html } from './html.ts';
export type {
  Accuracy,
  Interval,
  Report,
  ReportCell,
  ReportEpoch,
  ReportEvaluation,
  ReportImage,
  ReportImages,
  ReportRun,
} from './model.ts';
export type { Generated } from './page.ts';
export { renderFigures } from './render-figures.ts';
export { drawReport, type RenderedReport, renderReport } from './render-report.ts';
export type { ReproductionReport } from './reproduction/model.ts';
export { drawReproduction, renderReproduction } from './reproduction/render-reproduction.ts';
