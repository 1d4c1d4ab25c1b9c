/**
 * What an attack run finds of single examples: kept while an evaluation goes on, so that one that was cut asks only for what is
 * missing. A result is a function of the network, the attack, the seed and the example; it does not matter when it was found,
 * or in which batch, or for which of the attacks that share the run.
 */
import { type AttackedExample, type NotFinite, norms } from '../attacks/index.ts';
import type { Cell } from '../nn/index.ts';
import type { AttackRun } from './attack-plan.ts';

export interface ExampleResult {
  /** The step after which the example was misclassified first; -1 where none did it. */
  readonly firstMisclassified: number;
  /** Whether it met a gradient of nothing but zeros. */
  readonly zeroGradient: boolean;
  /** What was not finite, where it ended for that. */
  readonly notFinite: NotFinite;
  /** How far its perturbation is larger than epsilon; 0 where it is not. */
  readonly beyondEpsilon: number;
  /** How far a pixel is outside [0, 1] at the most. */
  readonly beyondRange: number;
}

/** Results by cell and run; what keeps them beyond the process is not its owner's concern. */
export interface PartialResults {
  /** What is known already, by index in the data set. */
  known(cell: Cell, run: string): ReadonlyMap<number, ExampleResult>;
  add(cell: Cell, run: string, index: number, result: ExampleResult): void;
}

/** Of an example that an attack is done with, and its clean image [C, H, W]. */
export function exampleResultOf(
  { options: { norm, epsilon } }: AttackRun,
  clean: Float32Array,
  { adversarial, firstMisclassified, zeroGradientSteps, notFinite }: AttackedExample,
): ExampleResult {
  let beyondRange = 0;
  const perturbation = adversarial.map((value, at) => {
    beyondRange = Math.max(beyondRange, -value, value - 1);
    return value - clean[at];
  });
  const beyondEpsilon = Math.max(0, norms[norm].size(perturbation) - epsilon);
  return { firstMisclassified, zeroGradient: zeroGradientSteps > 0, notFinite, beyondEpsilon, beyondRange };
}
