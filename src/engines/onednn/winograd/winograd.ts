/**
 * Winograd convolution F(4 x 4, 3 x 3) for processors whose oneDNN has none (it needs AVX-512): transforms in WebAssembly
 * vectors, products by whatever matrix product the engine passes in. See matrices.ts for the mathematics.
 *
 * It knows neither oneDNN nor who allocates memory: all addresses are byte offsets into one shared memory.
 */
import { type GradientPlan, planBackwardWeights } from './gradients.ts';
import type { Block } from './kernels.ts';
import { type PassPlan, planPass } from './passes.ts';
import type { ConvolutionShape } from './shape.ts';
import { createTeam, type TeamOptions } from './team.ts';

export interface Winograd {
  /** y = x * filters (+ bias) (+ residual), then ReLU if asked. */
  readonly planForward: (shape: ConvolutionShape) => PassPlan;
  /** dx from dy, with the same choices; `gate` fuses the backward pass of the ReLU before the convolution. */
  readonly planBackwardData: (shape: ConvolutionShape) => PassPlan;
  /** The gradient of the filters from x and dy. */
  readonly planBackwardWeights: (shape: ConvolutionShape) => GradientPlan;
  readonly close: () => Promise<void>;
}

export function createWinograd<Context>(options: TeamOptions<Context>): Winograd {
  const team = createTeam(options);
  const block: Block = options.block;
  return {
    planForward: (shape) => planPass(team, shape, block, 'forward'),
    planBackwardData: (shape) => planPass(team, shape, block, 'backward'),
    planBackwardWeights: (shape) => planBackwardWeights(team, shape, block),
    close: team.close,
  };
}
