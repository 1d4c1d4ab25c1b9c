/** `dualbn resume`: continue a run that was interrupted, from its last checkpoint. */
import { InputError } from '../../errors.ts';
import { openSession } from '../../experiments/training-session.ts';
import { openRun } from '../../runs/index.ts';
import type { AddCommand } from '../command.ts';
import { dataOption } from '../options.ts';
import { loadingOf, trainWithProgress } from '../training-session.ts';

export const addResume: AddCommand = (program, io) => {
  program
    .command('resume')
    .summary('continue a run from its last checkpoint')
    .description(
      'Continues a run from its last checkpoint, to the same bits as if it had never been cut, and prints its directory.',
    )
    .argument('<run>', 'the run directory')
    .addOption(dataOption())
    .action(async (directory: string, { data }: { readonly data?: string }) => {
      const run = openRun(directory);
      if (run.environment.engine.imported !== undefined)
        throw new InputError(
          `${directory} was imported from ${run.environment.engine.imported}, and has no training to go on with`,
        );
      const session = await openSession(run.configuration, loadingOf(io, data));
      const { checksum } = run.environment.data;
      if (session.dataset.checksum !== checksum)
        throw new InputError(
          `${directory} was trained on other data: expected the checksum ${checksum}, found ${session.dataset.checksum} in ${session.dataset.directory}`,
        );
      await trainWithProgress(io, run, session, { resume: true });
      io.stdout.write(`${run.directory}\n`);
    });
};
