/**
 * The training step of any regime, as one graph: the attack unrolled, the passes of all branches in lockstep, the loss,
 * its gradients, the moves of running NS, and the optimizer. There is no other training loop body.
 */
import { type AttackOptions, batchShape, losses, meanOver, perturb } from '../attacks/index.ts';
import {
  add,
  differentiate,
  input,
  makeStep,
  multiply,
  type Step,
  stopGradient,
  type Tensor,
  variable,
} from '../graph/index.ts';
import { classify, type Network, type Pass } from '../nn/index.ts';
import type { LossTerm, LossWeight, Regime } from './regimes.ts';
import { type Parameter, type SgdOptions, sgdUpdates } from './sgd.ts';

export interface TrainingStepOptions {
  readonly network: Network;
  readonly parameters: readonly Parameter[];
  readonly regime: Regime;
  readonly batchSize: number;
  /** Weight of the clean loss in hybrid regimes. */
  readonly alpha: number;
  readonly attack: Pick<AttackOptions, 'norm' | 'epsilon' | 'steps' | 'stepSize' | 'loss'>;
  readonly optimizer: SgdOptions;
}

/**
 * Inputs: images [N, C, H, W], labels [N, K] one-hot, start [N, C, H, W] (where the attack begins, for regimes that
 * attack), learningRate []. Outputs: loss [], and for each pass loss.<pass> [N] (cross-entropy) and logits.<pass> [N, K].
 */
export function trainingStep(options: TrainingStepOptions): Step {
  const { network, parameters, regime, batchSize, alpha, attack } = options;
  const images = input('images', batchShape(network, batchSize));
  const labels = input('labels', [batchSize, network.classes]);
  const learningRate = input('learningRate', []);

  const { attacked } = regime;
  const sources: Record<'clean' | 'adv', Tensor> = { clean: images, adv: images };
  if (attacked) {
    const start = input('start', batchShape(network, batchSize));
    const model = (x: Tensor) => classify(network, x, attacked);
    // A kl attack compares with the clean images as the attacked cell sees them.
    const reference = attack.loss === 'kl' ? { reference: stopGradient(model(images)) } : {};
    sources.adv = perturb({ images, labels, model, ...reference, ...attack }, { start, steps: attack.steps });
  }

  const passes: Pass[] = regime.passes.map((pass) => ({ ...pass, images: sources[pass.source] }));
  const { logits, updates } = network.forward(passes, regime.moves);
  const logitsOf = (pass: string) => {
    const found = logits[pass];
    if (!found) throw new RangeError(`the regime's loss asks for a pass '${pass}' that it does not make`);
    return found;
  };
  const termValue = ({ weight, loss, pass, reference }: LossTerm) => {
    const context = reference ? { labels, reference: logitsOf(reference) } : { labels };
    return multiply(meanOver(losses[loss](logitsOf(pass), context)), weightValue(weight, alpha));
  };
  const loss = regime.terms.map(termValue).reduce((total, term) => add(total, term));

  const gradients = differentiate(
    loss,
    parameters.map((parameter) => variable(parameter.variable)),
  );
  const moved = parameters.flatMap((parameter, at) => {
    const gradient = gradients[at];
    return gradient ? sgdUpdates(parameter, gradient, learningRate, options.optimizer) : [];
  });
  const reports = passes.flatMap(({ name }) => [
    [`loss.${name}`, losses.ce(logitsOf(name), { labels })] as const,
    [`logits.${name}`, logitsOf(name)] as const,
  ]);
  return makeStep('training', {
    outputs: { loss, ...Object.fromEntries(reports) },
    updates: [...updates, ...moved],
  });
}

function weightValue(weight: LossWeight, alpha: number): number {
  if (weight === 'alpha') return alpha;
  return weight === '1-alpha' ? 1 - alpha : weight;
}
