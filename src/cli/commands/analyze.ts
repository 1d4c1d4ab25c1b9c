/** `dualbn analyze`: what a trained network owes to its NS and AP, by one of several analyses. */
import { Argument, InvalidArgumentError, Option } from 'commander';
import {
  type AnalysisDocument,
  type AnalysisName,
  analysisTables,
  type SampleType,
  type StatisticsAlong,
  sampleTypes,
  statisticsAlong,
} from '../../analysis/index.ts';
import { attackForms } from '../../attacks/index.ts';
import { createEngine } from '../../engines/create.ts';
import { analysisNames } from '../../experiments/analyses.ts';
import { type AnalysisRequest, analyzeRun, planAnalysis } from '../../experiments/analyze-run.ts';
import { type CheckpointName, openRun } from '../../runs/index.ts';
import type { AddCommand } from '../command.ts';
import {
  deviceOption,
  type EngineChoice,
  engineOption,
  overriddenEngine,
  wholeNumber,
} from '../engine-options.ts';
import { printJson } from '../io.ts';
import { dataOption, jsonOption } from '../options.ts';
import { createProgress } from '../progress.ts';
import { formatTable } from '../table.ts';
import { loadingOf } from '../training-session.ts';

interface Options {
  readonly attack?: string;
  readonly epsilon?: string;
  readonly epsilons?: readonly string[];
  readonly examples?: number;
  readonly images?: number;
  readonly batch?: number;
  readonly statisticsBatch?: number;
  readonly statistics?: StatisticsAlong;
  readonly source?: SampleType;
  readonly sources?: readonly SampleType[];
  readonly t?: readonly number[];
  readonly from?: string;
  readonly to?: string;
  readonly checkpoint: CheckpointName;
  readonly data?: string;
  readonly engine?: EngineChoice['engine'];
  readonly device?: EngineChoice['device'];
  readonly json?: true;
}

/** The batches of the gap, unless said otherwise: the authors' size. */
const gapBatch = 128;

export const addAnalyze: AddCommand = (program, io) => {
  program
    .command('analyze')
    .summary('what a trained network owes to its NS and AP')
    .description(
      'Analyzes a run. gap: distances between the NS of clean, adversarial and noisy batches. affine: distances between ' +
        'the branches. interpolate: accuracies between two cells. reestimate: every AP with NS re-estimated through it. ' +
        'transfer: attacks through one cell against another. curve: accuracies over epsilon. Writes analyses/NAME.json in ' +
        'the run, never over another. What is left out is as the run is configured.',
    )
    .argument('<run>', 'the run directory')
    .addArgument(new Argument('<analysis>', 'which').choices(analysisNames))
    .option('--attack <name>', `judges, and makes adversarial images: ${attackForms.join(', ')}`)
    .option('--epsilon <size>', 'the bound of the attack and of noise, such as 8/255')
    .option('--epsilons <size...>', 'the bounds of a curve')
    .option('--examples <count>', 'test images that accuracies are of', wholeNumber('--examples'))
    .option(
      '--images <count>',
      'images that statistics are of: training images, but test images for gap',
      wholeNumber('--images'),
    )
    .option('--batch <images>', 'images at once; changes the speed, not the result', wholeNumber('--batch'))
    .option(
      '--statistics-batch <images>',
      'images a batch where statistics are taken; changes the result',
      wholeNumber('--statistics-batch'),
    )
    .addOption(
      new Option('--statistics <choice>', 'NS between the cells of interpolate').choices(statisticsAlong),
    )
    .addOption(new Option('--source <type>', 'what interpolate re-estimates NS from').choices(sampleTypes))
    .addOption(
      new Option('--sources <types...>', 'what reestimate does; default all of them').choices(sampleTypes),
    )
    .option('--from <cell>', 'where interpolate begins: NS/AP, such as clean/clean')
    .option('--to <cell>', 'where interpolate ends: NS/AP, such as adv/adv')
    .option('--t <number>', 'a point of interpolate; may be given more than once', points)
    .addOption(
      new Option('--checkpoint <name>', 'the last, or the best by validation')
        .choices(['last', 'best'])
        .default('last'),
    )
    .addOption(dataOption())
    .addOption(engineOption())
    .addOption(deviceOption())
    .addOption(jsonOption())
    .action(async (directory: string, name: AnalysisName, options: Options) => {
      const run = openRun(directory);
      const request = requestOf(options);
      planAnalysis(run.configuration, request);
      const engine = await createEngine(overriddenEngine(io, run.configuration.engine, options));
      const progress = createProgress(io.stderr, {
        label: `analyzing ${directory}: ${name}`,
        unit: 'images',
      });
      try {
        const { document, path } = await analyzeRun(run, engine, name, request, {
          ...loadingOf(io, options.data),
          onProgress: ({ done, total, phase }) => progress.update({ done: Math.round(done), total, phase }),
        }).finally(() => progress.finish());
        if (options.json) printJson(io, document);
        else io.stdout.write(`${show(document)}\n${path}\n`);
      } finally {
        engine.dispose();
      }
    });
};

function requestOf(options: Options): AnalysisRequest {
  const { attack, epsilon, epsilons, examples, batch, checkpoint, images, statisticsBatch } = options;
  const batchSize = statisticsBatch ?? gapBatch;
  const gap = { batches: Math.floor((images ?? 8 * batchSize) / batchSize), batchSize };
  return {
    ...{ attack, epsilon, epsilons, examples, checkpoint, gap, batchSize: batch },
    ...(images === undefined ? {} : { images }),
    ...(statisticsBatch === undefined ? {} : { statisticsBatch }),
    ...(options.statistics ? { statistics: options.statistics } : {}),
    ...(options.source ? { source: options.source } : {}),
    ...(options.sources ? { sources: options.sources } : {}),
    ...(options.t ? { ts: options.t } : {}),
    ...{ from: options.from, to: options.to },
  };
}

/** Reads a point from 0 to 1 and adds it to those before. */
function points(text: string, before: readonly number[] = []): readonly number[] {
  const t = text.trim() === '' ? Number.NaN : Number(text);
  if (!(t >= 0 && t <= 1)) throw new InvalidArgumentError(`--t takes a number from 0 to 1, not '${text}'.`);
  return [...before, t];
}

function show(document: AnalysisDocument): string {
  const { run, checkpoint, epoch, dataset } = document;
  const count = 'examples' in document ? `: ${document.examples} test images of ${dataset}` : `, ${dataset}`;
  const norm = 'norm' in document ? `, ${document.norm}` : '';
  const epsilon = 'epsilon' in document ? `${norm} ${document.epsilon}` : norm;
  const tables = analysisTables(document).map(
    ({ title, columns, rows }) => `${title}\n${columns.length > 0 ? `\n${formatTable(columns, rows)}` : ''}`,
  );
  return [`${run}, ${checkpoint} checkpoint (${epoch} epochs)${count}${epsilon}`, ...tables]
    .join('\n\n')
    .trimEnd();
}
