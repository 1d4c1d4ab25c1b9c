/**
 * The variables of a network: what the graph's variables are for, what they start from, and which values of a file they cannot
 * take. Swapping, freezing, re-estimating, interpolating and weight-decaying are filters over role and branch, never code of
 * their own.
 */
import { InputError, type Problem } from '../errors.ts';
import type { Shape, Variable } from '../graph/index.ts';
import { normals, uniforms } from '../random/index.ts';

/**
 * weight: convolutions. affine: gamma and beta (AP). statistic: running mean and variance (NS). adapter: 1x1 convolutions of
 * a branch. head: the classifier.
 */
export type Role = 'weight' | 'affine' | 'statistic' | 'adapter' | 'head';

/** The roles that gradients move; running NS are moved by batches alone. */
export const trainableRoles: readonly Role[] = ['weight', 'affine', 'adapter', 'head'];

/** One of several sets of NS, AP, adapters or heads: 'clean', 'adv', or a name of the user's. 'shared' where there is but one set. */
export type Branch = string;

export const shared: Branch = 'shared';

/** How a variable starts. Deviations and bounds are absolute. */
export type Initialization =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'uniform'; readonly bound: number };

export interface NetworkVariable extends Variable {
  readonly role: Role;
  readonly branch: Branch;
  readonly initialization: Initialization;
}

/** Collects the variables that the layers of one network declare, in their order. */
export type Declare = (variable: NetworkVariable) => NetworkVariable;

/** A number that depends on nothing but the name (FNV-1a), so that adding a layer changes no other layer's start. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

/** The value a variable starts from: a function of the seed and its name alone. */
export function initialValue({ name, shape, initialization }: NetworkVariable, seed: number): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const key = { seed, purpose: 'initialization', example: hashName(name) } as const;
  switch (initialization.kind) {
    case 'constant':
      return values.fill(initialization.value);
    case 'normal':
      normals(key, values, 0, initialization.deviation);
      return values;
    case 'uniform':
      uniforms(key, values, -initialization.bound, initialization.bound);
      return values;
  }
}

/** Kaiming-normal over the outgoing connections (He et al. 2015): deviation sqrt(2 / (K R S)) for weights [K, C, R, S]. */
export function kaimingFanOut([k = 1, , r = 1, s = 1]: Shape): Initialization {
  return { kind: 'normal', deviation: Math.sqrt(2 / (k * r * s)) };
}

/**
 * Values of a file that cannot be used at all: a NaN or an infinity in a weight, or a negative variance, makes logits NaN, which
 * some operations then hide (a ReLU that takes NaN for 0), so that a broken network looks robust. Whether names and shapes fit a
 * network is checked elsewhere.
 */
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
