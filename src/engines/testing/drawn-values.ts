/** Values for steps under test: drawn, so that no two are alike, and of a size that networks have. */
import { type Step, sizeOf } from '../../graph/index.ts';
import { uniforms } from '../../random/index.ts';
import type { Engine } from '../engine.ts';

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
