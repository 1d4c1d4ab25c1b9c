/** That engines give back what they took: the memory of the process after many cycles, against that after some. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import { differentiate, input, makeStep, multiply, sizeOf, subtract, variable } from '../../graph/index.ts';
import type { Engine } from '../engine.ts';
import { crossEntropy, testNetwork } from './network.ts';
import { drawnValues, fillVariables } from './numbers.ts';

const MEGABYTE = 2 ** 20;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

async function residentMegabytes(): Promise<number> {
  // Finalizers of one collection let go of what the next one finds.
  for (let times = 0; times < 3; times += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss / MEGABYTE;
}

/** The growth of the process in megabytes over the later cycles; the earlier ones fill caches and pools. */
export async function growthOver(
  cycle: () => Promise<void>,
  earlier: number,
  later: number,
): Promise<number> {
  for (let times = 0; times < earlier; times += 1) await cycle();
  const before = await residentMegabytes();
  for (let times = 0; times < later; times += 1) await cycle();
  return (await residentMegabytes()) - before;
}

/** A new network with variables of its own: compiled, trained a step, disposed of and freed. */
export async function trainAndForget(engine: Engine, width: number): Promise<void> {
  const network = testNetwork(width);
  const [images, labels] = [input('images', [4, 3, 8, 8]), input('labels', [4, 5])];
  const loss = crossEntropy(network.logits(images, 'batch'), labels);
  const weights = [...network.variables.values()];
  const gradients = differentiate(loss, weights.map(variable));
  const step = makeStep('train', {
    outputs: { loss },
    updates: weights.map((each, at) => ({
      variable: each,
      value: subtract(variable(each), multiply(gradients[at], 1e-3)),
    })),
  });
  fillVariables(engine, step);
  {
    using program = await engine.compile(step);
    const { loss: value } = await program.run({
      images: drawnValues(sizeOf(images.shape), 1, -1),
      labels: drawnValues(sizeOf(labels.shape), 2, 0),
    });
    expect(value[0]).toBeGreaterThan(0);
  }
  for (const each of weights) engine.free(each);
}
