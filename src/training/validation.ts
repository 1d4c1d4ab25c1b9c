/**
 * Accuracy on the examples held out from training: what the best checkpoint is chosen by, so that the test set is left
 * alone until the end. Clean through the cell that clean images trained, attacked through the cell that training attacks.
 */
import { attack, predictedClass, predictor } from '../attacks/index.ts';
import { gather } from '../data/index.ts';
import type { Engine } from '../engines/engine.ts';
import { judgedCells, type TrainingSetup } from './setup.ts';

export interface Validation {
  /** Fractions of the examples. */
  readonly clean: number;
  readonly robust: number;
  readonly examples: number;
}

/** Prepare once; each call judges the engine's present values. Moves nothing. */
export function validator(setup: TrainingSetup, engine: Engine) {
  const { network, seed, dataset, validation, validate } = setup;
  const cells = judgedCells(setup.regime);
  const batchSize = Math.min(validate.batchSize, validation.length);
  const predict = predictor({ engine, network, cell: cells.clean }, batchSize);
  const attacked = attack({ engine, network, cell: cells.robust }, validate.attack, {
    seed,
    batchSize,
    earlyStop: true,
  });
  return async function run(): Promise<Validation> {
    const batch = gather(dataset, validation);
    const logits = await predict(batch.images);
    const clean = batch.labels.filter(
      (label, at) => predictedClass(logits, network.classes, at) === label,
    ).length;
    const { brokenAt } = await attacked(batch);
    const robust = brokenAt.filter((step) => step === -1).length;
    const examples = validation.length;
    return { clean: clean / examples, robust: robust / examples, examples };
  };
}
