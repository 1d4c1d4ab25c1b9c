/** The engines that the shared tests run on. A new engine adds its row here. */
import type { Engine } from '../engine.ts';
import { createOnednnEngine } from '../onednn/engine.ts';
import { createOnnxEngine } from '../onnx/engine.ts';
import { createReferenceEngine } from '../reference/engine.ts';

export interface TestedEngine {
  readonly name: string;
  readonly create: () => Engine;
  /** Largest difference from the reference, as a fraction of the largest value of the tensor. */
  readonly tolerance: number;
}

export const testedEngines: readonly TestedEngine[] = [
  // Differs from its own float64 values only by the rounding of results to float32: 2^-24.
  { name: 'reference', create: createReferenceEngine, tolerance: 6e-8 },
  // Sums in float32, in another order.
  { name: 'onednn', create: () => createOnednnEngine({ threads: 2 }), tolerance: 2e-5 },
  { name: 'onnx', create: () => createOnnxEngine({ threads: 2 }), tolerance: 2e-5 },
];
