/** `dualbn evaluate`: the grid of NS and AP of a trained run, each cell attacked through itself. */
import { Option } from 'commander';
import { attackForms, attackSuites, namedForms, suiteForms, suiteFormsOf } from '../../attacks/index.ts';
import { createEngine } from '../../engines/index.ts';
import { InputError } from '../../errors.ts';
import { type EvaluationDocument, examplesText, gridTable } from '../../evaluation/index.ts';
import { type EvaluatedRun, planEvaluation, planModelEvaluation } from '../../experiments/index.ts';
import { cellLabel } from '../../nn/index.ts';
import { type CheckpointName, openRun } from '../../runs/index.ts';
import {
  type Division,
  type DivisionOptions,
  divisionOptions,
  evaluateInProcessesWithProgress,
  evaluateOneShard,
  mergeWithProgress,
  refuseDivision,
  refuseSeveralDivisions,
} from '../divided-evaluation.ts';
import { formatTable, type Io, printJson } from '../io.ts';
import type { AddCommand } from '../options.ts';
import {
  dataOption,
  deviceOption,
  type EngineChoice,
  engineOption,
  jsonOption,
  overriddenEngine,
  threadsOption,
  wholeNumber,
  wholeNumberOrAll,
} from '../options.ts';
import { evaluateModelWithProgress, evaluateWithProgress, loadingOf } from '../sessions.ts';

interface Options extends DivisionOptions {
  readonly attack?: readonly string[];
  readonly epsilon?: string;
  readonly restarts?: number;
  readonly examples?: number | 'all';
  readonly batch?: number;
  readonly checkpoint: CheckpointName;
  readonly data?: string;
  readonly dataset?: string;
  readonly saveImages?: string;
  readonly engine?: EngineChoice['engine'];
  readonly device?: EngineChoice['device'];
  readonly threads?: EngineChoice['threads'];
  readonly json?: true;
}

export const addEvaluate: AddCommand = (program, io) => {
  const command = program
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
      '--restarts <count>',
      'starts of every attack that draws at random; a name ending in -x<R> has its own',
      wholeNumber('--restarts'),
    )
    .option(
      '--examples <count>',
      'test images, or all; a smaller number is a part of a larger',
      wholeNumberOrAll('--examples'),
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
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText('after', `\nAttacks:\n${attackLines().join('\n')}`)
    .action(async (directory: string, options: Options) => {
      const { attack: attacks, batch: batchSize, checkpoint, data, dataset } = options;
      const { epsilon, restarts, examples, saveImages } = options;
      const request = { attacks, epsilon, restarts, examples, batchSize, checkpoint };
      refuseSeveralDivisions(options);
      if (directory.endsWith('.onnx')) {
        refuseDivision(directory, options);
        const { engine: name = 'auto', threads } = options;
        const plan = await planModelEvaluation(directory, request, { dataset, ...loadingOf(io, data) });
        const document = await evaluateModelWithProgress(io, plan, { name, threads }, saveImages);
        if (options.json) printJson(io, document);
        else io.stdout.write(`${show(document)}\n`);
        return;
      }
      if (dataset !== undefined)
        throw new InputError('--dataset is for ONNX files; a run has the data set of its configuration');
      const run = openRun(directory);
      const plan = planEvaluation(run.configuration, request);
      const engine = overriddenEngine(io, run.configuration.engine, options);
      const division = { run, plan, request, engine, data };
      try {
        if (options.shard) {
          await evaluateOneShard(io, division, options.shard, options.json === true);
          return;
        }
        const { document, path } = await evaluated(io, division, options);
        if (options.json) printJson(io, document);
        else io.stdout.write(`${show(document)}\n${path}\n`);
      } finally {
        if (io.signal.aborted) io.stderr.write('what was found is kept: the same command goes on\n');
      }
    });
  for (const option of divisionOptions()) command.addOption(option);
};

async function evaluated(
  io: Io,
  division: Division,
  { merge, processes = 1, threads, saveImages }: Options,
): Promise<EvaluatedRun> {
  if (merge) return mergeWithProgress(io, division, threads);
  if (processes > 1) return evaluateInProcessesWithProgress(io, division, processes);
  const engine = await createEngine(division.engine);
  try {
    return await evaluateWithProgress(io, division.run, engine, division.plan, division.data, saveImages);
  } finally {
    await engine.dispose();
  }
}

/** What each name stands for. */
function attackLines(): string[] {
  const suites = suiteFormsOf(attackSuites).map(({ form, summary }) => ({ name: form, summary }));
  const forms = [...namedForms(), ...suites];
  const width = Math.max(...forms.map(({ name }) => name.length));
  return forms.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
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
