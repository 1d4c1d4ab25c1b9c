/** Numbers of tests: drawn values, how far two tensors' values are apart, and gradients by finite differences. */
import { type Step, sizeOf } from '../../graph/index.ts';
import { uniforms } from '../../random/index.ts';
import type { Engine } from '../engine.ts';

/**
 * Central differences, dL/dx_i = (L(x + h e_i) - L(x - h e_i)) / 2h, against which gradient rules are checked.
 * In float64 with h = 1e-5, truncation and rounding are both below 1e-9 for functions of moderate curvature.
 */
const STEP = 1e-5;

/** The gradient of a scalar function of several arrays, by each array. */
export function finiteDifferences(
  f: (values: readonly Float64Array[]) => number,
  at: readonly Float64Array[],
): Float64Array[] {
  return at.map((values, which) =>
    values.map((value, i) => {
      const moved = (by: number) =>
        f(at.map((each, other) => (other === which ? each.with(i, value + by) : each)));
      return (moved(STEP) - moved(-STEP)) / (2 * STEP);
    }),
  );
}

/** Numbers in [low, 1); another `draw`, other numbers. */
export function drawnValues(length: number, draw: number, low: number): Float32Array {
  const values = new Float32Array(length);
  uniforms({ seed: 7, purpose: 'noise', draw }, values, low, 1);
  return values;
}

/** Write every variable of a step: variances above zero, the others small. */
export function fillVariables(engine: Engine, step: Step): void {
  step.variables.forEach((each, draw) => {
    const isPositive = /variance|gamma/.test(each.name);
    const values = drawnValues(sizeOf(each.shape), draw, isPositive ? 0.5 : -1);
    engine.write(each, isPositive ? values : values.map((value) => value / 4));
  });
}

// Below this a tensor is zero but for rounding, and a relative difference means nothing.
const ZERO = 1e-6;

/** The largest difference as a fraction of the largest expected value; NaN where either holds a NaN. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values cannot be compared with ${expected.length}`);
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i += 1) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return scale < ZERO ? difference : difference / scale;
}
