/** The command line, assembled from the table of commands. What a command does stands in its own file. */
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../configuration/index.ts';
import { DualbnError, type ExitCode, InputError } from '../errors.ts';
import { commands } from './commands/index.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './options.ts';

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
  program.hook('preAction', (_, command) => refuseEmptyPaths(command));
  // Before the commands: they inherit how the program ends and writes.
  for (const add of table) add(program, io);
  return program;
}

/** An empty path, as of a shell's variable that is not set, would be the working directory, which nobody meant. */
function refuseEmptyPaths(command: Command): void {
  for (const option of command.options) {
    const [, what] = /<(directory|file|folder)>/.exec(option.flags) ?? [];
    if (what !== undefined && command.getOptionValue(option.attributeName()) === '')
      throw new InputError(`${option.long} is empty: give the path of a ${what}`);
  }
  const empty = command.args.indexOf('');
  if (empty >= 0) {
    const { registeredArguments: known } = command;
    const argument = known[Math.min(empty, known.length - 1)];
    throw new InputError(`the argument <${argument.name()}> is empty`);
  }
}

// What the user is told of an error, and the exit code that goes with it.

/** 0 done, 1 failed while running, 2 bad input or usage, 130 interrupted. */
export type ExitStatus = 0 | ExitCode | 130;

export interface ErrorReport {
  readonly status: ExitStatus;
  /** For standard error, with its newline; empty where all has been said. */
  readonly text: string;
}

/**
 * Describes whatever a command threw.
 *
 * An error of the project's own is told without a stack trace, which `debug` adds; any other is a bug, and says so.
 */
export function reportError(error: unknown, debug: boolean, interrupted: boolean): ErrorReport {
  // Commander has written its own message, or the help that was asked for.
  if (error instanceof CommanderError) return { status: error.exitCode === 0 ? 0 : 2, text: '' };
  const stack = debug && error instanceof Error && error.stack !== undefined ? `${error.stack}\n` : '';
  if (error instanceof DualbnError) {
    return { status: error.exitCode, text: `error: ${error.message}\n${stack}` };
  }
  if (interrupted && error instanceof Error && error.name === 'AbortError') {
    return { status: 130, text: `interrupted\n${stack}` };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const advice = debug
    ? 'This is a bug in dualbn: please report it with the lines above.'
    : 'This is a bug in dualbn: please run the command again with --debug and report what it prints.';
  return { status: 1, text: `error: ${message}\n${stack}${advice}\n` };
}

// The signals that ask a process to end, as an AbortSignal that commands heed: the first asks them to end in good order, as
// a training does in a checkpoint; a second Ctrl-C, SIGQUIT or SIGTERM ends the process.

const endings = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const;

/** The part of `process` that this needs. */
export interface Interruptible {
  on(event: (typeof endings)[number], listener: () => void): unknown;
  exit(status: number): void;
  readonly stderr: { write(text: string): unknown };
}

/** A signal that is aborted by the first interruption of the process. */
export function interruptionOf(process: Interruptible): AbortSignal {
  const interruption = new AbortController();
  for (const name of endings)
    process.on(name, () => {
      if (!interruption.signal.aborted) {
        interruption.abort();
        process.stderr.write('\nstopping in good order; Ctrl-C again ends at once\n');
      } else if (name !== 'SIGHUP') {
        // A terminal that is closed sends several of those.
        process.exit(130);
      }
    });
  return interruption.signal;
}
