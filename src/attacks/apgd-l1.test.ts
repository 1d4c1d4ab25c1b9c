import { describe, expect, test } from 'vitest';
import { differentiate, input, makeStep, sumAll } from '../graph/index.ts';
import { classify } from '../nn/index.ts';
import { normals, uniforms } from '../random/index.ts';
import { l1Stages } from './apgd-l1.ts';
import { attack } from './attack.ts';
import { inL1BallAndRange } from './l1-projection.ts';
import { losses } from './losses.ts';
import { batchShape, oneHot, predictedClass, predictor } from './model.ts';
import { namedAttack } from './names.ts';
import { norms } from './norms.ts';
import { linearModel } from './testing/linear.ts';
import { tinyExamples, tinyModel } from './testing/tiny.ts';

test('the balls are of 3, 2 and 1 epsilon, of 30, 30 and 40 of 100 steps', () => {
  const of = (steps: number) => l1Stages(2, steps).map((stage) => stage.steps);
  expect(l1Stages(2, 100).map(({ epsilon }) => epsilon)).toEqual([6, 4, 2]);
  expect(of(100)).toEqual([30, 30, 40]);
  expect(of(7)).toEqual([3, 3, 1]);
  expect([of(0), of(1), of(2), of(3)]).toEqual([
    [0, 0, 0],
    [1, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
  ]);
});

/**
 * Five classes of four pairs of pixels: rows of a linear network. On a constant gradient the published steps come down to two pixels,
 * moved by as much each; with pixels in pairs that is as good as one.
 */
const pixels = { channels: 1, height: 2, width: 4 };
const weights = [
  [1, 0.5, -1, 0.25],
  [-1, 0.75, 0.5, -0.5],
  [0.5, -1, 0.25, 1],
  [-0.5, -0.25, 1, -1],
  [0.25, 1, 0.75, 0.5],
].map((row) => row.flatMap((weight) => [weight, weight]));

/** The distance in L1 to the border of two classes, images being in [0, 1]: the pixel of the largest weight is the cheapest. */
function distanceTo(difference: readonly number[], margin: number, image: Float32Array): number {
  const order = [...difference.keys()].sort((a, b) => Math.abs(difference[b]) - Math.abs(difference[a]));
  let [left, spent] = [margin, 0];
  for (const i of order) {
    const room = difference[i] > 0 ? 1 - image[i] : image[i];
    const needed = Math.min(room, left / Math.abs(difference[i]));
    left -= needed * Math.abs(difference[i]);
    spent += needed;
    if (left <= 1e-9) return spent;
  }
  return Number.POSITIVE_INFINITY;
}

describe.each(['apgd-ce-l1', 'apgd-dlr-l1', 'apgd-t-l1'])('%s on a linear network', (name) => {
  const rows = name === 'apgd-ce-l1' ? weights.slice(0, 2) : weights;
  const model = linearModel(pixels, rows);
  const count = 40;
  const images = new Float32Array(8 * count);
  uniforms({ seed: 2, purpose: 'noise' }, images, 0.1, 0.9);

  test('breaks what can be broken, and nothing else', async () => {
    const logits = await predictor(model, count)(images);
    const labels = Array.from({ length: count }, (_, at) => predictedClass(logits, rows.length, at));
    const epsilon = 0.3;
    const distances = labels.map((label, at) =>
      Math.min(
        ...rows.flatMap((row, k) => {
          const difference = row.map((value, i) => value - rows[label][i]);
          const margin = logits[rows.length * at + label] - logits[rows.length * at + k];
          return k === label ? [] : [distanceTo(difference, margin, images.subarray(8 * at, 8 * at + 8))];
        }),
      ),
    );
    const run = attack(model, namedAttack(name, epsilon), { earlyStop: true });
    const { firstMisclassified, adversarial } = await run({ images, labels });
    const sure = [...distances.keys()].filter((at) => Math.abs(distances[at] / epsilon - 1) > 0.02);
    const broken = sure.filter((at) => distances[at] < epsilon);
    expect(broken.length).toBeGreaterThan(3);
    expect(sure.length - broken.length).toBeGreaterThan(3);
    expect(sure.filter((at) => firstMisclassified[at] !== -1)).toEqual(broken);
    // Steps are counted as the attack's own: what begins another ball is none.
    expect(Math.max(...firstMisclassified)).toBeLessThanOrEqual(100);
    for (let at = 0; at < count; at += 1) {
      const moved = images.subarray(8 * at, 8 * at + 8).map((value, i) => adversarial[8 * at + i] - value);
      expect(norms.l1.size(moved)).toBeLessThanOrEqual(epsilon * (1 + 1e-6));
    }
  });
});

test.each([false, true])(
  'what is misclassified in the larger balls counts for nothing (earlyStop %s)',
  async (earlyStop) => {
    // A margin of 0.5 falls by the size of the perturbation: 0.4 is too little, 1.2 and 0.8 are not.
    const signs = Array.from({ length: 8 }, (_, i) => (i < 4 ? 1 : -1));
    const model = linearModel(pixels, [signs, signs.map(() => 0)]);
    const images = Float32Array.from(signs, (sign) => 0.5 + sign / 16);
    const enough = await attack(model, namedAttack('apgd-ce-l1', 0.8))({ images, labels: [0] });
    expect(enough.firstMisclassified[0]).toBeGreaterThanOrEqual(60);
    const seen: number[] = [];
    const run = attack(model, namedAttack('apgd-ce-l1', 0.4), {
      earlyStop,
      onExample: ({ at }) => seen.push(at),
    });
    const { firstMisclassified, adversarial } = await run({ images, labels: [0] });
    expect([...firstMisclassified]).toEqual([-1]);
    expect(seen).toEqual([0]);
    expect(norms.l1.size(adversarial.map((value, i) => value - images[i]))).toBeCloseTo(0.4, 5);
  },
);

test('an example that ends outside the ball, on logits that are infinite, gives back its image', async () => {
  // A logit overflows where the pixels' sum passes 1.13, which is 1.1 at the image.
  const model = linearModel(pixels, [new Array<number>(8).fill(3e38), new Array<number>(8).fill(0)]);
  const images = new Float32Array(8 * 12).fill(1.1 / 8);
  const { notFinite, adversarial } = await attack(
    model,
    namedAttack('apgd-ce-l1', 0.3),
  )({ images, labels: new Array<number>(12).fill(0) });
  const ended = [...notFinite.keys()].filter((at) => notFinite[at] === 'logits');
  expect(ended.length).toBeGreaterThan(2);
  for (const at of ended)
    expect(adversarial.subarray(8 * at, 8 * at + 8)).toEqual(images.subarray(8 * at, 8 * at + 8));
});

type At = (x: Float32Array) => Promise<{ loss: number; gradient: Float32Array }>;

/** The published attack_single_run in L1 from a given start, line by line, for one example. Returns the point of the best loss. */
async function singleRun(at: At, x: Float32Array, eps: number, steps: number, start: Float32Array) {
  const changed = (of: Float32Array) => of.filter((value, i) => value !== x[i]).length;
  const d = x.length;
  let xAdv = start;
  let { loss: lossBest, gradient: grad } = await at(xAdv);
  let [xBest, gradBest, stepSize] = [xAdv, grad, eps];
  const k = Math.max(Math.trunc(0.04 * steps), 1);
  let topk = Math.fround(Math.fround(changed(xAdv) / d) / 1.5);
  let [spOld, counter] = [changed(xAdv), 0];
  for (let i = 0; i < steps; i += 1) {
    const sorted = [...grad.map(Math.abs)].sort((a, b) => a - b);
    const rank = Math.trunc(Math.min(Math.max(Math.fround(Math.fround(1 - topk) * d), 0), d - 1));
    const sparse = grad.map((g) => (Math.abs(g) >= sorted[rank] ? Math.sign(g) : 0));
    const count = sparse.filter((sign) => sign !== 0).length + 1e-10;
    const from = xAdv;
    const delta = Array.from(from, (value, j) => value + (stepSize * sparse[j]) / count - x[j]);
    const z = inL1BallAndRange(x, delta, eps);
    xAdv = x.map((value, j) => value + z[j]);
    const here = await at(xAdv);
    grad = here.gradient;
    if (here.loss > lossBest) [xBest, gradBest, lossBest] = [xAdv, grad, here.loss];
    counter += 1;
    if (counter === k) {
      const spCurr = changed(xBest);
      const sparser = spCurr / spOld < 0.95;
      topk = Math.fround(Math.fround(spCurr / d) / 1.5);
      stepSize = sparser ? eps : stepSize / 1.5;
      stepSize = Math.min(Math.max(stepSize, eps / 10), eps);
      spOld = spCurr;
      if (sparser) [xAdv, grad] = [xBest, gradBest];
      counter = 0;
    }
  }
  return xBest;
}

describe('follows the published loop', () => {
  const model = tinyModel();
  const x = input('x', batchShape(model.network, 1));
  const labels = input('labels', [1, 3]);
  const { images, indices } = tinyExamples(6);

  test.each([
    ['ce', 0.15, 100],
    ['dlr', 0.15, 100],
    ['ce', 0.15, 150],
    ['dlr', 0.2, 13],
    ['ce', 0.25, 1],
  ] as const)('on %s at %f for %i steps', async (name, epsilon, steps) => {
    const loss = losses[name](classify(model.network, x, model.cell), { labels });
    const [gradient] = differentiate(sumAll(loss), [x]);
    const program = await model.engine.compile(makeStep('loss', { outputs: { loss, gradient } }));
    const logits = await predictor(model, 6)(images);
    const given = Array.from({ length: 6 }, (_, at) => predictedClass(logits, 3, at));
    const options = { ...namedAttack(`apgd-${name}-l1`, epsilon), steps };
    const examples = { images, labels: given, indices };
    const { adversarial, firstMisclassified } = await attack(model, options)(examples);
    const survivors = [...given.keys()].filter((at) => firstMisclassified[at] === -1);
    expect(survivors.length).toBeGreaterThan(1);
    for (const at of survivors) {
      const of = (all: Float32Array) => all.slice(16 * at, 16 * at + 16);
      const ask: At = async (point) => {
        const said = await program.run({ x: point, labels: oneHot([given[at]], 3) });
        return { loss: said.loss[0], gradient: said.gradient.slice() };
      };
      const clean = of(images);
      const iters = [Math.ceil(0.3 * steps), Math.ceil(0.3 * steps)];
      if (steps === 1) iters[1] = 0;
      // The start, which is all that is drawn.
      const drawn = new Float32Array(16);
      const draw = name === 'ce' ? 0 : 1;
      normals({ seed: 0, purpose: 'apgd-start', example: indices[at], draw }, drawn);
      const first = inL1BallAndRange(clean, drawn, 3 * epsilon);
      let best: Float32Array = clean.map((value, i) => value + first[i]);
      for (const [stage, count] of [...iters, steps - iters[0] - iters[1]].entries()) {
        const eps = [3, 2, 1][stage] * epsilon;
        const start = inL1BallAndRange(
          clean,
          best.map((value, i) => value - clean[i]),
          eps,
        );
        best = await singleRun(
          ask,
          clean,
          eps,
          count,
          clean.map((value, i) => value + start[i]),
        );
      }
      const [ours, theirs] = [await ask(of(adversarial)), await ask(best)];
      expect(Math.abs(ours.loss - theirs.loss)).toBeLessThan(1e-4);
    }
  });
});
