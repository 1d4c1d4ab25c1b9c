/** The self-contained HTML report of runs, its figures as files, and the parts that other reports are made of. */

export type { Accuracy, Interval } from './accuracy.ts';
export type { Theme } from './drawing/palette.ts';
export { type FigureFile, type ReportFiles, type TableFile, writeFigures } from './files.ts';
export { html } from './html.ts';
export type {
  Generated,
  Report,
  ReportCell,
  ReportEpoch,
  ReportEvaluation,
  ReportGap,
  ReportImage,
  ReportImages,
  ReportRun,
} from './model.ts';
export { renderFigures } from './render-figures.ts';
export { drawReport, type RenderedReport, renderReport } from './render-report.ts';
