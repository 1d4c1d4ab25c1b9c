import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { integers, normals, permutation, type StreamKey, uniforms } from './index.ts';

const key: StreamKey = { seed: 3, purpose: 'noise', epoch: 2, example: 17 };

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

function moment(values: ArrayLike<number>, order: number): number {
  const center = mean(values);
  return mean(Array.from(values, (value) => (value - center) ** order));
}

function drawUniforms(streamKey: StreamKey, length = 8): Float32Array {
  const out = new Float32Array(length);
  uniforms(streamKey, out, 0, 1);
  return out;
}

describe('a stream', () => {
  test('is the same whatever was drawn before it', () => {
    const first = drawUniforms(key);
    drawUniforms({ ...key, example: 18 }, 5000);
    expect(drawUniforms(key)).toEqual(first);
  });

  test('is another one when any field of its key is another', () => {
    const keys: StreamKey[] = [
      key,
      { ...key, seed: 4 },
      { ...key, purpose: 'bootstrap' },
      { ...key, epoch: 3 },
      { ...key, example: 18 },
      { ...key, draw: 1 },
      { seed: 3, purpose: 'noise', epoch: 17, example: 2 },
    ];
    expect(new Set(keys.map((streamKey) => drawUniforms(streamKey).join())).size).toBe(keys.length);
  });

  test('treats a field left out as 0', () => {
    expect(drawUniforms({ seed: 1, purpose: 'split' })).toEqual(
      drawUniforms({ seed: 1, purpose: 'split', epoch: 0, example: 0, draw: 0 }),
    );
  });

  test.each([-1, 0.5, 2 ** 32, Number.NaN])('refuses the seed %s', (seed) => {
    expect(() => drawUniforms({ seed, purpose: 'split' })).toThrow(InputError);
  });
});

describe('uniforms', () => {
  test('have the moments of U(-2, 4)', () => {
    const out = new Float32Array(200_000);
    uniforms(key, out, -2, 4);
    expect(out.every((value) => value >= -2 && value <= 4)).toBe(true);
    expect(mean(out)).toBeCloseTo(1, 1);
    expect(moment(out, 2)).toBeCloseTo(3, 1);
  });

  test('a shorter draw is a prefix of a longer one, across chunks', () => {
    expect(drawUniforms(key, 3001)).toEqual(drawUniforms(key, 9999).subarray(0, 3001));
  });

  test('keep their values from version to version', () => {
    // Frozen from this implementation, whose words the known answers of stream.test.ts vouch for.
    expect([...drawUniforms({ seed: 0, purpose: 'noise' }, 3)]).toMatchInlineSnapshot(`
      [
        0.8808924555778503,
        0.37206345796585083,
        0.21952784061431885,
      ]
    `);
  });
});

describe('normals', () => {
  test('have the moments of N(0, 1): variance 1, skewness 0, kurtosis 3', () => {
    const out = new Float32Array(200_000);
    normals(key, out);
    expect(mean(out)).toBeCloseTo(0, 1);
    expect(moment(out, 2)).toBeCloseTo(1, 1);
    expect(moment(out, 3)).toBeCloseTo(0, 1);
    expect(Math.abs(moment(out, 4) - 3)).toBeLessThan(0.1);
  });

  test('are moved and scaled by mean and deviation', () => {
    const standard = new Float32Array(7);
    const moved = new Float32Array(7);
    normals(key, standard);
    normals(key, moved, 10, 0.5);
    for (let i = 0; i < 7; i++) expect(moved[i]).toBeCloseTo(10 + 0.5 * standard[i], 5);
  });

  test('of an odd length are a prefix of a longer draw', () => {
    const odd = new Float32Array(2051);
    const long = new Float32Array(4100);
    normals(key, odd);
    normals(key, long);
    expect(odd).toEqual(long.subarray(0, 2051));
  });
});

describe('integers', () => {
  test('cover 0 .. bound - 1 evenly', () => {
    const counts = new Array<number>(9).fill(0);
    for (const value of integers(key, 90_000, 9)) counts[value]++;
    // Ten standard deviations of a count of 10,000 are about 950.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(950);
  });

  test('stay below a bound near 2^32, where a word is often refused', () => {
    const bound = 2 ** 31 + 1;
    const values = integers(key, 5000, bound);
    expect(Math.max(...values)).toBeLessThan(bound);
    expect(mean(values) / bound).toBeCloseTo(0.5, 1);
  });

  test('of bound 1 are all 0', () => {
    expect([...integers(key, 3, 1)]).toEqual([0, 0, 0]);
  });

  test.each([0, -3, 1.5, 2 ** 32])('refuse the bound %s', (bound) => {
    expect(() => integers(key, 1, bound)).toThrow(InputError);
  });
});

describe('permutation', () => {
  test('holds every index once', () => {
    expect([...permutation(key, 5000)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 5000 }, (_, i) => i),
    );
  });

  test('gives every order of three about equally often', () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = permutation({ seed: 1, purpose: 'shuffle', epoch }, 3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });

  test('of nothing and of one', () => {
    expect([...permutation(key, 0)]).toEqual([]);
    expect([...permutation(key, 1)]).toEqual([0]);
  });
});
