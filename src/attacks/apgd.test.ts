import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { differentiate, input, makeStep, sumAll } from '../graph/index.ts';
import { classify } from '../nn/index.ts';
import { uniforms } from '../random/index.ts';
import { checkpoints } from './apgd-walk.ts';
import { attack } from './attack.ts';
import { losses } from './losses.ts';
import { batchShape, oneHot, predictedClass, predictor } from './model.ts';
import { namedAttack } from './names.ts';
import { type NormName, norms } from './norms.ts';
import { linearModel } from './testing/linear.ts';
import { chosen, tinyExamples, tinyModel } from './testing/tiny.ts';

test('steps may be halved after 22, 41, 57, ... of 100 steps', () => {
  expect(checkpoints(100)).toEqual([22, 41, 57, 70, 80, 87, 93, 99]);
  expect(checkpoints(1)).toEqual([1]);
  expect(checkpoints(5)).toEqual([1, 2, 3, 4, 5]);
});

/** Five classes of four pixels: rows of a linear network. */
const pixels = { channels: 1, height: 2, width: 2 };
const weights = [
  [1, 0.5, -1, 0.25],
  [-1, 0.75, 0.5, -0.5],
  [0.5, -1, 0.25, 1],
  [-0.5, -0.25, 1, -1],
  [0.25, 1, 0.75, 0.5],
];

describe.each(['apgd-ce', 'apgd-dlr', 'apgd-t'])('%s on a linear network', (name) => {
  // With more classes, cross-entropy leads towards all of them at once, not to the nearest.
  const rows = name === 'apgd-ce' ? weights.slice(0, 2) : weights;
  const model = linearModel(pixels, rows);
  const classes = rows.length;
  const count = 40;
  const images = new Float32Array(4 * count);
  uniforms({ seed: 2, purpose: 'noise' }, images, 0.3, 0.7);

  test.each(['linf', 'l2'] as const)(
    'breaks in the %s ball what can be broken, and nothing else',
    async (norm) => {
      const logits = await predictor(model, count)(images);
      const labels = Array.from({ length: count }, (_, at) => predictedClass(logits, classes, at));
      const epsilon = norm === 'linf' ? 0.18 : 0.3;
      // The distance to the nearest border in a norm: margin / dual norm of the difference of weights.
      const distances = labels.map((label, at) =>
        Math.min(
          ...rows.flatMap((row, k) => {
            const difference = row.map((value, i) => value - rows[label][i]);
            const dual =
              norm === 'linf'
                ? difference.reduce((sum, d) => sum + Math.abs(d), 0)
                : Math.hypot(...difference);
            return k === label ? [] : [(logits[classes * at + label] - logits[classes * at + k]) / dual];
          }),
        ),
      );
      const run = attack(model, { ...namedAttack(name, epsilon), norm });
      const { firstMisclassified, adversarial } = await run({ images, labels });
      const sure = [...distances.keys()].filter((at) => Math.abs(distances[at] / epsilon - 1) > 0.02);
      const broken = sure.filter((at) => distances[at] < epsilon);
      expect(broken.length).toBeGreaterThan(3);
      expect(sure.length - broken.length).toBeGreaterThan(3);
      expect(sure.filter((at) => firstMisclassified[at] !== -1)).toEqual(broken);
      for (let at = 0; at < count; at += 1) {
        const moved = images.subarray(4 * at, 4 * at + 4).map((value, i) => adversarial[4 * at + i] - value);
        expect(norms[norm].size(moved)).toBeLessThanOrEqual(epsilon * (1 + 1e-6));
      }
    },
  );
});

/**
 * The published loop, line by line, for one example: `x_adv_old`, `loss_steps`, `check_oscillation` with its index that wraps,
 * `reduced_last_check` and `loss_best_last_check`. Returns the point of the best loss.
 */
function published(
  at: (x: Float32Array) => { loss: number; gradient: Float32Array },
  { norm, epsilon, steps }: { norm: NormName; epsilon: number; steps: number },
  x: Float32Array,
  begin: Float32Array,
): Float32Array {
  const map = (of: Float32Array, change: (value: number, i: number) => number) =>
    Float32Array.from(of, change);
  const into = (value: number, i: number) => Math.max(Math.min(value, x[i] + epsilon, 1), x[i] - epsilon, 0);
  const onBall = (of: Float32Array) => {
    if (norm === 'linf') return map(of, into);
    const length = Math.hypot(...map(of, (value, i) => value - x[i]));
    return map(of, (value, i) =>
      Math.min(Math.max(x[i] + ((value - x[i]) / (length + 1e-12)) * Math.min(epsilon, length), 0), 1),
    );
  };
  const whole = (share: number) => Math.max(Math.trunc(share * steps), 1);
  const lossSteps = new Float32Array(steps);
  let [xAdv, xOld] = [begin, begin];
  let { loss: lossBest, gradient: grad } = at(xAdv);
  let [xBest, gradBest] = [xAdv, grad];
  let [stepSize, k, counter, reducedLastCheck, lossBestLastCheck] = [
    2 * epsilon,
    whole(0.22),
    0,
    true,
    lossBest,
  ];
  for (let i = 0; i < steps; i += 1) {
    const grad2 = map(xAdv, (value, j) => value - xOld[j]);
    xOld = xAdv;
    const a = i > 0 ? 0.75 : 1;
    const length = norm === 'l2' ? Math.hypot(...grad) + 1e-12 : 1;
    const gradient = grad;
    const z = onBall(
      map(
        xAdv,
        (value, j) => value + stepSize * (norm === 'l2' ? gradient[j] / length : Math.sign(gradient[j])),
      ),
    );
    const from = xAdv;
    xAdv = onBall(map(from, (value, j) => value + (z[j] - value) * a + grad2[j] * (1 - a)));
    const here = at(xAdv);
    grad = here.gradient;
    lossSteps[i] = here.loss;
    if (here.loss > lossBest) [xBest, gradBest, lossBest] = [xAdv, grad, here.loss];
    counter += 1;
    if (counter === k) {
      let t = 0;
      for (let c = 0; c < k; c += 1) if ((lossSteps.at(i - c) ?? 0) > (lossSteps.at(i - c - 1) ?? 0)) t += 1;
      const oscillates = t <= k * 0.75;
      const stuck = !reducedLastCheck && lossBestLastCheck >= lossBest;
      reducedLastCheck = oscillates || stuck;
      lossBestLastCheck = lossBest;
      if (reducedLastCheck) [stepSize, xAdv, grad] = [stepSize / 2, xBest, gradBest];
      k = Math.max(k - whole(0.03), whole(0.06));
      counter = 0;
    }
  }
  return xBest;
}

describe('follows the published loop', () => {
  const model = tinyModel();
  const shape = batchShape(model.network, 1);
  const x = input('x', shape);
  const labels = input('labels', [1, 3]);
  const compile = (name: 'ce' | 'dlr') => {
    const loss = losses[name](classify(model.network, x, model.cell), { labels });
    const [gradient] = differentiate(sumAll(loss), [x]);
    return model.engine.compile(makeStep('loss', { outputs: { loss, gradient } }));
  };
  const { images, indices } = tinyExamples(6);

  test.each([
    ['ce', 'linf', 0.05, 100],
    ['ce', 'l2', 0.08, 100],
    ['dlr', 'linf', 0.05, 100],
    ['dlr', 'l2', 0.08, 40],
    ['ce', 'linf', 0.05, 7],
    ['ce', 'linf', 0.05, 1],
  ] as const)('on %s in %s at %f for %i steps', async (loss, norm, epsilon, steps) => {
    const program = await compile(loss);
    const predict = predictor(model, 6);
    const logits = await predict(images);
    const given = Array.from({ length: 6 }, (_, at) => predictedClass(logits, 3, at));
    const options = { ...namedAttack(`apgd-${loss}`, epsilon), norm, steps };
    const { adversarial, firstMisclassified } = await attack(
      model,
      options,
    )({ images, labels: given, indices });
    // Its start, which is all that is drawn: the first iterate is found where an attack takes no step.
    const none = await attack(model, { ...options, steps: 0 })({ images, labels: given, indices });
    const survivors = [...given.keys()].filter((at) => firstMisclassified[at] === -1);
    expect(survivors.length).toBeGreaterThan(1);
    for (const at of survivors) {
      const of = (all: Float32Array) => all.slice(16 * at, 16 * at + 16);
      const oneHots = oneHot([given[at]], 3);
      const answers = new Map<string, { loss: number; gradient: Float32Array }>();
      const ask = async (point: Float32Array) => {
        const said = await program.run({ x: point, labels: oneHots });
        return { loss: said.loss[0], gradient: said.gradient.slice() };
      };
      // The published loop is not asynchronous: each question that it has no answer for starts it again.
      let best: Float32Array | undefined;
      while (!best) {
        let asked: Float32Array | undefined;
        try {
          best = published(
            (point) => {
              const known = answers.get(point.join());
              if (!known) asked = point;
              if (known) return known;
              throw new RangeError('not asked yet');
            },
            { norm, epsilon, steps },
            of(images),
            of(none.adversarial),
          );
        } catch (error) {
          if (!asked) throw error;
          answers.set(asked.join(), await ask(asked));
        }
      }
      const [ours, theirs] = [await ask(of(adversarial)), await ask(best)];
      expect(Math.abs(ours.loss - theirs.loss)).toBeLessThan(1e-4);
    }
  });
});

describe('outcomes', () => {
  const { images, labels, indices } = tinyExamples(24);
  const examples = { images, labels, indices };

  test.each(['apgd-ce', 'apgd-dlr', 'apgd-dlr-l2', 'apgd-ce-l1'])(
    'of %s do not depend on batch or order',
    async (name) => {
      const options = {
        ...namedAttack(name, { l2: 0.3, l1: 0.8 }[name.slice(-2)] ?? 0.06),
        steps: 12,
        restarts: 2,
      };
      const whole = await attack(tinyModel(), options, { batchSize: 24 })(examples);
      const order = Array.from({ length: 24 }, (_, at) => (at * 7) % 24);
      const parts = await attack(tinyModel(), options, { batchSize: 5 })(chosen(examples, order));
      expect(order.map((at) => whole.firstMisclassified[at])).toEqual([...parts.firstMisclassified]);
      for (const [place, at] of order.entries())
        expect(parts.adversarial.subarray(16 * place, 16 * place + 16)).toEqual(
          whole.adversarial.subarray(16 * at, 16 * at + 16),
        );
    },
  );
});

test('apgd-ce runs on two classes', async () => {
  const model = linearModel(pixels, weights.slice(0, 2), createReferenceEngine());
  const run = attack(model, namedAttack('apgd-ce', 0.5));
  const { firstMisclassified } = await run({ images: new Float32Array(4).fill(0.5), labels: [0] });
  expect(firstMisclassified[0]).toBeGreaterThanOrEqual(0);
});
