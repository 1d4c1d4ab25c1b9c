/**
 * Attacks that transfer between cells: the path of an attack through one cell, predictions along it through every other. An
 * example is robust in a cell against an attack through another if the clean image is right there, and so is every iterate
 * from the start to the last step. For a cell against itself this is the robust accuracy of the grid (evaluation).
 *
 * Unlike there no path ends early, and images that the attacked cell gets wrong are attacked too: another may have them right.
 * Moves no variable of the network.
 */
import {
  ascend,
  ascentOptions,
  batchShape,
  checkExamples,
  drawStart,
  namedAttack,
  oneHot,
  type PgdOptions,
  predictedClass,
  programWidth,
} from '../../attacks/index.ts';
import type { Engine } from '../../engines/index.ts';
import { InputError } from '../../errors.ts';
import type { Flags, GridOptions } from '../../evaluation/index.ts';
import { input, makeStep, type Step, sizeOf, type Tensor } from '../../graph/index.ts';
import { type Cell, classify, gridOf, type Network } from '../../nn/index.ts';
import type { EvaluationCells } from '../branches.ts';
import { type OnProgress, phasesOf } from '../definition.ts';

export interface TransferOptions extends Omit<GridOptions, 'attacks' | 'onProgress'> {
  readonly evaluationCells: EvaluationCells;
  /** An attack by name (default pgd-10). */
  readonly attack?: string;
  readonly onProgress?: OnProgress;
}

export interface Transfer {
  readonly evaluationCells: EvaluationCells;
  readonly attack: string;
  readonly options: PgdOptions;
  readonly seed: number;
  /** Index in the data set of each example, [N]. */
  readonly indices: readonly number[];
  readonly cells: readonly { readonly cell: Cell; readonly clean: Flags }[];
  readonly matrix: readonly { readonly attacked: Cell; readonly predicted: Cell; readonly robust: Flags }[];
}

/** @throws InputError as evaluateGrid, and for an attack that searches by logits. */
export async function transfer(options: TransferOptions): Promise<Transfer> {
  const { engine, network, examples, epsilon, evaluationCells, attack = 'pgd-10', seed = 0 } = options;
  const cells = options.cells ?? gridOf(network);
  const path = ascentOptions(namedAttack(attack, epsilon));
  const count = examples.labels.length;
  if (count === 0) throw new InputError('there are no examples to attack');
  checkExamples(network, examples);
  const indices = Array.from({ length: count }, (_, at) => examples.indices?.[at] ?? at);
  const batchSize = programWidth(engine, Math.min(options.batchSize ?? 100, count));
  const phases = phasesOf(cells.length * count, options.onProgress);

  const right = cells.map(() => new Uint8Array(count));
  const matrix: Transfer['matrix'][number][] = [];
  for (const attacked of cells) {
    const onProgress = phases(count, `attacking NS ${attacked.statistics}, AP ${attacked.affine}`);
    const standing = cells.map(() => new Uint8Array(count).fill(1));
    const walk = await walker({ engine, network, attacked, cells, path, batchSize });
    try {
      for (let start = 0; start < count; start += batchSize) {
        options.signal?.throwIfAborted();
        const batch = batchOf({ network, examples, indices, start, batchSize, path, seed });
        const wrongIn = (logits: readonly Float32Array[], visit: (cell: number, example: number) => void) => {
          for (const [cell, rows] of logits.entries())
            for (let at = 0; at < batch.size; at += 1)
              if (predictedClass(rows, network.classes, at) !== examples.labels[start + at])
                visit(cell, start + at);
        };
        const clean = await walk(batch.images, batch.images, batch.labels);
        for (const flags of right) flags.fill(1, start, start + batch.size);
        wrongIn(clean.logits, (cell, example) => {
          right[cell][example] = 0;
          standing[cell][example] = 0;
        });
        let x: Float32Array = batch.start;
        for (let step = 0; step <= path.steps; step += 1) {
          const { logits, next } = await walk(x, batch.images, batch.labels);
          wrongIn(logits, (cell, example) => {
            standing[cell][example] = 0;
          });
          x = next;
        }
        onProgress(start + batch.size);
      }
    } finally {
      walk.dispose();
    }
    for (const [at, predicted] of cells.entries()) matrix.push({ attacked, predicted, robust: standing[at] });
  }
  const evaluated = cells.map((cell, at) => ({ cell, clean: right[at] }));
  return { evaluationCells, attack, options: path, seed, indices, cells: evaluated, matrix };
}

interface WalkOptions {
  readonly engine: Engine;
  readonly network: Network;
  readonly attacked: Cell;
  readonly cells: readonly Cell[];
  readonly path: PgdOptions;
  readonly batchSize: number;
}

/** One step of the attack from x, with every cell's logits at x; for batches of one size. */
async function walker(options: WalkOptions) {
  const program = await options.engine.compile(walkStep(options), { batchInvariant: true });
  const walk = async (x: Float32Array, images: Float32Array, labels: Float32Array) => {
    const known: Readonly<Record<string, Float32Array>> = { x, images, labels };
    const inputs = program.step.inputs.map(({ attributes: { name } }) => [name, known[name]] as const);
    const values = await program.run(Object.fromEntries(inputs));
    const logits = options.cells.map((_, at) => values[`logits ${at}`]);
    return { logits, next: values.next ?? x };
  };
  return Object.assign(walk, { dispose: () => program.dispose() });
}

function walkStep({ network, attacked, cells, path, batchSize }: WalkOptions): Step {
  const { norm, loss, epsilon, stepSize, steps } = path;
  const x = input('x', batchShape(network, batchSize));
  const images = input('images', batchShape(network, batchSize));
  const labels = input('labels', [batchSize, network.classes]);
  const logits = cells.map((cell, at) => [`logits ${at}`, classify(network, x, cell)] as const);
  const outputs = Object.fromEntries(logits);
  if (steps === 0) return makeStep('transfer', { outputs });
  const model = (at: Tensor) => classify(network, at, attacked);
  const { next } = ascend(x, { images, labels, model, loss, norm, epsilon, stepSize });
  return makeStep('transfer', { outputs: { ...outputs, next } });
}

interface BatchRequest {
  readonly network: Network;
  readonly examples: GridOptions['examples'];
  readonly indices: readonly number[];
  readonly start: number;
  readonly batchSize: number;
  readonly path: PgdOptions;
  readonly seed: number;
}

/** Some of the examples and where their attacks start, filled up to a whole batch with the first of them. */
function batchOf({ network, examples, indices, start, batchSize, path, seed }: BatchRequest) {
  const each = sizeOf(batchShape(network, 1));
  const size = Math.min(batchSize, indices.length - start);
  const rows = Array.from({ length: batchSize }, (_, at) => start + (at < size ? at : 0));
  const images = new Float32Array(batchSize * each);
  const starts = new Float32Array(batchSize * each);
  for (const [at, row] of rows.entries()) {
    const clean = examples.images.subarray(row * each, (row + 1) * each);
    const begin = starts.subarray(at * each, (at + 1) * each);
    images.set(clean, at * each);
    drawStart(path, { seed, example: indices[row] }, begin);
    // x_0 = clip(image + start, 0, 1), as in an attack.
    for (let i = 0; i < each; i += 1) begin[i] = Math.min(Math.max(clean[i] + begin[i], 0), 1);
  }
  const labels = oneHot(
    rows.map((row) => examples.labels[row]),
    network.classes,
  );
  return { size, images, start: starts, labels };
}
