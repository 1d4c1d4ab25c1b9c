import { beforeAll, describe, expect, test } from 'vitest';
import { ascentOptions, namedAttack } from '../attacks/index.ts';
import { tinyExamples, tinyModel } from '../attacks/testing/tiny.ts';
import { RunError } from '../errors.ts';
import type { LeftOut } from '../onnx/index.ts';
import { checkAttackModel, checkClassifier, checkReading } from './onnx-check.ts';
import { onnxModel } from './onnx-export.ts';
import { type OnnxSession, openOnnxSession } from './onnx-session.ts';

const examples = tinyExamples(5);
const options = ascentOptions(namedAttack('pgd-4', 0.1));
const model = tinyModel({ statistics: 'adv', affine: 'clean' });
const other = tinyModel({ statistics: 'clean', affine: 'clean' });
const open = (bytes: Uint8Array) => openOnnxSession(bytes, 'test', 1);
let classifier: OnnxSession;
let attacker: OnnxSession;
beforeAll(async () => {
  classifier = await open(onnxModel(model, { metadata: {} }));
  attacker = await open(onnxModel(model, { attack: options, metadata: {} }));
});

describe('an exported classifier', () => {
  test('passes where it is what the program has', async () => {
    const { images, largestDifference } = await checkClassifier(model, classifier, examples.images);
    expect(images).toBe(5);
    expect(largestDifference).toBeLessThan(1e-5);
  });

  test('of another cell fails', async () => {
    await expect(checkClassifier(other, classifier, examples.images)).rejects.toThrow(RunError);
    await expect(checkClassifier(other, classifier, examples.images)).rejects.toThrow(
      /differs from the program by/,
    );
  });
});

describe('an exported attack', () => {
  test.each(['pgd-4', 'pgd-4-l2', 'margin-3', 'fgsm', 'noise'])(
    '%s passes: the same images',
    async (name) => {
      const named = ascentOptions(namedAttack(name, 0.1));
      const session = await open(onnxModel(model, { attack: named, metadata: {} }));
      const { otherPixels, largestDifference } = await checkAttackModel(model, session, named, examples);
      expect(otherPixels).toBe(0);
      expect(largestDifference).toBeLessThan(1e-5);
    },
  );

  test('of another cell fails', async () => {
    await expect(checkAttackModel(other, attacker, options, examples)).rejects.toThrow(/% of the pixels/);
  });

  test('of another epsilon fails', async () => {
    const smaller = { ...options, epsilon: 0.05 };
    await expect(checkAttackModel(model, attacker, smaller, examples)).rejects.toThrow(
      /leaves the ball of 0.05/,
    );
  });

  test('moves the images', async () => {
    const shape = [5, 1, 4, 4];
    const start = new Float32Array(80);
    const labels = Float32Array.from({ length: 15 }, (_, at) =>
      examples.labels[Math.floor(at / 3)] === at % 3 ? 1 : 0,
    );
    const { adversarial } = await attacker.run({
      images: { values: examples.images, shape },
      labels: { values: labels, shape: [5, 3] },
      start: { values: start, shape },
    });
    expect(adversarial).not.toEqual(examples.images);
  });
});

describe('a model that was read', () => {
  const checked = (own: number[], theirs: number[], leftOut?: LeftOut) => () =>
    checkReading('file', {
      own: Float32Array.from(own),
      theirs: Float32Array.from(theirs),
      classes: own.length,
      leftOut,
    });

  test('agrees where infinities have one sign', () => {
    expect(checked([1, -Infinity, Infinity], [1, -Infinity, Infinity])).not.toThrow();
  });

  test.each([
    ['another logit', [1, 2], [1, 2.1]],
    ['an infinity against a number', [1, -Infinity], [1, -1e30]],
    ['infinities of two signs', [1, Infinity], [1, -Infinity]],
    ['a NaN of our own', [1, Number.NaN], [1, 2]],
    // Beside an infinity the others are still compared.
    ['another logit beside an infinity', [1, 2, -Infinity], [1, 3, -Infinity]],
  ])('differs by %s', (_, own, theirs) => {
    expect(checked(own, theirs)).toThrow(/read wrongly.*a fault of dualbn/);
  });

  test('is compared where its end was left out: in probabilities, where their logarithms are -Infinity', () => {
    expect(checked([0, 0], [0.5, 0.5], 'Softmax')).not.toThrow();
    expect(checked([0, 0], [Math.log(0.5), Math.log(0.5)], 'LogSoftmax')).not.toThrow();
    expect(checked([200, 0], [0, -Infinity], 'Log of Softmax')).not.toThrow();
    expect(checked([0, 0], [0, -Infinity], 'Log of Softmax')).toThrow(/read wrongly/);
  });
});
