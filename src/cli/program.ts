/** The command line, assembled from the table of commands. What a command does stands in its own file. */

import { Command } from 'commander';
import { packageVersion } from '../configuration/index.ts';
import type { AddCommand } from './command.ts';
import { commands } from './commands/index.ts';
import type { Io } from './io.ts';
import { type ExitStatus, reportError } from './report-error.ts';

/**
 * Runs one command line (without the names of node and the program) and returns its exit code. Never throws, never ends
 * the process.
 */
export async function run(
  argv: readonly string[],
  io: Io,
  table: readonly AddCommand[] = commands,
): Promise<ExitStatus> {
  const program = makeProgram(io, table);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return io.signal.aborted ? 130 : 0;
  } catch (error) {
    const { status, text } = reportError(error, program.opts().debug === true, io.signal.aborted);
    io.stderr.write(text);
    return status;
  }
}

function makeProgram(io: Io, table: readonly AddCommand[]): Command {
  const program = new Command('dualbn')
    .description(
      'Hybrid adversarial training with normalization statistics and affine parameters as independent axes.',
    )
    .version(packageVersion, '-V, --version', 'print the version')
    .option('--debug', 'with an error, print where in the program it came from')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  // Before the commands: they inherit how the program ends and writes.
  for (const add of table) add(program, io);
  return program;
}
