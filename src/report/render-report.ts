/** The report of runs. What it holds is a list of sections. */
import { filesOf, type ReportFiles } from './files.ts';
import { moment, plural } from './format.ts';
import type { Report } from './model.ts';
import { pageHtml } from './page.ts';
import { alarmsHtml } from './sections/failed-checks.ts';
import { comparison } from './sections/comparison.ts';
import { notes } from './sections/notes.ts';
import { overview } from './sections/overview.ts';
import { eachRun } from './sections/run.ts';
import type { SectionMaker } from './sections/section.ts';
import { seeds } from './sections/seeds.ts';

const parts: readonly SectionMaker[] = [overview, seeds, comparison, eachRun, notes];

export interface RenderedReport extends ReportFiles {
  /** The whole page as text. Deterministic: equal reports give equal files. */
  readonly html: string;
}

/** One HTML file that opens offline and needs no script, and its figures and tables as files. */
export async function drawReport(report: Report): Promise<RenderedReport> {
  const { title, runs, generated } = report;
  const sections = (await Promise.all(parts.map((part) => part(report)))).flat();
  const lead = `${plural(runs.length, 'run')}, ${moment(generated.date)}`;
  const html = pageHtml({ title, lead, generated, notice: alarmsHtml(runs), sections });
  return { html, ...filesOf(sections) };
}

/** The page alone. */
export const renderReport = async (report: Report): Promise<string> => (await drawReport(report)).html;
