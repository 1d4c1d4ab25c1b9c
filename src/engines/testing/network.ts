/** A small residual network, as plain functions of tensors, for tests of differentiation, simplification and engines. */
import {
  add,
  channelMean,
  channelVariance,
  clip,
  convolution,
  differentiate,
  exp,
  globalAveragePool,
  input,
  log,
  makeStep,
  matmul,
  multiply,
  normalize,
  relu,
  sign,
  stopGradient,
  subtract,
  sum,
  sumAll,
  type Tensor,
  type Variable,
  variable,
} from '../../graph/index.ts';
import type { Engine } from '../engine.ts';
import { drawnValues, fillVariables } from './numbers.ts';

/** The logits of the first images of a fixed set, in batches of the given sizes. */
export async function logitsInBatches(
  engine: Engine,
  { width, size }: { readonly width: number; readonly size: number },
  batches: readonly number[],
): Promise<readonly (readonly [batch: number, logits: Float32Array])[]> {
  const network = testNetwork(width);
  const pixels = 3 * size * size;
  const all = drawnValues(Math.max(...batches) * pixels, 1, 0);
  const found: (readonly [number, Float32Array])[] = [];
  for (const batch of batches) {
    const images = input('images', [batch, 3, size, size]);
    const step = makeStep('logits', { outputs: { logits: network.logits(images, 'running') } });
    fillVariables(engine, step);
    const program = await engine.compile(step, { batchInvariant: true });
    found.push([batch, (await program.run({ images: all.subarray(0, batch * pixels) })).logits]);
  }
  return found;
}

/** Which statistics the normalizations use: fixed ones (evaluation) or those of the batch (training). */
export type Mode = 'running' | 'batch';

/** A network: its variables by name, made at their first use, and its logits. */
export interface TestNetwork {
  readonly variables: ReadonlyMap<string, Variable>;
  /** x [N, 3, H, W] to logits [N, 5]. */
  logits(x: Tensor, mode: Mode): Tensor;
}

/** The number of convolutions in a forward pass of the network. */
export const convolutionsInNetwork = 6;

/** A stem, a residual block, and a residual block of stride 2 with a 1x1 convolution on its shortcut. */
export function testNetwork(width = 3): TestNetwork {
  const variables = new Map<string, Variable>();
  const use = (name: string, shape: readonly number[]) => {
    const known = variables.get(name) ?? { name, shape };
    variables.set(name, known);
    return variable(known);
  };

  const layer = (name: string, x: Tensor, filters: number, size: number, stride: number, mode: Mode) => {
    const w = use(`${name}.weight`, [filters, x.shape[1], size, size]);
    const y = convolution(x, w, { stride, padding: (size - 1) / 2 });
    const fixed = mode === 'running';
    return normalize(y, {
      mean: fixed ? use(`${name}.mean`, [filters]) : channelMean(y),
      variance: fixed ? use(`${name}.variance`, [filters]) : channelVariance(y),
      gamma: use(`${name}.gamma`, [filters]),
      beta: use(`${name}.beta`, [filters]),
      epsilon: 1e-5,
    });
  };

  const logits = (x: Tensor, mode: Mode) => {
    const stem = relu(layer('stem', x, width, 3, 1, mode));
    const inner = relu(layer('block1.a', stem, width, 3, 1, mode));
    const first = relu(add(layer('block1.b', inner, width, 3, 1, mode), stem));
    const strided = relu(layer('block2.a', first, 2 * width, 3, 2, mode));
    const shortcut = layer('block2.shortcut', first, 2 * width, 1, 2, mode);
    const second = relu(add(layer('block2.b', strided, 2 * width, 3, 1, mode), shortcut));
    return matmul(globalAveragePool(second), use('head.weight', [5, 2 * width]), { transposeB: true });
  };
  return { variables, logits };
}

/** Cross-entropy against labels [N, 5], summed over the batch. */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const normalizer = log(sum(exp(logits), [1], true));
  return sumAll(multiply(labels, subtract(normalizer, logits)));
}

/** An unrolled attack in evaluation mode: `steps` moves of 0.1 along the sign of the gradient, clipped to [-1, 1]. */
export function unrolledAttack(network: TestNetwork, x: Tensor, labels: Tensor, steps: number): Tensor {
  let adversarial = x;
  for (let step = 0; step < steps; step += 1) {
    const at = stopGradient(adversarial);
    const [gradient] = differentiate(crossEntropy(network.logits(at, 'running'), labels), [at]);
    adversarial = clip(add(at, multiply(sign(gradient), 0.1)), -1, 1);
  }
  return adversarial;
}
