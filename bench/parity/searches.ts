/**
 * Our side of the parity of searches: a network and images for them, and everything that a search asks and finds on its way. Unlike
 * in an attack, examples may be kept from learning that they are misclassified, so that every step is taken.
 */
import {
  definitionOf,
  namedAttack,
  oneHot,
  predictedClass,
  type Search,
  type SearchExample,
} from '../../src/attacks/index.ts';
import type { Engine } from '../../src/engines/index.ts';
import { input, makeStep, type Tensor } from '../../src/graph/index.ts';
import { type Cell, classify } from '../../src/nn/index.ts';
import { type Prepared, prepare } from './ours.ts';

const cell: Cell = { statistics: 'adv', affine: 'clean' };

/** One question of a walk and what came of it. */
export interface Asked {
  readonly step: number;
  readonly x: Float32Array;
  readonly logits: Float32Array;
  /** Of a search that follows gradients. */
  readonly loss: number | undefined;
}

/** An attack by its name and what of it is changed, without epsilon's default. */
export interface SearchCase {
  readonly name: string;
  readonly epsilon: number;
  readonly steps: number;
  /** Side of the images. */
  readonly side: number;
  readonly count: number;
}

/** A small residual network of arbitrary values, and images with the classes that it takes them for. */
export async function worldOf(engine: Engine, { side, count }: SearchCase) {
  const images = { channels: 3, height: side, width: side };
  const prepared = prepare({
    ...{ network: 'resnet8', regime: 'dual-bn', width: 4, images, classes: 10, batch: count, norm: 'linf' },
  });
  for (const [variable, values] of prepared.state) engine.write(variable, values);
  const cleanLogits = await logitsOf(engine, prepared, prepared.pixels);
  const labels = Array.from({ length: count }, (_, at) => predictedClass(cleanLogits, 10, at));
  return { prepared, cell, cleanLogits, labels };
}

export type World = Awaited<ReturnType<typeof worldOf>>;

async function logitsOf(engine: Engine, { network, shape }: Prepared, pixels: Float32Array) {
  const logits = classify(network, input('images', shape), cell);
  const program = await engine.compile(makeStep('logits', { outputs: { logits } }));
  const found = await program.run({ images: pixels });
  program.dispose();
  return found.logits;
}

export function searchOf({ name, epsilon, steps }: SearchCase, { prepared: { network } }: World) {
  const options = { ...namedAttack(name, epsilon), steps };
  return definitionOf(options.name).search(options, network);
}

/**
 * Walk `restart` of a search with each example, to its end: everything that is asked, in order.
 *
 * @param hidden Whether examples do not learn that they are misclassified.
 */
export async function walkThrough(
  engine: Engine,
  { prepared, cleanLogits, labels }: World,
  search: Search,
  restart: number,
  hidden: boolean,
): Promise<Asked[][]> {
  const { network, pixels, shape } = prepared;
  const [count, ...image] = shape;
  const size = pixels.length / count;
  const { classes } = network;
  const row = (values: Float32Array, at: number, of: number) => values.subarray(at * of, (at + 1) * of);
  const walks = labels.map((label, at) => {
    const x = new Float32Array(size);
    const example: SearchExample = {
      key: { seed: 3, example: 7 * at + 1, restart },
      clean: row(pixels, at, size),
      label,
      cleanLogits: row(cleanLogits, at, classes),
    };
    return { walk: search.begin(example, x), x, asked: [] as Asked[], step: 0, isDone: false };
  });
  const x = input('x', shape);
  const model = (at: Tensor) => classify(network, at, cell);
  const state = Object.entries(search.state ?? {}).map(
    ([name, of]) => [name, input(name, [count, ...of])] as const,
  );
  const outputs = search.step?.({
    ...{ x, images: input('images', [count, ...image]), labels: input('labels', [count, classes]), model },
    ...{ reference: input('reference', [count, classes]), scalars: {}, state: Object.fromEntries(state) },
  }) ?? { logits: model(x) };
  const program = await engine.compile(makeStep('search', { outputs }));
  const wanted = new Set(program.step.inputs.map(({ attributes: { name } }) => name));
  while (walks.some(({ isDone }) => !isDone)) {
    const given: Record<string, Float32Array> = {
      x: together(walks.map((each) => each.x)),
      labels: oneHot(labels, classes),
      ...Object.fromEntries(
        state.map(([name]) => [
          name,
          together(walks.map(({ walk }) => walk.state?.[name] ?? new Float32Array())),
        ]),
      ),
    };
    const values = await program.run(
      Object.fromEntries(Object.entries(given).filter(([name]) => wanted.has(name))),
    );
    for (const [at, each] of walks.entries()) {
      if (each.isDone) continue;
      const output = (name: string) => row(values[name], at, values[name].length / count);
      const logits = output('logits').slice();
      const loss = 'loss' in values ? output('loss')[0] : undefined;
      each.asked.push({ step: each.step, x: each.x.slice(), logits, loss });
      const misclassified = !hidden && predictedClass(logits, classes, 0) !== labels[at];
      const to = each.walk.next({ step: each.step, logits, misclassified, output }, each.x);
      if (to === 'continue') each.step += 1;
      if (to === 'done') each.isDone = true;
    }
  }
  program.dispose();
  return walks.map(({ asked }) => asked);
}

/** [N, ...] of N. */
export function together(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((total, values) => total + values.length, 0));
  let at = 0;
  for (const values of rows) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}

/** What a margin is: z_y - max_{j != y} z_j. */
export const marginOf = (logits: Float32Array, label: number): number =>
  logits[label] - Math.max(...logits.filter((_, k) => k !== label));
