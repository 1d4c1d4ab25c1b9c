import { expect, test } from 'vitest';
import { wilsonInterval } from './moments.ts';

// The first four are the examples of Newcombe 1998 (Statistics in Medicine 17, 857-872), to the digits printed there.
test.each([
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

test('of nothing knows nothing', () => {
  expect(wilsonInterval(0, 0)).toEqual([0, 1]);
});

test('holds the share and stays in [0, 1], and four times the examples halve it', () => {
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
