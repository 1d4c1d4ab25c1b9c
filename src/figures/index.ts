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
export {
  type Chart,
  chartWidth,
  drawingPng,
  panelWidth,
  pngBytes,
  pngDataUri,
  standAlone,
} from './drawing.ts';
export { type CurvePoint, type EpsilonCurve, epsilonCurve } from './epsilon-curve.ts';
export {
  type CsvRow,
  type CsvValue,
  csv,
  type DrawnFigure,
  dataUri,
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
export { type FigureFile, filesOf, type ReportFiles, type TableFile, writeFigures } from './report-files.ts';
export {
  type PointShape,
  paint,
  paints,
  pairSeries,
  pointShapes,
  type Series,
  seriesOf,
  type Theme,
} from './series.ts';
export {
  bars,
  type CurveChart,
  type CurveRow,
  curveChart,
  type LineAxis,
  type LineChart,
  type LineRow,
  lineChart,
  type Measure,
  type Split,
} from './series-charts.ts';
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
