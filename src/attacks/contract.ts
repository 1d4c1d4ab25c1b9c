/** What every attack is to its owner: a function of examples, with settings and a result. Who fulfils it is in attack.ts. */
import type { Examples } from './examples.ts';
import type { AttackOptions } from './options.ts';

/** How an attack is run, as opposed to what it is. */
export interface AttackSettings {
  readonly seed?: number;
  readonly batchSize?: number;
  /** Leave an example as soon as one of its iterates is misclassified, as evaluation does. */
  readonly earlyStop?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  /** Hears of each example as soon as it is done with. */
  readonly onExample?: (example: AttackedExample) => void;
  readonly signal?: AbortSignal;
}

/** One example of `Attacked`, when it is finished. */
export interface AttackedExample {
  /** Its place among those given. */
  readonly at: number;
  readonly firstMisclassified: number;
  readonly zeroGradientSteps: number;
  /** [C, H, W], for the time of the call. */
  readonly adversarial: Float32Array;
}

export interface Attacked {
  /** [N, C, H, W]: the first misclassified iterate where attacks stop early (searches always do), else the last. */
  readonly adversarial: Float32Array;
  /** Steps after which an iterate was misclassified first, in the first restart that did it; -1 where none did. */
  readonly firstMisclassified: Int32Array;
  /** Steps that found a gradient of nothing but zeros, [N]: they climb nowhere, and a network may be robust in name only. */
  readonly zeroGradientSteps: Int32Array;
}

/** What may differ between calls of one compiled attack. */
export type Radius = Pick<AttackOptions, 'epsilon' | 'stepSize'>;

export interface Attack {
  /** Attack examples, at the radius of the options unless another is given. Rejects with the signal's reason. */
  (examples: Examples, radius?: Radius): Promise<Attacked>;
  /** Give back what the engine holds for this attack. */
  dispose(): Promise<void>;
}
