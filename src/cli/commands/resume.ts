/** `dualbn resume`: continue a run that was interrupted, from its last checkpoint. */
import { resumeSession } from '../../experiments/index.ts';
import { openRun } from '../../runs/index.ts';
import type { AddCommand } from '../options.ts';
import { dataOption } from '../options.ts';
import { loadingOf, trainWithProgress } from '../sessions.ts';

interface Options {
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
    .action(async (directory: string, { data, ...options }: Options) => {
      const run = openRun(directory);
      const acceptChanges = options.acceptChanges === true;
      const session = await resumeSession(run, { ...loadingOf(io, data), acceptChanges });
      await trainWithProgress(io, run, session, { resume: true, acceptChanges });
      io.stdout.write(`${run.directory}\n`);
    });
};
