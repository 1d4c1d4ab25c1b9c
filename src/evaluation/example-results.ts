/**
 * What an attack found of single examples, and where results are kept while an evaluation goes on: one that was cut asks
 * only for what is missing. A result is a function of the network, the attack, the seed and the example, so that it does
 * not matter when it was made, or in which batch.
 */
import { type AttackedExample, norms } from '../attacks/index.ts';
import type { Cell } from '../nn/index.ts';
import type { AttackRun } from './attack-runs.ts';

export interface ExampleResult {
  /** The step after which the example was misclassified first; -1 where none did it. */
  readonly firstMisclassified: number;
  /** Whether it met a gradient of nothing but zeros. */
  readonly flat: boolean;
  /** How far its perturbation is larger than epsilon; 0 where it is not. */
  readonly beyondEpsilon: number;
  /** How far a pixel is outside [0, 1] at the most. */
  readonly beyondRange: number;
}

/** Findings by cell and path; what keeps them beyond the process is not its owner's concern. */
export interface PartialResults {
  /** What is known already, by index in the data set. */
  known(cell: Cell, path: string): ReadonlyMap<number, ExampleResult>;
  add(cell: Cell, path: string, index: number, result: ExampleResult): void;
}

/** A path goes by the name of its longest attack. */
export const pathName = ({ reported }: AttackRun): string => reported.at(-1)?.name ?? '';

/** Of an example that an attack is done with, and its clean image [C, H, W]. */
export function exampleResultOf(
  { options: { norm, epsilon } }: AttackRun,
  clean: Float32Array,
  { adversarial, firstMisclassified, zeroGradientSteps }: AttackedExample,
): ExampleResult {
  let beyondRange = 0;
  const perturbation = adversarial.map((value, at) => {
    beyondRange = Math.max(beyondRange, -value, value - 1);
    return value - clean[at];
  });
  const beyondEpsilon = Math.max(0, norms[norm].size(perturbation) - epsilon);
  return { firstMisclassified, flat: zeroGradientSteps > 0, beyondEpsilon, beyondRange };
}
