/**
 * What is measured of a training while it goes on: sums over the steps of an epoch, which a checkpoint in the middle of it
 * carries along, so that a resumed run reports the same averages as one that was never cut; and accuracy on the examples held
 * out from it.
 */
import { attack, type Predictor, predictedClass, predictor } from '../attacks/index.ts';
import { gather, imageSize } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';
import { evaluationCells, type TrainingSetup } from './setup.ts';

export interface PassMetrics {
  loss: number;
  correct: number;
}

export interface RunningMetrics {
  examples: number;
  steps: number;
  /** Sum over steps of the step's loss. */
  loss: number;
  readonly passes: Record<string, PassMetrics>;
}

export const emptyRunningMetrics = (passes: readonly string[]): RunningMetrics => ({
  examples: 0,
  steps: 0,
  loss: 0,
  passes: Object.fromEntries(passes.map((pass) => [pass, { loss: 0, correct: 0 }])),
});

/** Take in the outputs of one step (step.ts). */
export function count(
  runningMetrics: RunningMetrics,
  outputs: Readonly<Record<string, Float32Array>>,
  labels: Int32Array,
  classes: number,
) {
  runningMetrics.examples += labels.length;
  runningMetrics.steps += 1;
  runningMetrics.loss += outputs.loss?.[0] ?? Number.NaN;
  for (const [name, pass] of Object.entries(runningMetrics.passes)) {
    const losses = outputs[`loss.${name}`] ?? new Float32Array();
    const logits = outputs[`logits.${name}`] ?? new Float32Array();
    pass.loss += losses.reduce((total, value) => total + value, 0);
    labels.forEach((label, at) => {
      if (predictedClass(logits, classes, at) === label) pass.correct += 1;
    });
  }
}

/** Means over what was counted: the loss, and each pass's cross-entropy and accuracy. */
export function averages({ examples, steps, loss, passes }: RunningMetrics) {
  return {
    loss: loss / steps,
    passes: Object.fromEntries(
      Object.entries(passes).map(([name, pass]) => [
        name,
        { loss: pass.loss / examples, accuracy: pass.correct / examples },
      ]),
    ),
  };
}

export type Averages = ReturnType<typeof averages>;

export interface Validation {
  /** Fractions of the examples. */
  readonly clean: number;
  readonly robust: number;
  readonly examples: number;
  /** Examples whose logits are not finite in one of the cells, without an attack; they count as wrong. */
  readonly nonFinite: number;
}

export interface Validator {
  /** Evaluate the engine's present values; changes none. Ends early, between two batches or attack steps, by the signal. */
  run(): Promise<Validation | 'interrupted'>;
  dispose(): Promise<void>;
}

/**
 * Prepare the validation of a training: what the best checkpoint is chosen by, so that the test set is left alone until the end.
 * Clean through the cell that clean images trained, attacked through the cell that training attacks.
 */
export function validator(setup: TrainingSetup, engine: Engine, signal?: AbortSignal): Validator {
  const { network, seed, dataset, validation, validate } = setup;
  const { clean, robust } = evaluationCells(setup.regime);
  const batchSize = Math.min(validate.batchSize, validation.length);
  const predictClean = predictor({ engine, network, cell: clean }, batchSize);
  const predictRobust = predictor({ engine, network, cell: robust }, batchSize);
  const attacked = attack({ engine, network, cell: robust }, validate.attack, {
    seed,
    batchSize,
    earlyStop: true,
    ...(signal ? { signal } : {}),
  });
  const size = imageSize(dataset);

  const predictAll = async (predict: Predictor, images: Float32Array) => {
    const all: Float32Array[] = [];
    for (let start = 0; start < images.length; start += predict.width * size) {
      signal?.throwIfAborted();
      all.push(await predict(images.subarray(start, start + predict.width * size)));
    }
    return all.flatMap((logits) => [...logits]);
  };
  const evaluate = async (): Promise<Validation> => {
    const batch = gather(dataset, validation);
    const examples = validation.length;
    const { classes } = network;
    const nonFinite = new Set<number>();
    const rightBy = async (predict: Predictor) => {
      const logits = Float32Array.from(await predictAll(predict, batch.images));
      return Array.from(batch.labels, (label, at) => {
        const finite = logits.subarray(at * classes, (at + 1) * classes).every(Number.isFinite);
        if (!finite) nonFinite.add(at);
        return finite && predictedClass(logits, classes, at) === label;
      });
    };
    const rightClean = await rightBy(predictClean);
    const rightRobust = await rightBy(predictRobust);
    // As evaluation counts: the clean image is right through this cell, and no iterate of the attack is wrong.
    const { firstMisclassified } = await attacked(batch);
    const standing = rightRobust.filter((isRight, at) => isRight && firstMisclassified[at] === -1);
    return {
      clean: rightClean.filter(Boolean).length / examples,
      robust: standing.length / examples,
      examples,
      nonFinite: nonFinite.size,
    };
  };
  return {
    async run() {
      try {
        return await evaluate();
      } catch (error) {
        if (signal?.aborted) return 'interrupted';
        throw error;
      }
    },
    async dispose() {
      for (const each of [predictClean, predictRobust, attacked]) await each.dispose();
    },
  };
}
