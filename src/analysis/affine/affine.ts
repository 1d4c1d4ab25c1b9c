/**
 * How far the branches of a trained network have moved apart: gamma and beta between every two AP, mu and sigma (the root of
 * the running variance) between every two running NS, layer by layer. Reads values; needs no images.
 */
import type { Engine } from '../../engines/index.ts';
import type { Branch, Network } from '../../nn/index.ts';
import { type Axis, branchesOf, placeOf, variablesOf } from '../branches.ts';
import { averageMeasures, type Measures, measure } from '../measures.ts';

/** What there is of a channel in each branch, and where it is found. */
export const quantities = {
  gamma: { axis: 'affine', what: 'weight', map: (value: number) => value },
  beta: { axis: 'affine', what: 'bias', map: (value: number) => value },
  mu: { axis: 'statistics', what: 'running_mean', map: (value: number) => value },
  sigma: { axis: 'statistics', what: 'running_var', map: Math.sqrt },
} as const satisfies Record<string, { axis: Axis; what: string; map: (value: number) => number }>;

export type Quantity = keyof typeof quantities;
export const quantityNames = Object.keys(quantities) as readonly Quantity[];

/** Values of a layer's channels by branch. */
export type ChannelSets = Readonly<Record<Branch, Float64Array>>;
export type LayerChannels = { readonly layer: string } & Readonly<Record<Quantity, ChannelSets>>;

export interface BranchDistance {
  readonly quantity: Quantity;
  readonly branches: readonly [Branch, Branch];
  /** Over layers. */
  readonly average: Measures;
  readonly layers: readonly ({ readonly layer: string } & Measures)[];
}

export interface AffineDistances {
  readonly distances: readonly BranchDistance[];
  readonly channels: readonly LayerChannels[];
}

/** The distances between a network's branches; none of a quantity that it has one set of. */
export function affineDistances({ engine, network }: { engine: Engine; network: Network }): AffineDistances {
  const of = (quantity: Quantity) => valuesOf(engine, network, quantity);
  const found = { gamma: of('gamma'), beta: of('beta'), mu: of('mu'), sigma: of('sigma') };
  const layers = [...new Set(quantityNames.flatMap((quantity) => [...found[quantity].keys()]))];
  const distances = quantityNames.flatMap((quantity) =>
    pairs(branchesOf(network, quantities[quantity].axis)).map((branches) => {
      const [a, b] = branches;
      const each = layers.flatMap((layer) => {
        const sets = found[quantity].get(layer);
        return sets?.[a] && sets[b] ? [{ layer, ...measure(sets[a], sets[b]) }] : [];
      });
      return { quantity, branches, average: averageMeasures(each), layers: each };
    }),
  );
  const channels = layers.map((layer) => ({
    layer,
    gamma: found.gamma.get(layer) ?? {},
    beta: found.beta.get(layer) ?? {},
    mu: found.mu.get(layer) ?? {},
    sigma: found.sigma.get(layer) ?? {},
  }));
  return { distances: distances.filter(({ layers: compared }) => compared.length > 0), channels };
}

/** By layer, then by branch. */
function valuesOf(engine: Engine, network: Network, quantity: Quantity) {
  const { axis, what, map } = quantities[quantity];
  const byLayer = new Map<string, Record<Branch, Float64Array>>();
  for (const branch of branchesOf(network, axis))
    for (const variable of variablesOf(network, axis, branch)) {
      const place = placeOf(variable);
      if (place.what !== what) continue;
      const sets = byLayer.get(place.layer) ?? {};
      sets[branch] = Float64Array.from(engine.read(variable), map);
      byLayer.set(place.layer, sets);
    }
  return byLayer;
}

/** Every two of a list, in its order. */
function pairs<Value>(list: readonly Value[]): (readonly [Value, Value])[] {
  return list.flatMap((a, at) => list.slice(at + 1).map((b) => [a, b] as const));
}
