/**
 * Where robustness sits: the AP of some layers are exchanged between the two branches, NS re-estimated each time (ap-exchange.ts).
 * Of layers 1..L in the network's order,
 *
 *   none        nothing is exchanged: the receiving cell, its NS re-estimated
 *   one k       layer k alone
 *   prefix k    layers 1..k
 *   suffix k    layers k..L
 *   all         layers 1..L
 *
 * gamma alone, beta alone, or both. A set of layers that several of them ask for is evaluated once.
 */
import { InputError } from '../../errors.ts';
import type { GridEvaluation } from '../../evaluation/index.ts';
import type { ApExchange, Chosen, Direction, Parameter } from '../ap-exchange.ts';
import { type OnProgress, phasesOf } from '../definition.ts';

/** Which layers: with `none` and `all`, which are always evaluated. */
export const layerSets = ['one', 'prefix', 'suffix'] as const;
export type LayerSet = (typeof layerSets)[number];

export const exchangedParameters = ['gamma', 'beta', 'both'] as const;
export type ExchangedParameters = (typeof exchangedParameters)[number];

/** One network to evaluate. */
export interface LayerExchange {
  readonly which: LayerSet | 'none' | 'all';
  /** None where nothing is exchanged. */
  readonly parameters?: ExchangedParameters;
  /** k, from 1; of one, prefix and suffix. */
  readonly layer?: number;
  /** How many layers are exchanged. */
  readonly count: number;
}

export interface EvaluatedLayers extends LayerExchange {
  readonly into: Direction['into'];
  readonly evaluation: GridEvaluation;
}

export interface ExchangeOptions {
  readonly which: readonly LayerSet[];
  readonly parameters: readonly ExchangedParameters[];
  /** The k that are gone through, from 1, rising. */
  readonly positions: readonly number[];
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How many layers a set exchanges of L, by k; nothing where that is what `none` or `all` are. */
const sets: Readonly<Record<LayerSet, (layer: number, layers: number) => number>> = {
  one: () => 1,
  prefix: (layer, layers) => (layer < layers ? layer : 0),
  suffix: (layer, layers) => (layer > 1 ? layers - layer + 1 : 0),
};

/** Everything to evaluate in one direction. */
export function layerExchanges(
  layers: number,
  { which, parameters, positions }: Pick<ExchangeOptions, 'which' | 'parameters' | 'positions'>,
): LayerExchange[] {
  const of = (each: ExchangedParameters): LayerExchange[] => [
    ...layerSets
      .filter((set) => which.includes(set))
      .flatMap((set) =>
        positions
          .map((layer) => ({ which: set, parameters: each, layer, count: sets[set](layer, layers) }))
          .filter(({ count }) => count > 0),
      ),
    { which: 'all', parameters: each, count: layers },
  ];
  return [
    { which: 'none', count: 0 },
    ...exchangedParameters.filter((each) => parameters.includes(each)).flatMap(of),
  ];
}

/** The first and the last layer that are exchanged, from 1. */
function rangeOf({ which, layer = 0, count }: LayerExchange): readonly [number, number] {
  return which === 'one' || which === 'suffix' ? [layer, layer + count - 1] : [1, count];
}

const takes: Readonly<Record<ExchangedParameters, readonly Parameter[]>> = {
  gamma: ['gamma'],
  beta: ['beta'],
  both: ['gamma', 'beta'],
};

const labelOf = ({ which, parameters, layer }: LayerExchange) =>
  [which, layer, parameters].filter((part) => part !== undefined).join(' ');

/** @throws InputError where nothing is asked for. */
export async function exchange(
  exchanges: readonly ApExchange[],
  { onProgress, signal, ...asked }: ExchangeOptions,
): Promise<EvaluatedLayers[]> {
  if (asked.which.length === 0 || asked.parameters.length === 0)
    throw new InputError(
      'exchange needs layers to exchange (one, prefix, suffix) and parameters (gamma, beta, both)',
    );
  const plans = exchanges.map((each) => {
    const rows = layerExchanges(each.layers.length, asked);
    return { ...each, rows, distinct: new Set(rows.map(keyOf)).size };
  });
  const phases = phasesOf(
    plans.reduce((total, { distinct, images }) => total + distinct * images, 0),
    onProgress,
  );
  const found: EvaluatedLayers[] = [];
  for (const { direction, layers, rows, evaluate } of plans) {
    const known = new Map<string, GridEvaluation>();
    for (const row of rows) {
      signal?.throwIfAborted();
      const key = keyOf(row);
      const where = `${labelOf(row)} into ${direction.into}`;
      const evaluation = known.get(key) ?? (await evaluate(chosenBy(row, layers), where, phases));
      known.set(key, evaluation);
      found.push({ into: direction.into, ...row, evaluation });
    }
  }
  return found;
}

/** What two rows have in common that are the same network. */
const keyOf = (row: LayerExchange) =>
  row.count === 0 ? 'none' : `${row.parameters} ${rangeOf(row).join('-')}`;

function chosenBy(row: LayerExchange, layers: ApExchange['layers']): Chosen {
  const [first, last] = rangeOf(row);
  const names = new Set(layers.slice(first - 1, last).map(({ layer }) => layer));
  const parameters = row.parameters ? takes[row.parameters] : [];
  return (layer, _, parameter) => row.count > 0 && names.has(layer) && parameters.includes(parameter);
}
