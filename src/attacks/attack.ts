/**
 * Attacks on a trained network: any number of examples, through a batch of slots.
 *
 * As soon as an example is finished the next one takes its slot. So an example that is broken early costs no further
 * steps, and what happens to an example depends on the seed and its index alone: not on the batch size, nor on the
 * examples around it.
 */
import type { Program, Values } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { absolute, input, makeStep, type Step, sizeOf, sum, type Tensor } from '../graph/index.ts';
import { classify } from '../nn/index.ts';
import type { Attack, Attacked, AttackSettings, Radius } from './contract.ts';
import { checkExamples, type Examples } from './examples.ts';
import { batchShape, type Classifier, type Model, oneHot, predictedClass, predictor } from './model.ts';
import { type AttackOptions, checkAttack } from './options.ts';
import { ascend } from './perturb.ts';
import { queryAttack } from './queries.ts';
import type { Search } from './search.ts';
import { Slots } from './slots.ts';
import { squareSearch } from './square.ts';
import { drawStart } from './start.ts';

/**
 * Compile an attack on a model; the result attacks examples. Moves no variable of the network.
 *
 * @throws InputError for options outside their range, and for an attack that follows gradients where a model has none.
 */
export function attack(model: Classifier, options: AttackOptions, settings: AttackSettings = {}): Attack {
  checkAttack(options);
  if (options.search === 'square')
    return queryAttack(model, options, settings, (bounded) => squareSearch(model.network.images, bounded));
  if (!('logits' in model)) return gradientAttack(model, options, settings);
  if (options.steps === 0) return queryAttack(model, options, settings, noiseSearch);
  throw new InputError(
    `the model ${model.network.name} gives logits alone, and this attack follows gradients; noise, gaussian-noise and square-<N> do not`,
  );
}

/** The start alone: where an attack of no steps stays. */
const noiseSearch = (options: AttackOptions): Search => ({
  start(key, clean, out) {
    drawStart(options, key, out);
    for (let i = 0; i < out.length; i += 1) out[i] = Math.min(Math.max(clean[i] + out[i], 0), 1);
  },
  propose() {
    throw new RangeError('noise has no steps');
  },
});

function gradientAttack(model: Model, options: AttackOptions, settings: AttackSettings): Attack {
  const { network } = model;
  const { classes } = network;
  const { seed = 0, batchSize = 100, earlyStop = false, onProgress, onExample, signal } = settings;
  const programs = new Map<number, Promise<Program>>();
  const programFor = (slots: number) => {
    const known =
      programs.get(slots) ??
      model.engine.compile(attackStep(model, options, slots), { batchInvariant: true });
    programs.set(slots, known);
    return known;
  };
  const cleanLogits = async (images: Float32Array, slots: number) => {
    const predict = predictor(model, slots);
    try {
      return await predict(images);
    } finally {
      await predict.dispose();
    }
  };

  const run = async (examples: Examples, radius: Radius = options): Promise<Attacked> => {
    checkExamples(network, examples);
    checkAttack({ ...options, ...radius });
    const { images, labels, indices } = examples;
    const count = labels.length;
    const imageSize = sizeOf(batchShape(network, 1));
    const adversarial = images.slice();
    const firstMisclassified = new Int32Array(count).fill(-1);
    const zeroGradientSteps = new Int32Array(count);
    if (count === 0) return { adversarial, firstMisclassified, zeroGradientSteps };

    const width = Math.min(batchSize, count);
    const program = await programFor(width);
    const reference = options.loss === 'kl' ? { reference: await cleanLogits(images, width) } : {};
    const slots = new Slots({
      slots: width,
      imageSize,
      classes,
      rows: { images, labels: oneHot(labels, classes), ...reference },
      start: (example, restart, out) =>
        drawStart({ ...options, ...radius }, { seed, example: indices?.[example] ?? example, restart }, out),
    });
    const scalars = {
      epsilon: Float32Array.of(radius.epsilon),
      stepSize: Float32Array.of(radius.stepSize),
    };

    let waiting = 0;
    let done = 0;
    const seatNext = (at: number) => (waiting < count ? slots.seat(at, waiting++) : slots.clear(at));
    for (let at = 0; at < width; at += 1) seatNext(at);
    while (done < count) {
      signal?.throwIfAborted();
      const { logits, next, gradientL1 } = await program.run(pick(program, { ...slots.inputs, ...scalars }));
      for (const slot of slots.seated) {
        const { at, example, restart, step } = slot;
        const wrong = predictedClass(logits, classes, at) !== labels[example];
        if (wrong && firstMisclassified[example] === -1) firstMisclassified[example] = step;
        if (step < options.steps && !(wrong && earlyStop)) {
          if (gradientL1[at] === 0) zeroGradientSteps[example] += 1;
          slots.advance(slot, next);
        } else if (!wrong && restart + 1 < options.restarts) {
          slots.seat(at, example, restart + 1);
        } else {
          const iterate = slots.iterate(slot);
          adversarial.set(iterate, example * imageSize);
          onExample?.({
            at: example,
            firstMisclassified: firstMisclassified[example],
            zeroGradientSteps: zeroGradientSteps[example],
            adversarial: iterate,
          });
          done += 1;
          seatNext(at);
        }
      }
      onProgress?.(done, count);
    }
    return { adversarial, firstMisclassified, zeroGradientSteps };
  };

  const dispose = async () => {
    const compiled = [...programs.values()];
    programs.clear();
    for (const program of compiled) (await program).dispose();
  };
  return Object.assign(run, { dispose });
}

/**
 * One step for a batch of slots. Outputs: logits [slots, K] at x; next [slots, C, H, W], where x goes; and gradientL1
 * [slots], the sum of the gradient's absolute values. An attack without steps has logits alone.
 */
function attackStep({ network, cell }: Model, { norm, loss, steps }: AttackOptions, slots: number): Step {
  const images = input('images', batchShape(network, slots));
  const x = input('x', batchShape(network, slots));
  const labels = input('labels', [slots, network.classes]);
  const reference = input('reference', [slots, network.classes]);
  const model = (at: Tensor) => classify(network, at, cell);
  if (steps === 0) return makeStep('noise', { outputs: { logits: model(x) } });
  const scalars = { epsilon: input('epsilon', []), stepSize: input('stepSize', []) };
  const climbed = ascend(x, { images, labels, reference, model, loss, norm, ...scalars });
  const { next, logits, gradient } = climbed;
  const gradientL1 = sum(absolute(gradient), [1, 2, 3]);
  return makeStep(`attack ${loss} ${norm}`, { outputs: { next, logits, gradientL1 } });
}

/** Just the inputs that a program has. */
function pick({ step }: Program, values: Values): Values {
  return Object.fromEntries(step.inputs.map(({ attributes: { name } }) => [name, values[name]]));
}
