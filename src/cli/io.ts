/**
 * What a command may touch of the world, so that tests run the real command with streams of their own.
 *
 * Standard output carries results alone (with --json, exactly one JSON document); everything else goes to standard error.
 */
import { fileError, systemErrorCode } from '../files/index.ts';

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

// The two output streams of a process, when nobody reads them or they cannot be written.
//
// A reader that is gone (`| head`, a terminal that was closed) is no failure, and no reason to end a training: what is
// written from then on is dropped. Results that cannot be written (a full disk) are one, told in a line.

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

// Plain text tables, aligned for a fixed-width font.

export interface Column {
  readonly title: string;
  /** Numbers read best on the right. */
  readonly align?: 'left' | 'right';
}

/** The rows under the titles, two spaces between columns, a newline at the end of every line. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => (cells[i] ?? '').length)));
  return lines
    .map((cells) => {
      const padded = columns.map(({ align }, i) =>
        align === 'right' ? (cells[i] ?? '').padStart(widths[i]) : (cells[i] ?? '').padEnd(widths[i]),
      );
      return `${padded.join('  ').trimEnd()}\n`;
    })
    .join('');
}

// Numbers as people read them: sizes in bytes, durations.

/** `170 MB`: three digits at most, decimal units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 9.95 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `0:07`, `12:30`, `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
