/**
 * What an attack run finds of single examples: kept while an evaluation goes on, so that one that was cut asks only for what is
 * missing. A result is a function of the network, the attack, the seed and the example; it does not matter when it was found,
 * or in which batch, or for which of the attacks that share the run.
 */
import { type AttackedExample, type AttackOptions, type NotFinite, norms } from '../attacks/index.ts';
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
  /** How far a pixel is outside [0, 1] at the most; NaN or infinite where one is. */
  readonly beyondRange: number;
  /** What is wrong with the image that the attack returned. */
  readonly fault: Fault | 'none';
}

/** The last: it counts as misclassified, and a forward pass of its own says otherwise. */
export const faults = ['image-not-finite', 'beyond-range', 'beyond-epsilon', 'not-misclassified'] as const;

export type Fault = (typeof faults)[number];

/** Results by cell and run; what keeps them beyond the process is not its owner's concern. */
export interface PartialResults {
  /** What is known already, by index in the data set. */
  known(cell: Cell, run: string): ReadonlyMap<number, ExampleResult>;
  add(cell: Cell, run: string, index: number, result: ExampleResult): void;
}

/** Between 0.5 and 1, where float32 is coarsest for a pixel: what its last bit is worth. */
const lastBit = 2 ** -24;

/** The size that a perturbation may have: epsilon (1 + 1e-6), and the last bit of every pixel. */
export function largestSize(
  { norm, epsilon }: Pick<AttackOptions, 'norm' | 'epsilon'>,
  pixels: number,
): number {
  return epsilon * (1 + 1e-6) + norms[norm].size(new Float32Array(pixels).fill(lastBit));
}

/** Of an example that an attack is done with, and its clean image [C, H, W]. Whether it is misclassified is not looked at again. */
export function exampleResultOf(
  { options }: AttackRun,
  clean: Float32Array,
  { adversarial, firstMisclassified, zeroGradientSteps, notFinite }: AttackedExample,
): ExampleResult {
  let beyondRange = 0;
  const perturbation = adversarial.map((value, at) => {
    beyondRange = Math.max(beyondRange, -value, value - 1);
    return value - clean[at];
  });
  const size = norms[options.norm].size(perturbation);
  const fault = !Number.isFinite(beyondRange)
    ? 'image-not-finite'
    : beyondRange > 0
      ? 'beyond-range'
      : size <= largestSize(options, clean.length)
        ? 'none'
        : 'beyond-epsilon';
  const beyondEpsilon = Math.max(0, size - options.epsilon);
  const zeroGradient = zeroGradientSteps > 0;
  return { firstMisclassified, zeroGradient, notFinite, beyondEpsilon, beyondRange, fault };
}

/** Whether an example counts as broken after some steps: what is no image within the ball breaks nothing. */
export const isBroken = ({ firstMisclassified, fault }: ExampleResult, steps: number): boolean =>
  firstMisclassified !== -1 &&
  firstMisclassified <= steps &&
  (fault === 'none' || fault === 'not-misclassified');
