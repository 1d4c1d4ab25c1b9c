/**
 * metrics.jsonl: what training measured, a JSON record a line, only ever appended to. summary.csv: its epochs as a table that
 * any spreadsheet opens, a view of it and never a source.
 *
 * A crash may tear the last line. Readers skip it; resuming cuts the file back to the length that the checkpoint noted,
 * so that the records after it are written once. The wall clock appears in `seconds` alone: without it, equal runs have
 * equal files.
 */

import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { fileError, kindOf, refuseIrregular, writeAtomically } from '../files/index.ts';

export type MetricValue = number | string | boolean | null;

/**
 * `step`: one optimizer step. `epoch`: the row of summary.csv. `gap`: distances between NS and between branches, as the
 * analysis room's gapProbe names them. `warning`: something to worry about, in `message`. Any other: numbers of a callback.
 */
export type MetricKind = 'step' | 'epoch' | 'gap' | 'warning' | (string & {});

export interface MetricRecord {
  readonly kind: MetricKind;
  /** Counted from 0. */
  readonly epoch: number;
  /** Optimizer steps done when it was measured. */
  readonly step: number;
  readonly [name: string]: MetricValue;
}

// zod's own numbers exclude NaN.
function isMetricValue(value: unknown): boolean {
  return value === null || ['number', 'string', 'boolean'].includes(typeof value);
}

const recordSchema = z
  .object({ kind: z.string().min(1), epoch: z.int().min(0), step: z.int().min(0) })
  .catchall(z.custom<MetricValue>(isMetricValue));

export interface MetricsLog {
  append(record: MetricRecord): void;
  /** The length of the file so far: what a checkpoint notes. */
  readonly bytes: number;
  /** Makes what was appended survive a power cut. Call it before the checkpoint that counts on it is written. */
  sync(): void;
  close(): void;
}

/**
 * Opens the log for appending, cut to its first `bytes` bytes: 0 for a new run, the checkpoint's number on resume.
 *
 * @throws InputError if the file is no regular file, or is shorter than that or no line ends there. Nothing is written then.
 */
export function openMetrics(path: string, bytes: number): MetricsLog {
  refuseIrregular(path);
  const { O_RDWR, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | (bytes === 0 ? O_CREAT : 0);
  const descriptor = attempt(path, () => openSync(path, flags, 0o666));
  const { size } = fstatSync(descriptor);
  if (size < bytes || (bytes > 0 && byteAt(descriptor, bytes - 1) !== NEWLINE)) {
    closeSync(descriptor);
    throw new InputError(
      `${path} does not belong to the checkpoint: expected a line to end at byte ${bytes}, found ${size} bytes`,
      [],
      { code: 'mismatch' },
    );
  }
  ftruncateSync(descriptor, bytes);
  let position = bytes;
  return {
    append(record) {
      const line = Buffer.from(`${JSON.stringify(record, writable)}\n`);
      attempt(path, () => {
        try {
          for (let done = 0; done < line.length; )
            done += writeSync(descriptor, line, done, line.length - done, position + done);
        } catch (error) {
          // A full disk may have taken a part of the line.
          ftruncateSync(descriptor, position);
          throw error;
        }
      });
      position += line.length;
    },
    get bytes() {
      return position;
    },
    sync: () => attempt(path, () => fsyncSync(descriptor)),
    close: () => closeSync(descriptor),
  };
}

/** Whether the log, which need not be there, has a whole record. */
export async function hasRecords(path: string): Promise<boolean> {
  if (kindOf(path) === undefined) return false;
  for await (const _ of readMetrics(path)) return true;
  return false;
}

/**
 * The records of a log, one at a time.
 *
 * @throws InputError with the line number for a line that is no record, unless it is the last.
 */
export async function* readMetrics(path: string): AsyncGenerator<MetricRecord> {
  refuseIrregular(path);
  let number = 0;
  let broken: InputError | undefined;
  try {
    const file = await open(path);
    for await (const line of file.readLines()) {
      number++;
      if (broken !== undefined) throw broken;
      const record = parseLine(line);
      if (record === undefined)
        broken = new InputError(`${path}:${number} is not a record of metrics`, [], { code: 'damaged' });
      else yield record;
    }
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Rewrites `path` from the `epoch` records of the log at `metricsPath`. */
export async function refreshSummary(path: string, metricsPath: string): Promise<void> {
  const rows: MetricRecord[] = [];
  for await (const record of readMetrics(metricsPath)) if (record.kind === 'epoch') rows.push(record);
  await writeAtomically(path, formatSummary(rows));
}

/** The rows as CSV: a column for every name that occurs, in the order of their first occurrence. */
export function formatSummary(records: readonly MetricRecord[]): string {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))].filter(
    (name) => name !== 'kind',
  );
  const lines = [columns, ...records.map((record) => columns.map((name) => record[name]))];
  return lines.map((cells) => `${cells.map(cell).join(',')}\n`).join('');
}

// RFC 4180: quotes around what holds a separator, doubled inside.
function cell(value: MetricValue | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const NEWLINE = 10;

// JSON has no NaN and no infinities, and a loss that is one must not look like a missing value.
const NON_FINITE: ReadonlyMap<unknown, number> = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => [String(value), value]),
);

function writable(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function parseLine(line: string): MetricRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(line, (_, value: unknown) => NON_FINITE.get(value) ?? value));
  } catch {
    return undefined;
  }
}

function byteAt(descriptor: number, position: number): number {
  const byte = new Uint8Array(1);
  readSync(descriptor, byte, 0, 1, position);
  return byte[0];
}

function attempt<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw fileError('write', path, error);
  }
}
