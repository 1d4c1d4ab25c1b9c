/**
 * The kit that reports are made of: HTML, tables, charts drawn to SVG, sections of blocks, and the page around them. It knows
 * no run and no analysis.
 */
export {
  type Path,
  type PathPoint,
  pathChart,
  type Scatter,
  type ScatterPoint,
  scatter,
} from './accuracy-plane.ts';
export {
  type Block,
  beside,
  figure,
  figures,
  fold,
  type Picture,
  part,
  picture,
  type Section,
  type SectionMaker,
  subheading,
  type Table,
  table,
  text,
} from './blocks.ts';
export { type CsvRow, type CsvValue, csv, dataUri } from './csv.ts';
export { type CurveChart, type CurveRow, curveChart, type Measure, type Split } from './curve-chart.ts';
export { type Chart, chartWidth, drawingPng, panelWidth, pngDataUri, standAlone } from './drawing.ts';
export { type CurvePoint, type EpsilonCurve, epsilonCurve } from './epsilon-curve.ts';
export {
  type DrawnFigure,
  drawFigure,
  type Figure,
  type FigureSubject,
  type KeyEntry,
  type Panel,
  seedsText,
} from './figure.ts';
export { type ForestRow, forest, forestDomain, type VerdictName, verdictLooks } from './forest.ts';
export { type HeatCell, type HeatMap, heatMap, heatTop } from './heat-map.ts';
export { type Html, html, trusted } from './html.ts';
export { type Generated, type Page, pageHtml } from './page.ts';
export { paint, paints, type Theme } from './palette.ts';
export { type FigureFile, filesOf, type ReportFiles, type TableFile, writeFigures } from './report-files.ts';
export { type PointShape, pairSeries, pointShapes, type Series, seriesOf } from './series.ts';
export { bars, type LineChart, type LineRow, lineChart } from './series-charts.ts';
export {
  type Accuracy,
  accuracyText,
  attackName,
  cellName,
  distance,
  fact,
  groupBy,
  type Interval,
  mean,
  meanAccuracy,
  moment,
  type Parts,
  partsName,
  percent,
  percentInterval,
  plural,
  slug,
} from './values.ts';
