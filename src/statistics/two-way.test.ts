import { describe, expect, test } from 'vitest';
import { normals } from '../random/index.ts';
import { intervalOf, meanOfSeeds, pAbove, pBelow, twoWayMean } from './two-way.ts';

describe('a mean over seeds and examples', () => {
  test('has the textbook parts of a small layout', () => {
    // Rows 1 2 3 and 3 4 8: means 2, 5; columns 2, 3, 5.5; residuals 0.5 0.5 -1 and their opposite.
    const { value, parts } = twoWayMean([
      [1, 2, 3],
      [3, 4, 8],
    ]);
    expect(value).toBe(3.5);
    const both = 3 / 2 / 6;
    expect(parts[0].variance).toBeCloseTo(4.5 / 2, 12);
    expect(parts[0].freedom).toBe(1);
    expect(parts[1].variance).toBeCloseTo((1.5 ** 2 + 0.5 ** 2 + 2 ** 2) / 2 / 3 - both, 12);
    expect(parts[1].freedom).toBe(2);
  });

  test('of one seed speaks of the examples alone', () => {
    const estimate = twoWayMean([[1, 2, 3, 4]]);
    expect(intervalOf(estimate)).toEqual(intervalOf(meanOfSeeds([1, 2, 3, 4])));
  });

  test('where one part is nothing, has the p value of Student', () => {
    // t = 3 / sqrt(3 / 4) at 3 degrees of freedom.
    const estimate = meanOfSeeds([2, 4, 4, 2]);
    const error = Math.sqrt(4 / 3 / 4);
    expect(pAbove(estimate, 3 - 2.353363 * error)).toBeCloseTo(0.05, 5);
    expect(pBelow(estimate, 3 + 2.353363 * error)).toBeCloseTo(0.05, 5);
    expect(pAbove(estimate, 3)).toBe(0.5);
    expect(pAbove(estimate, 3 + 2.353363 * error)).toBeCloseTo(0.95, 5);
  });

  test('has p values that are those of its bounds', () => {
    const estimate = twoWayMean([
      [1, 2, 3, 1],
      [3, 4, 8, 2],
      [2, 2, 5, 2],
    ]);
    for (const confidence of [0.8, 0.9, 0.95, 0.99]) {
      const [low, high] = intervalOf(estimate, confidence);
      expect(pAbove(estimate, low)).toBeCloseTo((1 - confidence) / 2, 6);
      expect(pBelow(estimate, high)).toBeCloseTo((1 - confidence) / 2, 6);
    }
  });

  test('is not surer for seeds that agree by chance', () => {
    // Both seeds have the same mean; single outcomes differ.
    const agreeing = twoWayMean([
      [1, 0, 1, 0, 1, 0],
      [0, 1, 0, 1, 0, 1],
    ]);
    expect(agreeing.parts[0].variance).toBe(0);
    const [low, high] = intervalOf(agreeing);
    // v_se = 6 (1/2)^2 / 5 / 6 each way twice: 3 / 5 / 12, at 5 degrees of freedom
    expect((high - low) / 2).toBeCloseTo(2.570582 * Math.sqrt(3 / 5 / 12), 5);
    expect(pAbove(agreeing, low)).toBeCloseTo(0.025, 6);
  });

  test('knows that images which nobody saw may differ where those seen do not', () => {
    const none = twoWayMean([new Float64Array(400), new Float64Array(400)], 1);
    const [low, high] = intervalOf(none);
    // t(0.975, 399) = 1.965927: about three images of four hundred
    expect(high).toBeCloseTo((1.965927 * Math.SQRT2) / 400, 6);
    expect(low).toBeCloseTo(-high, 12);
    expect(pBelow(none, 0.01)).toBeLessThan(0.05);
    expect(pBelow(none, 0.004)).toBeGreaterThan(0.05);
  });

  test('without any spread is sure', () => {
    const estimate = twoWayMean([
      [1, 1],
      [1, 1],
    ]);
    expect(pAbove(estimate, 0.5)).toBe(0);
    expect(pAbove(estimate, 1)).toBe(1);
  });

  test('refuses rows of different examples', () => {
    expect(() => twoWayMean([[1, 2], [1]])).toThrow(RangeError);
  });
});

describe('the 95 % interval covers the truth in at least 94 % of simulated experiments', () => {
  const experiments = 3000;
  const examples = 60;
  // The spread of seeds over that of examples, of the mean: from none to nearly all.
  for (const seeds of [3, 7, 10])
    for (const [ofSeeds, ofExamples, ofBoth] of [
      [0, 0, 1],
      [0, 1, 1],
      [0.15, 0, 1],
      [0.15, 1, 1],
      [0.3, 0.2, 1],
      [2, 1, 0.5],
    ])
      test(`${seeds} seeds, spread ${ofSeeds} of seeds, ${ofExamples} of examples, ${ofBoth} of both`, () => {
        const size = seeds + examples + seeds * examples;
        const draws = new Float32Array(experiments * size);
        normals({ seed: seeds, purpose: 'noise' }, draws);
        let covered = 0;
        for (let at = 0; at < experiments; at += 1) {
          const drawn = draws.subarray(at * size, (at + 1) * size);
          const rows = Array.from({ length: seeds }, (_, s) =>
            Float64Array.from(
              { length: examples },
              (__, e) =>
                ofSeeds * drawn[s] +
                ofExamples * drawn[seeds + e] +
                ofBoth * drawn[seeds + examples + s * examples + e],
            ),
          );
          const [low, high] = intervalOf(twoWayMean(rows));
          if (low <= 0 && high >= 0) covered += 1;
        }
        expect(covered / experiments).toBeGreaterThanOrEqual(0.94);
      });
});

describe('of outcomes that hardly ever differ it covers the truth as well', () => {
  const [experiments, examples] = [1500, 300];
  for (const seeds of [2, 3, 7])
    for (const rate of [0.001, 0.004, 0.02])
      test(`${seeds} seeds, one in ${1 / rate} better and as many worse`, () => {
        const draws = new Float32Array(experiments * seeds * examples);
        normals({ seed: 100 + seeds, purpose: 'noise' }, draws);
        // Of a standard normal beyond this on either side there is the rate.
        const beyond = { 0.001: 3.0902, 0.004: 2.6521, 0.02: 2.0537 }[rate] ?? 0;
        let covered = 0;
        for (let at = 0; at < experiments; at += 1) {
          const rows = Array.from({ length: seeds }, (_, s) =>
            draws
              .subarray((at * seeds + s) * examples, (at * seeds + s + 1) * examples)
              .map((drawn) => (drawn > beyond ? 1 : drawn < -beyond ? -1 : 0)),
          );
          const [low, high] = intervalOf(twoWayMean(rows, 1));
          if (low <= 0 && high >= 0) covered += 1;
        }
        expect(covered / experiments).toBeGreaterThanOrEqual(0.94);
      });
});
