/**
 * Winograd passes against a convolution written out in float64. The matrix product is plain TypeScript here, so that the
 * tests need no native library, and it sums in float64, so that what is measured is the transforms' own rounding.
 *
 * Tolerance 1e-5 of the result's root mean square: F(4, 3) in float32 measures about 1e-6 (see winograd-matrices.ts), and the
 * largest of some thousand errors lies within a few times that.
 */

import { afterAll, describe, expect, it } from 'vitest';
import { createSharedMemory, type Gemm, type SharedMemory } from './host.ts';
import { type ConvolutionGeometry, createWinograd, winogradApplies } from './winograd.ts';

const usual: ConvolutionGeometry = {
  batch: 64,
  inputChannels: 64,
  outputChannels: 64,
  height: 32,
  width: 32,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
};

describe('winogradApplies', () => {
  it.each<[string, Partial<ConvolutionGeometry>]>([
    ['the first stage of ResNet-18', {}],
    ['its last stage', { inputChannels: 512, outputChannels: 512, height: 4, width: 4 }],
    ['a wide network', { inputChannels: 160, outputChannels: 160 }],
    ['7 x 7 images, whose border tiles are partly empty', { height: 7, width: 7 }],
    ['a batch of one, so that it gives the same bits as a large one', { batch: 1 }],
  ])('takes %s', (_, change) => {
    expect(winogradApplies({ ...usual, ...change }, 8)).toBe(true);
  });

  it.each<[string, Partial<ConvolutionGeometry>]>([
    ['1 x 1 filters', { kernel: [1, 1], padding: [0, 0] }],
    ['stride 2', { stride: [2, 2] }],
    ['no padding', { padding: [0, 0] }],
    ['groups', { groups: 2 }],
    ['images of three channels', { inputChannels: 3 }],
    [
      'few channels, where transforms cost more than products save',
      { inputChannels: 16, outputChannels: 16 },
    ],
    ['tiles that are mostly empty', { height: 5, width: 5 }],
    ['images smaller than a tile', { height: 2, width: 2 }],
  ])('leaves %s to direct kernels', (_, change) => {
    expect(winogradApplies({ ...usual, ...change }, 8)).toBe(false);
  });
});

const TOLERANCE = 1e-5;
const BLOCK = 8;

/** Self-contained, because it also runs in the worker. */
function openPlainProduct(memory: SharedMemory): Gemm {
  const floats = new Float32Array(memory.buffer);
  return {
    product: (transposeLeft, rows, columns, inner, left, ls, right, rs, accumulate, result, cs) => {
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let sum = accumulate !== 0 ? floats[result / 4 + i * cs + j] : 0;
          for (let k = 0; k < inner; k++) {
            const a = transposeLeft !== 0 ? k * ls + i : i * ls + k;
            sum += floats[left / 4 + a] * floats[right / 4 + k * rs + j];
          }
          floats[result / 4 + i * cs + j] = sum;
        }
    },
    enter: () => {},
    leave: () => {},
  };
}

const memory = createSharedMemory(1 << 24);
let top = 64;
const allocate = (bytes: number) => {
  const at = top;
  top = Math.ceil((top + bytes) / 64) * 64;
  return at;
};
const place = (values: ArrayLike<number>) => {
  const at = allocate(values.length * 4);
  new Float32Array(memory.buffer, at, values.length).set(values);
  return at;
};
const read = (at: number, length: number) => Array.from(new Float32Array(memory.buffer, at, length));

let seed = 1;
const noise = (length: number) =>
  Float32Array.from({ length }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 31 - 1;
  });

interface Shape {
  batch: number;
  inputChannels: number;
  outputChannels: number;
  height: number;
  width: number;
}

/** Place of (n, c, i, j) in [N, C / 8, H, W, 8]. */
const blocked = (shape: Shape, channels: number) => (n: number, c: number, i: number, j: number) =>
  (((n * channels) / BLOCK + Math.floor(c / BLOCK)) * shape.height + i) * shape.width * BLOCK +
  j * BLOCK +
  (c % BLOCK);

/** Calls `visit` for every product of the convolution: places in x, in the filters, in y. */
function eachProduct(shape: Shape, visit: (x: number, filter: number, y: number) => void) {
  const { batch, inputChannels, outputChannels, height, width } = shape;
  const [atX, atY] = [blocked(shape, inputChannels), blocked(shape, outputChannels)];
  for (let n = 0; n < batch; n++)
    for (let k = 0; k < outputChannels; k++)
      for (let c = 0; c < inputChannels; c++)
        for (let i = 0; i < height; i++)
          for (let j = 0; j < width; j++)
            for (let u = 0; u < 3; u++)
              for (let v = 0; v < 3; v++) {
                const [row, column] = [i + u - 1, j + v - 1];
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                visit(atX(n, c, row, column), ((k * inputChannels + c) * 3 + u) * 3 + v, atY(n, k, i, j));
              }
}

function expectClose(actual: readonly number[], expected: ArrayLike<number>) {
  const wanted = Array.from(expected);
  const scale = Math.sqrt(wanted.reduce((sum, value) => sum + value * value, 0) / wanted.length);
  const error = Math.max(...wanted.map((value, i) => Math.abs(value - actual[i])));
  expect(error / scale).toBeLessThan(TOLERANCE);
}

const shapes: readonly Shape[] = [
  { batch: 1, inputChannels: 8, outputChannels: 16, height: 7, width: 7 },
  { batch: 2, inputChannels: 16, outputChannels: 8, height: 9, width: 5 },
  { batch: 3, inputChannels: 8, outputChannels: 8, height: 4, width: 4 },
  { batch: 1, inputChannels: 24, outputChannels: 8, height: 4, width: 13 },
  { batch: 2, inputChannels: 8, outputChannels: 8, height: 14, width: 14 },
  { batch: 9, inputChannels: 8, outputChannels: 8, height: 16, width: 16 },
  // Rows of 128 numbers are padded in the planes.
  { batch: 1, inputChannels: 128, outputChannels: 8, height: 4, width: 6 },
  { batch: 1, inputChannels: 8, outputChannels: 128, height: 5, width: 4 },
];
const name = (s: Shape) => `${s.batch}x${s.inputChannels}->${s.outputChannels}@${s.height}x${s.width}`;
const sizes = (s: Shape) => {
  const pixels = s.batch * s.height * s.width;
  return {
    x: pixels * s.inputChannels,
    y: pixels * s.outputChannels,
    w: s.inputChannels * s.outputChannels * 9,
  };
};

describe.each([1, 2])('Winograd convolution on %i threads', (threads) => {
  const winograd = createWinograd({
    memory,
    threads,
    block: BLOCK,
    allocate,
    gemm: { open: openPlainProduct, context: undefined },
  });
  afterAll(() => winograd.close());

  describe.each(shapes.map((shape) => [name(shape), shape] as const))('%s', (_, shape) => {
    const size = sizes(shape);
    const [x, w, dy] = [noise(size.x), noise(size.w), noise(size.y)];

    it('gives y', () => {
      const plan = winograd.planForward(shape);
      const filters = allocate(plan.filters.bytes);
      const target = place(new Float32Array(size.y).fill(99));
      plan.filters.bind({ filters: place(w), planes: filters }).run();
      plan.bind({ source: place(x), filters, target, scratch: allocate(plan.scratchBytes) }).run();

      const expected = new Float64Array(size.y);
      eachProduct(shape, (atX, atW, atY) => {
        expected[atY] += x[atX] * w[atW];
      });
      expectClose(read(target, size.y), expected);
    });

    it('gives dx', () => {
      const plan = winograd.planBackwardData(shape);
      const filters = allocate(plan.filters.bytes);
      const target = place(new Float32Array(size.x).fill(99));
      plan.filters.bind({ filters: place(w), planes: filters }).run();
      plan.bind({ source: place(dy), filters, target, scratch: allocate(plan.scratchBytes) }).run();

      const expected = new Float64Array(size.x);
      eachProduct(shape, (atX, atW, atY) => {
        expected[atX] += dy[atY] * w[atW];
      });
      expectClose(read(target, size.x), expected);
    });

    it('gives dw', () => {
      const plan = winograd.planBackwardWeights(shape);
      const gradient = place(new Float32Array(size.w).fill(99));
      const scratch = place(new Float32Array(plan.scratchBytes / 4).fill(99));
      plan.bind({ x: place(x), dy: place(dy), dw: gradient, scratch }).run();

      const expected = new Float64Array(size.w);
      eachProduct(shape, (atX, atW, atY) => {
        expected[atW] += dy[atY] * x[atX];
      });
      expectClose(read(gradient, size.w), expected);
    });
  });

  const shape: Shape = { batch: 2, inputChannels: 8, outputChannels: 16, height: 6, width: 9 };
  const size = sizes(shape);
  const [x, w, other, gate, bias] = [noise(size.x), noise(size.w), noise(size.y), noise(size.y), noise(16)];
  const plain = new Float64Array(size.y);
  eachProduct(shape, (atX, atW, atY) => {
    plain[atY] += x[atX] * w[atW];
  });
  const biasAt = (place: number) => bias[(Math.floor(place / (54 * 8)) % 2) * 8 + (place % 8)];

  it.each([
    ['bias', { bias: true }, (value: number, i: number) => value + biasAt(i)],
    ['ReLU', { relu: true }, (value: number) => Math.max(value, 0)],
    ['residual', { residual: true }, (value: number, i: number) => value + other[i]],
    ['gate', { gate: true }, (value: number, i: number) => (gate[i] > 0 ? value : 0)],
    [
      'all of them',
      { bias: true, relu: true, residual: true, gate: true },
      (value: number, i: number) => (gate[i] > 0 ? Math.max(value + biasAt(i) + other[i], 0) : 0),
    ],
  ])('fuses %s', (_, wanted: Partial<Record<'bias' | 'relu' | 'residual' | 'gate', boolean>>, finish) => {
    const plan = winograd.planForward(shape);
    const filters = allocate(plan.filters.bytes);
    const target = place(other);
    plan.filters.bind({ filters: place(w), planes: filters }).run();
    plan
      .bind({
        source: place(x),
        filters,
        target,
        scratch: allocate(plan.scratchBytes),
        ...(wanted.relu && { relu: true }),
        ...(wanted.bias && { bias: place(bias) }),
        // The residual is added in place.
        ...(wanted.residual && { residual: target }),
        ...(wanted.gate && { gate: place(gate) }),
      })
      .run();
    expectClose(read(target, size.y), plain.map(finish));
  });
});
