/**
 * verdicts.json: the verdicts with all numbers behind them, which the report draws and other programs may read. How they come about is
 * verdicts.ts.
 *
 * Accuracies and their differences are fractions; intervals are of 95 %. The document does not say when it was made: the same
 * files give the same bytes.
 */
import { z } from 'zod';
import { documentVersion } from '../../files/index.ts';
import { scaleNames, stages } from '../scales.ts';
import { verdictNames } from './decide.ts';

const interval = z.tuple([z.number(), z.number()]);
const verdict = z.enum(verdictNames);

/** A value over seeds; `seeds` are the values of each, in the order of the seeds that are there. */
const overSeedsSchema = z.object({ value: z.number(), interval, seeds: z.array(z.number()) });

const statementSchema = z.object({
  says: z.string(),
  epsilon: z.string(),
  /** accuracy: a difference, as a fraction. ratio, share: of two. */
  unit: z.enum(['accuracy', 'ratio', 'share']),
  /** The ends of what it is said to lie in; null is open. */
  range: z.tuple([z.number().nullable(), z.number().nullable()]),
  /** A name of `margins`. */
  margin: z.string(),
  decides: z.boolean(),
  /** A short label, of those in the first figure. */
  headline: z.string().exactOptional(),
  /** Which question of the paper's summary it answers. */
  answers: z.enum(['Q1', 'Q2', 'Q3']).exactOptional(),
  verdict,
  /** Why it is not decided. */
  reason: z.string().exactOptional(),
  /** Absent where no run has what it compares; its interval where one seed alone has. */
  estimate: z
    .object({
      value: z.number(),
      interval: interval.exactOptional(),
      /** Of tests at the level: that the value lies in the range, and outside of it, by Holm over what decides with it. */
      p: z.object({ holds: z.number(), refuted: z.number() }).exactOptional(),
      seeds: z.int(),
      /** 0 where it is no accuracy. */
      examples: z.int(),
    })
    .exactOptional(),
  /** What is compared, with its mean over seeds. */
  sides: z.array(z.object({ label: z.string(), weight: z.number(), ...overSeedsSchema.shape })),
  runs: z.array(z.string()),
});

const accuracyShape = {
  variant: z.string(),
  stage: z.enum(stages),
  epsilon: z.string(),
  /** On clean images, and under all attacks of the scale together. */
  clean: overSeedsSchema,
  robust: overSeedsSchema,
};

export const reproductionDocumentSchema = z.object({
  document: z.literal('verdicts'),
  version: z.literal(documentVersion),
  scale: z.enum(scaleNames),
  /** What the scale is, in a sentence. */
  summary: z.string(),
  /** One for each network and subset size, such as 'training images', in reading order. */
  setting: z.record(z.string(), z.union([z.string(), z.number()])),
  epsilons: z.array(z.string()),
  seeds: z.object({ exploratory: z.array(z.int()), confirmatory: z.array(z.int()) }),
  attacks: z.array(z.string()),
  /** Accuracy of guessing. */
  chance: z.number().exactOptional(),
  /** Test images of accuracies, and of those through re-estimated NS. */
  examples: z.object({ evaluated: z.int(), reestimated: z.int() }),
  /** ISO time at which the first training of each stage began; absent without one. */
  firstTraining: z.object({
    exploratory: z.string().exactOptional(),
    confirmatory: z.string().exactOptional(),
  }),
  level: z.number(),
  margins: z.record(z.string(), z.object({ value: z.number(), unit: z.string(), reason: z.string() })),
  floors: z.record(z.string(), z.object({ value: z.number(), reason: z.string() })),
  runs: z.array(
    z.object({
      /** Also its file, beside this document in runs/. */
      name: z.string(),
      variant: z.string(),
      /** Absent where it trains without an attack. */
      epsilon: z.string().exactOptional(),
      seed: z.int(),
      done: z.boolean(),
    }),
  ),
  /** Documents that were left out, and why. */
  notes: z.array(z.string()),
  claims: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      says: z.string(),
      /** ruleHash: of all that decides it. */
      rules: z.string(),
      stages: z.array(
        z.object({
          stage: z.enum(stages),
          /** Over all epsilons. */
          verdict,
          /** How many there are to be, and the fewest that a deciding statement has so far. */
          seeds: z.object({ planned: z.int(), least: z.int() }),
          epsilons: z.array(
            z.object({
              epsilon: z.string(),
              verdict,
              parts: z.array(
                z.object({
                  title: z.string(),
                  decides: z.boolean(),
                  verdict,
                  statements: z.array(statementSchema),
                }),
              ),
            }),
          ),
          /** Runs that were begun under other rules: they do not confirm. */
          otherRules: z.array(z.string()),
        }),
      ),
    }),
  ),
  /** Through the evaluation cells of each variant, with the network's own running NS. */
  accuracies: z.array(
    z.object({
      ...accuracyShape,
      /** The task whose evaluation cell it is. */
      task: z.enum(['clean', 'robust']),
      /** The cell, for people: 'NS adv, AP adv'. */
      cell: z.string(),
      /** Under each attack by itself. */
      byAttack: z.record(z.string(), overSeedsSchema),
    }),
  ),
  /** NS_x^y with AP_y: x is the source, y the AP. */
  reestimated: z.array(z.object({ ...accuracyShape, source: z.string(), affine: z.string() })),
  /** Distances between NS of two versions of images, averaged over layers: between sets of channels, and channel by channel. */
  gaps: z.array(
    z.object({
      variant: z.string(),
      stage: z.enum(stages),
      epsilon: z.string(),
      affine: z.string(),
      pair: z.string(),
      statistic: z.enum(['mu', 'sigma']),
      wasserstein: overSeedsSchema,
      /** As a share of sigma. */
      scaled: overSeedsSchema,
      /** The same without sampling error. */
      unbiased: overSeedsSchema.exactOptional(),
    }),
  ),
  /** sha256 of the rest, once it is on file. */
  digest: z.string().exactOptional(),
});

export type ReproductionDocument = Readonly<z.output<typeof reproductionDocumentSchema>>;
export type ClaimVerdict = ReproductionDocument['claims'][number];
export type StageVerdict = ClaimVerdict['stages'][number];
export type StatementVerdict = z.output<typeof statementSchema>;
