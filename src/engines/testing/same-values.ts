/** For tests of passes over steps: that two steps compute the same, on the reference engine. */
import { expect } from 'vitest';
import {
  type OperationName,
  type Shape,
  type Step,
  sizeOf,
  stepTensors,
  type Tensor,
  type Variable,
} from '../../graph/index.ts';
import { uniforms } from '../../random/index.ts';
import { createReferenceEngine } from '../reference/engine.ts';

const numbers = (shape: Shape, draw: number, low: number) => {
  const values = new Float32Array(sizeOf(shape));
  uniforms({ seed: 3, purpose: 'noise', draw }, values, low, 1);
  return Float64Array.from(values);
};

/** Outputs and updated variables of a step, in float64, with random inputs and variables (variances above zero). */
function valuesOf(step: Step, variables: readonly Variable[]): Float64Array[] {
  const engine = createReferenceEngine();
  variables.forEach((variable, at) => {
    engine.write(variable, numbers(variable.shape, at, variable.name.includes('variance') ? 0.5 : -1));
  });
  const inputs = Object.fromEntries(
    step.inputs.map(({ attributes: { name }, shape }, at) => [name, numbers(shape, 1000 + at, -1)]),
  );
  const wanted: Tensor[] = [...Object.values(step.outputs), ...step.updates.map(({ value }) => value)];
  return engine.evaluate(wanted, inputs);
}

/** Fails unless `after` is the same step as `before` seen from outside: same names, same variables, same values. */
export function expectSame(after: Step, before: Step): void {
  expect(after.name).toBe(before.name);
  expect(after.inputs).toEqual(before.inputs);
  expect(after.variables).toEqual(before.variables);
  expect(Object.keys(after.outputs)).toEqual(Object.keys(before.outputs));
  expect(after.updates.map(({ variable }) => variable)).toEqual(
    before.updates.map(({ variable }) => variable),
  );
  const expected = valuesOf(before, before.variables);
  valuesOf(after, before.variables).forEach((values, at) => {
    expect(values.length).toBe(expected[at].length);
    const scale = expected[at].reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
    values.forEach((value, i) => {
      expect(Math.abs(value - expected[at][i]) / scale, `value ${i} of result ${at}`).toBeLessThan(1e-9);
    });
  });
}

/** How many tensors of a step are made by an operation. */
export function count(step: Step, operation: OperationName, where: (tensor: Tensor) => boolean = () => true) {
  return stepTensors(step).filter((tensor) => tensor.operation === operation && where(tensor)).length;
}
