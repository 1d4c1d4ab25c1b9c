/**
 * Accuracy over epsilon: the cells that a network is evaluated through, attacked white-box at each of a list of bounds. Step sizes
 * follow the bound, as the names of the attacks say. Moves no variable of the network.
 *
 * The bounds are gone through from the smallest on: what one of them broke is not attacked at a larger one, where it is broken too. An
 * attack that seeks the nearest adversarial image is run once, which decides all bounds.
 */
import { InputError } from '../../errors.ts';
import { evaluateGrid, type GridEvaluation, planAttacks } from '../../evaluation/index.ts';
import { type Cell, sameCell } from '../../nn/index.ts';
import type { AccuracyOptions } from '../accuracies.ts';
import { type OnProgress, phasesOf } from '../definition.ts';
import { brokenBefore, knownDistances, seeksNearest } from './known-results.ts';

export interface CurveOptions extends Omit<AccuracyOptions, 'epsilon' | 'partialResults'> {
  readonly epsilons: readonly number[];
  /** Default the evaluation cells, each once. */
  readonly cells?: readonly Cell[];
  readonly onProgress?: OnProgress;
}

export interface Curve {
  readonly evaluationCells: AccuracyOptions['evaluationCells'];
  /** An evaluation of all cells at each epsilon. */
  readonly points: readonly GridEvaluation[];
}

/** @throws InputError as evaluateGrid, and for no or a repeated epsilon. */
export async function curve(options: CurveOptions): Promise<Curve> {
  const { engine, network, evaluationCells, epsilons, examples, attacks, onProgress, ...settings } = options;
  const { batchSize, seed, signal, attackTable, suites } = settings;
  const cells = options.cells ?? evaluatedOnce(options);
  if (epsilons.length === 0 || new Set(epsilons).size < epsilons.length)
    throw new InputError('a curve over epsilon needs a list of epsilons, each once');
  const rising = epsilons.toSorted((a, b) => a - b);
  const models = cells.map((cell) => ({ engine, network, cell }));
  const plan = planAttacks(attacks, rising.at(-1) ?? 0, { attackTable, suites, classes: network.classes });
  const runs = plan.attackRuns;
  const [someModel] = models;
  // A stage of a suite attacks only what those before it left, which costs less.
  const nearest = runs.filter(
    (run) => run.reported.length > 0 && someModel && seeksNearest(run, someModel, attackTable),
  );
  const count = examples.labels.length;
  const share = cells.length * count * (1 + runs.length);
  const once = cells.length * count * nearest.length;
  const phases = phasesOf(epsilons.length * share + once, onProgress);

  const indices = Array.from(examples.indices ?? Array.from({ length: count }, (_, at) => at));
  const reportOnce = once > 0 ? phases(once, nearest.map(({ name }) => name).join(', ')) : undefined;
  const distances = await knownDistances(
    models,
    nearest,
    { ...examples, indices },
    {
      ...{ batchSize, seed, signal, attackTable, onProgress: reportOnce },
    },
  );
  const broken = brokenBefore(plan);
  const points = new Map<number, GridEvaluation>();
  for (const epsilon of rising) {
    const report = phases(share, `epsilon ${epsilon.toFixed(4)}`);
    const known = distances.at(epsilon);
    const evaluation = await evaluateGrid({
      ...settings,
      ...{ engine, network, examples, attacks, epsilon, cells },
      partialResults: { ...broken, known: (cell, run) => known(cell, run) ?? broken.known(cell, run) },
      onProgress: ({ done, total }) => report((done / total) * share),
    });
    points.set(epsilon, evaluation);
  }
  return { evaluationCells, points: epsilons.flatMap((epsilon) => points.get(epsilon) ?? []) };
}

/** Both evaluation cells, or the one where they are the same. */
function evaluatedOnce({
  evaluationCells: { clean, robust },
}: Pick<CurveOptions, 'evaluationCells'>): Cell[] {
  return sameCell(clean, robust) ? [clean] : [clean, robust];
}
