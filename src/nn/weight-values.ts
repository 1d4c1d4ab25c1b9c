/**
 * Whether the values of a network that comes from a file can be used at all: a NaN or an infinity in a weight, or a negative
 * variance, makes logits NaN, which some operations then hide (a ReLU that takes NaN for 0), so that a broken network looks
 * robust. Not whether they fit a network: names and shapes are checked elsewhere.
 */
import { InputError, type Problem } from '../errors.ts';

const faults = {
  NaN: { is: Number.isNaN, what: 'NaN' },
  infinite: { is: (value: number) => Math.abs(value) === Infinity, what: 'infinite' },
  negative: { is: (value: number) => value < 0, what: 'negative, of a variance' },
} as const satisfies Record<string, { is: (value: number) => boolean; what: string }>;

export type ValueFault = keyof typeof faults;

/** What the values of a tensor must not be, by what they are used for. A constant may be infinite: -Infinity masks a class. */
export const faultsOf = {
  constant: ['NaN'],
  weight: ['NaN', 'infinite'],
  variance: ['NaN', 'infinite', 'negative'],
} as const satisfies Record<string, readonly ValueFault[]>;

export interface CheckedValues {
  readonly name: string;
  readonly values: Float32Array | Float64Array;
  readonly refused: readonly ValueFault[];
}

/** What is refused of a variable, or of a tensor of a state dict, by its name. */
export const refusedIn = (name: string): readonly ValueFault[] =>
  name.split('.').at(-1) === 'running_var' ? faultsOf.variance : faultsOf.weight;

// A network that diverged has them in every tensor; a few are enough to see it.
const most = 8;

/**
 * @param where The file, for the message.
 * @throws InputError that names tensors, and of each how many values, the index of the first and its value.
 */
export function refuseUnusableValues(where: string, tensors: Iterable<CheckedValues>): void {
  const problems: Problem[] = [];
  for (const { name, values, refused } of tensors) {
    const negative = refused.includes('negative');
    // One pass decides for all tensors of a sound file.
    if (values.every((value) => Number.isFinite(value) && (value >= 0 || !negative))) continue;
    for (const fault of refused) {
      const { is, what } = faults[fault];
      const first = values.findIndex(is);
      if (first < 0) continue;
      let count = 0;
      for (const value of values) if (is(value)) count += 1;
      problems.push({
        where: name,
        what: `${count} of ${values.length} values ${count === 1 ? 'is' : 'are'} ${what}: ${values[first]} at index ${first}`,
      });
    }
  }
  if (problems.length === 0) return;
  const more = problems.length - most;
  throw new InputError(
    `${where} holds unusable values; the file itself is so:`,
    more > 0 ? [...problems.slice(0, most), { where: '...', what: `and ${more} more` }] : problems,
  );
}
