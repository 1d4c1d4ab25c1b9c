/**
 * The results of an evaluation under way, as a file: `evaluations/STEM-KEY.part`, a line an example that an attack is done
 * with; of a shard `STEM-KEY-3-of-8.part`. It is there while an evaluation runs or after it was cut, and goes once the document is
 * written.
 *
 * KEY is of everything that a result depends on, so an evaluation that asks for anything else never reads it.
 */
import { appendFileSync, mkdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { PartialResults } from '../evaluation/index.ts';
import { fileError, kindOf, readRegularFile, refuseIrregular } from '../files/index.ts';
import { collectResultLines, type ResultLine, resultLine, resultLineSchema } from './result-lines.ts';
import type { RunPaths } from './run.ts';

export interface PartialResultsFile extends PartialResults {
  /** All that was found, also before. */
  lines(): ResultLine[];
  /** Keep what was found for the next time. */
  close(): void;
  /** The evaluation is done, and its document written. */
  discard(): void;
}

/** Lines that are written at once: what a killed process loses at the most. */
const linesAtOnce = 50;

/** What the names of files of an evaluation begin with, by its stem and by the key of all that it depends on (partialResultsKey). */
export const evaluationName = (stem: string, key: string): string => `${stem}-${key.slice(0, 12)}`;

/**
 * The results of an evaluation, or of a shard of one, by its name. Nothing is written before the first of them is found.
 *
 * @throws InputError where the run directory cannot be read or written.
 */
export function openPartialResults(
  run: { readonly paths: Pick<RunPaths, 'evaluations'> },
  name: string,
): PartialResultsFile {
  const path = join(run.paths.evaluations, `${name}.part`);
  const collected = collectResultLines(linesOf(path));
  let waiting: ResultLine[] = [];
  const write = () => {
    if (waiting.length === 0) return;
    try {
      mkdirSync(run.paths.evaluations, { recursive: true });
      refuseIrregular(path);
      appendFileSync(path, waiting.map((line) => `${JSON.stringify(line)}\n`).join(''));
    } catch (error) {
      throw fileError('write', path, error);
    }
    waiting = [];
  };
  return {
    known: collected.of,
    add(...found) {
      const line = resultLine(...found);
      collected.take(line);
      waiting.push(line);
      if (waiting.length >= linesAtOnce) write();
    },
    lines: collected.all,
    close: write,
    discard: () => rmSync(path, { force: true }),
  };
}

/** A line that is damaged is passed over, and its example attacked again. */
function linesOf(path: string): ResultLine[] {
  if (kindOf(path) === undefined) return [];
  try {
    const text = readRegularFile(path);
    // A crash may tear the last line; what follows must begin on one of its own.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
    return whole.split('\n').flatMap((line) => parseLine(line) ?? []);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

function parseLine(line: string): [ResultLine] | undefined {
  try {
    return [resultLineSchema.parse(JSON.parse(line))];
  } catch {
    return undefined;
  }
}
