import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../engines/index.ts';
import { testedEngines } from '../../engines/testing/engines.ts';
import { relativeDifference } from '../../engines/testing/numbers.ts';
import {
  convolution,
  differentiate,
  input,
  makeStep,
  multiply,
  reachable,
  sumAll,
  variable,
} from '../../graph/index.ts';
import { classify, gridOf, initialValue } from '../index.ts';
import { makeNetwork } from './table.ts';

const square = (size: number) => ({ channels: 3, height: size, width: size });

describe('the stem of large images', () => {
  test('takes 224x224 images to 112x112, 56x56 and so on down to 7x7', () => {
    const network = makeNetwork('resnet50', { images: square(224), classes: 5, width: 2, stem: 'large' });
    const logits = classify(network, input('x', [1, 3, 224, 224]), gridOf(network)[0]);
    const sizes = new Set(
      reachable([logits]).flatMap(({ operation, shape }) => (operation === 'convolution' ? [shape[2]] : [])),
    );
    expect([...sizes].sort((a, b) => b - a)).toEqual([112, 56, 28, 14, 7]);
    const convolutions = reachable([logits]).filter(({ operation }) => operation === 'convolution');
    // Of the first stage none halves: the max-pool before it has.
    expect(convolutions.map(({ shape }) => shape[2]).slice(0, 3)).toEqual([112, 56, 56]);
    const stem = network.variables.find(({ name }) => name === 'conv1.weight');
    expect(stem?.shape).toEqual([2, 3, 7, 7]);
  });

  test('needs images that can be halved two times more', () => {
    const make = (size: number) =>
      makeNetwork('resnet18', { images: square(size), classes: 5, stem: 'large', width: 2 });
    expect(() => make(31)).toThrow('halves images 5 times and needs at least 32x32 pixels');
    expect(make(32).images.height).toBe(32);
  });

  test('is for residual networks that convolve first', () => {
    const make = () => makeNetwork('wrn-28-10', { images: square(64), classes: 5, stem: 'large' });
    expect(make).toThrow(/has no stem 'large'[\s\S]*network.stem: use small/);
  });

  test.each(testedEngines.filter(({ name }) => name !== 'reference'))(
    'has the same convolution and gradients on the $name engine',
    async ({ create, tolerance }) => {
      const { variables } = makeNetwork('resnet8', {
        images: square(16),
        classes: 3,
        width: 8,
        stem: 'large',
      });
      const [stem] = variables;
      const x = input('x', [2, 3, 16, 16]);
      const y = convolution(x, variable(stem), { stride: 2, padding: 3 });
      const gradients = differentiate(sumAll(multiply(y, y)), [x, variable(stem)]);
      const outputs = Object.fromEntries([y, ...gradients].map((tensor, at) => [`${at}`, tensor]));
      const given = { x: Float32Array.from({ length: 2 * 3 * 256 }, (_, at) => Math.sin(at)) };
      const [engine, reference] = [create(), createReferenceEngine()];
      for (const each of [engine, reference]) each.write(stem, initialValue(stem, 0));
      const program = await engine.compile(makeStep('stem', { outputs }));
      const actual = await program.run(given);
      reference.evaluate(Object.values(outputs), given).forEach((values, at) => {
        expect(relativeDifference(actual[`${at}`], values)).toBeLessThan(tolerance);
      });
    },
  );
});
