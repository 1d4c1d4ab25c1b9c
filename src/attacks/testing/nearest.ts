/** Examples for attacks that seek the nearest adversarial image, and the distances that they should find on linear models. */
import { uniforms } from '../../random/index.ts';
import { dualSize, shortestWay } from '../hyperplane-projections.ts';
import { type Model, predictedClass, predictor } from '../model.ts';
import { type NormName, norms } from '../norms.ts';
import { tinyExamples, tinyModel } from './tiny.ts';

export const pixels = { channels: 1, height: 2, width: 2 };
export const weights = [
  [1, 0.5, -1, 0.25],
  [-1, 0.75, 0.5, -0.5],
  [0.5, -1, 0.25, 1],
  [-0.5, -0.25, 1, -1],
  [0.25, 1, 0.75, 0.5],
];

/** Images that the model classifies right, by definition of the labels. */
export async function rightExamples(model: Model, count: number, low = 0.1, high = 0.9) {
  const images = new Float32Array(4 * count);
  uniforms({ seed: 9, purpose: 'noise' }, images, low, high);
  const logits = await predictor(model, count)(images);
  const { classes } = model.network;
  return { images, labels: Array.from({ length: count }, (_, at) => predictedClass(logits, classes, at)) };
}

/** Images of the small residual network, each with the class that it has there. */
export async function rightTiny(count: number) {
  const { images, indices } = tinyExamples(count);
  const logits = await predictor(tinyModel(), count)(images);
  return { images, indices, labels: Int32Array.from(indices, (_, at) => predictedClass(logits, 3, at)) };
}

/** The way to the nearest wrong class of the linear model within [0, 1], and its length; Infinity where there is none. */
export function exactWay(
  norm: NormName,
  rows: readonly (readonly number[])[],
  x: Float32Array,
  label: number,
) {
  const ways = rows.flatMap((row, k) => {
    if (k === label) return [];
    const w = Float32Array.from(row, (weight, i) => weight - rows[label][i]);
    const c = w.reduce((total, weight, i) => total + weight * x[i], 0);
    const d = Float32Array.from(shortestWay[norm](x, w, c));
    const left = w.reduce((total, weight, i) => total + weight * d[i], c);
    const length = Math.abs(left) < 1e-4 ? norms[norm].size(d) : Number.POSITIVE_INFINITY;
    return [{ length, withoutBox: Math.abs(c) / dualSize[norm](w), d }];
  });
  const nearest = ways.reduce((best, each) => (each.length < best.length ? each : best));
  return {
    exact: nearest.length,
    /** [0, 1] is in nobody's way to the nearest class, so that it seems the nearest by its slope too. */
    isFree: nearest.length <= Math.min(...ways.map(({ withoutBox }) => withoutBox)) * (1 + 1e-5),
    /** Nor on the 5 % beyond. */
    hasRoom: nearest.d.every((moved, i) => x[i] + 1.06 * moved >= 0 && x[i] + 1.06 * moved <= 1),
  };
}
