/** `dualbn evaluate`: the grid of NS and AP of a trained run, each cell attacked through itself. */
import { Option } from 'commander';
import { attackForms, attackSuites, attackTable, suiteForms, suiteFormsOf } from '../../attacks/index.ts';
import { createEngine } from '../../engines/index.ts';
import { InputError } from '../../errors.ts';
import { type EvaluationDocument, examplesText, gridTable } from '../../evaluation/index.ts';
import { planEvaluation, planModelEvaluation } from '../../experiments/index.ts';
import { cellLabel } from '../../nn/index.ts';
import { type CheckpointName, openRun } from '../../runs/index.ts';
import { formatTable, printJson } from '../io.ts';
import type { AddCommand } from '../options.ts';
import {
  dataOption,
  deviceOption,
  type EngineChoice,
  engineOption,
  jsonOption,
  overriddenEngine,
  wholeNumber,
} from '../options.ts';
import { evaluateModelWithProgress, evaluateWithProgress, loadingOf } from '../sessions.ts';

interface Options {
  readonly attack?: readonly string[];
  readonly epsilon?: string;
  readonly examples?: number;
  readonly batch?: number;
  readonly checkpoint: CheckpointName;
  readonly data?: string;
  readonly dataset?: string;
  readonly saveImages?: string;
  readonly engine?: EngineChoice['engine'];
  readonly device?: EngineChoice['device'];
  readonly json?: true;
}

export const addEvaluate: AddCommand = (program, io) => {
  program
    .command('evaluate')
    .summary('clean and robust accuracy over the grid of NS and AP')
    .description(
      'Evaluates a run on its test set: every cell of NS x AP, each attacked white-box through itself, in evaluation ' +
        'mode. Writes evaluations/NAME.json in the run, never over another. What is left out is as the run is configured. ' +
        'An ONNX classifier from elsewhere is evaluated alike, and only printed; see docs/interop.md.',
    )
    .argument('<run>', 'the run directory, or a file ending in .onnx')
    .option(
      '--attack <name...>',
      `attacks and suites, all of one norm: ${[...attackForms, ...suiteForms].join(', ')}`,
    )
    .option('--epsilon <size>', 'the bound of the attacks, such as 8/255')
    .option(
      '--examples <count>',
      'test images; a smaller number is a part of a larger',
      wholeNumber('--examples'),
    )
    .option('--batch <images>', 'images at once; changes the speed, not the result', wholeNumber('--batch'))
    .addOption(
      new Option('--checkpoint <name>', 'the last, or the best by validation')
        .choices(['last', 'best'])
        .default('last'),
    )
    .option(
      '--save-images <folder>',
      'write the images that broke the network, as .npy, .safetensors and PNG; a new folder',
    )
    .option('--dataset <name>', 'of a file: the data set it classifies')
    .addOption(dataOption())
    .addOption(engineOption())
    .addOption(deviceOption())
    .addOption(jsonOption())
    .addHelpText('after', `\nAttacks:\n${attackLines().join('\n')}`)
    .action(async (directory: string, options: Options) => {
      const { attack: attacks, batch: batchSize, checkpoint, data, dataset, epsilon, examples } = options;
      const { saveImages } = options;
      const request = { attacks, epsilon, examples, batchSize, checkpoint };
      if (directory.endsWith('.onnx')) {
        const { engine = 'auto' } = options;
        const plan = await planModelEvaluation(directory, request, { dataset, ...loadingOf(io, data) });
        const document = await evaluateModelWithProgress(io, plan, engine, saveImages);
        if (options.json) printJson(io, document);
        else io.stdout.write(`${show(document)}\n`);
        return;
      }
      if (dataset !== undefined)
        throw new InputError('--dataset is for ONNX files; a run has the data set of its configuration');
      const run = openRun(directory);
      const plan = planEvaluation(run.configuration, request);
      const engine = await createEngine(overriddenEngine(io, run.configuration.engine, options));
      try {
        const { document, path } = await evaluateWithProgress(
          io,
          run,
          engine,
          plan,
          data,
          saveImages,
        ).finally(() => {
          if (io.signal.aborted) io.stderr.write('what was found is kept: the same command goes on\n');
        });
        if (options.json) printJson(io, document);
        else io.stdout.write(`${show(document)}\n${path}\n`);
      } finally {
        await engine.dispose();
      }
    });
};

/** What each name stands for. */
function attackLines(): string[] {
  const forms = [...attackTable.flatMap((attack) => attack.forms), ...suiteFormsOf(attackSuites)];
  const width = Math.max(...forms.map(({ form }) => form.length));
  return forms.map(({ form, summary }) => `  ${form.padEnd(width)}  ${summary}`);
}

function show(document: EvaluationDocument): string {
  const { run, checkpoint } = document.subject;
  const { columns, rows } = gridTable(document);
  const what =
    checkpoint.name === 'file' ? run : `${run}, ${checkpoint.name} checkpoint (${checkpoint.epoch} epochs)`;
  return [
    `${what}: ${examplesText(document)}`,
    checkpoint.name === 'file'
      ? 'In brackets, 95 % intervals.'
      : 'Each cell attacked through itself; in brackets, 95 % intervals.',
    '',
    formatTable(columns, rows),
    ...document.failedChecks.map(
      (failedCheck) => `warning: ${cellLabel(failedCheck)}: ${failedCheck.message}`,
    ),
  ].join('\n');
}
