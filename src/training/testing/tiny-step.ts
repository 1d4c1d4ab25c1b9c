/** One training step of a regime on a tiny network and the reference engine, with everything that can be told apart drawn apart. */
import { drawStarts, oneHot } from '../../attacks/index.ts';
import type { Values } from '../../engines/index.ts';
import { createReferenceEngine } from '../../engines/index.ts';
import type { Step } from '../../graph/index.ts';
import { initialValue, makeNetwork, type NetworkVariable } from '../../nn/index.ts';
import { normals, uniforms } from '../../random/index.ts';
import { optimizerOf, parametersOf } from '../optimizers.ts';
import type { Regime } from '../regime.ts';
import { type TrainingStepOptions, trainingStep } from '../step.ts';

export const batchSize = 4;
export const classes = 5;
export const labels = [0, 1, 2, 3];
const images = { channels: 3, height: 8, width: 8 };
const size = 3 * 8 * 8;

export const attack = {
  norm: 'linf',
  epsilon: 8 / 255,
  steps: 2,
  stepSize: 4 / 255,
  loss: 'ce',
} as const;
export const weightDecay = 5e-4;
const optimizer = {
  kind: 'sgd',
  momentum: 0.9,
  nesterov: false,
  weightDecay: { weight: weightDecay, affine: weightDecay, adapter: weightDecay, head: weightDecay },
} as const;

/** Where a variable starts: branches apart from each other, so that a mistaken branch shows. */
export function startOf(variable: NetworkVariable): Float32Array {
  const { name, role } = variable;
  const values = initialValue(variable, 0);
  if (role === 'weight' || role === 'head') return values;
  const example = [...name].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), 7) >>> 0;
  const key = { seed: 5, purpose: 'noise', example } as const;
  if (role === 'adapter') normals(key, values, 0, 0.2);
  else if (name.endsWith('weight') || name.endsWith('var')) uniforms(key, values, 0.7, 1.4);
  else normals(key, values, 0, 0.1);
  return values;
}

/** The values of any input that a regime of at most these sources asks for. */
export function givenInputs(learningRate = 0.1): Record<string, Float32Array> {
  const pixels = new Float32Array(batchSize * size);
  uniforms({ seed: 1, purpose: 'noise' }, pixels, 0, 1);
  const startsOf = (seed: number) =>
    drawStarts(
      { ...attack, start: { kind: 'uniform' } },
      labels.map((_, example) => ({ seed, example })),
      size,
    );
  return {
    images: pixels,
    labels: oneHot(labels, classes),
    learningRate: Float32Array.of(learningRate),
    'start.adv': startsOf(0),
    'start.far': startsOf(1),
    'start.noise': startsOf(2),
    'start.adv-on-clean': startsOf(3),
    'start.half': startsOf(4),
  };
}

/** Just those that a step has. */
export const inputsOf = (step: Step, given: Values): Values =>
  Object.fromEntries(step.inputs.map(({ attributes: { name } }) => [name, given[name]]));

export async function tinyStep(regime: Regime, change: Partial<TrainingStepOptions> = {}) {
  const { normalization } = regime.network ?? {};
  // So few channels do not fall into as many groups as usual.
  const groups = normalization?.kind === 'group' ? { normalization: { groups: 2, ...normalization } } : {};
  const parts = { sets: regime.sets, ...regime.network, ...groups };
  const network = makeNetwork('resnet8', { images, classes, width: 4, ...parts });
  const parameters = parametersOf(network.variables, optimizerOf(optimizer), regime.frozen);
  const numbers = { alpha: 0.3, batchSize, attack, optimizer };
  const step = trainingStep({ network, parameters, regime, ...numbers, ...change });
  const engine = createReferenceEngine();
  const program = await engine.compile(step);
  for (const variable of network.variables) engine.write(variable, startOf(variable));
  const moved = (variable: NetworkVariable) => {
    const before = startOf(variable);
    return engine.readExact(variable).some((value, at) => value !== before[at]);
  };
  const run = (learningRate?: number) => program.run(inputsOf(step, givenInputs(learningRate)));
  return { network, parameters, step, engine, moved, run };
}
