/**
 * A training step of every regime, on every engine, against the reference: the losses of two steps, the second of which
 * sees what the first made of weights, momentum and running NS.
 *
 * They agree to 1e-5 of their size, float32 against float64 through a network, two attack steps and an update (3e-7 was
 * the largest difference seen). An attack moves by signs: a pixel whose gradient is next to zero may go the other way.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { testedEngines } from '../engines/testing/engines.ts';
import { type RegimeName, regimes } from './regimes.ts';
import { givenInputs, inputsOf, startOf, tinyStep } from './testing/tiny-step.ts';

const TOLERANCE = 1e-5;

describe('a training step has the losses of the reference on every engine', () => {
  const engines = testedEngines
    .filter(({ name }) => name !== 'reference')
    .map(({ name, create }) => ({ name, engine: create() }));
  afterAll(() => {
    for (const { engine } of engines) engine.dispose();
  });

  test.each(Object.keys(regimes) as RegimeName[])('%s', async (regime) => {
    const { network, step, run } = await tinyStep(regimes[regime]);
    const expected = [await run(), await run()];
    for (const { name, engine } of engines) {
      for (const variable of network.variables) engine.write(variable, startOf(variable));
      const program = await engine.compile(step);
      for (const { loss } of expected) {
        const actual = await program.run(inputsOf(step, givenInputs()));
        expect(Math.abs(actual.loss[0] / loss[0] - 1), `${name}, loss ${loss[0]}`).toBeLessThan(TOLERANCE);
      }
      program.dispose();
    }
  });
});
