/** One way of using an operation, for the tests of every engine; the cases themselves are in cases/. */

import { type Shape, sizeOf, type Tensor } from '../../graph/index.ts';
import { uniforms } from '../../random/index.ts';

/** An input of a case; values have a magnitude between 0.2 and 1.2, so that none is near a corner at zero. */
export interface CaseInput {
  readonly shape: Shape;
  readonly signs: 'both' | 'positive';
}

export interface Case {
  readonly what: string;
  readonly inputs: readonly CaseInput[];
  readonly build: (...inputs: Tensor[]) => Tensor;
  /**
   * How often the result can be differentiated with respect to its inputs: 'twice' where gradient rules compose,
   * 'once' where the gradient is an operation that only serves gradients, 'never' where there is no rule, 'stopped'
   * where the gradient is zero by decree.
   */
  readonly derivative: 'twice' | 'once' | 'never' | 'stopped';
}

export const positive = (...shape: number[]): CaseInput => ({ shape, signs: 'positive' });

/** A case; inputs that are written as plain shapes have values of both signs. */
export function makeCase(
  what: string,
  inputs: readonly (Shape | CaseInput)[],
  build: (...inputs: Tensor[]) => Tensor,
  derivative: Case['derivative'] = 'twice',
): Case {
  const full = inputs.map((each): CaseInput => ('shape' in each ? each : { shape: each, signs: 'both' }));
  return { what, inputs: full, build, derivative };
}

/** The values of an input: the same at every call with the same draw. */
export function valuesFor({ shape, signs }: CaseInput, draw: number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  uniforms({ seed: 0, purpose: 'noise', draw }, values, -1, 1);
  return values.map((value) => (signs === 'positive' || value >= 0 ? 1 : -1) * (0.2 + Math.abs(value)));
}
