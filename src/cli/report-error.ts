/** What the user is told of an error, and the exit code that goes with it. */

import { CommanderError } from 'commander';
import { DualbnError, type ExitCode } from '../errors.ts';

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
