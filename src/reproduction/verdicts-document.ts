/**
 * The JSON form of a reproduction, verdicts.json: the verdicts with all numbers behind them, which the report draws and other
 * programs may read. Accuracies and their differences are fractions; intervals are of 95 %. It does not say when it was made:
 * the same measurements give the same bytes.
 */
import { z } from 'zod';
import { documentVersion } from '../files/index.ts';

const interval = z.tuple([z.number(), z.number()]);
const verdict = z.enum(['holds', 'does not hold', 'not shown at this scale']);

/** A value over seeds; `seeds` are the values of each, in the order of the document's seeds that are there. */
const overSeeds = z.object({ value: z.number(), interval, seeds: z.array(z.number()) });

export const reproductionDocumentSchema = z.object({
  document: z.literal('verdicts'),
  version: z.literal(documentVersion),
  scale: z.enum(['smoke', 'small', 'paper']),
  /** What the scale is, in a sentence. */
  summary: z.string(),
  /** One for each network and subset size, such as 'training images', in reading order. */
  setting: z.record(z.string(), z.union([z.string(), z.number()])),
  epsilons: z.array(z.string()),
  seeds: z.array(z.int()),
  attack: z.string(),
  /** Test images of accuracies, and of those through re-estimated NS. */
  examples: z.object({ evaluated: z.int(), reestimated: z.int() }),
  runs: z.array(
    z.object({
      /** Also its directory, beside this document in runs/. */
      name: z.string(),
      regime: z.string(),
      /** Absent where the regime trains without an attack. */
      epsilon: z.string().optional(),
      seed: z.int(),
      done: z.boolean(),
    }),
  ),
  /** Runs and documents that were left out, and why. */
  notes: z.array(z.string()),
  claims: z.array(
    z.object({
      number: z.int(),
      title: z.string(),
      says: z.string(),
      verdict,
      statements: z.array(
        z.object({
          says: z.string(),
          epsilon: z.string(),
          /** accuracy: a difference of accuracies, as a fraction. ratio: of two distances. */
          unit: z.enum(['accuracy', 'ratio']),
          /** What the rule allows, as text: 'within ±4.0 points'. */
          rule: z.string(),
          /** The ends of what the rule allows; null is open. */
          allowed: z.tuple([z.number().nullable(), z.number().nullable()]),
          decides: z.boolean(),
          verdict,
          /** Absent where no run has what it compares. */
          estimate: z
            .object({ value: z.number(), interval, p: z.number(), seeds: z.int(), examples: z.int() })
            .optional(),
          /** What is compared, with its mean over seeds. */
          sides: z.array(z.object({ label: z.string(), weight: z.number(), ...overSeeds.shape })),
          runs: z.array(z.string()),
        }),
      ),
    }),
  ),
  /** Through the evaluation cells of each regime, with the network's own running NS. */
  accuracies: z.array(
    z.object({
      regime: z.string(),
      epsilon: z.string(),
      /** The task whose evaluation cell it is. */
      task: z.enum(['clean', 'robust']),
      /** The cell, for people: 'NS adv, AP adv'. */
      cell: z.string(),
      clean: overSeeds,
      robust: overSeeds,
    }),
  ),
  /** NS_x^y with AP_y. */
  reestimated: z.array(
    z.object({
      regime: z.string(),
      epsilon: z.string(),
      /** x */
      source: z.string(),
      /** y */
      affine: z.string(),
      clean: overSeeds,
      robust: overSeeds,
    }),
  ),
  /** 1-Wasserstein distances between NS of two versions of images, averaged over layers. */
  gaps: z.array(
    z.object({
      regime: z.string(),
      epsilon: z.string(),
      affine: z.string(),
      pair: z.string(),
      statistic: z.enum(['mu', 'sigma']),
      wasserstein: overSeeds,
    }),
  ),
  /** sha256 of the rest, once it is on file. */
  digest: z.string().exactOptional(),
});

export type ReproductionDocument = Readonly<z.output<typeof reproductionDocumentSchema>>;
export type ClaimVerdict = ReproductionDocument['claims'][number];
export type StatementVerdict = ClaimVerdict['statements'][number];
export type OverSeeds = Readonly<z.output<typeof overSeeds>>;
