import { describe, expect, test } from 'vitest';
import { forest, forestDomain } from './forest.ts';
import { heatStep, heatTop } from './heat-map.ts';

test('a heat map colors by equal steps from zero to the end of the scale', () => {
  expect([0, 0.0333, 0.0334, 0.15, 0.299, 0.3, 0.9].map((value) => heatStep(value, 0.3))).toEqual([
    0, 0, 1, 4, 8, 8, 8,
  ]);
  expect([heatTop([]), heatTop([0.02]), heatTop([0.3]), heatTop([0.31, Number.NaN])]).toEqual([
    0.1, 0.1, 0.3, 0.4,
  ]);
});

describe('a forest plot', () => {
  const row = {
    label: 'the claim',
    value: 0.02,
    interval: [-0.01, 0.05] as const,
    allowed: [-0.04, null] as const,
    verdict: 'holds' as const,
    decides: true,
  };

  test('has a scale that holds all intervals and finite ends of bands, in points or as ratios', () => {
    const [low, high] = forestDomain([row], 'accuracy');
    expect(low).toBeLessThan(-4);
    expect(high).toBeGreaterThan(5);
    expect(high).toBeLessThan(7);
    const [least, most] = forestDomain(
      [{ ...row, value: 0.5, interval: [-0.1, 4], allowed: [0, 0.1] }],
      'ratio',
    );
    expect(least).toBeGreaterThan(0);
    expect(least).toBeLessThan(0.1);
    expect(most).toBeGreaterThan(4);
  });

  test('draws an open band to the end of the scale, and labels broken between words', () => {
    const label = 'a statement of so many words that it does not fit into a single line of a phone';
    const { data } = forest({ rows: [row, { ...row, label }], unit: 'accuracy', domain: [-6, 7] });
    expect(data).toMatchObject({
      values: [
        { label: [' ', 'the claim'], from: -4, to: 7, value: 2, low: -1, high: 5 },
        { label: [expect.stringMatching(/^a statement/), expect.stringMatching(/phone$/)] },
      ],
    });
  });
});
