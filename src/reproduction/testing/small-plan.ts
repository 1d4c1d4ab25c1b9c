/** A reproduction that takes seconds, for tests that perform one: two runs of a few hundred images. */
import type { Reproduction } from '../perform/perform-plan.ts';
import { type PlanRequest, planReproduction } from '../plan.ts';
import { type Scale, scales } from '../scales.ts';

const tested = { evaluated: 40, reestimated: 40, pictured: 20, looked: 20 };

export const smallScale: Scale = {
  ...scales.smoke,
  overrides: [
    'data.trainExamples=512',
    'data.validationExamples=50',
    'epochs=3',
    'validation.everyEpochs=3',
    'engine.threads=1',
  ],
  datasets: ['mnist'],
  seeds: { exploratory: [0], confirmatory: [1] },
  examples: tested,
  estimationImages: 64,
  gap: { batches: 2, batchSize: 16 },
};

/** madry and cross-at-clean at 8/255, one seed of each. */
export const smallRequest: PlanRequest = { dataset: 'mnist', claims: ['claim 1'], epsilons: ['8/255'] };

export const smallReproduction = (directory: string, request: PlanRequest = smallRequest): Reproduction => ({
  scaleName: 'smoke',
  scale: smallScale,
  plan: planReproduction(smallScale, request),
  directory,
  loading: { environment: {} },
});
