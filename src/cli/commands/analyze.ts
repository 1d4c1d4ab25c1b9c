/** `dualbn analyze`: what a trained network owes to its NS and AP, by one of several analyses. */
import { Argument, Option } from 'commander';
import {
  type AnyAnalysis,
  type AnyAnalysisDocument,
  analyses,
  analysisNamed,
  askedAttack,
} from '../../analysis/index.ts';
import { createEngine } from '../../engines/index.ts';
import { InputError } from '../../errors.ts';
import { analyzeRun, runOptions } from '../../experiments/index.ts';
import { type CheckpointName, openRun } from '../../runs/index.ts';
import { formatTable, printJson } from '../io.ts';
import {
  type AddCommand,
  analysisOptions,
  dataOption,
  deviceOption,
  type EngineChoice,
  engineOption,
  givenOptions,
  jsonOption,
  overriddenEngine,
} from '../options.ts';
import { createProgress } from '../progress.ts';
import { loadingOf } from '../sessions.ts';

interface Options extends Readonly<Record<string, unknown>> {
  readonly checkpoint: CheckpointName;
  readonly data?: string;
  readonly engine?: EngineChoice['engine'];
  readonly device?: EngineChoice['device'];
  readonly json?: true;
}

export const addAnalyze: AddCommand = (program, io) => {
  const command = program
    .command('analyze')
    .summary('what a trained network owes to its NS and AP')
    .description(
      'Analyzes a run, and writes analyses/NAME.json in it, never over another. What is left out is as the run is configured.',
    )
    .argument('<run>', 'the run directory')
    .addArgument(new Argument('<analysis>', 'which; see below').choices(analyses.map(({ name }) => name)))
    .addOption(
      new Option('--checkpoint <name>', 'the last, or the best by validation')
        .choices(['last', 'best'])
        .default('last'),
    )
    .addOption(dataOption())
    .addOption(engineOption())
    .addOption(deviceOption())
    .addOption(jsonOption())
    .addHelpText('after', `\nAnalyses:\n${summaries.join('\n')}`)
    .action(async (directory: string, name: string, options: Options) => {
      const run = openRun(directory);
      const analysis = analysisNamed(name);
      if (!analysis) throw new InputError(`there is no analysis '${name}'`);
      const { given, nameOf } = givenOptions(analyses, analysis, options);
      const complete = runOptions(run.configuration, analysis, given, nameOf);
      const engine = await createEngine(overriddenEngine(io, run.configuration.engine, options));
      const progress = createProgress(io.stderr, {
        label: `analyzing ${directory}: ${name}`,
        unit: 'images',
      });
      try {
        const { document, path } = await analyzeRun(run, engine, analysis, complete, {
          ...loadingOf(io, options.data),
          checkpoint: options.checkpoint,
          onProgress: ({ done, total, phase }) => progress.update({ done: Math.round(done), total, phase }),
        }).finally(() => progress.finish());
        if (options.json) printJson(io, document);
        else io.stdout.write(`${show(analysis, document)}\n${path}\n`);
      } finally {
        await engine.dispose();
      }
    });
  for (const option of analysisOptions(analyses)) command.addOption(option);
};

const summaries = analyses.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}`);

/** The subject in a line, the attacks, and the tables. */
function show(analysis: AnyAnalysis, document: AnyAnalysisDocument): string {
  const { subject, request } = document;
  const { checkpoint, dataset } = subject;
  const count = request.examples === undefined ? '' : `: ${request.examples} test images of`;
  const asked = askedAttack(request);
  const norm = request.attackOptions?.at(0)?.norm;
  const attacked = asked
    ? `, ${asked.attack}, ${norm} ${asked.epsilons.map(({ text }) => text).join(', ')}`
    : '';
  const tables = analysis
    .tables(document)
    .map(
      ({ title, columns, rows }) =>
        `${title}\n${columns.length > 0 ? `\n${formatTable(columns, rows)}` : ''}`,
    );
  const head = `${subject.run}, ${checkpoint.name} checkpoint (${checkpoint.epoch} epochs)`;
  return [`${head}${count === '' ? ',' : count} ${dataset.name}${attacked}`, ...tables]
    .join('\n\n')
    .trimEnd();
}
