/**
 * The results of an evaluation under way, as a file: `evaluations/STEM-KEY.part`, a line an example that an attack is done
 * with. It is there while an evaluation runs or after it was cut, and goes once the document is written.
 *
 * KEY is of everything that a result depends on, so an evaluation that asks for anything else never reads it.
 */
import { appendFileSync, mkdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ExampleResult, faults, type PartialResults } from '../evaluation/index.ts';
import { fileError, kindOf, readRegularFile, refuseIrregular } from '../files/index.ts';
import { cellLabel } from '../nn/index.ts';
import type { RunPaths } from './run.ts';

export interface PartialResultsFile extends PartialResults {
  /** Keep what was found for the next time. */
  close(): void;
  /** The evaluation is done, and its document written. */
  discard(): void;
}

// JSON writes what is no number as null.
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const notFinite = z.enum(['none', 'logits', 'gradients']);
const fault = z.enum(['none', ...faults]);
const lineSchema = z.tuple([
  z.string(),
  z.string(),
  z.int(),
  z.int(),
  z.boolean(),
  notFinite,
  number,
  number,
  fault,
]);
type Line = z.output<typeof lineSchema>;

/** Lines that are written at once: what a killed process loses at the most. */
const linesAtOnce = 50;

/**
 * The results of an evaluation by its stem and by the key of all that they depend on (partialResultsKey). Nothing is written
 * before the first of them is found.
 *
 * @throws InputError where the run directory cannot be read or written.
 */
export function openPartialResults(
  run: { readonly paths: Pick<RunPaths, 'evaluations'> },
  stem: string,
  key: string,
): PartialResultsFile {
  const path = join(run.paths.evaluations, `${stem}-${key.slice(0, 12)}.part`);
  const groups = new Map<string, Map<number, ExampleResult>>();
  const groupOf = (cell: string, attack: string) => {
    const name = `${cell}: ${attack}`;
    const group = groups.get(name) ?? new Map<number, ExampleResult>();
    groups.set(name, group);
    return group;
  };
  for (const [cell, attack, index, firstMisclassified, zeroGradient, notFinite, ...beyond] of linesOf(path)) {
    const [beyondEpsilon, beyondRange, fault] = beyond;
    groupOf(cell, attack).set(index, {
      ...{ firstMisclassified, zeroGradient, notFinite, beyondEpsilon, beyondRange, fault },
    });
  }

  let waiting: string[] = [];
  const write = () => {
    if (waiting.length === 0) return;
    try {
      mkdirSync(run.paths.evaluations, { recursive: true });
      refuseIrregular(path);
      appendFileSync(path, `${waiting.join('\n')}\n`);
    } catch (error) {
      throw fileError('write', path, error);
    }
    waiting = [];
  };
  return {
    known: (cell, attack) => groupOf(cellLabel(cell), attack),
    add(cell, attack, index, result) {
      const { firstMisclassified, zeroGradient, notFinite, beyondEpsilon, beyondRange, fault } = result;
      const line: Line = [
        cellLabel(cell),
        attack,
        index,
        firstMisclassified,
        zeroGradient,
        notFinite,
        beyondEpsilon,
        beyondRange,
        fault,
      ];
      waiting.push(JSON.stringify(line));
      if (waiting.length >= linesAtOnce) write();
    },
    close: write,
    discard: () => rmSync(path, { force: true }),
  };
}

/** A line that is damaged is passed over, and its example attacked again. */
function linesOf(path: string): Line[] {
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

function parseLine(line: string): [Line] | undefined {
  try {
    return [lineSchema.parse(JSON.parse(line))];
  } catch {
    return undefined;
  }
}
