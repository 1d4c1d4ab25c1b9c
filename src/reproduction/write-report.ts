/**
 * The report of a reproduction, from its document and the files of its runs alone: the same files give the same bytes. Drawing is
 * report/render-reproduction.ts.
 */
import { join } from 'node:path';
import { packageVersion } from '../configuration/index.ts';
import { reportRunFrom } from '../experiments/index.ts';
import { writeAtomically } from '../files/index.ts';
import { type RenderedReport, type ReportRun, writeFigures } from '../report/index.ts';
import { drawReproduction } from './report/render-reproduction.ts';
import type { RunResults } from './results/run-results.ts';
import type { ReproductionDocument } from './verdicts/document.ts';

export interface ReproductionReportOptions {
  readonly document: ReproductionDocument;
  /** What the verdicts were decided from. */
  readonly results: readonly RunResults[];
  /** As it was typed, or as it is best typed again. */
  readonly command: string;
}

export const reproductionReport = ({
  document,
  results,
  command,
}: ReproductionReportOptions): Promise<RenderedReport> =>
  drawReproduction({
    document,
    runs: results.map(reportOf),
    generated: { version: packageVersion, command },
  });

function reportOf({ run: { name, variant, resolved }, file, measured }: RunResults): ReportRun {
  const { name: dataset, copy } = file.test;
  const report = reportRunFrom({
    name,
    run: { configuration: resolved.configuration, environment: file.environment },
    copy: { name: dataset, text: copy },
    records: file.metrics,
    evaluations: measured.flatMap(({ name: of, document }) =>
      document.document === 'evaluation' ? [{ name: of, document }] : [],
    ),
    analyses: measured.flatMap(({ document }) => (document.document === 'analysis' ? [document] : [])),
    problems: [],
  });
  return { ...report, regime: variant };
}

/** Writes DIR/report.html, DIR/figures/ and DIR/tables/. @returns the path of the page. */
export async function writeReproductionReport(
  directory: string,
  options: ReproductionReportOptions,
): Promise<string> {
  const report = await reproductionReport(options);
  await writeFigures(directory, report);
  const path = join(directory, 'report.html');
  await writeAtomically(path, report.html);
  return path;
}
