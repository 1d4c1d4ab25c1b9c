/**
 * What the documents of several analyses have in common: whose they are, accuracies with the outcome of every example,
 * and how images for statistics were chosen. Accuracies and shares are fractions; intervals are of 95 %.
 */
import { z } from 'zod';
import { normSchema as norm } from '../../evaluation/index.ts';

const epsilon = z.string();
const attacks = z.record(z.string(), z.looseObject({ steps: z.int().min(0), restarts: z.int().min(1) }));

/** Whose analysis it is. */
export const subjectShape = {
  run: z.string(),
  checkpoint: z.enum(['last', 'best', 'file']),
  /** Whole epochs that the checkpoint was trained for. */
  epoch: z.int().min(0),
  /** The row of the regime table. */
  regime: z.string(),
  dataset: z.string(),
  /** sha256 of the test data. */
  checksum: z.string(),
  network: z.string(),
  engine: z.string(),
  seed: z.int().min(0),
};

export const epsilonSchema = epsilon;
/** By name, what each attack stood for. */
export const attacksSchema = attacks;
export const attackSchema = attacks.valueType;

export const fraction = z.number().min(0).max(1);
export const intervalSchema = z.tuple([z.number(), z.number()]);
/** A digit an example, 1 for right; readFlags reads it. */
export const flagsSchema = z.string().regex(/^[01]*$/);

/** AP, with adapter and head where the network has several: a cell without its NS. */
export const throughShape = {
  affine: z.string(),
  adapter: z.string().exactOptional(),
  head: z.string().exactOptional(),
};
export const cellShape = { statistics: z.string(), ...throughShape };
export const throughSchema = z.object(throughShape);
export const cellSchema = z.object(cellShape);

/** The test images that accuracies speak of, the same for all rows of a document. */
export const evaluatedShape = {
  /** How many. */
  examples: z.int().min(1),
  /** Their places in the test set; readIndices reads it. */
  indices: z.string(),
  /** As it was written: 8/255. */
  epsilon,
  norm,
  attacks,
};

/** Clean accuracy and robust accuracy under attacks through the same cell, with the outcomes of single examples. */
export const accuracyShape = {
  clean: fraction,
  /** Of Wilson. */
  cleanInterval: intervalSchema,
  /** By the name of the attack. */
  robust: z.record(z.string(), fraction),
  robustInterval: z.record(z.string(), intervalSchema),
  /** In the order of `indices`. */
  outcomes: z.object({ clean: flagsSchema, robust: z.record(z.string(), flagsSchema) }),
  failedChecks: z.array(z.object({ rule: z.string(), message: z.string() })),
};

/** How statistics were re-estimated. */
export const estimationSchema = z.object({
  /** How many images each estimate is of: whole batches. */
  images: z.int().min(1),
  batchSize: z.int().min(1),
  /** How adversarial images were made. */
  attack: attackSchema,
  /** The bound of that attack and of the uniform noise, as written. */
  epsilon,
});

/** The types of sample that statistics are estimated from; see versions.ts. */
export const sourceSchema = z.enum(['clean', 'adv', 'noise', 'mixed', 'target']);
