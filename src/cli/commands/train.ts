/** `dualbn train`: a new run from a preset or file. */
import { presetNames, resolveConfiguration } from '../../configuration/index.ts';
import { beginRun, openSession } from '../../experiments/index.ts';
import type { AddCommand } from '../options.ts';
import { dataOption, setOption } from '../options.ts';
import { loadingOf, trainWithProgress } from '../sessions.ts';

interface Options {
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
    .action(async (preset: string, { set, run: directory, data }: Options) => {
      const resolved = resolveConfiguration({ preset, overrides: set });
      for (const note of resolved.notes) io.stderr.write(`${note}\n`);
      const session = await openSession(resolved.configuration, loadingOf(io, data));
      const run = await beginRun(session, resolved, directory);
      await trainWithProgress(io, run, session, { resume: false });
      io.stdout.write(`${run.directory}\n`);
    });
};
