/**
 * The contract of `batchInvariant`: an example has the same bits whichever examples share its batch, and whichever place it has
 * there; and whatever their number, except where an engine has a constant width, which every batch is then filled up to.
 */
import { expect } from 'vitest';
import type { Step } from '../../graph/index.ts';
import type { Engine, Values } from '../engine.ts';

export interface Examples {
  /** Seven examples, by input. */
  readonly inputs: Values;
  readonly stepOf: (batch: number) => Step;
  /** Fewest places of a batch (default 1). */
  readonly least?: number;
}

const count = 7;

/** What may be beside an example that is not one of them: a place that was left over, and an image that broke a network. */
const others = { empty: 0, broken: Number.NaN };
type Place = number | keyof typeof others;

const batchesOf = (width: number | undefined): readonly (readonly Place[])[] => [
  [0],
  [1, 0],
  [6, 5, 4, 3, 2, 1, 0],
  ['empty', 'empty', 'empty', 2, 2],
  ['broken', 3, 'broken', 4],
  // Every place of a constant width, the last of them too.
  Array.from({ length: width ?? 9 }, (_, at) => (3 * at) % 7),
];

/** Expect each of 7 examples to be given the same in all batches as in one of all 7. */
export async function expectSameInAnyBatch(
  engine: Engine,
  { inputs, stepOf, least = 1 }: Examples,
): Promise<void> {
  const rowOf = (values: Float32Array, rows: number, at: number) => {
    const size = values.length / rows;
    return values.slice(at * size, (at + 1) * size);
  };
  const run = async (places: readonly Place[]) => {
    const width = engine.constantWidth ?? Math.max(least, places.length);
    const program = await engine.compile(stepOf(width), { batchInvariant: true });
    const given = Object.entries(inputs).map(([name, values]) => {
      const size = values.length / count;
      const batch = new Float32Array(width * size);
      for (const [at, place] of places.entries())
        batch
          .subarray(at * size, (at + 1) * size)
          .set(
            typeof place === 'number'
              ? rowOf(values, count, place)
              : new Float32Array(size).fill(others[place]),
          );
      return [name, batch] as const;
    });
    const outputs = await program.run(Object.fromEntries(given));
    program.dispose();
    return (at: number) =>
      Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, rowOf(values, width, at)]));
  };
  const all = await run(Array.from({ length: count }, (_, at) => at));
  for (const places of batchesOf(engine.constantWidth)) {
    const found = await run(places);
    for (const [at, place] of places.entries())
      if (typeof place === 'number')
        expect(found(at), `example ${place} at ${at} of ${places.join(', ')}`).toEqual(all(place));
  }
}
