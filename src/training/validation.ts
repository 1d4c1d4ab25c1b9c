/**
 * Accuracy on the examples held out from training: what the best checkpoint is chosen by, so that the test set is left
 * alone until the end. Clean through the cell that clean images trained, attacked through the cell that training attacks.
 */
import { attack, predictedClass, predictor } from '../attacks/index.ts';
import { gather } from '../data/index.ts';
import type { Engine } from '../engines/engine.ts';
import { evaluationCells, type TrainingSetup } from './setup.ts';

export interface Validation {
  /** Fractions of the examples. */
  readonly clean: number;
  readonly robust: number;
  readonly examples: number;
}

/** Prepare once; each call judges the engine's present values. Moves nothing. */
export function validator(setup: TrainingSetup, engine: Engine) {
  const { network, seed, dataset, validation, validate } = setup;
  const { clean, robust } = evaluationCells(setup.regime);
  const batchSize = Math.min(validate.batchSize, validation.length);
  const predictClean = predictor({ engine, network, cell: clean }, batchSize);
  const predictRobust = predictor({ engine, network, cell: robust }, batchSize);
  const attacked = attack({ engine, network, cell: robust }, validate.attack, {
    seed,
    batchSize,
    earlyStop: true,
  });
  return async function run(): Promise<Validation> {
    const batch = gather(dataset, validation);
    const right = (logits: Float32Array) =>
      Array.from(batch.labels, (label, at) => predictedClass(logits, network.classes, at) === label);
    const rightClean = right(await predictClean(batch.images));
    const rightRobust = right(await predictRobust(batch.images));
    // As evaluation counts: the clean image is right through this cell, and no iterate of the attack is wrong.
    const { firstMisclassified } = await attacked(batch);
    const standing = rightRobust.filter((isRight, at) => isRight && firstMisclassified[at] === -1);
    const examples = validation.length;
    return {
      clean: rightClean.filter(Boolean).length / examples,
      robust: standing.length / examples,
      examples,
    };
  };
}
