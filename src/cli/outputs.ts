/**
 * The two output streams of a process, when nobody reads them or they cannot be written.
 *
 * A reader that is gone (`| head`, a terminal that was closed) is no failure, and no reason to end a training: what is
 * written from then on is dropped. Results that cannot be written (a full disk) are one, told in a line.
 */

import { fileError, systemErrorCode } from '../files/index.ts';

interface Stream {
  write(text: string): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The part of `process` that this needs. */
export interface Outputs {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

// EIO is what a terminal that is gone answers; the last one what Node says of a stream that failed before.
const GONE: ReadonlySet<string> = new Set([
  'EPIPE',
  'EIO',
  'ECONNRESET',
  'ENOTCONN',
  'EBADF',
  'ERR_STREAM_DESTROYED',
]);

/** Listens for errors of both streams. `onFailure` is called once if standard output could not be written. */
export function watchOutputs({ stdout, stderr }: Outputs, onFailure: () => void): void {
  let hasFailed = false;
  stdout.on('error', (error) => {
    if (hasFailed || GONE.has(systemErrorCode(error) ?? '')) return;
    hasFailed = true;
    const said = fileError('write to', 'standard output', error);
    stderr.write(`error: ${said instanceof Error ? said.message : said}\n`);
    onFailure();
  });
  // Whatever became of it, there is no place left to say so.
  stderr.on('error', () => {});
}
