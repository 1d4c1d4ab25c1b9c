/**
 * Accuracy over epsilon: the cells that a network is evaluated through, attacked white-box at each of a list of bounds. Step sizes
 * follow the bound, as the names of the attacks say. Moves no variable of the network.
 */
import { InputError } from '../../errors.ts';
import { evaluateGrid, type GridEvaluation } from '../../evaluation/index.ts';
import { type Cell, sameCell } from '../../nn/index.ts';
import type { AccuracyOptions } from '../accuracies.ts';
import { type OnProgress, phasesOf } from '../definition.ts';

export interface CurveOptions extends Omit<AccuracyOptions, 'epsilon'> {
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
  const { evaluationCells, epsilons, examples, attacks, onProgress } = options;
  const cells = options.cells ?? evaluatedOnce(options);
  if (epsilons.length === 0 || new Set(epsilons).size < epsilons.length)
    throw new InputError('a curve over epsilon needs a list of epsilons, each once');
  const share = cells.length * examples.labels.length * (1 + attacks.length);
  const phases = phasesOf(epsilons.length * share, onProgress);
  const points: GridEvaluation[] = [];
  for (const epsilon of epsilons) {
    const report = phases(share, `epsilon ${epsilon.toFixed(4)}`);
    points.push(
      await evaluateGrid({
        ...options,
        epsilon,
        cells,
        onProgress: ({ done, total }) => report((done / total) * share),
      }),
    );
  }
  return { evaluationCells, points };
}

/** Both evaluation cells, or the one where they are the same. */
function evaluatedOnce({
  evaluationCells: { clean, robust },
}: Pick<CurveOptions, 'evaluationCells'>): Cell[] {
  return sameCell(clean, robust) ? [clean] : [clean, robust];
}
