/**
 * Choosing examples: the validation split set apart from the training set, training subsets, and the fixed test subset.
 * All give indices into the data set, ascending, and depend on nothing but the labels, the seed and the count.
 */
import { InputError } from '../errors.ts';
import { permutation } from '../random/index.ts';
import type { Dataset } from './dataset.ts';

type Labeled = Pick<Dataset, 'labels'>;

// Sub-streams of the purpose 'split', so that equal seeds do not make validation and subset the same choice.
const VALIDATION = 1;
const SUBSET = 2;
const EVALUATION = 3;

/**
 * `count` examples by class, in the classes' own proportions (largest remainders), and the rest.
 * Class c is ordered by the stream (seed, 'split', example c, draw), so the choice in one class does not depend on
 * another class's examples.
 */
export function stratify(
  labels: Uint16Array,
  count: number,
  { seed, draw }: { readonly seed: number; readonly draw: number },
  among: Uint32Array = Uint32Array.from(labels.keys()),
): { readonly chosen: Uint32Array; readonly rest: Uint32Array } {
  if (!Number.isInteger(count) || count < 0 || count > among.length) {
    throw new InputError(
      `cannot choose ${count} of ${among.length} examples: expected an integer from 0 to ${among.length}`,
    );
  }
  const byClass: number[][] = [];
  for (const index of among) {
    byClass[labels[index]] ??= [];
    byClass[labels[index]].push(index);
  }
  const members = Array.from(byClass, (indices) => indices ?? []);
  const sizes = apportion(
    members.map(({ length }) => length),
    count,
  );
  const chosen: number[] = [];
  const rest: number[] = [];
  for (const [label, indices] of members.entries()) {
    const order = permutation({ seed, purpose: 'split', example: label, draw }, indices.length);
    for (const [rank, position] of order.entries())
      (rank < sizes[label] ? chosen : rest).push(indices[position]);
  }
  return { chosen: Uint32Array.from(chosen).sort(), rest: Uint32Array.from(rest).sort() };
}

/** Whole shares of `total` in proportion to `sizes`: rounded down, the remainder to the largest fractions. */
function apportion(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const quotas = sizes.map((size) => (all === 0 ? 0 : (size * total) / all));
  const shares = quotas.map(Math.floor);
  const missing = total - shares.reduce((sum, share) => sum + share, 0);
  const byFraction = [...quotas.keys()].sort(
    (a, b) => quotas[b] - shares[b] - (quotas[a] - shares[a]) || a - b,
  );
  for (const label of byFraction.slice(0, missing)) shares[label]++;
  return shares;
}

export interface ValidationSplit {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

/** Holds `count` examples of the training set out for choosing the best checkpoint, in its proportions of classes. */
export function trainValidationSplit(
  dataset: Labeled,
  { count, seed }: { readonly count: number; readonly seed: number },
): ValidationSplit {
  const { chosen, rest } = stratify(dataset.labels, count, { seed, draw: VALIDATION });
  return { train: rest, validation: chosen };
}

/** `count` examples in the proportions of the classes, of `among` where given (say, a training split), else of all. */
export function subset(
  dataset: Labeled,
  count: number,
  { seed, among }: { readonly seed: number; readonly among?: Uint32Array },
): Uint32Array {
  const from = among ?? Uint32Array.from(dataset.labels.keys());
  return stratify(dataset.labels, count, { seed, draw: SUBSET }, from).chosen;
}

/**
 * The first `count` of a permutation of the whole data set that the seed fixes, so that a smaller evaluation is a part
 * of every larger one. Not by class: a stratified sample of a test set would understate the error's spread.
 */
export function evaluationSubset(
  dataset: Labeled,
  count: number,
  { seed = 0 }: { readonly seed?: number } = {},
): Uint32Array {
  const all = dataset.labels.length;
  if (!Number.isInteger(count) || count < 0 || count > all) {
    throw new InputError(`cannot evaluate ${count} of ${all} examples: expected an integer from 0 to ${all}`);
  }
  return permutation({ seed, purpose: 'split', draw: EVALUATION }, all).slice(0, count).sort();
}
