/** Distances between sets of channel values (measures.ts) in documents and tables: what gap and affine have in common. */
import { z } from 'zod';
import { intervalSchema } from './accuracies.ts';
import { type Estimate, type Measures, measureNames } from './measures.ts';

export type EstimatedMeasures = Readonly<Record<keyof Measures, Estimate>>;

/** A mean over batches with its bootstrap interval over batches. */
const estimate = z.object({ value: z.number(), interval: intervalSchema });
export const estimatesShape = { distance: estimate, wasserstein: estimate, cosine: estimate };
export const measuresShape = { distance: z.number(), wasserstein: z.number(), cosine: z.number() };

/** The values of a layer's channels, by branch or by version of the images; to five digits. */
export const channelSets = z.record(z.string(), z.array(z.number()));

const significant = (value: number, count: number) => Number(value.toPrecision(count));
/** Digits of a distance in a document: more than its interval means. */
const digits = 6;

export const channelValues = (values: Float64Array) => Array.from(values, (value) => significant(value, 5));

const roundedEstimate = ({ value, interval: [low, high] }: Estimate) => ({
  value: significant(value, digits),
  interval: [significant(low, digits), significant(high, digits)] satisfies [number, number],
});

export const roundedEstimates = ({ distance, wasserstein, cosine }: EstimatedMeasures) => ({
  distance: roundedEstimate(distance),
  wasserstein: roundedEstimate(wasserstein),
  cosine: roundedEstimate(cosine),
});

export const roundedMeasures = ({ distance, wasserstein, cosine }: Measures): Measures => ({
  distance: significant(distance, digits),
  wasserstein: significant(wasserstein, digits),
  cosine: significant(cosine, digits),
});

/** To three digits. */
export const shownDistance = (value: number) => (value === 0 ? '0' : value.toPrecision(3));

/** Cosines of statistics are near 1, where three digits would hide all difference. */
const shown = (name: keyof Measures, value: number) =>
  name === 'cosine' ? value.toFixed(5) : shownDistance(value);

export const measureCells = (measures: Measures) => measureNames.map((name) => shown(name, measures[name]));

export const estimateCells = (measures: EstimatedMeasures) =>
  measureNames.map((name) => {
    const { value, interval } = measures[name];
    return `${shown(name, value)} [${shown(name, interval[0])}, ${shown(name, interval[1])}]`;
  });
