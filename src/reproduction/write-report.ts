/**
 * The report of a reproduction, from its document and what its runs have left beside it. What cannot be read is
 * left out and named on the page. Drawing is report/render-reproduction.ts.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageVersion } from '../configuration/index.ts';
import type { DataOptions } from '../data/index.ts';
import { InputError } from '../errors.ts';
import { runImages, runReader } from '../experiments/index.ts';
import { writeAtomically } from '../files/index.ts';
import { type RenderedReport, type ReportRun, writeFigures } from '../report/index.ts';
import { openRun } from '../runs/index.ts';
import { drawReproduction } from './report/render-reproduction.ts';
import type { RunResults } from './run-results.ts';
import type { ReproductionDocument } from './verdicts.ts';

export interface ReproductionReportOptions {
  readonly document: ReproductionDocument;
  /** That holds runs/. */
  readonly directory: string;
  /** As it was typed. */
  readonly command: string;
  /** Where data may be, for example images. */
  readonly loading: DataOptions;
  /** What the verdicts were decided from: other documents of these runs are not shown. All are unless it is given. */
  readonly results?: readonly RunResults[];
  /** How many example images for each network shown; none with 0. Default 6. */
  readonly images?: number;
  readonly signal?: AbortSignal;
  /** ISO 8601; default now. */
  readonly date?: string;
}

/** The network whose example images are shown, at each epsilon. */
const pictured = { regime: 'dual-bn', seed: 0 };

export async function reproductionReport(options: ReproductionReportOptions): Promise<RenderedReport> {
  const { document, directory, command, loading, date = new Date().toISOString() } = options;
  const problems: string[] = [];
  /** What reading gives, or nothing and why. */
  const attempt = async <Result>(what: string, read: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(`${what}: ${error.message.replace(/:$/, '')}`);
      return undefined;
    }
  };
  const readRun = runReader(loading);
  const runs: ReportRun[] = [];
  // A run that is trained but not measured in full has curves to show; one that is not there is listed as missing already.
  const there = document.runs.filter(({ name, done }) => done || existsSync(join(directory, 'runs', name)));
  for (const { name, regime, seed, done } of there) {
    const read = await attempt(name, async () => {
      const run = openRun(join(directory, 'runs', name));
      return { run, report: await readRun(run, name) };
    });
    if (!read) continue;
    const { run, report } = read;
    const shown = onlyDecided(
      report,
      options.results?.find((each) => each.run.name === name),
    );
    problems.push(...shown.problems.map((problem) => `${name}: ${problem}`));
    const count = options.images ?? 6;
    const wanted = done && count > 0 && regime === pictured.regime && seed === pictured.seed;
    const images = wanted
      ? await attempt(`images of ${name}`, () =>
          runImages(run, count, { ...loading, ...(options.signal && { signal: options.signal }) }),
        )
      : undefined;
    runs.push({ ...shown, images });
  }
  return drawReproduction({
    document,
    runs,
    problems,
    generated: { version: packageVersion, command, date },
  });
}

/** Of a run's documents those that decide; which others there are is in the notes of the verdicts. */
function onlyDecided(report: ReportRun, results: RunResults | undefined): ReportRun {
  if (!results) return report;
  const names = results.measured.map(({ name }) => name);
  const analyses = results.measured.flatMap(({ document }) =>
    document.document === 'analysis' ? [document] : [],
  );
  const evaluations = report.evaluations.filter(({ name }) => names.includes(name));
  return { ...report, evaluations, analyses, problems: [] };
}

/** Writes DIR/report.html, DIR/figures/ and DIR/tables/. @returns the path of the page. */
export async function writeReproductionReport(options: ReproductionReportOptions): Promise<string> {
  const { directory } = options;
  const report = await reproductionReport(options);
  await writeFigures(directory, report);
  const path = join(directory, 'report.html');
  await writeAtomically(path, report.html);
  return path;
}
