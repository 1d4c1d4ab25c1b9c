import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { uniforms } from '../random/index.ts';
import { attack } from './attack.ts';
import { predictedClass, predictor } from './model.ts';
import { namedAttack } from './names.ts';
import { targetsOf } from './targets.ts';
import { linearModel } from './testing/linear.ts';

test('targets are the wrong classes, the likeliest first, of equal ones the lowest number', () => {
  expect(targetsOf(Float32Array.of(1, 5, 3, 3, 7), 4)).toEqual([1, 2, 3, 0]);
});

const pixels = { channels: 1, height: 2, width: 2 };
const weights = [
  [1, 0.5, -1, 0.25],
  [-1, 0.75, 0.5, -0.5],
  [0.5, -1, 0.25, 1],
  [-0.5, -0.25, 1, -1],
  [0.25, 1, 0.75, 0.5],
];

test('outcomes of aa-fast are those of apgd-ce and apgd-t together, example by example', async () => {
  const model = linearModel(pixels, weights);
  const count = 60;
  const values = new Float32Array(4 * count);
  uniforms({ seed: 9, purpose: 'noise' }, values, 0.2, 0.8);
  const logits = await predictor(model, count)(values);
  const given = {
    images: values,
    labels: Array.from({ length: count }, (_, at) => predictedClass(logits, 5, at)),
  };
  const broken = async (name: string) => {
    const options = { ...namedAttack(name, 0.08), steps: 5 };
    return [...(await attack(model, options)(given)).firstMisclassified].map((step) => step !== -1);
  };
  const [ce, targeted, both] = [await broken('apgd-ce'), await broken('apgd-t'), await broken('aa-fast')];
  expect(both).toEqual(ce.map((each, at) => each || targeted[at]));
  expect(both.filter(Boolean).length).toBeGreaterThan(4);
  expect(both.filter(Boolean).length).toBeLessThan(count);
});

test.each([
  ['apgd-dlr', 2, /3 classes, and the network has 2/],
  ['apgd-t', 3, /4 classes, and the network has 3/],
  ['aa-fast', 2, /4 classes, and the network has 2/],
])('%s of %i classes is refused with what to use instead', async (name, classes, message) => {
  const model = linearModel(pixels, weights.slice(0, classes));
  const run = attack(model, namedAttack(name, 0.1));
  const given = { images: new Float32Array(4).fill(0.5), labels: [0] };
  await expect(run(given)).rejects.toThrow(InputError);
  await expect(run(given)).rejects.toThrow(message);
});
