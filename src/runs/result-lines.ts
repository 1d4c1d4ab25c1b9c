/**
 * What an attack found of one example as a line of JSON, for files of results: cell, attack run, index in the data set, and the
 * fields of ExampleResult.
 */
import { z } from 'zod';
import { type ExampleResult, faults } from '../evaluation/index.ts';
import { type Cell, cellLabel } from '../nn/index.ts';

// JSON writes what is no number as null.
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

export const resultLineSchema = z.tuple([
  z.string(),
  z.string(),
  z.int(),
  z.int(),
  z.boolean(),
  z.enum(['none', 'logits', 'gradients']),
  number,
  number,
  z.enum(['none', ...faults]),
]);

export type ResultLine = Readonly<z.output<typeof resultLineSchema>>;

export function resultLine(cell: Cell, attack: string, index: number, result: ExampleResult): ResultLine {
  const { firstMisclassified, zeroGradient, notFinite, beyondEpsilon, beyondRange, fault } = result;
  return [
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
}

/** Lines by cell and attack run, each group by index; of several of one example the last. */
export interface ResultLines {
  take(line: ResultLine): void;
  of(cell: Cell, attack: string): ReadonlyMap<number, ExampleResult>;
  /** Every line once. */
  all(): ResultLine[];
}

export function collectResultLines(from: Iterable<ResultLine>): ResultLines {
  const groups = new Map<string, { lines: Map<number, ResultLine>; results: Map<number, ExampleResult> }>();
  const groupOf = (cell: string, attack: string) => {
    const name = `${cell}: ${attack}`;
    const group = groups.get(name) ?? { lines: new Map(), results: new Map() };
    groups.set(name, group);
    return group;
  };
  const take = (line: ResultLine) => {
    const [cell, attack, index, firstMisclassified, zeroGradient, notFinite, ...beyond] = line;
    const [beyondEpsilon, beyondRange, fault] = beyond;
    const { lines, results } = groupOf(cell, attack);
    lines.set(index, line);
    results.set(index, {
      ...{ firstMisclassified, zeroGradient, notFinite, beyondEpsilon, beyondRange, fault },
    });
  };
  for (const line of from) take(line);
  return {
    take,
    of: (cell, attack) => groupOf(cellLabel(cell), attack).results,
    all: () => [...groups.values()].flatMap(({ lines }) => [...lines.values()]),
  };
}
