/** A small residual network of two NS and two AP with values that no training gave it, and images for it. */
import type { Engine } from '../../engines/index.ts';
import { createReferenceEngine } from '../../engines/index.ts';
import { type Cell, initialValue, makeNetwork, type Role } from '../../nn/index.ts';
import { integers, uniforms } from '../../random/index.ts';
import type { Examples, Model } from '../model.ts';

const branches = ['clean', 'adv'];
const images = { channels: 1, height: 4, width: 4 };
const fewClasses = 3;

/** How far values are moved from where training would start: far enough for images to fall into different classes. */
const spread: Readonly<Record<Role, number>> = {
  weight: 0,
  statistic: 0.9,
  affine: 0.9,
  adapter: 0.9,
  head: 3,
};

/** Every set of NS and AP differs from every other, so that a mix-up of cells changes results. */
export function tinyModel(
  cell: Cell = { statistics: 'adv', affine: 'adv' },
  engine: Engine = createReferenceEngine(),
  classes = fewClasses,
): Model {
  const sets = { statistics: branches, affine: branches };
  const network = makeNetwork('resnet8', { images, classes, width: 2, sets });
  network.variables.forEach((variable, at) => {
    const moved = new Float32Array(initialValue(variable, 1).length);
    const reach = spread[variable.role];
    uniforms({ seed: 6, purpose: 'noise', example: at }, moved, -reach, reach);
    engine.write(
      variable,
      initialValue(variable, 1).map((value, i) => value + moved[i]),
    );
  });
  return { engine, network, cell };
}

export function tinyExamples(count: number): Required<Examples> {
  const pixels = new Float32Array(count * 16);
  uniforms({ seed: 3, purpose: 'noise' }, pixels, 0, 1);
  return {
    images: pixels,
    labels: integers({ seed: 4, purpose: 'noise' }, count, fewClasses),
    // Not 0 to N - 1, so that a test tells an index from a position.
    indices: Array.from({ length: count }, (_, at) => 100 + 3 * at),
  };
}

/** Some examples in another order. */
export function chosen({ images: pixels, labels, indices }: Required<Examples>, order: readonly number[]) {
  return {
    images: Float32Array.from(order.flatMap((at) => [...pixels.subarray(16 * at, 16 * at + 16)])),
    labels: order.map((at) => labels[at]),
    indices: order.map((at) => indices[at]),
  };
}
