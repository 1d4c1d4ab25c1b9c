/** The self-contained HTML report of runs, its figures as files, and the parts of it that other reports take. */

export {
  type Accuracy,
  type FigureFile,
  type Generated,
  type Interval,
  type ReportFiles,
  type TableFile,
  type Theme,
  writeFigures,
} from '../figures/index.ts';
export { imagesPicture } from './attack-images.ts';
export { factsHtml } from './overview.ts';
export { type RegimePoint, regimeTradeoff } from './regime-tradeoff.ts';
export { drawReport, type RenderedReport, renderFigures, renderReport } from './render-report.ts';
export {
  isRawSwap,
  latestEvaluation,
  type Report,
  type ReportCell,
  type ReportEpoch,
  type ReportEvaluation,
  type ReportGap,
  type ReportImage,
  type ReportImages,
  type ReportRun,
} from './report-data.ts';
export { type EvaluationResult, type RunResults, reportRunFrom } from './run-from-results.ts';
export { type AnalysisOf, analysesOf, analysisBlocks } from './run-section.ts';
export { smallCurves } from './small-curves.ts';
