import { describe, expect, test } from 'vitest';
import { drawStart, drawStarts, type StartKey } from './noise.ts';
import { normNames, norms } from './norms.ts';

const draw = (options: Parameters<typeof drawStart>[0], key: StartKey, size = 12) => {
  const out = new Float32Array(size).fill(7);
  drawStart(options, key, out);
  return [...out];
};
const uniform = { start: { kind: 'uniform' }, norm: 'linf', epsilon: 8 / 255 } as const;

test('no start leaves the image where it is', () => {
  expect(draw({ ...uniform, start: { kind: 'none' } }, { seed: 0, example: 0 })).toEqual(
    new Array(12).fill(0),
  );
});

describe('a random start', () => {
  test('is the same for the same seed, example, epoch and restart', () => {
    const key = { seed: 5, example: 17, epoch: 3, restart: 1 };
    expect(draw(uniform, key)).toEqual(draw(uniform, { ...key }));
  });

  test.each(['seed', 'example', 'epoch', 'restart'] as const)('is another for another %s', (part) => {
    const key = { seed: 5, example: 17, epoch: 3, restart: 1 };
    expect(draw(uniform, key)).not.toEqual(draw(uniform, { ...key, [part]: 9 }));
  });

  test.each(normNames)('of wide normal noise is brought into the %s ball', (norm) => {
    const options = { norm, epsilon: 0.1, start: { kind: 'gaussian', deviation: 1 } } as const;
    for (let example = 0; example < 50; example += 1) {
      const size = norms[norm].size(Float32Array.from(draw(options, { seed: 0, example })));
      expect(size).toBeLessThanOrEqual(0.1 + 1e-6);
    }
  });

  test('of the normal start of training has its deviation', () => {
    const options = { ...uniform, start: { kind: 'gaussian', deviation: 0.001 } } as const;
    const values = draw(options, { seed: 0, example: 0 }, 5000);
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    // A thousandth, within five of its standard errors (0.001 / sqrt(2 * 5000)).
    expect(Math.abs(deviation - 0.001)).toBeLessThan(5e-5);
  });
});

test('drawStarts gives each example what it would get alone', () => {
  const keys = [4, 1, 9].map((example) => ({ seed: 2, example }));
  const together = drawStarts(uniform, keys, 12);
  expect([...together]).toEqual(keys.flatMap((key) => draw(uniform, key)));
});
