/**
 * Ascents at each of a list of epsilons: what is left of accuracy, and the smallest epsilon that breaks an example. An attack that seeks
 * the nearest adversarial image gives a whole curve in one run (robustAccuracyCurve of the evaluation room); nearer of both is what is known.
 */
import type { ApgdOptions } from './apgd.ts';
import { attack } from './attack.ts';
import { type CallOptions, split } from './calls.ts';
import type { AttackGiven } from './definition.ts';
import type { Attacked, NotFinite } from './loop.ts';
import { type Classifier, examplesAt } from './model.ts';
import type { PgdOptions } from './pgd.ts';

/** One point of a curve over epsilon. */
export interface CurvePoint extends Omit<Attacked, 'distance'> {
  readonly epsilon: number;
  /** The fraction of examples of which no iterate was misclassified. */
  readonly accuracy: number;
}

export interface CarryOver {
  /**
   * An example that is broken at an epsilon counts as broken at every larger one, by the same image, and is not attacked there again
   * (default true). So the curve never rises, and costs less.
   */
  readonly carryOver?: boolean | undefined;
}

/** Options of which epsilon is not one. */
export type CurveOptions<Options extends PgdOptions | ApgdOptions> = Omit<CallOptions<Options>, 'epsilon'> &
  CarryOver;

export type CurveCall = (
  images: Float32Array,
  labels: ArrayLike<number>,
  indices?: ArrayLike<number>,
) => Promise<CurvePoint[]>;

/** PGD at each of a list of epsilons; step sizes follow epsilon unless one is given. */
export function pgdCurve(
  model: Classifier,
  epsilons: readonly number[],
  options: CurveOptions<PgdOptions> = {},
): CurveCall {
  return curveOf(model, 'pgd', epsilons, options);
}

/** APGD on cross-entropy, unless told otherwise, at each of a list of epsilons. */
export function apgdCurve(
  model: Classifier,
  epsilons: readonly number[],
  options: CurveOptions<ApgdOptions> = {},
): CurveCall {
  return curveOf(model, 'apgd', epsilons, options);
}

function curveOf(
  model: Classifier,
  name: string,
  epsilons: readonly number[],
  { carryOver = true, ...options }: CurveOptions<PgdOptions | ApgdOptions>,
): CurveCall {
  const [given, settings] = split(options);
  return async (images, labels, indices) => {
    const first: AttackGiven = { ...given, name, epsilon: epsilons[0] ?? 0 };
    const run = attack(model, first, settings);
    const examples = { images, labels, indices: indices ?? Array.from(labels, (_, at) => at) };
    try {
      const points = new Map<number, CurvePoint>();
      let before = noneBroken(images, labels.length);
      for (const epsilon of [...epsilons].sort((a, b) => a - b)) {
        const left = [...before.firstMisclassified.keys()].filter(
          (at) => !carryOver || before.firstMisclassified[at] === -1,
        );
        const attacked = merged(before, left, await run(examplesAt(examples, left), { epsilon }));
        const unbroken = attacked.firstMisclassified.filter((step) => step === -1).length;
        points.set(epsilon, { ...attacked, epsilon, accuracy: unbroken / Math.max(labels.length, 1) });
        before = attacked;
      }
      return epsilons.flatMap((epsilon) => points.get(epsilon) ?? []);
    } finally {
      await run.dispose();
    }
  };
}

const noneBroken = (images: Float32Array, count: number): Attacked => ({
  adversarial: images,
  firstMisclassified: new Int32Array(count).fill(-1),
  zeroGradientSteps: new Int32Array(count),
  notFinite: new Array<NotFinite>(count).fill('none'),
  reachedTarget: new Uint8Array(count),
});

/** What is known of all, with that of the examples at these places in its place. */
function merged(before: Attacked, places: readonly number[], found: Attacked): Attacked {
  const adversarial = before.adversarial.slice();
  const firstMisclassified = before.firstMisclassified.slice();
  const zeroGradientSteps = before.zeroGradientSteps.slice();
  const notFinite = [...before.notFinite];
  const reachedTarget = before.reachedTarget.slice();
  const size = adversarial.length / Math.max(firstMisclassified.length, 1);
  for (const [i, at] of places.entries()) {
    adversarial.set(found.adversarial.subarray(i * size, (i + 1) * size), at * size);
    firstMisclassified[at] = found.firstMisclassified[i];
    zeroGradientSteps[at] = found.zeroGradientSteps[i];
    notFinite[at] = found.notFinite[i];
    reachedTarget[at] = found.reachedTarget[i];
  }
  return { adversarial, firstMisclassified, zeroGradientSteps, notFinite, reachedTarget };
}

/** The smallest epsilon of a curve that breaks each example; Infinity where none does. */
export function smallestEpsilons(points: readonly CurvePoint[]): Float32Array {
  const [first] = points;
  return Float32Array.from(first?.firstMisclassified ?? [], (_, at) =>
    points.reduce(
      (least, { epsilon, firstMisclassified }) =>
        firstMisclassified[at] === -1 ? least : Math.min(least, epsilon),
      Number.POSITIVE_INFINITY,
    ),
  );
}

/** Of several attacks in one norm, the nearest that any of them found, example by example. @throws RangeError for unequal lengths. */
export function nearestOf(...distances: readonly ArrayLike<number>[]): Float32Array {
  const [first = []] = distances;
  if (distances.some(({ length }) => length !== first.length))
    throw new RangeError(
      `these are distances of different examples: ${distances.map(({ length }) => length)}`,
    );
  return Float32Array.from(first, (_, at) => Math.min(...distances.map((each) => each[at])));
}
