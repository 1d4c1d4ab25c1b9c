/**
 * The two kinds of failure a user can meet, as types.
 *
 * An InputError is the user's to mend (bad option, missing file, a network that does not fit the data): exit code 2.
 * A RunError happened while running (a NaN, a library that failed): exit code 1. Anything else is a bug of ours.
 */

export type ExitCode = 1 | 2;

/** A failure whose message is written for the user: what was wrong, where, and what to do. */
export abstract class DualbnError extends Error {
  abstract readonly exitCode: ExitCode;
}

/** One problem of an input, with the place it was found (a configuration path, an option, a file). */
export interface Problem {
  readonly where: string;
  readonly what: string;
}

/** Bad input or usage. With several problems, all are listed at once. */
export class InputError extends DualbnError {
  override readonly name = 'InputError';
  readonly exitCode = 2;
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[] = []) {
    super([message, ...problems.map((problem) => `  ${problem.where}: ${problem.what}`)].join('\n'));
    this.problems = problems;
  }
}

/** A failure while running, after the input was accepted. */
export class RunError extends DualbnError {
  override readonly name = 'RunError';
  readonly exitCode = 1;
}
