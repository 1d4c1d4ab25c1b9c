import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { uniforms } from '../random/index.ts';
import { attack } from './attack.ts';
import { inL1BallAndRange } from './l1-projection.ts';
import { type LogitModel, predictor } from './model.ts';
import { namedAttack } from './names.ts';
import { type NormName, normNames, norms } from './norms.ts';
import { squareShare } from './square.ts';
import { squareNorms } from './square-candidates.ts';
import { linearModel } from './testing/linear.ts';
import { chosen, tinyExamples, tinyModel } from './testing/tiny.ts';

test('a window has 0.8 of the pixels first, and half of that after 10, 50, 200, ... queries', () => {
  const halved = (halvings: number) => 0.8 / 2 ** halvings;
  const after = [
    0, 10, 11, 50, 51, 200, 201, 500, 501, 1000, 1001, 2001, 4001, 4999, 6001, 8000, 8001, 99_999,
  ];
  const times = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 7, 8, 8, 9, 9];
  expect(after.map((queries) => squareShare(queries))).toEqual(times.map(halved));
  // In proportion, where that is asked for.
  expect([0, 1, 2, 3, 81].map((queries) => squareShare(queries, 100))).toEqual([0, 2, 2, 3, 9].map(halved));
});

describe('the side of a window', () => {
  const shares = [0.8, 0.4, 0.2, 0.1, 0.05, 0.025, 0.0125, 0.00625];
  const sides = (norm: NormName, height: number, width = height) =>
    shares.map((share) => squareNorms[norm].side(share * height * width, { channels: 3, height, width }));

  test('of 32 x 32 pixels', () => {
    expect(sides('linf', 32)).toEqual([29, 20, 14, 10, 7, 5, 4, 3]);
    expect(sides('l2', 32)).toEqual([29, 21, 15, 11, 7, 5, 5, 3]);
    expect(sides('l1', 32)).toEqual([29, 21, 15, 11, 7, 5, 5, 3]);
  });

  test('a half is rounded to the even number', () => {
    const shape = { channels: 1, height: 28, width: 28 };
    expect([2.5, 3.5, 4.5].map((side) => squareNorms.linf.side(side ** 2, shape))).toEqual([2, 4, 4]);
    expect([4.5, 6.5].map((side) => squareNorms.l2.side(side ** 2, shape))).toEqual([5, 7]);
  });

  test('is at most the image, in either direction', () => {
    expect(sides('linf', 8, 64)).toEqual([8, 8, 8, 7, 5, 4, 3, 2]);
    expect(sides('l2', 4, 4)).toEqual([4, 3, 3, 3, 3, 3, 3, 3]);
    expect(squareNorms.l1.side(0.8, { channels: 1, height: 1, width: 1 })).toBe(1);
  });
});

const keyOf = (example: number) => ({ seed: 1, example, restart: 0 });

/** The same numbers that candidates are made of. */
function drawn(example: number, query: number, count: number): Float32Array {
  const numbers = new Float32Array(count);
  uniforms({ seed: 1, purpose: 'attack-query', example, epoch: 0, draw: query }, numbers, 0, 1);
  return numbers;
}

const sizes = {
  l2: (values: readonly number[]) => Math.hypot(...values),
  l1: (values: readonly number[]) => values.reduce((total, value) => total + Math.abs(value), 0),
};

/** eta of the published code: nested rectangles that are added up. */
function published(norm: 'l2' | 'l1', side: number, lying: boolean): number[][] {
  const unit = (rows: number[][]) => rows.map((row) => row.map((value) => value / sizes[norm](rows.flat())));
  const rectangles = (rows: number, columns: number) => {
    const delta = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
    const corner = [Math.floor(rows / 2), Math.floor(columns / 2)];
    for (let k = 0; k < Math.max(corner[0], corner[1]) + 1; k += 1)
      for (let y = Math.max(corner[0] - k, 0); y < Math.min(corner[0] + k + 1, rows); y += 1)
        for (let x = Math.max(corner[1] - k, 0); x < Math.min(corner[1] + k + 1, columns); x += 1)
          delta[y][x] += 1 / (k + 1) ** (norm === 'l2' ? 2 : 4);
    return unit(delta);
  };
  const half = Math.floor(side / 2);
  const lower = rectangles(side - half, side).map((row) => row.map((value) => -value));
  const eta = unit([...rectangles(half, side), ...lower]);
  return lying ? eta.map((_, y) => eta.map((row) => row[y])) : eta;
}

describe.each(['l2', 'l1'] as const)('candidates in %s are those of the published code', (norm) => {
  const [channels, height, width] = [3, 12, 12];
  const epsilon = norm === 'l2' ? 0.5 : 4;
  const size = channels * height * width;
  const candidates = squareNorms[norm].candidates({ channels, height, width }, { epsilon });
  const clean = Float32Array.from({ length: size }, (_, i) => ((i * 37) % 101) / 100);
  const sign = (number: number) => (number < 0.5 ? -1 : 1);
  const image = (delta: readonly number[]) =>
    norm === 'l1'
      ? inL1BallAndRange(clean, delta, epsilon * (1 - 1e-6)).map((value, i) => clean[i] + value)
      : delta.map((value, i) => Math.min(Math.max(clean[i] + (value / sizes.l2(delta)) * epsilon, 0), 1));
  const start = new Float32Array(size);
  candidates.start(keyOf(7), clean, start);

  test('at the start', () => {
    const delta = new Array<number>(size).fill(0);
    const numbers = drawn(7, 0, 36 * 4);
    // Sides of 2, so that 6 x 6 tiles fit.
    for (let tile = 0; tile < 36; tile += 1) {
      const eta = published(norm, 2, numbers[tile * 4] > 0.5);
      for (let i = 0; i < channels * 4; i += 1) {
        const [channel, y, x] = [Math.floor(i / 4), Math.floor(i / 2) % 2, i % 2];
        const at = (channel * height + 2 * Math.floor(tile / 6) + y) * width + 2 * (tile % 6) + x;
        delta[at] = sign(numbers[tile * 4 + 1 + channel]) * eta[y][x];
      }
    }
    for (const [i, value] of image(delta).entries()) expect(start[i]).toBeCloseTo(value, 6);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('at query %i', (number) => {
    const side = number % 2 === 0 ? 5 : 9;
    const found = new Float32Array(size);
    candidates.propose(keyOf(7), { number, side }, clean, start, found);
    const [row, column, otherRow, otherColumn, lying, ...signs] = drawn(7, number, 8);
    const [top, left, otherTop, otherLeft] = [row, column, otherRow, otherColumn].map((of) =>
      Math.floor(of * (height - side)),
    );
    const eta = published(norm, side, lying > 0.5);
    const delta = Array.from(start, (value, i) => value - clean[i]);
    const after = [...delta];
    const whole = sizes[norm](delta);
    const inside = (y: number, x: number, y0: number, x0: number) =>
      y >= y0 && y < y0 + side && x >= x0 && x < x0 + side;
    for (let channel = 0; channel < channels; channel += 1) {
      const places = Array.from({ length: height * width }, (_, i) => ({
        ...{ y: Math.floor(i / width), x: i % width, at: channel * height * width + i },
      }));
      const first = places.filter(({ y, x }) => inside(y, x, top, left));
      const second = places.filter(({ y, x }) => inside(y, x, otherTop, otherLeft));
      const either = places.filter((place) => first.includes(place) || second.includes(place));
      const n1 = sizes[norm](first.map(({ at }) => delta[at]));
      const n12 = sizes[norm](either.map(({ at }) => delta[at]));
      const fresh = first.map(
        ({ y, x, at }) => eta[y - top][x - left] * sign(signs[channel]) + delta[at] / (1e-12 + n1),
      );
      const to =
        norm === 'l2'
          ? Math.sqrt(Math.max(epsilon ** 2 - whole ** 2, 0) / channels + n12 ** 2)
          : (Math.max(epsilon - whole, 0) / channels + n12) * channels;
      for (const { at } of second) after[at] = 0;
      for (const [i, { at }] of first.entries()) after[at] = (fresh[i] / (1e-12 + sizes[norm](fresh))) * to;
    }
    for (const [i, value] of image(after).entries()) expect(found[i]).toBeCloseTo(value, 6);
  });
});

describe.each(normNames)('candidates in the %s ball', (norm) => {
  const shapes = [
    { channels: 3, height: 11, width: 13 },
    { channels: 1, height: 4, width: 4 },
    { channels: 2, height: 1, width: 2 },
    { channels: 1, height: 40, width: 7 },
  ];
  const epsilons = { linf: 0.1, l2: 0.7, l1: 5 };

  test.each(shapes)('stay inside it and in [0, 1]: %o', (shape) => {
    const epsilon = epsilons[norm];
    const { side, candidates } = squareNorms[norm];
    const search = candidates(shape, { epsilon });
    const size = shape.channels * shape.height * shape.width;
    // Pixels near both borders, so that clipping matters.
    const clean = Float32Array.from({ length: size }, (_, i) => ((i * 37) % 101) / 100);
    let best = new Float32Array(size);
    search.start(keyOf(5), clean, best);
    const seen = [best];
    for (let number = 1; number <= 60; number += 1) {
      const candidate = new Float32Array(size);
      const area = squareShare(number * 9) * shape.height * shape.width;
      search.propose(keyOf(5), { number, side: side(area, shape) }, clean, best, candidate);
      seen.push(candidate);
      if (number % 3 > 0) best = candidate;
    }
    for (const candidate of seen) {
      expect(candidate.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(norms[norm].size(candidate.map((value, i) => value - clean[i]))).toBeLessThanOrEqual(
        epsilon + 2e-6,
      );
    }
    expect(new Set(seen.map((candidate) => candidate.join())).size).toBeGreaterThan(1);
  });

  test('use the whole radius where [0, 1] leaves room', () => {
    const search = squareNorms[norm].candidates({ channels: 3, height: 10, width: 10 }, { epsilon: 0.05 });
    const clean = new Float32Array(300).fill(0.5);
    let best = new Float32Array(300);
    search.start(keyOf(0), clean, best);
    for (let number = 1; number < 20; number += 1) {
      const candidate = new Float32Array(300);
      search.propose(keyOf(0), { number, side: 5 }, clean, best, candidate);
      for (const image of [best, candidate])
        expect(norms[norm].size(image.map((value) => value - 0.5))).toBeCloseTo(0.05, 5);
      best = candidate;
    }
  });

  test('leave the last row and column to the start, unless the window is the whole image', () => {
    const shape = { channels: 1, height: 6, width: 6 };
    const search = squareNorms[norm].candidates(shape, { epsilon: 0.1 });
    const clean = new Float32Array(36).fill(0.5);
    const touched = (side: number) => {
      const places = new Set<number>();
      for (let number = 1; number < 200; number += 1) {
        const candidate = new Float32Array(36);
        search.propose(keyOf(3), { number, side }, clean, clean, candidate);
        for (const [at, value] of candidate.entries()) if (value !== 0.5) places.add(at);
      }
      return [...places].sort((a, b) => a - b);
    };
    const all = [...clean.keys()];
    expect(touched(3)).toEqual(all.filter((at) => at < 30 && at % 6 < 5));
    expect(touched(6)).toEqual(all);
  });
});

test('a query in linf changes one window by 2 epsilon at the most, cut to the ball and to [0, 1]', () => {
  const shape = { channels: 2, height: 8, width: 9 };
  const search = squareNorms.linf.candidates(shape, { epsilon: 0.1 });
  const clean = Float32Array.from({ length: 144 }, (_, i) => ((i * 37) % 101) / 100);
  const best = new Float32Array(144);
  search.start(keyOf(2), clean, best);
  const found = new Float32Array(144);
  search.propose(keyOf(2), { number: 1, side: 4 }, clean, best, found);
  const [row, column, ...signs] = drawn(2, 1, 4);
  const [top, left] = [Math.floor(row * 4), Math.floor(column * 5)];
  for (const [at, value] of found.entries()) {
    const [channel, y, x] = [Math.floor(at / 72), Math.floor(at / 9) % 8, at % 9];
    const inside = y >= top && y < top + 4 && x >= left && x < left + 4;
    const step = inside ? 0.2 * (signs[channel] < 0.5 ? -1 : 1) : 0;
    const inBall = Math.min(Math.max(best[at] + step, clean[at] - 0.1), clean[at] + 0.1);
    expect(value).toBeCloseTo(Math.min(Math.max(inBall, 0), 1), 6);
  }
});

test('the first candidate of linf is striped: a column has one sign in a channel', () => {
  const shape = { channels: 2, height: 3, width: 8 };
  const clean = new Float32Array(48).fill(0.5);
  const out = new Float32Array(48);
  squareNorms.linf.candidates(shape, { epsilon: 0.25 }).start(keyOf(0), clean, out);
  for (let channel = 0; channel < 2; channel += 1) {
    const rows = [0, 1, 2].map((y) => [...out.subarray((channel * 3 + y) * 8, (channel * 3 + y + 1) * 8)]);
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).toEqual(rows[0]);
    expect(new Set(rows[0])).toEqual(new Set([0.25, 0.75]));
  }
});

describe('on a linear classifier', () => {
  // Class 0 is right while the left half of the image is brighter than the right one; it is so by 8 * 0.05 = 0.4.
  const left = Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 1 : -1));
  const model = linearModel({ channels: 1, height: 4, width: 4 }, [left, left.map((w) => -w)]);
  const images = Float32Array.from({ length: 32 }, (_, i) => (i % 4 < 2 ? 0.55 : 0.5));
  const run = (name: string, epsilon: number) =>
    // The last row and column stay what the start made of them, so another start may be needed.
    attack(model, { ...namedAttack(name, epsilon), restarts: 20 }, { seed: 2 })({ images, labels: [0, 0] });

  // The sum can move by 16 epsilon in linf, by 4 epsilon in l2, by epsilon in l1; 0.4 is needed.
  const needed = { 'square-200': 0.025, 'square-200-l2': 0.1, 'square-200-l1': 0.4 };
  const names = ['square-200', 'square-200-l2', 'square-200-l1'] as const;

  test.each(names)('%s finds what is there to be found', async (name) => {
    const { firstMisclassified, adversarial } = await run(name, 2.5 * needed[name]);
    for (const [at, query] of [...firstMisclassified].entries()) {
      expect(query).toBeGreaterThanOrEqual(0);
      const image = adversarial.subarray(16 * at, 16 * at + 16);
      expect(image.reduce((sum, value, i) => sum + left[i] * value, 0)).toBeLessThanOrEqual(0);
    }
  });

  test.each(names)('%s cannot pass a margin beyond its radius', async (name) => {
    const { firstMisclassified } = await run(name, 0.99 * needed[name]);
    expect([...firstMisclassified]).toEqual([-1, -1]);
  });
});

describe('ends at a margin of 0', () => {
  // Both logits are equal wherever the image is: class 0 is told, of two equal ones the first.
  const flat = linearModel({ channels: 1, height: 4, width: 4 }, [
    new Array<number>(16).fill(1),
    new Array<number>(16).fill(1),
  ]);
  const images = new Float32Array(32).fill(0.5);

  test.each(['square-50', 'square-50-l2', 'square-50-l1'])('%s asks once', async (name) => {
    let asked = 0;
    const predict = predictor(flat, 2);
    const counted: LogitModel = {
      ...{ network: { name: 'flat', classes: 2, images: flat.network.images }, cell: flat.cell },
      logits: async (of) => {
        asked += of.length / 16;
        return predict(of);
      },
    };
    const { firstMisclassified } = await attack(counted, namedAttack(name, 0.1))({ images, labels: [0, 1] });
    // As the right one it counts as robust, as a wrong one it is misclassified from the start.
    expect([...firstMisclassified]).toEqual([-1, 0]);
    expect(asked).toBe(2);
  });
});

test('whoever is broken by the stripes costs one query', async () => {
  const bright = new Array<number>(16).fill(1);
  const model = linearModel({ channels: 1, height: 4, width: 4 }, [bright, bright.map((w) => -w)]);
  const examples = { images: new Float32Array(160).fill(0), labels: new Array<number>(10).fill(1) };
  const { firstMisclassified } = await attack(model, namedAttack('square-100', 0.5))(examples);
  // Class 1 at an image of zeros is a tie, told as class 0; the stripes only add to that.
  expect([...firstMisclassified]).toEqual(new Array(10).fill(0));
});

test('the schedule may be stretched to the number of queries', async () => {
  const examples = tinyExamples(12);
  const options = { ...namedAttack('square-30', 0.03), restarts: 1 };
  const [plain, stretched] = await Promise.all(
    [false, true].map((rescale) => attack(tinyModel(), { ...options, rescale })(examples)),
  );
  expect(stretched.adversarial).not.toEqual(plain.adversarial);
});

describe.each(['square-30', 'square-30-l2', 'square-30-l1'])('%s', (name) => {
  const examples = tinyExamples(9);
  const options = namedAttack(name, name.endsWith('l2') ? 0.4 : name.endsWith('l1') ? 1.2 : 0.1);

  test('gives an example the same at any batch size and in any order', async () => {
    const whole = await attack(tinyModel(), options, { seed: 4 })(examples);
    expect(new Set(whole.firstMisclassified).size).toBeGreaterThan(1);
    const order = [7, 2, 0, 5];
    for (const batchSize of [1, 3, 100]) {
      const some = await attack(tinyModel(), options, { seed: 4, batchSize })(chosen(examples, order));
      expect([...some.firstMisclassified]).toEqual(order.map((at) => whole.firstMisclassified[at]));
      for (const [at, from] of order.entries())
        expect(some.adversarial.subarray(16 * at, 16 * at + 16)).toEqual(
          whole.adversarial.subarray(16 * from, 16 * from + 16),
        );
    }
  });

  test('is another with another seed', async () => {
    const [one, other] = await Promise.all(
      [4, 5].map((seed) => attack(tinyModel(), options, { seed })(examples)),
    );
    expect(one.adversarial).not.toEqual(other.adversarial);
  });

  test('leaves every variable as it was', async () => {
    const model = tinyModel();
    const before = model.network.variables.map((variable) => model.engine.read(variable));
    await attack(model, options)(examples);
    expect(model.network.variables.map((variable) => model.engine.read(variable))).toEqual(before);
  });

  test('may start again where it failed', async () => {
    const many = tinyExamples(60);
    const once = await attack(tinyModel(), { ...options, steps: 1 })(many);
    const often = await attack(tinyModel(), { ...options, steps: 1, restarts: 10 })(many);
    const broken = (firstMisclassified: Int32Array) =>
      firstMisclassified.filter((query) => query !== -1).length;
    expect(broken(often.firstMisclassified)).toBeGreaterThan(broken(once.firstMisclassified));
  });
});

describe('a model of which only logits can be had', () => {
  const examples = tinyExamples(6);
  const known = tinyModel();
  const blind: LogitModel = {
    network: { name: 'blind', classes: 3, images: known.network.images },
    cell: known.cell,
    logits: predictor(known, 4),
  };

  test.each(['square-10', 'noise', 'gaussian-noise'])(
    '%s does to it what it does to the network',
    async (name) => {
      const options = namedAttack(name, 0.1);
      const settings = { seed: 3, batchSize: 4, earlyStop: true };
      expect(await attack(blind, options, settings)(examples)).toEqual(
        await attack(known, options, settings)(examples),
      );
    },
  );

  test('an attack along gradients is refused', () => {
    expect(() => attack(blind, namedAttack('pgd-2', 0.1))).toThrow(InputError);
    expect(() => attack(blind, namedAttack('pgd-2', 0.1))).toThrow(/blind gives logits alone/);
  });

  test('steps that have no gradient hide nothing from it', async () => {
    // Brightness in eighths: flat almost everywhere, so that no gradient leads anywhere.
    const shape = { channels: 1, height: 2, width: 2 };
    const stairs: LogitModel = {
      network: { name: 'stairs', classes: 2, images: shape },
      cell: known.cell,
      logits: async (images) =>
        Float32Array.from({ length: images.length / 2 }, (_, i) => {
          const [a, b, c, d] = images.subarray(4 * Math.floor(i / 2));
          const bright = Math.round(8 * (a + b + c + d)) / 8 - 1.75;
          return i % 2 === 0 ? bright : -bright;
        }),
    };
    const found = await attack(
      stairs,
      namedAttack('square-50', 0.1),
    )({
      images: new Float32Array(4).fill(0.5),
      labels: [0],
    });
    expect(found.firstMisclassified[0]).toBeGreaterThanOrEqual(0);
  });
});
