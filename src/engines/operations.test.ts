/**
 * Every operation, on every engine and by finite differences. The cases are a table (testing/cases/), the engines are a
 * list (testing/engines.ts).
 */
import { describe, expect, test } from 'vitest';
import {
  add,
  differentiate,
  GraphError,
  input,
  makeStep,
  multiply,
  type OperationName,
  sumAll,
  type Tensor,
  variable,
} from '../graph/index.ts';
import { operations } from '../graph/operations/table.ts';
import { createReferenceEngine } from './reference/engine.ts';
import { type Case, valuesFor } from './testing/case.ts';
import { cases } from './testing/cases/table.ts';
import { testedEngines } from './testing/engines.ts';
import { knownAnswers, pose } from './testing/known-answers.ts';
import { finiteDifferences, relativeDifference } from './testing/numbers.ts';

const names = Object.keys(operations) as OperationName[];

/** sum of y times an arbitrary tensor: its gradient exercises every element of the rule with a different weight. */
function weighted(y: Tensor, draw: number): Tensor {
  const weights = { name: `weights ${draw}`, shape: y.shape };
  written.set(weights, valuesFor({ shape: y.shape, signs: 'both' }, 1000 + draw));
  return sumAll(multiply(y, variable(weights)));
}

/** Values of the variables that cases use, for whichever engine runs them. */
const written = new Map<{ name: string; shape: readonly number[] }, Float32Array>();

/** A case's inputs as tensors, every second one as a variable, and what to feed to the others. */
function feed(of: Case) {
  const values = of.inputs.map((each, at) => valuesFor(each, at));
  const tensors = of.inputs.map(({ shape }, at) => {
    if (at % 2 === 0) return input(`x${at}`, shape);
    const stored = { name: `x${at}`, shape };
    written.set(stored, values[at]);
    return variable(stored);
  });
  return { tensors, values: Object.fromEntries(values.map((each, at) => [`x${at}`, each])) };
}

describe.each(testedEngines)('the $name engine agrees with the reference', ({ create, tolerance }) => {
  const engine = create();
  const reference = createReferenceEngine();
  test.each(names)('%s, and its gradients', async (name) => {
    for (const of of cases[name]) {
      written.clear();
      const { tensors, values } = feed(of);
      const y = of.build(...tensors);
      const gradients = of.derivative === 'never' ? [] : differentiate(weighted(y, 0), tensors);
      const outputs = Object.fromEntries([y, ...gradients].map((tensor, at) => [`${at}`, tensor]));
      for (const [stored, each] of written) {
        engine.write(stored, each);
        reference.write(stored, each);
      }
      const program = await engine.compile(makeStep(name, { outputs }));
      const actual = await program.run(values);
      const expected = reference.evaluate(Object.values(outputs), values);
      expected.forEach((each, at) => {
        const what = `${of.what}, ${at === 0 ? 'result' : `gradient of input ${at - 1}`}`;
        expect(relativeDifference(actual[at], each), what).toBeLessThanOrEqual(tolerance);
      });
      program.dispose();
    }
  });
});

describe.each(testedEngines)('the $name engine knows', ({ create }) => {
  const engine = create();
  test.each(knownAnswers)('$what', async (answer) => {
    const { result, values } = pose(answer);
    expect(result.shape).toEqual(answer.shape);
    const program = await engine.compile(makeStep('known', { outputs: { result } }));
    const output = await program.run(values);
    answer.values.forEach((expected, at) => {
      // Small integers and halves: exact in every float format, but for an engine's own ways of summing.
      if (Number.isFinite(expected)) expect(output.result[at]).toBeCloseTo(expected, 5);
      else expect(output.result[at]).toBe(expected);
    });
    program.dispose();
  });
});

test.each(names)('%s has cases', (name) => {
  expect(cases[name].length).toBeGreaterThan(0);
});

/** Compare differentiate(L) with finite differences of L, for a scalar L built of a case's inputs. */
function checkGradients(of: Case, loss: (inputs: readonly Tensor[]) => Tensor): void {
  const engine = createReferenceEngine();
  const inputs = of.inputs.map(({ shape }, at) => input(`x${at}`, shape));
  const at = of.inputs.map((each, draw) => Float64Array.from(valuesFor(each, draw)));
  const scalar = loss(inputs);
  const gradients = differentiate(scalar, inputs);
  for (const [stored, each] of written) engine.write(stored, each);
  const named = (values: readonly Float64Array[]) =>
    Object.fromEntries(values.map((each, which) => [`x${which}`, each]));
  const value = (values: readonly Float64Array[]) => engine.evaluate([scalar], named(values))[0][0];
  const numeric = finiteDifferences(value, at);
  engine.evaluate(gradients, named(at)).forEach((exact, which) => {
    expect(relativeDifference(exact, numeric[which]), `${of.what}, input ${which}`).toBeLessThan(1e-6);
  });
}

const smooth = (name: OperationName, ...allowed: Case['derivative'][]) =>
  cases[name].filter(({ derivative, inputs }) => allowed.includes(derivative) && inputs.length > 0);

describe('gradient rules agree with finite differences', () => {
  test.each(names.filter((name) => smooth(name, 'once', 'twice').length > 0))('%s', (name) => {
    for (const of of smooth(name, 'once', 'twice'))
      checkGradients(of, (inputs) => weighted(of.build(...inputs), 0));
  });

  test.each(names.filter((name) => smooth(name, 'twice').length > 0))('%s, second derivatives', (name) => {
    for (const of of smooth(name, 'twice'))
      checkGradients(of, (inputs) =>
        differentiate(weighted(of.build(...inputs), 0), inputs)
          .map((gradient, at) => weighted(multiply(gradient, gradient), 1 + at))
          .reduce((total, each) => add(total, each)),
      );
  });

  test.each(names.filter((name) => smooth(name, 'never').length > 0))('%s has none and says so', (name) => {
    for (const of of smooth(name, 'never')) {
      const inputs = of.inputs.map(({ shape }, at) => input(`x${at}`, shape));
      const loss = sumAll(of.build(...inputs));
      expect(() => differentiate(loss, inputs), of.what).toThrow(GraphError);
    }
  });
});
