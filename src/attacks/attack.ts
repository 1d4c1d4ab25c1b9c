/**
 * Attacks on a trained network: any number of examples, through a batch of slots.
 *
 * A slot holds one example on its way; as soon as it is finished the next example takes its place. So an example that
 * is broken early costs no further steps, and what happens to an example depends on the seed and its index alone: not
 * on the batch size, nor on the examples around it.
 */
import type { Program } from '../engines/engine.ts';
import { input, makeStep, sizeOf, type Tensor } from '../graph/index.ts';
import { classify } from '../nn/index.ts';
import { batchShape, type Model, oneHot, predictedClass, predictor } from './model.ts';
import type { AttackOptions } from './options.ts';
import { ascend } from './perturb.ts';
import { drawStart } from './start.ts';

/** How an attack is run, as opposed to what it is. */
export interface AttackSettings {
  readonly seed?: number;
  readonly batchSize?: number;
  /** Leave an example as soon as one of its iterates is misclassified, as evaluation does. */
  readonly earlyStop?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Examples {
  /** [N, C, H, W] in [0, 1]. */
  readonly images: Float32Array;
  /** Class numbers, [N]. */
  readonly labels: ArrayLike<number>;
  /** Indices in the data set, which key the random starts; 0 to N - 1 unless given. */
  readonly indices?: ArrayLike<number>;
}

export interface Attacked {
  /** [N, C, H, W]: the first misclassified iterate where attacks stop early, else the last. */
  readonly adversarial: Float32Array;
  /** Steps after which an iterate was first misclassified, over all restarts; -1 where none was. */
  readonly brokenAt: Int32Array;
}

interface Slot {
  example: number;
  restart: number;
  step: number;
}

/** Compile an attack on a model; the result attacks examples. Moves no variable of the network. */
export function attack(model: Model, options: AttackOptions, settings: AttackSettings = {}) {
  const { network } = model;
  const { seed = 0, batchSize = 100, earlyStop = false, onProgress, signal } = settings;
  const size = sizeOf(batchShape(network, 1));
  const programs = new Map<number, Promise<Program>>();
  const programFor = (slots: number) => {
    const known = programs.get(slots) ?? model.engine.compile(attackStep(model, options, slots));
    programs.set(slots, known);
    return known;
  };

  return async function run({ images, labels, indices }: Examples): Promise<Attacked> {
    const count = labels.length;
    const { classes } = network;
    const hot = oneHot(labels, classes);
    const adversarial = images.slice();
    const brokenAt = new Int32Array(count).fill(-1);
    if (count === 0) return { adversarial, brokenAt };
    const slotCount = Math.min(batchSize, count);
    const program = await programFor(slotCount);
    const references = options.loss === 'kl' ? await predictor(model, slotCount)(images) : undefined;

    const slots: Slot[] = [];
    const buffers = {
      images: new Float32Array(slotCount * size),
      labels: new Float32Array(slotCount * classes),
      reference: new Float32Array(slotCount * classes),
      x: new Float32Array(slotCount * size),
    };
    const enter = (at: number, example: number, restart: number) => {
      slots[at] = { example, restart, step: 0 };
      const clean = images.subarray(example * size, (example + 1) * size);
      const row = (values: Float32Array) => values.subarray(example * classes, (example + 1) * classes);
      buffers.images.set(clean, at * size);
      buffers.labels.set(row(hot), at * classes);
      if (references) buffers.reference.set(row(references), at * classes);
      const x = buffers.x.subarray(at * size, (at + 1) * size);
      drawStart(options, { seed, example: indices?.[example] ?? example, restart }, x);
      for (let i = 0; i < size; i += 1) x[i] = Math.min(Math.max((clean[i] ?? 0) + (x[i] ?? 0), 0), 1);
    };
    let next = 0;
    let done = 0;
    for (let at = 0; at < slotCount; at += 1) enter(at, next++, 0);

    const epsilon = Float32Array.of(options.epsilon);
    const stepSize = Float32Array.of(options.stepSize);
    while (done < count) {
      signal?.throwIfAborted();
      const step = await program.run(pick(program, { ...buffers, epsilon, stepSize }));
      const { logits = new Float32Array(), next: moved = new Float32Array() } = step;
      for (let at = 0; at < slotCount; at += 1) {
        const slot = slots[at];
        if (!slot) continue;
        const { example } = slot;
        const wrong = predictedClass(logits, classes, at) !== labels[example];
        if (wrong && brokenAt[example] === -1) brokenAt[example] = slot.step;
        const last = slot.step === options.steps;
        if (!last && !(wrong && earlyStop)) {
          slot.step += 1;
          buffers.x.set(moved.subarray(at * size, (at + 1) * size), at * size);
          continue;
        }
        adversarial.set(buffers.x.subarray(at * size, (at + 1) * size), example * size);
        if (!wrong && slot.restart + 1 < options.restarts) {
          enter(at, example, slot.restart + 1);
          continue;
        }
        done += 1;
        if (next < count) enter(at, next++, 0);
        else delete slots[at];
      }
      onProgress?.(done, count);
    }
    return { adversarial, brokenAt };
  };
}

/** One step of the attack for a batch of slots: the logits where they are, and where they go next. */
function attackStep({ network, cell }: Model, options: AttackOptions, slots: number) {
  const images = input('images', batchShape(network, slots));
  const x = input('x', batchShape(network, slots));
  const labels = input('labels', [slots, network.classes]);
  const reference = input('reference', [slots, network.classes]);
  const model = (at: Tensor) => classify(network, at, cell);
  const { norm, loss } = options;
  const scalars = { epsilon: input('epsilon', []), stepSize: input('stepSize', []) };
  if (options.steps === 0) return makeStep('noise', { outputs: { logits: model(x) } });
  const { next, logits } = ascend(x, { images, labels, reference, model, loss, norm, ...scalars });
  return makeStep(`attack ${loss} ${norm}`, { outputs: { next, logits } });
}

/** Just the inputs that a program has. */
function pick({ step }: Program, values: Readonly<Record<string, Float32Array>>) {
  return Object.fromEntries(
    step.inputs.flatMap(({ attributes: { name } }) => {
      const value = values[name];
      return value ? [[name, value]] : [];
    }),
  );
}
