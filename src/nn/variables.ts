/**
 * The variables of a network: what the graph's variables are for. Swapping, freezing, re-estimating, interpolating and
 * weight-decaying are filters over role and branch, never code of their own.
 */
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
