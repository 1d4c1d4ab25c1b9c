import { expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { input, makeStep, multiply, variable } from '../graph/index.ts';
import { classify, initialValue, makeNetwork, type NetworkVariable } from './index.ts';

const images = { channels: 2, height: 5, width: 4 };
const both = ['clean', 'adv'];
const pixels = Float32Array.from({ length: 3 * 40 }, (_, at) => Math.sin(at));

/** Logits of a network in the cell NS adv, AP clean, after `change` moved its starting values. */
async function logitsWith(
  change: (variable: NetworkVariable) => number,
  read?: (variable: NetworkVariable) => ReturnType<typeof multiply>,
) {
  const sets = { statistics: both, affine: both };
  const network = makeNetwork('resnet8', { images, classes: 3, width: 2, sets });
  const engine = createReferenceEngine();
  for (const each of network.variables)
    engine.write(
      each,
      initialValue(each, 0).map((value) => value * change(each)),
    );
  const cell = { statistics: 'adv', affine: 'clean' };
  const logits = classify(network, input('x', [3, 2, 5, 4]), cell, read ? { read } : {});
  const program = await engine.compile(makeStep('look', { outputs: { logits } }));
  return (await program.run({ x: pixels })).logits;
}

test('every layer reads its variables through the tensors put in their place', async () => {
  const factor = { weight: 0.5, affine: 2, statistic: 0.25, adapter: 1, head: 4 };
  const plain = await logitsWith(() => 1);
  const changed = await logitsWith(({ role }) => factor[role]);
  const replaced = await logitsWith(
    () => 1,
    (each) => multiply(variable(each), factor[each.role]),
  );
  expect(changed).not.toEqual(plain);
  expect(replaced).toEqual(changed);
});
