/**
 * FAB, the Fast Adaptive Boundary attack (Croce & Hein 2020, arXiv 1907.02044), which seeks the nearest adversarial image in
 * L-infinity, L2 or L1; and FAB-T of AutoAttack (arXiv 2003.01690), towards the likeliest wrong classes, one after another.
 *
 *   H = {v : f + <w, v - x_t> = 0},    f and w value and gradient of z_k - z_y at x_t
 *   x_{t+1} = clip((1 - a) (x_t + 1.05 d1) + a (x + 1.05 d2)),    a = min(|d1| / (|d1| + |d2|), 0.1)
 *
 * with d1 and d2 the shortest ways to H within [0, 1], from x_t and from the clean image x. Where x_{t+1} is misclassified, the search
 * goes on at x + 0.9 (x_{t+1} - x). FAB takes the class whose H is nearest at every step, FAB-T one class for the whole walk.
 *
 * This is the published code (fra31/auto-attack), but for what changes no outcome for the worse: every misclassified image that is seen
 * counts, restarts are drawn from the example and not from the batch, and an image within a rounding of epsilon is not lost.
 */
import type { z } from 'zod';
import {
  absolute,
  add,
  differentiate,
  multiply,
  slice,
  subtract,
  sum,
  sumAll,
  type Tensor,
} from '../graph/index.ts';
import { apgdDefaults, inL2 } from './apgd.ts';
import { oneHotOf, overTargets, targetsOf, targetsOption } from './apgd-targeted.ts';
import {
  defineAttack,
  optionsSchema,
  type Search,
  type Seen,
  type StepInputs,
  type StepOutputs,
  type Walk,
} from './definition.ts';
import { dualSize, shortestWay } from './hyperplane-projections.ts';
import { losses } from './losses.ts';
import { inL1, startFromClean } from './minimal-norm-start.ts';
import { type NormName, normNames, norms } from './norms.ts';

const mostBias = 0.1;
const overshoot = 1.05;
const backward = 0.9;
// Of the published code: keep what has no length from dividing by zero.
const leastLength = 1e-8;
const tiny = 1e-12;

/** f and w of a hyperplane. */
interface Linear {
  readonly value: number;
  readonly gradient: Float32Array;
}

// Starts of restarts are numbered beyond those of APGD; with FAB-T, one a target.
const firstDraw = 100_000;

const intoImage = (value: number) => Math.min(Math.max(value, 0), 1);

/** The next iterate, in place of x. */
function step(norm: NormName, clean: Float32Array, { value, gradient }: Linear, x: Float32Array): void {
  let atClean = value;
  for (let i = 0; i < x.length; i += 1) atClean += gradient[i] * (clean[i] - x[i]);
  const fromX = shortestWay[norm](x, gradient, value);
  const fromClean = shortestWay[norm](clean, gradient, atClean);
  const [a, b] = [fromX, fromClean].map((way) =>
    Math.max(norms[norm].size(Float32Array.from(way)), leastLength),
  );
  const bias = Math.min(a / (a + b), mostBias);
  for (let i = 0; i < x.length; i += 1)
    x[i] = intoImage(
      (1 - bias) * (x[i] + overshoot * fromX[i]) + bias * (clean[i] + overshoot * fromClean[i]),
    );
}

/** From a start that is in x already. `linear` says which hyperplane to go to. */
function fabWalk(
  norm: NormName,
  steps: number,
  clean: Float32Array,
  linear: (seen: Seen) => Linear,
  state: Walk['state'] = {},
): Walk {
  let movedBack = true;
  return {
    state,
    next(seen, x) {
      if (seen.step === steps) return 'done';
      if (seen.misclassified && !movedBack) {
        for (let i = 0; i < x.length; i += 1) x[i] = intoImage(clean[i] + backward * (x[i] - clean[i]));
        movedBack = true;
        return 'same-step';
      }
      movedBack = false;
      step(norm, clean, linear(seen), x);
      return 'continue';
    },
  };
}

const gradientOf = (loss: Tensor, { x }: StepInputs) => {
  const [gradient = x] = differentiate(sumAll(loss), [x]);
  return gradient;
};
const sizeOfAll = (gradients: readonly Tensor[]) =>
  gradients.map((gradient) => sum(absolute(gradient), [1, 2, 3])).reduce(add);

const targetedOptions = optionsSchema('fab-t', normNames, { targets: targetsOption });

export type TargetedFabOptions = Readonly<z.output<typeof targetedOptions>>;

export const targetedFabAttack = defineAttack({
  name: 'fab-t',
  summary: 'the nearest adversarial image, towards the likeliest wrong classes, one after another',
  asks: 'gradients',
  forms: [
    { form: 'fab-t', summary: '100 steps of FAB towards each of 9 classes (Croce & Hein 2020)' },
    { form: 'fab-t-l2', summary: 'the same in L2', options: inL2 },
    { form: 'fab-t-l1', summary: 'the same in L1', options: inL1 },
  ],
  options: targetedOptions,
  defaults: () => ({ ...apgdDefaults(), targets: 9 }),
  search({ norm, epsilon, steps, restarts, targets }, { classes }): Search {
    const { walks, of } = overTargets(targets, classes, restarts);
    return {
      walks,
      minimalNorm: { norm, epsilon },
      readsCleanLogits: true,
      state: { target: [classes] },
      step(inputs): StepOutputs {
        const { x, labels, state, model } = inputs;
        const logits = model(x);
        const loss = sum(multiply(subtract(state.target, labels), logits), [1]);
        const gradient = gradientOf(loss, inputs);
        return { logits, loss, gradient, gradientL1: sizeOfAll([gradient]) };
      },
      begin(example, x) {
        const [target, restart] = of(example.key.restart);
        startFromClean({ norm, epsilon }, { ...example.key, restart }, firstDraw + target, example.clean, x);
        const aim = targetsOf(example.cleanLogits, example.label)[target];
        const linear = ({ output }: Seen) => ({ value: output('loss')[0], gradient: output('gradient') });
        return fabWalk(norm, steps, example.clean, linear, { target: oneHotOf(aim, classes) });
      },
    };
  },
});

const options = optionsSchema('fab', normNames, {});

export type FabOptions = Readonly<z.output<typeof options>>;

const gradientName = (k: number) => `gradient${k}`;

/** Of the classes but the label, the one whose hyperplane is nearest. */
function nearest(norm: NormName, label: number, { logits, output }: Seen): Linear {
  const [first, ...others] = [...logits.keys()]
    .filter((k) => k !== label)
    .map((k) => {
      const value = logits[k] - logits[label];
      const gradient = output(gradientName(k));
      return { value, gradient, distance: Math.abs(value) / (dualSize[norm](gradient) + tiny) };
    });
  return others.reduce((best, each) => (each.distance < best.distance ? each : best), first);
}

export const fabAttack = defineAttack({
  name: 'fab',
  summary: 'the nearest adversarial image, towards whichever class is nearest at each step',
  asks: 'gradients',
  forms: [
    { form: 'fab', summary: '100 steps of FAB (Croce & Hein 2020), with the gradients of all logits' },
    { form: 'fab-l2', summary: 'the same in L2', options: inL2 },
    { form: 'fab-l1', summary: 'the same in L1', options: inL1 },
  ],
  options,
  defaults: () => apgdDefaults(),
  search: ({ norm, epsilon, steps }, { classes }): Search => ({
    minimalNorm: { norm, epsilon },
    step(inputs): StepOutputs {
      const { x, labels, model } = inputs;
      const logits = model(x);
      const ofLabel = sum(multiply(labels, logits), [1]);
      const gradients = Array.from({ length: classes }, (_, k) =>
        gradientOf(subtract(sum(slice(logits, 1, k, k + 1), [1]), ofLabel), inputs),
      );
      const named = Object.fromEntries(gradients.map((gradient, k) => [gradientName(k), gradient]));
      return { logits, loss: losses.margin(logits, inputs), gradientL1: sizeOfAll(gradients), ...named };
    },
    begin(example, x) {
      startFromClean({ norm, epsilon }, example.key, firstDraw, example.clean, x);
      return fabWalk(norm, steps, example.clean, (seen) => nearest(norm, example.label, seen));
    },
  }),
});
