/** Ctrl-C as a signal that commands heed: the first asks them to end in good order, the second ends the process. */

/** The part of `process` that this needs. */
export interface Interruptible {
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(status: number): void;
  readonly stderr: { write(text: string): unknown };
}

/** A signal that is aborted by the first interruption of the process. */
export function interruptionOf(process: Interruptible): AbortSignal {
  const interruption = new AbortController();
  function interrupt(): void {
    if (interruption.signal.aborted) {
      process.exit(130);
      return;
    }
    interruption.abort();
    process.stderr.write('\nstopping in good order; Ctrl-C again ends at once\n');
  }
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return interruption.signal;
}
