/**
 * Gradients of regimes whose passes lend each other statistics or share images, against central differences of the loss,
 *
 *   dL/dw ~ (L(w + h) - L(w - h)) / 2h
 *
 * for the largest entry of every kind of parameter and branch. Without attack steps images do not depend on the weights. Losses
 * come as float32: 1e-7 / 2h is the noise of the right side, well below the tolerance.
 */
import { expect, test } from 'vitest';
import { regimes } from './regimes.ts';
import { attack, startOf, tinyStep, weightDecay } from './testing/tiny-step.ts';

const h = 1e-3;

const names = [
  'dual-bn-cross-clean',
  'dual-bn-cross-adv',
  'two-tasks-one-domain',
  'two-tasks-own-attacks',
  'dual-ap-gn',
  'dual-bn-noise',
] as const;

test.each(names)('%s', async (name) => {
  const options = { attack: { ...attack, steps: 0 } };
  const { parameters, engine, run } = await tinyStep(regimes[name], options);
  await run(0);
  const gradients = parameters.map(({ variable, state: [velocity] }) => {
    const start = startOf(variable);
    // The first step's velocity is the gradient with weight decay.
    const gradient = Array.from(engine.readExact(velocity), (v, i) => v - weightDecay * start[i]);
    const at = gradient.reduce((best, g, i) => (Math.abs(g) > Math.abs(gradient[best]) ? i : best), 0);
    return { variable, start, at, gradient: gradient[at] };
  });
  const kinds = new Map<string, (typeof gradients)[number]>();
  for (const each of gradients) {
    const kind = `${each.variable.role} ${each.variable.branch} ${each.variable.name.split('.').at(-1)}`;
    if (Math.abs(each.gradient) > Math.abs(kinds.get(kind)?.gradient ?? 0)) kinds.set(kind, each);
  }
  expect(kinds.size).toBeGreaterThanOrEqual(7);
  for (const [kind, { variable, start, at, gradient }] of kinds) {
    const lossAt = async (shift: number) => {
      engine.write(
        variable,
        Float64Array.from(start, (value, i) => value + (i === at ? shift : 0)),
      );
      return (await run(0)).loss[0];
    };
    const difference = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
    engine.write(variable, start);
    expect(Math.abs(difference - gradient), `${kind}: ${gradient}`).toBeLessThan(
      1e-3 + 0.02 * Math.abs(gradient),
    );
  }
});
