/** The report of runs. What it holds is a list of sections. */
import {
  type FigureFile,
  filesOf,
  moment,
  pageHtml,
  plural,
  type ReportFiles,
  type Theme,
} from '../figures/index.ts';
import { comparison } from './comparison.ts';
import { failedChecksHtml, notes, overview } from './overview.ts';
import type { Report, ReportPart, ReportRun } from './report-data.ts';
import { eachRun } from './run-section.ts';
import { seeds } from './seeds.ts';

const parts: readonly ReportPart[] = [overview, seeds, comparison, eachRun, notes];

export interface RenderedReport extends ReportFiles {
  /** The whole page as text. Deterministic: equal reports give equal files. */
  readonly html: string;
}

/** One HTML file that opens offline and needs no script, and its figures and tables as files. */
export async function drawReport(report: Report): Promise<RenderedReport> {
  const { title, runs, generated } = report;
  const sections = (await Promise.all(parts.map((part) => part(report)))).flat();
  const lead = [
    plural(runs.length, 'run'),
    ...(generated.date === undefined ? [] : [moment(generated.date)]),
  ].join(', ');
  const html = pageHtml({ title, lead, generated, notice: failedChecksHtml(runs), sections });
  return { html, ...filesOf(sections) };
}

/**
 * The page alone, of plain values: runs read from their directories (reportRuns), or made of results in memory
 * (reportRunFrom).
 */
export const renderReport = async (report: Report): Promise<string> => (await drawReport(report)).html;

/** The figures of a run as SVG files that stand alone, for papers and READMEs. */
export async function renderFigures(run: ReportRun, theme: Theme = 'light'): Promise<readonly FigureFile[]> {
  const generated = { version: '', command: '', date: '' };
  return filesOf(await eachRun({ title: run.name, runs: [run], generated }), theme).figures;
}
