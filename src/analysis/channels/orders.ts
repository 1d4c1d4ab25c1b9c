/**
 * Which channels are exchanged first. An order gives every channel of all layers a place; of k channels, those of the first k places are
 * exchanged, so that more channels are always those of fewer and some others.
 *
 *   top               by attribution, the largest first (attribution.ts)
 *   random            drawn: which channels matter is told from how many are exchanged
 *   random-by-layer   drawn among the channels of a layer, and each layer has as many among any k as in `top`: which channels matter is
 *                     told from which layers do
 */
import { permutation } from '../../random/index.ts';
import type { LayerAttribution } from './attribution.ts';

export const controls = ['random', 'random-by-layer'] as const;
export type Control = (typeof controls)[number];
export const orderNames = ['top', ...controls] as const;
export type OrderName = (typeof orderNames)[number];

/** A channel of a network. */
export interface Channel {
  /** Its layer's place in the network, from 0. */
  readonly layer: number;
  readonly channel: number;
}

/** All channels, the first to be exchanged first. */
export type Order = readonly Channel[];

interface Drawing {
  readonly seed: number;
  /** From 0. */
  readonly draw: number;
}

const orders: Readonly<Record<OrderName, (layers: readonly LayerAttribution[], drawing: Drawing) => Order>> =
  {
    top: (layers) => {
      const attributed = ({ layer, channel }: Channel) => layers[layer].values[channel];
      // Sorting is stable: equal ones stay in the network's order.
      return channelsOf(layers).sort((a, b) => attributed(b) - attributed(a));
    },
    random: (layers, { seed, draw }) => {
      const all = channelsOf(layers);
      return Array.from(
        permutation({ seed, purpose: 'shuffle', draw: 1 + draw }, all.length),
        (at) => all[at],
      );
    },
    'random-by-layer': (layers, { seed, draw }) => {
      const drawn = layers.map(({ values }, layer) => [
        ...permutation({ seed, purpose: 'shuffle', draw: 1 + draw, example: 1 + layer }, values.length),
      ]);
      return orders
        .top(layers, { seed, draw })
        .map(({ layer }) => ({ layer, channel: drawn[layer].pop() ?? 0 }));
    },
  };

const channelsOf = (layers: readonly LayerAttribution[]): Channel[] =>
  layers.flatMap(({ values }, layer) => Array.from(values, (_, channel) => ({ layer, channel })));

export const orderOf = (name: OrderName, layers: readonly LayerAttribution[], drawing: Drawing): Order =>
  orders[name](layers, drawing);
