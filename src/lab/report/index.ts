/** The self-contained HTML report of runs, and its figures as files. */

export type { Theme } from './drawing/palette.ts';
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
export { type FigureFile, renderFigures } from './render-figures.ts';
export { renderReport } from './render-report.ts';
