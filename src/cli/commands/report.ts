/** `dualbn report`: one HTML file of one or more runs, with all that was evaluated and analyzed, and a few attacked images. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { packageVersion } from '../../configuration/index.ts';
import type { DataOptions } from '../../data/index.ts';
import { InputError } from '../../errors.ts';
import { reportRuns, runImages } from '../../experiments/index.ts';
import { fileError, writeAtomically } from '../../files/index.ts';
import { drawReport, type ReportImages, type ReportRun, writeFigures } from '../../report/index.ts';
import { openRun, type Run } from '../../runs/index.ts';
import { type Io, printJson } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { dataOption, jsonOption, wholeNumber } from '../options.ts';

interface Options {
  readonly out?: string;
  readonly title?: string;
  readonly images: number | false;
  readonly figures?: string;
  readonly data?: string;
  readonly json?: true;
}

export const addReport: AddCommand = (program, io) => {
  program
    .command('report')
    .summary('one HTML file of one or more runs')
    .description(
      'Writes a report that opens in any browser, offline: the NS x AP grids of all evaluations, the analyses, training curves ' +
        'and a few images before and after the attack, with all data as downloads. Runs are compared by their latest ' +
        'evaluations; those that differ in nothing but the seed are averaged, too.',
    )
    .argument('<run...>', 'run directories')
    .option('--out <file>', 'where to write it; default RUN/report.html, or ./report.html for several runs')
    .option('--title <text>', 'its title; default the names of the runs')
    .option('--images <count>', 'images to attack and show for each run', wholeNumber('--images'), 8)
    .option('--no-images', 'leave images out, which need the data set')
    .option('--figures <directory>', 'write every figure as SVG and PNG, and every table as CSV, too')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (directories: string[], { out, title, images, figures, data, json }: Options) => {
      const runs = distinct(directories).map(openRun);
      const path = out ?? (runs.length === 1 ? runs[0].paths.report : 'report.html');
      await refuseOtherFile(path);
      const options = { environment: io.environment, ...(data === undefined ? {} : { directory: data }) };
      const read = await reportRuns(runs, options);
      const shown: ReportRun[] = [];
      for (const [at, run] of runs.entries()) {
        for (const problem of read[at].problems) io.stderr.write(`${run.directory}: ${problem}\n`);
        const pictures = images === false ? undefined : await imagesOf(io, run, images, options);
        shown.push({ ...read[at], images: pictures });
      }
      const generated = {
        version: packageVersion,
        command: `dualbn report ${directories.join(' ')}`,
        date: new Date().toISOString(),
      };
      const report = await drawReport({ title: title ?? titleOf(shown), runs: shown, generated });
      await writeAtomically(path, report.html);
      const files = figures === undefined ? [] : await writeFigures(figures, report);
      if (json) printJson(io, { report: path, files });
      else io.stdout.write([path, ...(figures === undefined ? [] : [figures]), ''].join('\n'));
    });
};

const titleOf = (runs: readonly ReportRun[]): string =>
  runs.length > 4 ? `${runs.length} runs` : runs.map(({ name }) => name).join(', ');

function distinct(directories: readonly string[]): readonly string[] {
  const twice = directories.find(
    (directory, at) => directories.findIndex((other) => resolve(other) === resolve(directory)) < at,
  );
  if (twice !== undefined) throw new InputError(`the run ${twice} is given twice`);
  return directories;
}

/** A report may be made again; anything else that has its name is the user's. */
async function refuseOtherFile(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const before = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  if (!before.includes('<meta name="generator" content="dualbn'))
    throw new InputError(`${path} is there and is not a report of dualbn: give another name with --out`);
}

/** Attacked images of a run's last checkpoint; none, and why, where its checkpoint or its data is missing. */
async function imagesOf(
  io: Io,
  run: Run,
  count: number,
  options: DataOptions,
): Promise<ReportImages | undefined> {
  try {
    return await runImages(run, count, { ...options, signal: io.signal });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    io.stderr.write(`no images of ${run.directory}: ${error.message}\n`);
    return undefined;
  }
}
