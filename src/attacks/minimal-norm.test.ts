import { expect, test } from 'vitest';
import { type AttackSettings, attack } from './attack.ts';
import { defineAttack, optionsSchema } from './definition.ts';
import { distanceOf, isWithin } from './minimal-norm.ts';
import type { LogitModel } from './model.ts';

test('an image is within epsilon up to the rounding of a pixel', () => {
  const epsilon = 8 / 255;
  expect(isWithin(epsilon, epsilon)).toBe(true);
  expect(isWithin(Math.fround(0.7 + epsilon) - 0.7, epsilon)).toBe(true);
  expect(isWithin(epsilon + 1e-6, epsilon)).toBe(false);
  expect(isWithin(0, 0)).toBe(true);
  expect(isWithin(1e-6, 0)).toBe(false);
  expect(isWithin(Number.POSITIVE_INFINITY, epsilon)).toBe(false);
});

test('distances are of the norm', () => {
  const [x, clean] = [Float32Array.of(0.5, 0.25, 1), Float32Array.of(0.75, 0.25, 0)];
  expect(distanceOf('linf', x, clean)).toBe(1);
  expect(distanceOf('l2', x, clean)).toBeCloseTo(Math.hypot(0.25, 1), 6);
  expect(distanceOf('l1', x, clean)).toBe(1.25);
});

/** Visits pixels in turn, each walk a list of them; of a negative one the amount is visited within the same step as the one before. */
const stroll = (walks: readonly (readonly number[])[], epsilon = 0.3) =>
  defineAttack({
    name: 'stroll',
    summary: 'visits what it is told',
    asks: 'logits',
    forms: [],
    options: optionsSchema('stroll', ['linf'], {}),
    defaults: () => ({ norm: 'linf', steps: 9, restarts: 1 }),
    search: () => ({
      walks: walks.length,
      minimalNorm: { norm: 'linf', epsilon },
      begin({ key, clean }, x) {
        const left = [...walks[key.restart]];
        x.set(clean);
        return {
          next(_, x) {
            const pixel = left.shift();
            if (pixel === undefined) return 'done';
            x[0] = Math.abs(pixel);
            return pixel < 0 ? 'same-step' : 'continue';
          },
        };
      },
    }),
  });

/** Class 1 of a first pixel from `low` to `high`, else 0; logits that are no numbers beyond `broken`. */
const band = (low: number, high: number, broken = 2): LogitModel => ({
  network: { name: 'band', classes: 2, images: { channels: 1, height: 1, width: 1 } },
  cell: { statistics: 'shared', affine: 'shared' },
  logits: async (images) =>
    Float32Array.from(
      [...images].flatMap((x) => [0, x > broken ? Number.NaN : x >= low && x <= high ? 1 : -1]),
    ),
});

const run = (model: LogitModel, walks: readonly (readonly number[])[], settings: AttackSettings = {}) =>
  attack(
    model,
    { name: 'stroll', epsilon: 0.3 },
    { attackTable: [stroll(walks)], ...settings },
  )({
    images: new Float32Array(1),
    labels: [0],
  });

test('the nearest misclassified iterate of all walks is kept, whenever it was seen', async () => {
  const walks = [
    [0.75, 0.5, 0.625, 0.125],
    [0.875, 0.25, 0.125],
    [0.5, 0.125],
  ];
  const whole = await run(band(0.2, 1), walks);
  expect([...(whole.distance ?? [])]).toEqual([0.25]);
  expect([...whole.adversarial]).toEqual([0.25]);
  // The first of the iterates within epsilon: the second of its walk.
  expect([...whole.firstMisclassified]).toEqual([2]);
  const stopped = await run(band(0.2, 1), walks, { earlyStop: true });
  expect(stopped).toEqual({ ...whole, distance: undefined });
});

test('beyond epsilon an example is not broken, and its nearest image is given only where that is asked for', async () => {
  const walks = [[0.75, 0.5]];
  for (const earlyStop of [true, false]) {
    const bounded = await run(band(0.4, 1), walks, { earlyStop });
    expect([...bounded.firstMisclassified]).toEqual([-1]);
    expect([...bounded.adversarial]).toEqual([0]);
  }
  const nearest = await run(band(0.4, 1), walks, { beyondEpsilon: true });
  expect([...nearest.firstMisclassified]).toEqual([-1]);
  expect([...nearest.adversarial, ...(nearest.distance ?? [])]).toEqual([0.5, 0.5]);
});

test('another image of the same step is no step more', async () => {
  const { firstMisclassified, distance } = await run(band(0.2, 1), [[0.5, -0.4375, 0.125, 0.25]]);
  expect([...firstMisclassified]).toEqual([3]);
  expect([...(distance ?? [])]).toEqual([0.25]);
});

test('what is not finite is broken at any distance, and shows no image beyond epsilon', async () => {
  for (const earlyStop of [true, false]) {
    const far = await run(band(0.9, 1, 0.7), [[0.5, 0.75, 0.1]], { earlyStop });
    expect([...far.firstMisclassified]).toEqual([2]);
    expect(far.notFinite).toEqual(['logits']);
    expect([...far.adversarial]).toEqual([0]);
    if (!earlyStop) expect([...(far.distance ?? [])]).toEqual([0]);
  }
  const near = await run(band(0.9, 1, 0.2), [[0.25, 0.1]]);
  expect([...near.adversarial]).toEqual([0.25]);
  expect([...near.firstMisclassified]).toEqual([1]);
});
