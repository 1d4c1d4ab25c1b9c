/**
 * What the pieces of a plan cost, in image passes, one image once through the network: they serve to plan and to show progress, and no
 * result depends on them.
 */
import { namedAttack } from '../attacks/index.ts';
import type { Configuration } from '../configuration/index.ts';
import { createEngine } from '../engines/index.ts';
import { planAttacks } from '../evaluation/index.ts';
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
  { attacks, examples, estimationImages, gap }: Scale,
  regime: RegimeName,
): Readonly<Record<MeasurementName, number>> {
  const cells = gridOf(regimeNamed(regime)).length;
  const [comparable] = attacks;
  const { steps: once } = namedAttack(comparable, 1);
  const steps = stepCost * once;
  const together = planAttacks(attacks, 1).attackRuns.reduce(
    (sum, { options }) => sum + options.steps * options.restarts * targetsOf(options),
    0,
  );
  const attacked = (images: number, count = cells, all = steps) => count * images * (1 + attackShare * all);
  const evaluated = examples.evaluated === 'all' ? wholeTestSet : examples.evaluated;
  return {
    evaluate: attacked(evaluated, Math.min(2, cells), stepCost * together),
    // The raw grid, then three types of sample through each of two AP.
    reestimate:
      attacked(examples.reestimated, cells + 6, stepCost * together) + 2 * estimationImages * (steps + 4),
    gap: gap.batches * gap.batchSize * (steps + 4) * 2,
    affine: 0,
    interpolate: attacked(examples.pictured, 5) + 5 * estimationImages,
    transfer: attacked(examples.pictured, cells) * 2,
    curve: attacked(examples.pictured, 2 * 5),
    // One network a layer and end; a few sets of channels.
    exchange: attacked(examples.looked, 2 * 20),
    channels: attacked(examples.looked, 10),
    gauge: attacked(examples.looked, 4),
    shift: 2 * gap.batches * gap.batchSize * (2 * steps + 6),
    displace: attacked(examples.looked, 30),
    'ns-error': attacked(examples.looked, 3 * cells) + 2 * estimationImages * (steps + 2),
  };
}

const targetsOf = (options: object) =>
  'targets' in options && typeof options.targets === 'number' ? options.targets : 1;

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
