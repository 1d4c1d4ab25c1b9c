import { describe, expect, it } from 'vitest';
import {
  mean,
  pairedInterval,
  standardDeviation,
  studentTCdf,
  studentTQuantile,
  variance,
  wilsonInterval,
} from './intervals.ts';

it('gives mean and unbiased spread', () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  expect(mean(values)).toBe(5);
  expect(variance(values)).toBeCloseTo(32 / 7, 15);
  expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 15);
});

it('finds no spread in a single value', () => {
  expect([variance([3]), standardDeviation(Float32Array.of(3))]).toEqual([0, 0]);
});

describe('wilsonInterval', () => {
  // The first four are the examples of Newcombe 1998 (Statistics in Medicine 17, 857-872), to the digits printed there.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [20, 20, 0.8389, 1],
    [5, 10, 0.2366, 0.7634],
  ])('%s of %s', (right, count, low, high) => {
    const [from, to] = wilsonInterval(right, count);
    expect(from).toBeCloseTo(low, 4);
    expect(to).toBeCloseTo(high, 4);
  });

  it('of nothing knows nothing', () => {
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });

  it('holds the share and stays in [0, 1], and four times the examples halve it', () => {
    const width = (right: number, count: number) => {
      const [low, high] = wilsonInterval(right, count);
      expect(low).toBeLessThanOrEqual(right / count);
      expect(high).toBeGreaterThanOrEqual(right / count);
      expect(low >= 0 && high <= 1).toBe(true);
      return high - low;
    };
    for (let right = 0; right <= 50; right += 1) width(right, 50);
    expect(width(400, 1000) / width(1600, 4000)).toBeCloseTo(2, 1);
  });
});

describe('pairedInterval', () => {
  it('is the formula, by hand', () => {
    // a = 13 / 102, b = 3 / 102: 10 / 102 +- 1.95996 sqrt((16 / 102 - (10 / 102)^2) / 102)
    const [low, high] = pairedInterval(12, 2, 100);
    expect(low).toBeCloseTo(0.0235699, 6);
    expect(high).toBeCloseTo(0.1725085, 6);
  });

  it('of no image that changes sides is about two z over n wide, and of few stays in [-1, 1]', () => {
    const [low, high] = pairedInterval(0, 0, 1000);
    expect(low).toBe(-high);
    expect(high).toBeCloseTo((1.96 * Math.sqrt(2)) / 1002, 5);
    expect(pairedInterval(2, 0, 2)[1]).toBeLessThanOrEqual(1);
  });
});

/** P(|T| <= t) for whole degrees of freedom as finite sums of powers of cos: Abramowitz & Stegun 26.7.3 and 26.7.4. */
function between(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 2 : 1; k <= freedom - 3; k += 2) {
    term *= (k / (k + 1)) * cosine ** 2;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/** The same for any degrees of freedom: with t = sqrt(v) tan(angle) the density is cos(angle)^(v - 1); Simpson's rule. */
function integrated(t: number, freedom: number): number {
  const upTo = (end: number) => {
    const steps = 200_000;
    let sum = 0;
    for (let at = 0; at <= steps; at += 1) {
      const weight = at === 0 || at === steps ? 1 : at % 2 === 1 ? 4 : 2;
      sum += weight * Math.max(0, Math.cos((end * at) / steps)) ** (freedom - 1);
    }
    return (sum * end) / (3 * steps);
  };
  return upTo(Math.atan(t / Math.sqrt(freedom))) / upTo(Math.PI / 2);
}

const points = [0.001, 0.1, 0.5, 1, 1.7, 2.5, 4, 9, 40];

describe('studentTCdf', () => {
  it('agrees with the finite sums for whole degrees of freedom', () => {
    for (const freedom of [1, 2, 3, 4, 5, 7, 10, 29, 30, 99, 100, 401, 5000])
      for (const t of points)
        expect(Math.abs(2 * studentTCdf(t, freedom) - 1 - between(t, freedom))).toBeLessThan(1e-12);
  });

  it.each([2.5, 3.7, 17.3, 250.25])(
    'agrees with the integrated density at %f degrees of freedom',
    (freedom) => {
      for (const t of points)
        expect(Math.abs(2 * studentTCdf(t, freedom) - 1 - integrated(t, freedom))).toBeLessThan(1e-10);
    },
  );

  it('keeps the relative precision of a far tail', () => {
    // Of one degree P(T <= t) = atan(1 / -t) / pi, of two the closed form (1 + t / sqrt(2 + t^2)) / 2, expanded.
    expect(studentTCdf(-1e8, 1) / (Math.atan(1e-8) / Math.PI)).toBeCloseTo(1, 12);
    expect(studentTCdf(-1e6, 2) / (0.5e-12 * (1 - 1.5e-12))).toBeCloseTo(1, 12);
  });

  it('is symmetric, and whole at its ends', () => {
    expect(studentTCdf(1.3, 6) + studentTCdf(-1.3, 6)).toBeCloseTo(1, 15);
    expect(studentTCdf(0, 4)).toBe(0.5);
    expect(studentTCdf(Number.POSITIVE_INFINITY, 4)).toBe(1);
    expect(studentTCdf(Number.NEGATIVE_INFINITY, 4)).toBe(0);
    expect(studentTCdf(Number.NaN, 4)).toBeNaN();
  });

  it('refuses no freedom', () => {
    expect(() => studentTCdf(1, 0)).toThrow(RangeError);
    expect(() => studentTCdf(1, Number.NaN)).toThrow(RangeError);
  });
});

describe('studentTQuantile', () => {
  it.each([
    // Closed forms: tan(pi (p - 1/2)) of one degree, (2p - 1) sqrt(2 / (1 - (2p - 1)^2)) of two.
    [0.975, 1, Math.tan(0.475 * Math.PI)],
    [0.9995, 1, Math.tan(0.4995 * Math.PI)],
    [0.975, 2, 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2))],
    [0.6, 2, 0.2 * Math.sqrt(2 / (1 - 0.2 ** 2))],
  ])('p = %f, %i degrees: the closed form %f', (p, freedom, t) => {
    expect(Math.abs(studentTQuantile(p, freedom) / t - 1)).toBeLessThan(1e-12);
    expect(studentTQuantile(1 - p, freedom) / -t).toBeCloseTo(1, 10);
  });

  it.each([
    // The usual table (A&S 26.10, to three digits; NIST handbook 1.3.6.7.2).
    [0.95, 3, 2.353],
    [0.975, 4, 2.776],
    [0.975, 9, 2.262],
    [0.99, 10, 2.764],
    [0.995, 29, 2.756],
    [0.975, 30, 2.042],
    [0.999, 60, 3.232],
    [0.975, 100, 1.984],
  ])('p = %f, %i degrees: %f of the table', (p, freedom, t) => {
    expect(studentTQuantile(p, freedom)).toBeCloseTo(t, 3);
  });

  it.each([1e5, 1e7])('approaches the normal quantile as A&S 26.7.5 says, at %f degrees', (v) => {
    const z = 1.959963984540054;
    const expected = z + (z ** 3 + z) / (4 * v) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v ** 2);
    expect(Math.abs(studentTQuantile(0.975, v) - expected)).toBeLessThan(1e-10);
  });

  it('undoes the cumulative distribution', () => {
    for (const freedom of [0.5, 1.3, 2, 8.8, 120, 3001.5])
      for (const p of [1e-12, 1e-4, 0.025, 0.3, 0.4999, 0.5, 0.7])
        expect(studentTCdf(studentTQuantile(p, freedom), freedom) / p).toBeCloseTo(1, 11);
  });

  it.each([0, 1, -0.1, Number.NaN])('refuses p = %f', (p) => {
    expect(() => studentTQuantile(p, 3)).toThrow(RangeError);
  });
});
