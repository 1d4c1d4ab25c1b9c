/** `dualbn report`: one HTML file of one or more runs, with their grids, training curves and a few attacked images. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileError, packageVersion, regimeOf } from '../../configuration/index.ts';
import type { DataOptions } from '../../data/index.ts';
import { createEngine } from '../../engines/create.ts';
import { InputError } from '../../errors.ts';
import { exampleImages } from '../../lab/example-images.ts';
import { type ReportImages, type ReportRun, renderReport } from '../../lab/report/index.ts';
import { reportRuns } from '../../lab/report-run.ts';
import { loadTrained, openRun, type Run, writeAtomically } from '../../runs/index.ts';
import { judgedCells } from '../../training/index.ts';
import type { AddCommand } from '../command.ts';
import { wholeNumber } from '../engine-options.ts';
import type { Io } from '../io.ts';
import { dataOption } from '../options.ts';

interface Options {
  readonly out?: string;
  readonly title?: string;
  readonly images: number | false;
  readonly data?: string;
}

export const addReport: AddCommand = (program, io) => {
  program
    .command('report')
    .summary('one HTML file of one or more runs')
    .description(
      'Writes a report that opens in any browser, offline: the NS x AP grids, training curves and a few images before and ' +
        'after the attack, with all data as downloads. Of several evaluations of a run, it shows the latest.',
    )
    .argument('<run...>', 'run directories')
    .option('--out <file>', 'where to write it; default RUN/report.html, or ./report.html for several runs')
    .option('--title <text>', 'its title; default the names of the runs')
    .option('--images <count>', 'images to attack and show for each run', wholeNumber('--images'), 8)
    .option('--no-images', 'leave images out, which need the data set')
    .addOption(dataOption())
    .action(async (directories: string[], { out, title, images, data }: Options) => {
      const runs = distinct(directories).map(openRun);
      const path = out ?? (runs.length === 1 ? runs[0].paths.report : 'report.html');
      await refuseForeign(path);
      const options = { environment: io.environment, ...(data === undefined ? {} : { directory: data }) };
      const read = await reportRuns(runs, options);
      const shown: ReportRun[] = [];
      for (const [at, run] of runs.entries()) {
        const pictures = images === false ? undefined : await imagesOf(io, run, images, options);
        shown.push({ ...read[at], ...(pictures && { images: pictures }) });
      }
      const generated = {
        version: packageVersion,
        command: `dualbn report ${directories.join(' ')}`,
        date: new Date().toISOString(),
      };
      const named = title ?? shown.map(({ name }) => name).join(', ');
      await writeAtomically(path, await renderReport({ title: named, runs: shown, generated }));
      io.stdout.write(`${path}\n`);
    });
};

function distinct(directories: readonly string[]): readonly string[] {
  const twice = directories.find(
    (directory, at) => directories.findIndex((other) => resolve(other) === resolve(directory)) < at,
  );
  if (twice !== undefined) throw new InputError(`the run ${twice} is given twice`);
  return directories;
}

/** A report may be made again; anything else that has its name is the user's. */
async function refuseForeign(path: string): Promise<void> {
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
  const { engine: settings, evaluation, regime } = run.configuration;
  const attack = evaluation.attacks.at(-1);
  if (attack === undefined) return undefined;
  const engine = await createEngine(settings);
  try {
    const { network, test } = await loadTrained(run, engine, {
      ...options,
      download: false,
      signal: io.signal,
    });
    const { robust } = judgedCells(regimeOf(regime));
    return await exampleImages({ engine, network, cell: robust }, test, {
      count: Math.min(count, test.count),
      attack,
      epsilon: evaluation.epsilon,
      signal: io.signal,
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    io.stderr.write(`no images of ${run.directory}: ${error.message}\n`);
    return undefined;
  } finally {
    engine.dispose();
  }
}
