/**
 * The evaluation of a network: every cell of its grid NS x AP, each in evaluation mode and attacked white-box through
 * itself. What it finds is numbers; files, tables and JSON are made of them elsewhere.
 */
import {
  type AttackTable,
  batchShape,
  type Classifier,
  checkAttack,
  checkExamples,
  type Examples,
  type NormName,
  type Subject,
} from '../attacks/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { sizeOf } from '../graph/index.ts';
import { type Cell, gridOf, type Network } from '../nn/index.ts';
import { type AttackRun, groupAttacks, normOf, type PartialResults } from './attack-runs.ts';
import { type CellEvaluation, evaluateCell } from './cell.ts';
import { type FailedCheck, runSanityChecks } from './sanity-checks.ts';
import { describeRequest, type RequestDescription } from './subject.ts';

export interface GridProgress {
  /** Images done of all: each counts once a cell as it is, and once a cell and attack run. */
  readonly done: number;
  readonly total: number;
  readonly cell: Cell;
}

export interface EvaluationOptions {
  readonly examples: Examples;
  /** Names of attacks, all of one norm; see attackForms. */
  readonly attacks: readonly string[];
  readonly epsilon: number;
  /** Epsilon as it was written, for documents (default as a decimal number). */
  readonly epsilonText?: string | undefined;
  /** Images at once (default 100). Changes the speed and the memory, not the result. */
  readonly batchSize?: number;
  /** Of the random starts (default 0). */
  readonly seed?: number;
  /** Where results are kept, and were before: the evaluation goes on from there, to the same result. */
  readonly partialResults?: PartialResults | undefined;
  readonly onProgress?: ((progress: GridProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The attacks that names are looked up in; default those that are built in. */
  readonly attackTable?: AttackTable | undefined;
}

export interface GridOptions extends EvaluationOptions {
  /** Holds the network's values. */
  readonly engine: Engine;
  readonly network: Network;
  /** Default the whole grid of the network. */
  readonly cells?: readonly Cell[];
}

export interface GridEvaluation {
  /** The names of the attacks, in the order they were asked for, each once. */
  readonly attacks: readonly string[];
  readonly norm: NormName;
  readonly epsilon: number;
  readonly seed: number;
  /** Index in the data set of each example, [N]. */
  readonly indices: readonly number[];
  readonly attackRuns: readonly AttackRun[];
  /** All that decides the result, for documents. */
  readonly request: RequestDescription;
  readonly cells: readonly CellEvaluation[];
  readonly failedChecks: readonly FailedCheck[];
}

/**
 * Evaluate a network. Moves none of its variables.
 *
 * @throws InputError for no or misshapen examples, and for attacks that do not exist or cannot be run together. With a
 *   signal that is aborted, its reason.
 */
export async function evaluateGrid({
  engine,
  network,
  cells = gridOf(network),
  ...options
}: GridOptions): Promise<GridEvaluation> {
  const models = cells.map((cell) => ({ engine, network, cell }));
  return evaluateModels(network, models, options);
}

/**
 * Evaluate models of the same images and classes, such as the cells of a network, or one that came from elsewhere.
 *
 * @throws as evaluateGrid; InputError too for an attack along gradients on a model that has none.
 */
export async function evaluateModels(
  subject: Subject,
  models: readonly Classifier[],
  options: EvaluationOptions,
): Promise<GridEvaluation> {
  const { epsilon, batchSize = 100, seed = 0, partialResults, onProgress, signal, attackTable } = options;
  const attacks = [...new Set(options.attacks)];
  const attackRuns = groupAttacks(attacks, epsilon, attackTable);
  for (const attackRun of attackRuns) checkAttack(attackRun.options, attackTable);
  const { images, labels } = options.examples;
  const count = labels.length;
  if (count === 0) throw new InputError('there are no examples to evaluate');
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new InputError(`batch size ${batchSize}: expected a whole number of at least 1`);
  checkExamples(subject, options.examples);
  const indices = Array.from(options.examples.indices ?? Array.from({ length: count }, (_, at) => at));

  const share = count * (1 + attackRuns.length);
  const found: CellEvaluation[] = [];
  for (const [at, model] of models.entries()) {
    const report = (done: number) =>
      onProgress?.({ done: at * share + done, total: models.length * share, cell: model.cell });
    found.push(
      await evaluateCell(model, { images, labels, indices }, attackRuns, {
        batchSize,
        seed,
        partialResults,
        onProgress: report,
        signal,
        attackTable,
      }),
    );
    report(share);
  }
  const request = describeRequest({
    ...{ attacks, attackRuns, attackTable, seed, indices },
    epsilon: { text: options.epsilonText ?? String(epsilon), value: epsilon },
    cells: models.map(({ cell }) => cell),
  });
  const { classes } = subject;
  const imageSize = sizeOf(batchShape(subject, 1));
  return {
    attacks,
    norm: normOf(attackRuns),
    epsilon,
    seed,
    indices,
    attackRuns,
    request,
    cells: found,
    failedChecks: found.flatMap((cell) => runSanityChecks({ ...cell, classes, imageSize })),
  };
}
