/** Our side of a parity case: the same quantities as parity.py computes, under the same names. */
import { ascend, batchShape, drawStarts, losses, meanOver, oneHot, pgd } from '../../src/attacks/index.ts';
import type { Engine } from '../../src/engines/index.ts';
import { differentiate, input, makeStep, sizeOf, type Tensor } from '../../src/graph/index.ts';
import { classify, gridOf, initialValue, makeNetwork, type NetworkVariable } from '../../src/nn/index.ts';
import { normals, uniforms } from '../../src/random/index.ts';
import type { StoredTensor } from '../../src/runs/safetensors/index.ts';
import { optimizerOf, optimizerOptions, parametersOf } from '../../src/training/optimizers.ts';
import { attacksOf } from '../../src/training/regime.ts';
import { regimeNamed } from '../../src/training/regimes.ts';
import { trainingStep } from '../../src/training/step.ts';
import { type ParityCase, radius } from './cases.ts';

const start = { kind: 'gaussian', deviation: 0.001 } as const;
/** As a configuration has it unless it says otherwise; so has bench/pytorch/train_step.py. */
const { learningRate, ...optimizer } = optimizerOptions.parse({ kind: 'sgd' });
export const attackSteps = 10;

type Tensors = ReadonlyMap<string, StoredTensor>;

/** A case with everything drawn: what both sides are given. */
export function prepare(parityCase: ParityCase) {
  const { network: name, images, classes, batch, norm, width, stem } = parityCase;
  const regime = regimeNamed(parityCase.regime);
  const own = { ...(width ? { width } : {}), ...(stem ? { stem } : {}) };
  const network = makeNetwork(name, { images, classes, sets: regime.sets, ...own });
  const shape = batchShape(network, batch);
  const pixels = new Float32Array(sizeOf(shape));
  uniforms({ seed: 7, purpose: 'noise' }, pixels, 0, 1);
  const labels = Array.from({ length: batch }, (_, at) => (3 * at + 1) % classes);
  const keys = labels.map((_, example) => ({ seed: 0, example }));
  const starts = drawStarts({ norm, start, ...radius[norm] }, keys, sizeOf(shape) / batch);
  const state = new Map(network.variables.map((each) => [each, arbitraryValue(each)]));
  return { parityCase, network, regime, pixels, labels, starts, shape, state };
}

export type Prepared = ReturnType<typeof prepare>;

/** Normalizations start alike in all branches, which would hide a mistaken branch: draw them apart. */
function arbitraryValue(variable: NetworkVariable): Float32Array {
  const { name, role } = variable;
  const values = initialValue(variable, 3);
  const example = [...name].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), 7) >>> 0;
  const stream = { seed: 5, purpose: 'noise', example } as const;
  if (role === 'affine' || role === 'statistic') {
    if (name.endsWith('weight') || name.endsWith('var')) uniforms(stream, values, 0.7, 1.4);
    else normals(stream, values, 0, 0.1);
  }
  return values;
}

/** What parity.py reads: the state under PyTorch's names, images, class numbers and the attack's start. */
export function inputTensors({ state, pixels, labels, starts, shape }: Prepared): Tensors {
  return new Map<string, StoredTensor>([
    ...[...state].map(([{ name, shape: of }, values]) => [name, { shape: of, values }] as const),
    ['input.images', { shape, values: pixels }],
    ['input.labels', { shape: [labels.length], values: Float32Array.from(labels) }],
    ['input.start', { shape, values: starts }],
  ]);
}

/** What parity.py is told besides. */
export function caseDescription({ parityCase, network, regime }: Prepared, dtype: string, steps: number) {
  const { width, stem, images, classes, norm } = parityCase;
  const { epsilon, stepSize } = radius[norm];
  return {
    network: network.name,
    options: { channels: images.channels, classes, ...(width ? { width } : {}), ...(stem ? { stem } : {}) },
    regime: parityCase.regime,
    dtype,
    cells: gridOf(network),
    attacked: attacksOf(regime)[0]?.[1].cell ?? gridOf(network)[0],
    attack: { norm, epsilon, step_size: stepSize, steps: attackSteps },
    learningRate,
    trainingSteps: steps,
    // In float32 two attacks part at the first gradient within rounding of zero; both sides train on one's images.
    trainOnLastIterate: dtype === 'float32',
  };
}

/** For each cell logits and gradients of the images, and the adversarial images of the attacked cell. */
export async function evaluateOurs(engine: Engine, prepared: Prepared): Promise<Map<string, Float32Array>> {
  const { network, regime, pixels, labels, shape, state, parityCase } = prepared;
  for (const [variable, values] of state) engine.write(variable, values);
  const hot = oneHot(labels, network.classes);
  const results = new Map<string, Float32Array>();
  for (const cell of gridOf(network)) {
    const images = input('images', shape);
    const logits = classify(network, images, cell);
    const loss = meanOver(losses.ce(logits, { labels: input('labels', [labels.length, network.classes]) }));
    const [gradient] = differentiate(loss, [images]);
    const program = await engine.compile(makeStep('look', { outputs: { logits, gradient } }));
    const outputs = await program.run({ images: pixels, labels: hot });
    for (const [name, values] of Object.entries(outputs))
      results.set(`${name}.${cell.statistics}.${cell.affine}`, values);
    program.dispose();
  }
  const cell = attacksOf(regime)[0]?.[1].cell ?? gridOf(network)[0];
  const { norm } = parityCase;
  const options = { norm, start, steps: attackSteps, ...radius[norm] };
  // A batch smaller than the examples: which slot an example takes must not matter.
  const settings = { seed: 0, batchSize: Math.ceil(labels.length / 2) };
  const adversarial = await pgd({ engine, network, cell }, { ...options, ...settings })(pixels, labels);
  results.set('adversarial', adversarial);
  return results;
}

/** One PGD step of the attacked cell from each of the given iterates: the gradient there, and where the step leads. */
export async function stepsFrom(engine: Engine, prepared: Prepared, iterates: readonly Float32Array[]) {
  const { network, regime, pixels, labels, shape, state, parityCase } = prepared;
  for (const [variable, values] of state) engine.write(variable, values);
  const x = input('x', shape);
  const hot = input('labels', [labels.length, network.classes]);
  const cell = attacksOf(regime)[0]?.[1].cell ?? gridOf(network)[0];
  const model = (at: Tensor) => classify(network, at, cell);
  const images = input('images', shape);
  const { norm } = parityCase;
  const { next } = ascend(x, { images, labels: hot, model, loss: 'ce', norm, ...radius[norm] });
  const [gradient] = differentiate(meanOver(losses.ce(model(x), { labels: hot })), [x]);
  const program = await engine.compile(makeStep('pgd step', { outputs: { gradient, next } }));
  const steps: { gradient: Float32Array; next: Float32Array }[] = [];
  for (const iterate of iterates) {
    const outputs = await program.run({
      x: iterate,
      images: pixels,
      labels: oneHot(labels, network.classes),
    });
    steps.push({ gradient: outputs.gradient, next: outputs.next });
  }
  program.dispose();
  return steps;
}

/** Everything that training steps move, and their losses; an attack is made unless the adversarial images are given. */
export async function trainOurs(
  engine: Engine,
  prepared: Prepared,
  steps: number,
  adversarial?: Float32Array,
): Promise<Map<string, Float32Array>> {
  const { network, regime, pixels, labels, starts, state, parityCase } = prepared;
  const { norm } = parityCase;
  const parameters = parametersOf(network.variables, optimizerOf(optimizer), regime.frozen);
  const step = trainingStep({
    network,
    parameters,
    regime,
    batchSize: labels.length,
    alpha: 0.5,
    attack: { norm, loss: 'ce', steps: adversarial ? 0 : attackSteps, ...radius[norm] },
    optimizer,
  });
  const program = await engine.compile(step);
  for (const [variable, values] of state) engine.write(variable, values);
  const start = adversarial ? adversarial.map((value, at) => value - pixels[at]) : starts;
  const given = { images: pixels, labels: oneHot(labels, network.classes), 'start.adv': start };
  const inputs = { ...given, learningRate: Float32Array.of(learningRate) };
  const wanted = new Set(step.inputs.map(({ attributes: { name } }) => name));
  const fed = Object.fromEntries(Object.entries(inputs).filter(([name]) => wanted.has(name)));
  const results = new Map<string, Float32Array>();
  for (let at = 0; at < steps; at += 1) results.set(`loss.${at}`, (await program.run(fed)).loss);
  for (const variable of network.variables) results.set(`state.${variable.name}`, engine.read(variable));
  for (const {
    variable,
    state: [velocity],
  } of parameters)
    results.set(`velocity.${variable.name}`, engine.read(velocity));
  program.dispose();
  return results;
}
