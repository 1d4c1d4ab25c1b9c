import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { attack } from './attack.ts';
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

test.each([
  ['apgd-dlr', 2, /3 classes, and the network has 2/],
  ['apgd-t', 3, /4 classes, and the network has 3/],
])('%s of %i classes is refused with what to use instead', async (name, classes, message) => {
  const model = linearModel(pixels, weights.slice(0, classes));
  const run = attack(model, namedAttack(name, 0.1));
  const given = { images: new Float32Array(4).fill(0.5), labels: [0] };
  await expect(run(given)).rejects.toThrow(InputError);
  await expect(run(given)).rejects.toThrow(message);
});
