/**
 * `dualbn train`: a new run from a preset or file. `dualbn resume`: continue a run that was interrupted, from its last
 * checkpoint.
 */
import { presetNames, resolveConfiguration } from '../../configuration/index.ts';
import { beginRun, openSession, resumeSession } from '../../experiments/index.ts';
import { openRun } from '../../runs/index.ts';
import { type AddCommand, dataOption, setOption } from '../options.ts';
import { loadingOf, trainWithProgress } from '../sessions.ts';

interface TrainOptions {
  readonly set: readonly string[];
  readonly run?: string;
  readonly data?: string;
}

export const addTrain: AddCommand = (program, io) => {
  program
    .command('train')
    .summary('train a network in a new run directory')
    .description(
      'Trains a network and leaves configuration, metrics, summary and checkpoints in a run directory, which it prints. ' +
        'Ctrl-C ends in a checkpoint; `dualbn resume` continues from it to the same bits.',
    )
    .argument('<preset|file>', `${presetNames().join(', ')}, or the path of a YAML file`)
    .addOption(setOption())
    .option('--run <directory>', 'the run directory; default runs/ and what is trained. Never overwritten')
    .addOption(dataOption())
    .action(async (preset: string, { set, run: directory, data }: TrainOptions) => {
      const resolved = resolveConfiguration({ preset, overrides: set });
      for (const note of resolved.notes) io.stderr.write(`${note}\n`);
      const session = await openSession(resolved.configuration, loadingOf(io, data));
      const run = await beginRun(session, resolved, directory);
      await trainWithProgress(io, run, session, { resume: false });
      io.stdout.write(`${run.directory}\n`);
    });
};

interface ResumeOptions {
  readonly data?: string;
  readonly acceptChanges?: true;
}

export const addResume: AddCommand = (program, io) => {
  program
    .command('resume')
    .summary('continue a run from its last checkpoint')
    .description(
      'Continues a run from its last checkpoint, to the same bits as if it had never been cut, and prints its directory. ' +
        'An engine or data other than those recorded are refused.',
    )
    .argument('<run>', 'the run directory')
    .addOption(dataOption())
    .option(
      '--accept-changes',
      'go on though the engine or the data are not those recorded: told in the run, and no longer the same bits',
    )
    .action(async (directory: string, { data, ...options }: ResumeOptions) => {
      const run = openRun(directory);
      const acceptChanges = options.acceptChanges === true;
      const session = await resumeSession(run, { ...loadingOf(io, data), acceptChanges });
      await trainWithProgress(io, run, session, { resume: true, acceptChanges });
      io.stdout.write(`${run.directory}\n`);
    });
};
