/**
 * The training step of any regime, as one graph: the attacks unrolled, one joint forward pass of all batches, the loss, its
 * gradients, the updates of running NS, and the optimizer. There is no other training loop body.
 *
 * Adversarial weight perturbation, AWP (Wu et al. 2020, arXiv 2004.05884): the loss is not that of the weights w but that of the
 * worst weights near them, found by one step up the same loss,
 *
 *   v = gamma |w| g / |g|,   g = d loss / d w        per tensor; the gradient at w + v then moves w
 *
 * Perturbed is every trained tensor of more than one axis, as the authors' code does: convolutions, adapters and the matrix of the
 * head, but neither its bias nor AP.
 */
import { batchShape, losses, lossOf, meanOver } from '../attacks/index.ts';
import {
  add,
  clip,
  differentiate,
  divide,
  input,
  makeStep,
  multiply,
  type Step,
  sqrt,
  stopGradient,
  sumAll,
  type Tensor,
  type Update,
  variable,
} from '../graph/index.ts';
import type { ForwardOptions, Network, NetworkVariable, Pass, ReadVariable } from '../nn/index.ts';
import {
  type Optimizer,
  type OptimizerOptions,
  optimizerOf,
  type Parameter,
  parametersOf,
} from './optimizers.ts';
import type { LossTerm, LossWeight, Regime } from './regime.ts';
import { type AttackSize, sourceImages } from './sources.ts';

/** The numbers that a configuration gives to the weights that a regime names. */
export interface RegimeNumbers {
  /** Weight of the clean loss in hybrid regimes. */
  readonly alpha: number;
  /** Weight of the divergence; the regime's own unless given. */
  readonly beta?: number | undefined;
  /** How far the clamped AP may go; the regime's own unless given. */
  readonly clamp?: number | undefined;
}

export interface TrainingStepOptions extends RegimeNumbers {
  readonly network: Network;
  /** Those that are trained, with their state; default those of the network that the regime does not freeze. */
  readonly parameters?: readonly Parameter[];
  readonly regime: Regime;
  readonly batchSize: number;
  readonly attack: AttackSize;
  readonly optimizer: OptimizerOptions | Optimizer;
  /** The size of adversarial weight perturbation (AWP), relative to the weights; none unless given. */
  readonly perturbWeights?: number | undefined;
}

/**
 * Inputs: images [N, C, H, W], labels [N, K] one-hot, learningRate [], and for each source that is not the clean images
 * start.<source> [N, C, H, W] (where its attack begins, or its noise). Outputs: loss [], and for each pass loss.<pass> [N]
 * (cross-entropy) and logits.<pass> [N, K].
 *
 * A parameter that the loss does not reach is left alone: it gets no weight decay either (as PyTorch does without a gradient).
 */
export function trainingStep(options: TrainingStepOptions): Step {
  const { network, regime, batchSize, attack, perturbWeights } = options;
  const optimizer = optimizerOf(options.optimizer);
  const parameters = options.parameters ?? parametersOf(network.variables, optimizer, regime.frozen);
  const images = input('images', batchShape(network, batchSize));
  const labels = input('labels', [batchSize, network.classes]);
  const learningRate = input('learningRate', []);

  const sources = sourceImages(regime, { network, attack, images, labels });
  const passes = regime.passes.map((pass): Pass => {
    const from = sources.get(pass.source);
    if (!from) throw new RangeError(`pass ${pass.name} takes images of ${pass.source}, which is no source`);
    return { ...pass, images: from };
  });
  const forward = (how?: ForwardOptions) => {
    const { logits, updates } = network.forward(passes, regime.statisticsUpdates, how);
    return { logits, updates, loss: regimeLoss(options, logits, labels) };
  };
  let read: ReadVariable = variable;
  let passed = forward();
  if (perturbWeights !== undefined) {
    const trained = parameters.map((parameter) => parameter.variable);
    read = perturbedWeights(passed.loss, trained, perturbWeights);
    passed = forward({ read });
  }
  const { logits, loss } = passed;

  const behind = tensorsBehind(loss);
  const reached = parameters.filter((parameter) => behind.has(read(parameter.variable)));
  const gradients = differentiate(
    loss,
    reached.map((parameter) => read(parameter.variable)),
  );
  const moved = reached.flatMap((parameter, at) => {
    const gradient = gradients[at];
    return gradient ? optimizer.updates(parameter, gradient, learningRate) : [];
  });
  const reports = passes.flatMap(({ name }) => [
    [`loss.${name}`, losses.ce(pick(logits, name), { labels })] as const,
    [`logits.${name}`, pick(logits, name)] as const,
  ]);
  return makeStep('training', {
    outputs: { loss, ...Object.fromEntries(reports) },
    updates: [...passed.updates, ...clamped(moved, network, options)],
  });
}

type Logits = Readonly<Record<string, Tensor>>;

function pick(logits: Logits, pass: string): Tensor {
  const found = logits[pass];
  if (!found) throw new RangeError(`the regime's loss asks for a pass '${pass}' that it does not make`);
  return found;
}

/** The sum of the regime's terms. */
function regimeLoss({ regime, ...numbers }: TrainingStepOptions, logits: Logits, labels: Tensor): Tensor {
  const termValue = ({ weight, loss, pass, reference }: LossTerm) => {
    const context = reference ? { labels, reference: pick(logits, reference) } : { labels };
    return multiply(
      meanOver(lossOf(loss)(pick(logits, pass), context)),
      weightValue(weight, regime, numbers),
    );
  };
  return regime.terms.map(termValue).reduce((total, term) => add(total, term));
}

function weightValue(
  weight: LossWeight,
  regime: Regime,
  { alpha, beta = regime.beta }: RegimeNumbers,
): number {
  if (typeof weight === 'number') return weight;
  if (weight === 'alpha') return alpha;
  if (weight === '1-alpha') return 1 - alpha;
  if (beta === undefined) throw new RangeError('the regime weighs a term by beta and says no number for it');
  return beta;
}

/** Everything that a gradient of `result` can reach. */
function tensorsBehind(result: Tensor): ReadonlySet<Tensor> {
  const seen = new Set([result]);
  for (const tensor of seen)
    if (tensor.operation !== 'stopGradient') for (const from of tensor.inputs) seen.add(from);
  return seen;
}

/** Keep the AP of the clamped branch within the clamp of what they start from: gamma of 1, beta of 0. */
function clamped(
  updates: readonly Update[],
  { variables }: Network,
  { regime, clamp = regime.clamp?.within }: TrainingStepOptions,
): readonly Update[] {
  if (!regime.clamp || clamp === undefined) return updates;
  const { affine } = regime.clamp;
  const centers = new Map(
    variables.flatMap((of: NetworkVariable) =>
      of.role === 'affine' && of.branch === affine && of.initialization.kind === 'constant'
        ? [[of.name, of.initialization.value] as const]
        : [],
    ),
  );
  return updates.map((update) => {
    const center = centers.get(update.variable.name);
    if (center === undefined) return update;
    return { ...update, value: clip(update.value, center - clamp, center + clamp) };
  });
}

// Keeps a zero gradient from dividing by zero; far below any length that matters.
const tiny = 1e-12;

const length = (x: Tensor) => sqrt(add(sumAll(multiply(x, x)), tiny * tiny));

/** What stands for each variable while the loss is that of w + v; `loss` is the one at w. */
export function perturbedWeights(
  loss: Tensor,
  trained: readonly NetworkVariable[],
  gamma: number,
): ReadVariable {
  const weights = trained.filter(({ shape }) => shape.length > 1);
  const gradients = differentiate(
    loss,
    weights.map((weight) => variable(weight)),
  );
  const perturbed = new Map(
    weights.map((weight, at) => {
      const w = variable(weight);
      const g = gradients[at] ?? w;
      const v = multiply(g, divide(multiply(length(w), gamma), length(g)));
      return [weight, add(w, stopGradient(v))] as const;
    }),
  );
  return (of) => perturbed.get(of) ?? variable(of);
}
