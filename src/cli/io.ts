/**
 * What a command may touch of the world, so that tests run the real command with streams of their own.
 *
 * Standard output carries results alone (with --json, exactly one JSON document); everything else goes to standard error.
 */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first Ctrl-C: end soon, in good order. */
  readonly signal: AbortSignal;
}

/** Prints a result as one JSON document. */
export function printJson({ stdout }: Io, value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
