/**
 * AP or NS, free of the choice of gauge. Between two cells, the change of every normalization's y = a x + b is decomposed
 * (decomposition.ts), and the network is evaluated with a of one cell and b of the other: four combinations, each attacked
 * white-box through itself.
 *
 * A combination is written into copies of the variables of cell `from` in one gauge, mu = 0, sigma = 1, gamma = a, beta = b, which
 * is the same map but for rounding. Weights are shared; adapters and heads stay those of `from`. As in a raw swap of the grid, b is
 * met here by activations that the other cell's a made: a combination is what the exchange does to the network, not a network that
 * was trained so. Moves no variable of the network.
 */
import type { Engine } from '../../engines/index.ts';
import { InputError } from '../../errors.ts';
import { evaluateGrid, type GridEvaluation } from '../../evaluation/index.ts';
import { type Cell, cellLabel, type Network, normalizationEpsilon, shared } from '../../nn/index.ts';
import type { AccuracyOptions } from '../accuracies.ts';
import { firstStatistics, placeOf, variablesOf } from '../branches.ts';
import { type OnProgress, phasesOf } from '../definition.ts';
import { type WorkingCopy, workingCopy } from '../working-copy.ts';
import { affineMap, type Decomposition, decompose, type LayerNormalization } from './decomposition.ts';

export interface GaugeOptions extends AccuracyOptions {
  /** Default the cell that the network's clean accuracy is evaluated through. */
  readonly from?: Cell;
  /** Default the cell that its robustness is evaluated through. */
  readonly to?: Cell;
  readonly onProgress?: OnProgress;
}

/** The cells that a and b can be of. */
export const origins = ['from', 'to'] as const;
export type Origin = (typeof origins)[number];

export interface Combination {
  readonly a: Origin;
  readonly b: Origin;
  readonly evaluation: GridEvaluation;
}

export interface Gauge extends Decomposition {
  readonly from: Cell;
  readonly to: Cell;
  /** In the order of `origins`, a first. */
  readonly combinations: readonly Combination[];
}

/** @throws InputError for cells of one NS and AP, for a network without NS or without AP, and as evaluateGrid. */
export async function gauge(options: GaugeOptions): Promise<Gauge> {
  const { engine, network, evaluationCells, examples, onProgress } = options;
  const { from = evaluationCells.clean, to = evaluationCells.robust } = options;
  if (from.statistics === to.statistics && from.affine === to.affine)
    throw new InputError(
      `${cellLabel(from)} and ${cellLabel(to)} normalize alike: choose two cells with --from and --to that differ in NS or AP`,
    );
  const layers = { from: normalizationOf(engine, network, from), to: normalizationOf(engine, network, to) };
  const maps = { from: layers.from.map(affineMap), to: layers.to.map(affineMap) };
  const variables = [
    ...variablesOf(network, 'statistics', from.statistics),
    ...new Set([...variablesOf(network, 'affine', from.affine), ...sharedAffine(network)]),
  ];
  const copy = workingCopy(engine, network, variables);
  const share = examples.labels.length * (1 + options.attacks.length);
  const phases = phasesOf(4 * share, onProgress);

  const combinations: Combination[] = [];
  for (const a of origins)
    for (const b of origins) {
      const mixed = layers.from.map(({ layer }, at) => ({ layer, a: maps[a][at].a, b: maps[b][at].b }));
      writeMaps(copy, network, from, mixed);
      const report = phases(share, `evaluating a of ${a}, b of ${b}`);
      const evaluation = await evaluateGrid({
        ...options,
        network: copy.network,
        cells: [from],
        onProgress: ({ done, total }) => report((done / total) * share),
      });
      combinations.push({ a, b, evaluation });
    }
  return { from, to, combinations, ...decompose(layers.from, layers.to) };
}

/** The affine parameters of a sandwich that all branches go through first; none in other networks. */
const sharedAffine = (network: Network) =>
  network.variables.filter((each) => each.role === 'affine' && isOfSandwich(placeOf(each).layer));

const sandwichSuffix = `.${shared}`;
const isOfSandwich = (layer: string) => layer.endsWith(sandwichSuffix);

/** gamma, beta, mu and sigma of a cell's layers in the network's order; of a sandwich, its two maps as one. */
export function normalizationOf(engine: Engine, network: Network, cell: Cell): LayerNormalization[] {
  firstStatistics(network);
  const values = new Map(
    [
      ...variablesOf(network, 'statistics', cell.statistics),
      ...variablesOf(network, 'affine', cell.affine),
      ...sharedAffine(network),
    ].map((each) => {
      const { layer, what } = placeOf(each);
      return [`${layer} ${what}`, Float64Array.from(engine.read(each))];
    }),
  );
  const layers = variablesOf(network, 'statistics', cell.statistics).map((each) => placeOf(each).layer);
  return [...new Set(layers)].map((layer) => {
    const [mu, variance, gamma, beta] = ['running_mean', 'running_var', 'weight', 'bias'].map((what) =>
      values.get(`${layer} ${what}`),
    );
    if (!mu || !variance) throw new RangeError(`${layer} has no running statistics`);
    if (!gamma || !beta)
      throw new InputError(
        `the normalization of this network has no affine parameters (${layer}): a and b are of its NS alone, so there is nothing to share out`,
      );
    const first = values.get(`${layer}${sandwichSuffix} weight`);
    const firstBeta = values.get(`${layer}${sandwichSuffix} bias`);
    return {
      layer,
      gamma: first ? gamma.map((value, at) => value * first[at]) : gamma,
      beta: firstBeta ? beta.map((value, at) => gamma[at] * firstBeta[at] + value) : beta,
      mu,
      sigma: variance.map((value) => Math.sqrt(value + normalizationEpsilon)),
    };
  });
}

interface LayerMap {
  readonly layer: string;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** Write y = a x + b into a cell's copies, in the gauge of mu = 0 and sigma = 1. */
function writeMaps(copy: WorkingCopy, network: Network, cell: Cell, maps: readonly LayerMap[]): void {
  const byLayer = new Map(maps.map((each) => [each.layer, each]));
  for (const each of variablesOf(network, 'statistics', cell.statistics)) {
    const value = placeOf(each).what === 'running_mean' ? 0 : 1 - normalizationEpsilon;
    copy.write(each, new Float64Array(each.shape[0]).fill(value));
  }
  for (const each of variablesOf(network, 'affine', cell.affine)) {
    const { layer, what } = placeOf(each);
    const map = byLayer.get(layer);
    if (map) copy.write(each, what === 'weight' ? map.a : map.b);
  }
  for (const each of sharedAffine(network))
    copy.write(each, new Float64Array(each.shape[0]).fill(placeOf(each).what === 'weight' ? 1 : 0));
}
