/** From the distances that gap and affine find to their documents. */
import type { AffineDistances, ChannelSets } from '../affine.ts';
import type { Estimate } from '../bootstrap.ts';
import { type EstimatedMeasures, type Gap, gapStatistics, type Version } from '../gap.ts';
import type { Measures } from '../measures.ts';
import { type Described, describeAttack, describeThrough } from './describe-accuracies.ts';
import { affineDocumentSchema, gapDocumentSchema } from './distances.ts';
import type { AffineDocument, AnalysisSubject, GapDocument } from './index.ts';

/** Digits of a distance in a document: more than its interval means. */
const digits = 6;
/** Digits of a channel's value. */
const channelDigits = 5;

export function describeGap(
  { batchSize, batches, attack, seed, branches }: Gap,
  { split, ...subject }: Described & { readonly split: 'train' | 'test' },
): GapDocument {
  return gapDocumentSchema.parse({
    analysis: 'gap',
    ...subject,
    seed,
    split,
    batchSize,
    batches,
    attack: describeAttack(attack),
    branches: branches.map(({ through, own, distances, batches: [first] }) => ({
      ...describeThrough(through),
      ownStatistics: own,
      distances: distances.map(({ pair, statistic, average, layers }) => ({
        pair,
        statistic,
        average: rounded(average),
        layers: layers.map(({ layer, ...measures }) => ({ layer, ...rounded(measures) })),
      })),
      channels: first.clean.map(({ layer }, at) => {
        const sets = (statistic: keyof typeof gapStatistics) =>
          Object.fromEntries(
            Object.entries(first).map(([version, layers]) => [
              version as Version,
              channelValues(gapStatistics[statistic](layers[at])),
            ]),
          );
        return { layer, mu: sets('mu'), sigma: sets('sigma') };
      }),
    })),
  });
}

export function describeAffine(
  { distances, channels }: AffineDistances,
  subject: AnalysisSubject & { readonly seed: number },
): AffineDocument {
  const sets = (values: ChannelSets) =>
    Object.fromEntries(Object.entries(values).map(([branch, each]) => [branch, channelValues(each)]));
  return affineDocumentSchema.parse({
    analysis: 'affine',
    ...subject,
    distances: distances.map(({ quantity, branches, average, layers }) => ({
      quantity,
      branches,
      average: roundedMeasures(average),
      layers: layers.map(({ layer, ...measures }) => ({ layer, ...roundedMeasures(measures) })),
    })),
    channels: channels.map(({ layer, gamma, beta, mu, sigma }) => ({
      layer,
      gamma: sets(gamma),
      beta: sets(beta),
      mu: sets(mu),
      sigma: sets(sigma),
    })),
  });
}

const significant = (value: number, count: number) => Number(value.toPrecision(count));
const channelValues = (values: Float64Array) =>
  Array.from(values, (value) => significant(value, channelDigits));

const roundedEstimate = ({ value, interval }: Estimate): Estimate => ({
  value: significant(value, digits),
  interval: [significant(interval[0], digits), significant(interval[1], digits)],
});

const rounded = ({ distance, wasserstein, cosine }: EstimatedMeasures): EstimatedMeasures => ({
  distance: roundedEstimate(distance),
  wasserstein: roundedEstimate(wasserstein),
  cosine: roundedEstimate(cosine),
});

const roundedMeasures = ({ distance, wasserstein, cosine }: Measures): Measures => ({
  distance: significant(distance, digits),
  wasserstein: significant(wasserstein, digits),
  cosine: significant(cosine, digits),
});
