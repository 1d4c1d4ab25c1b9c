/**
 * The two kinds of failure a user can meet, as types.
 *
 * An InputError can be corrected by the user (bad option, missing file, a network that does not fit the data): exit code 2.
 * A RunError happened while running (a NaN, a library that failed): exit code 1. Anything else is a bug of this program.
 * Both carry a `code` for programs that call the library: messages may change, codes do not.
 */
export type ExitCode = 1 | 2;

/**
 *   invalid-input        an option, configuration or argument is wrong
 *   not-found            a file, run, data set or checkpoint is not there
 *   damaged              a file is there, but is not what it should be (schema, digest)
 *   mismatch             two things do not fit: a checkpoint and a network, a result and the request it should answer
 *   taken                something is there already, or in use by another process
 *   invalid-graph        an operation met shapes, or a use, that it is not defined for
 *   engine-unavailable   a library, a device or the memory that an engine needs is not there
 *   failed               a failure while running
 *   not-finite           a value became NaN or infinite
 */
export type ErrorCode =
  | 'invalid-input'
  | 'not-found'
  | 'damaged'
  | 'mismatch'
  | 'taken'
  | 'invalid-graph'
  | 'engine-unavailable'
  | 'failed'
  | 'not-finite';

export interface ErrorDetails<Code extends ErrorCode = ErrorCode> {
  readonly code?: Code;
  readonly cause?: unknown;
}

/** A failure whose message is written for the user: what was wrong, where, and what to do. */
export abstract class DualbnError extends Error {
  abstract readonly exitCode: ExitCode;
  abstract readonly code: ErrorCode;
}

/** One problem of an input, with the place it was found (a configuration path, an option, a file). */
export interface Problem {
  readonly where: string;
  readonly what: string;
}

/** Bad input or usage. With several problems, all are listed at once. */
export class InputError extends DualbnError {
  override readonly name: string = 'InputError';
  readonly exitCode = 2;
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(
    message: string,
    problems: readonly Problem[] = [],
    { code = 'invalid-input', cause }: ErrorDetails = {},
  ) {
    super(
      [message, ...problems.map((problem) => `  ${problem.where}: ${problem.what}`)].join('\n'),
      cause === undefined ? {} : { cause },
    );
    this.code = code;
    this.problems = problems;
  }
}

/** A failure while running, after the input was accepted. */
export class RunError extends DualbnError {
  override readonly name: string = 'RunError';
  readonly exitCode = 1;
  readonly code: ErrorCode;

  constructor(message: string, { code = 'failed', cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}
