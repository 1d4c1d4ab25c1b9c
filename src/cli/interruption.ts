/**
 * The signals that ask a process to end, as an AbortSignal that commands heed: the first asks them to end in good order, as
 * a training does in a checkpoint; a second Ctrl-C, SIGQUIT or SIGTERM ends the process.
 */

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
