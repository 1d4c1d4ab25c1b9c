/**
 * Auto-PGD (Croce & Hein 2020, arXiv 2003.01690), on cross-entropy and on the DLR loss, in L-infinity and L2. It has no step size to
 * choose: steps begin at 2 epsilon, and are halved wherever the loss stops growing. Towards targets it is in apgd-targeted.ts.
 *
 *   z = P(x_t + s direction(g_t)),    x_{t+1} = P(x_t + a (z - x_t) + (1 - a) (x_t - x_{t-1})),    a = 1 first, then 0.75
 *
 * with P the projection on the ball, then on [0, 1]. Where authors' paper and code differ, this follows the code
 * (fra31/auto-attack), so that trajectories are equal; but starts are a function of the seed and the example, not of the batch,
 * and an example is left at its first misclassified iterate, which changes no outcome.
 */
import { z } from 'zod';
import { absolute, differentiate, sum, sumAll, type Tensor } from '../graph/index.ts';
import { normals, uniforms } from '../random/index.ts';
import {
  countOption,
  defineAttack,
  optionsSchema,
  type SearchExample,
  type SearchKey,
  type StepInputs,
  type StepOutputs,
  type Walk,
} from './definition.ts';
import { losses } from './losses.ts';
import { type NormName, norms } from './norms.ts';

/** Steps after which the step size may be halved: for 100 steps 22, 41, 57, 70, 80, 87, 93, 99. */
export function checkpoints(steps: number): number[] {
  const part = (share: number) => Math.max(Math.floor(share * steps + 1e-9), 1);
  const after: number[] = [];
  let period = part(0.22);
  for (let at = period; at <= steps; at += period) {
    after.push(at);
    period = Math.max(period - part(0.03), part(0.06));
  }
  return after;
}

export interface Ball {
  readonly norm: NormName;
  readonly epsilon: number;
}

// Of the published code: keeps what has no length from dividing by zero.
const tiny = 1e-12;

/** `out` = the perturbed image, brought into the ball around `clean`, then into [0, 1]. */
function project({ norm, epsilon }: Ball, clean: Float32Array, out: Float32Array): void {
  let scale = 1;
  if (norm === 'l2') {
    let squares = 0;
    for (let i = 0; i < out.length; i += 1) squares += (out[i] - clean[i]) ** 2;
    const length = Math.sqrt(squares);
    scale = Math.min(epsilon, length) / (length + tiny);
  }
  const reach = norm === 'linf' ? epsilon : Number.POSITIVE_INFINITY;
  for (let i = 0; i < out.length; i += 1) {
    const moved = Math.min(Math.max((out[i] - clean[i]) * scale, -reach), reach);
    out[i] = Math.min(Math.max(clean[i] + moved, 0), 1);
  }
}

/** The first iterate: on the sphere of radius epsilon, cut to [0, 1]. `draw` tells one attack's and target's start from another's. */
export function startOnSphere(
  ball: Ball,
  key: SearchKey,
  draw: number,
  clean: Float32Array,
  x: Float32Array,
): void {
  const { seed, example, restart: epoch } = key;
  const stream = { seed, purpose: 'apgd-start', example, epoch, draw } as const;
  if (ball.norm === 'linf') uniforms(stream, x, -1, 1);
  else normals(stream, x);
  const length = norms[ball.norm].size(x) + tiny;
  for (let i = 0; i < x.length; i += 1)
    x[i] = Math.min(Math.max(clean[i] + (ball.epsilon * x[i]) / length, 0), 1);
}

/** An iterate, the loss there and its gradient. */
interface Point {
  readonly x: Float32Array;
  readonly gradient: Float32Array;
  readonly loss: number;
}

/** The next iterate from x_t, x_{t-1} and the gradient at x_t, written to `out`. */
function move(
  ball: Ball,
  clean: Float32Array,
  { x, before, gradient }: Omit<Point, 'loss'> & { readonly before: Float32Array },
  { size, share }: { readonly size: number; readonly share: number },
  out: Float32Array,
): void {
  const scale = ball.norm === 'l2' ? size / (norms.l2.size(gradient) + tiny) : size;
  for (let i = 0; i < x.length; i += 1)
    out[i] = x[i] + scale * (ball.norm === 'l2' ? gradient[i] : Math.sign(gradient[i]));
  project(ball, clean, out);
  for (let i = 0; i < x.length; i += 1)
    out[i] = x[i] + (out[i] - x[i]) * share + (x[i] - before[i]) * (1 - share);
  project(ball, clean, out);
}

/** When the step size is halved, from the losses after steps 1, 2, ... alone. */
function halving(steps: number, startLoss: number) {
  const after = checkpoints(steps);
  const found = new Float32Array(steps);
  let [next, reduced, bestAtLast] = [0, true, startLoss];
  /** Whether to halve, after a step and its loss; `best` is the best loss so far, this one included. */
  return (step: number, loss: number, best: number): boolean => {
    found[step - 1] = loss;
    if (step !== after[next]) return false;
    const period = step - (after[next - 1] ?? 0);
    next += 1;
    let rises = 0;
    for (let at = step - period; at < step; at += 1)
      // In the first window the published code compares the loss after step 1 with the last place of its list, still 0.
      if (found[at] > found[(at - 1 + steps) % steps]) rises += 1;
    const halve = rises <= 0.75 * period || (!reduced && bestAtLast >= best);
    [reduced, bestAtLast] = [halve, best];
    return halve;
  };
}

/** One run of APGD, from a start that is in `x` already. */
export function apgdWalk(
  ball: Ball,
  steps: number,
  { clean }: SearchExample,
  state: Walk['state'] = {},
): Walk {
  let size = 2 * ball.epsilon;
  let before: Float32Array | undefined;
  let best: Point = { x: clean, gradient: clean, loss: Number.NEGATIVE_INFINITY };
  let halves = (_step: number, _loss: number, _best: number) => false;
  return {
    state,
    next({ step, misclassified, output }, x) {
      if (misclassified) return 'done';
      const loss = output('loss')[0];
      let here: Point = { x: x.slice(), gradient: output('gradient').slice(), loss };
      if (step === 0) {
        best = here;
        halves = halving(steps, loss);
      } else {
        if (loss > best.loss) best = here;
        if (halves(step, loss, best.loss)) {
          size /= 2;
          here = best;
        }
      }
      if (step === steps) {
        x.set(best.x);
        return 'done';
      }
      const share = step === 0 ? 1 : 0.75;
      move(ball, clean, { ...here, before: before ?? here.x }, { size, share }, x);
      before = here.x;
      return 'continue';
    },
  };
}

/** The graph of a loss: what a walk asks for. */
export const stepOnLoss =
  (lossAt: (logits: Tensor, inputs: StepInputs) => Tensor) =>
  (inputs: StepInputs): StepOutputs => {
    const { x, model } = inputs;
    const logits = model(x);
    const loss = lossAt(logits, inputs);
    const [gradient = x] = differentiate(sumAll(loss), [x]);
    return { logits, loss, gradient, gradientL1: sum(absolute(gradient), [1, 2, 3]) };
  };

export const apgdNorms = ['linf', 'l2'] as const;
export const untargeted = ['ce', 'dlr'] as const;
export const apgdDefaults = () => ({ norm: 'linf', steps: 100, restarts: 1 }) as const;
export const inL2 = () => ({ norm: 'l2' });

const apgdOptions = optionsSchema('apgd', apgdNorms, {
  loss: z
    .enum(untargeted, { error: `expected one of ${untargeted.join(', ')}` })
    .describe('What is climbed.'),
  eot: countOption(1, 10_000).describe(
    'Passes of which the gradient is the mean, for networks that answer at random.',
  ),
});

export type ApgdOptions = Readonly<z.output<typeof apgdOptions>>;

export const apgdAttack = defineAttack({
  name: 'apgd',
  summary: 'ascent with momentum that halves its own steps',
  asks: 'gradients',
  forms: [
    { form: 'apgd-ce', summary: '100 steps of APGD on cross-entropy (Croce & Hein 2020)' },
    { form: 'apgd-ce-l2', summary: 'the same in L2', options: inL2 },
    { form: 'apgd-dlr', summary: 'APGD on the difference of logits ratio', options: () => ({ loss: 'dlr' }) },
    { form: 'apgd-dlr-l2', summary: 'the same in L2', options: () => ({ loss: 'dlr', norm: 'l2' }) },
  ],
  options: apgdOptions,
  defaults: () => ({ ...apgdDefaults(), loss: 'ce', eot: 1 }),
  leastClasses: ({ loss }) => (loss === 'dlr' ? 3 : 2),
  search: ({ norm, epsilon, steps, loss, eot }) => ({
    // As the published code: of loss and prediction, the last pass alone counts.
    passes: { count: eot, mean: ['gradient', 'gradientL1'] },
    step: stepOnLoss((logits, inputs) => losses[loss](logits, inputs)),
    begin(example, x) {
      startOnSphere({ norm, epsilon }, example.key, untargeted.indexOf(loss), example.clean, x);
      return apgdWalk({ norm, epsilon }, steps, example);
    },
  }),
});
