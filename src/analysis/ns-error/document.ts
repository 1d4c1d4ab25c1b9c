/** What ns-error takes and what it finds, as its document keeps it. */
import { z } from 'zod';
import { cellShape } from '../../evaluation/index.ts';
import {
  accuracyOf,
  accuracyShape,
  apBranchShape,
  examplesOf,
  examplesShape,
  writtenApBranch,
} from '../accuracies.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { trainingAugmentations } from '../images.ts';
import { attackOptions, estimationOptions, exampleOptions } from '../options.ts';
import type { NetworkError } from './errors.ts';
import { batchSources, type NsError, preciseSources } from './ns-error.ts';

export const nsErrorOptions = z.strictObject({
  ...attackOptions,
  ...exampleOptions,
  ...estimationOptions,
  // Precise NS are to be known better than running ones.
  images: z.int().min(4).default(5000).meta({ description: 'training images that precise NS are of' }),
  augment: z.enum(trainingAugmentations).default('usual').meta({
    description:
      'what is done to the training images first: the crop and flip that are usual for the data set, or nothing',
  }),
});

/** In units of the channel's sigma, and of the logarithm of sigma. */
const errorShape = { mu: z.number(), sigma: z.number() };
const networkErrorShape = {
  /** Over layers. */
  ...errorShape,
  layers: z.array(z.object({ layer: z.string(), ...errorShape })),
};

export const nsErrorResult = z.object({
  ...examplesShape,
  estimation: z.object({
    /** In whole batches. */
    images: z.int().min(1),
    batchSize: z.int().min(1),
    batches: z.int().min(2),
  }),
  cells: z.array(
    z.object({
      ...cellShape,
      running: z.object(accuracyShape),
      /** The error of the running NS against precise ones, and accuracy with these in their place. */
      precise: z.array(z.object({ source: z.enum(preciseSources), ...networkErrorShape, ...accuracyShape })),
    }),
  ),
  /** The standard error of one batch. */
  batchErrors: z.array(
    z.object({
      source: z.enum(batchSources),
      /** The AP that it went through: of clean and of attacked images, where it has both. */
      through: z.array(z.object(apBranchShape)),
      /** How many it has. */
      images: z.int().min(1),
      ...networkErrorShape,
    }),
  ),
});

export type NsErrorDocument = AnalysisDocumentOf<'ns-error', typeof nsErrorOptions, typeof nsErrorResult>;
export type NsErrorResult = NsErrorDocument['result'];

/** To six digits, which are more than it means. */
const rounded = (value: number) => Number(value.toPrecision(6));
const written = ({ mu, sigma, layers }: NetworkError) => ({
  mu: rounded(mu),
  sigma: rounded(sigma),
  layers: layers.map((each) => ({ layer: each.layer, mu: rounded(each.mu), sigma: rounded(each.sigma) })),
});

export const writtenNsError = ({ estimation, cells, batches }: NsError): NsErrorResult => ({
  ...examplesOf(cells[0].evaluation.indices),
  estimation,
  cells: cells.map(({ cell, evaluation, precise }) => ({
    ...writtenApBranch(cell),
    statistics: cell.statistics,
    running: accuracyOf(evaluation),
    precise: precise.map(({ source, error, evaluation: with_ }) => ({
      source,
      ...written(error),
      ...accuracyOf(with_),
    })),
  })),
  batchErrors: batches.map(({ source, through, images, error }) => ({
    source,
    through: through.map(writtenApBranch),
    images,
    ...written(error),
  })),
});
