/**
 * What a run and its measurements cost, to plan and to show progress with: in image passes, one image once through the
 * network. Nothing but estimates; no result depends on them.
 */
import { namedAttack } from '../attacks/index.ts';
import type { Configuration } from '../configuration/index.ts';
import { createEngine } from '../engines/index.ts';
import { runBenchmark } from '../experiments/index.ts';
import { gridOf } from '../nn/index.ts';
import { attacksOf, type RegimeName, regimeNamed } from '../training/index.ts';
import type { MeasurementName, Scale } from './scales.ts';

/** The images of a whole training set, where a scale takes all: those of CIFAR-10, near enough to plan with. */
const wholeTrainingSet = 50_000;
const wholeTestSet = 10_000;
// An attack that stops early costs about half of its steps; a step is a pass and its gradient towards the image.
const attackShare = 0.5;
const stepCost = 2;
const trainedPassCost = 3;

/** Of training and measuring together. */
export const costOf = ({ trainingCost, measurements }: Costs): number =>
  measurements.reduce((sum, { cost }) => sum + cost, trainingCost);

interface Costs {
  readonly trainingCost: number;
  readonly measurements: readonly { readonly cost: number }[];
}

export function trainingCostOf({ regime: { name }, data, epochs, attack }: Configuration): number {
  const regime = regimeNamed(name);
  const images = data.trainExamples === 'all' ? wholeTrainingSet : data.trainExamples;
  const steps = attacksOf(regime).length * attack.steps * stepCost;
  return epochs * images * (steps + regime.passes.length * trainedPassCost);
}

export function measurementCosts(
  { attack, examples, estimationImages, gap }: Scale,
  regime: RegimeName,
): Readonly<Record<MeasurementName, number>> {
  const cells = gridOf(regimeNamed(regime)).length;
  const options = namedAttack(attack, 1);
  const steps = stepCost * options.steps * options.restarts;
  const attacked = (images: number, count = cells) => count * images * (1 + attackShare * steps);
  const evaluated = examples.evaluated === 'all' ? wholeTestSet : examples.evaluated;
  return {
    evaluate: attacked(evaluated),
    // The raw grid, then three types of sample through each of two AP.
    reestimate: attacked(examples.reestimated, cells + 6) + 2 * estimationImages * (steps + 4),
    gap: gap.batches * gap.batchSize * (steps + 4) * 2,
    affine: 0,
    interpolate: attacked(examples.pictured, 5) + 5 * estimationImages,
    transfer: attacked(examples.pictured, cells) * 2,
    curve: attacked(examples.pictured, 2 * 5),
  };
}

/** How fast this machine is at the runs of a scale: image passes a second, from a step or two. */
export async function measureSpeed(
  { network, batchSize, attack, engine: settings }: Configuration,
  signal: AbortSignal,
): Promise<number> {
  const engine = await createEngine(settings);
  try {
    const { trainStepMs } = await runBenchmark(engine, {
      network: network.name,
      ...(network.width === undefined ? {} : { width: network.width }),
      batch: batchSize,
      attackSteps: attack.steps,
      repetitions: { attack: 1, train: 2 },
      signal,
    });
    return (batchSize * (stepCost * attack.steps + 2 * trainedPassCost)) / (trainStepMs / 1000);
  } finally {
    await engine.dispose();
  }
}
