/**
 * What an attack is to the rest of the program: a name, the options it takes, the short names that stand for options, and a
 * search for each example. `defineAttack` makes one; table.ts lists those that are built in. Nothing else knows an attack:
 * batches, early stopping, restarts, seeds, documents and help are made of this description (loop.ts, attack.ts, evaluation).
 */
import { z } from 'zod';
import { InputError, type Problem } from '../errors.ts';
import type { Tensor } from '../graph/index.ts';
import type { ImageShape } from '../nn/index.ts';
import type { NormName } from './norms.ts';

/** What every attack has; each adds options of its own. Plain data, complete: documents record it as it is. */
export interface AttackOptions {
  /** Of the definition: 'pgd'. */
  readonly name: string;
  readonly norm: NormName;
  /** Radius of the ball, images being in [0, 1]. */
  readonly epsilon: number;
  /** Gradient steps or queries after the start. */
  readonly steps: number;
  /** Starts tried for an example, one after another, until one succeeds. */
  readonly restarts: number;
}

/** Options of which those left out have their defaults. */
export type AttackGiven = Partial<AttackOptions> & Pick<AttackOptions, 'name' | 'epsilon'>;

/** More steps than any attack needs; a typing mistake is told, not run. */
export const mostSteps = 1_000_000;

/** A finite number of at least 0. */
export const sizeOption = () => z.number(atLeast0).min(0, atLeast0);
const atLeast0 = { error: 'expected a number of at least 0' };

/** A whole number in a range. */
export function countOption(least: number, most: number) {
  const error = { error: `expected a whole number from ${least} to ${most}` };
  return z.int(error).min(least, error).max(most, error);
}

/** The schema of complete options: what every attack has, and the attack's own. */
export function optionsSchema<
  const Name extends string,
  const Norms extends readonly [NormName, ...NormName[]],
  Own extends z.ZodRawShape,
>(name: Name, norms: Norms, own: Own) {
  return z
    .strictObject({
      name: z.literal(name).describe('The attack.'),
      norm: z
        .enum(norms, { error: `expected ${norms.join(' or ')}` })
        .describe('The norm that bounds the perturbation.'),
      epsilon: sizeOption().describe('The bound, images being in [0, 1].'),
      steps: countOption(0, mostSteps).describe('Gradient steps or queries after the start.'),
      restarts: countOption(1, 10_000).describe('Starts tried for an example, until one succeeds.'),
      ...own,
    })
    .check(({ value, issues }) => {
      const { norm, epsilon }: { norm?: unknown; epsilon?: unknown } = value;
      if (norm === 'linf' && typeof epsilon === 'number' && epsilon > 1)
        issues.push({
          code: 'custom',
          path: ['epsilon'],
          message: 'expected a number from 0 to 1, images being in [0, 1]',
          input: epsilon,
        });
    });
}

/** A way to write the attack on the command line and in configurations. */
export interface AttackForm {
  /** '<N>' stands for a number of steps: 'pgd-<N>-l2'. */
  readonly form: string;
  /** One line for the documentation. */
  readonly summary: string;
  /** What differs from the defaults. */
  readonly options?: (epsilon: number) => Readonly<Record<string, unknown>>;
}

/** Which random numbers: those of an example, and of one of its restarts. */
export interface SearchKey {
  readonly seed: number;
  /** Index in the data set. */
  readonly example: number;
  readonly restart: number;
}

/** One example to attack. */
export interface SearchExample {
  readonly key: SearchKey;
  /** [C, H, W]. */
  readonly clean: Float32Array;
  readonly label: number;
  /** Logits of the clean image [K], of a search that `readsCleanLogits`; else empty. */
  readonly cleanLogits: Float32Array;
}

/** What the model answered at an iterate. */
export interface Seen {
  /** Of the iterate: 0 is the start. */
  readonly step: number;
  /** [K], none of them NaN or +Infinity. */
  readonly logits: Float32Array;
  readonly misclassified: boolean;
  /** This example's part of an output of the graph, [...] of [N, ...]. */
  readonly output: (name: string) => Float32Array;
}

/** One example on its way. It may keep whatever it likes between its steps. */
export interface Walk {
  /**
   * Move `x` [C, H, W] from the iterate that was seen to the next; or leave the image that is the result there, and be done. Images are
   * in [0, 1] and, wherever they count, within the ball, unless the search is `minimalNorm`. 'same-step' says that x is another image
   * of the same step: the number of steps stays.
   */
  next(seen: Seen, x: Float32Array): 'continue' | 'same-step' | 'done';
  /** Whether the iterate that is seen may be the result, if it is misclassified: not one outside the ball (default: it may). */
  counts?(): boolean;
  /** Values of this example that the graph reads, by name: as declared in `Search.state`. */
  readonly state?: Readonly<Record<string, Float32Array>>;
}

/** What a graph is made of; N examples at once, each for itself. */
export interface StepInputs {
  /** Iterates and clean images [N, C, H, W]. */
  readonly x: Tensor;
  readonly images: Tensor;
  /** One-hot [N, K]. */
  readonly labels: Tensor;
  /** Logits of the clean images [N, K]. */
  readonly reference: Tensor;
  readonly model: (images: Tensor) => Tensor;
  /** Those of `Search.scalars`, by name. */
  readonly scalars: Readonly<Record<string, Tensor>>;
  /** Those of `Search.state`, by name: [N, ...]. */
  readonly state: Readonly<Record<string, Tensor>>;
}

/** What a graph gives: the logits at x, what is watched in every attack, and whatever else the walk asks for. */
export type StepOutputs = Readonly<Record<string, Tensor>> & {
  /** [N, K] */
  readonly logits: Tensor;
  /** What is climbed, [N]. */
  readonly loss: Tensor;
  /** The sum of the gradient's absolute values, [N]. */
  readonly gradientL1: Tensor;
};

/** An attack with its options. */
export interface Search {
  /** Begin at an example: write its first iterate into `x`. */
  readonly begin: (example: SearchExample, x: Float32Array) => Walk;
  /** What is computed at every iterate besides logits. An attack that asks for gradients has it, others do not. */
  readonly step?: (inputs: StepInputs) => StepOutputs;
  /** Options that enter the graph as numbers, so that one compiled program serves all their values. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Shapes, of one example, of what the graph reads of a walk. */
  readonly state?: Readonly<Record<string, readonly number[]>>;
  /** Walks tried for an example, one after another, until one succeeds (default `restarts`): a target each, say. */
  readonly walks?: number;
  /** Whether walks begin from what the model says of the clean image. */
  readonly readsCleanLogits?: true;
  /**
   * How often the model is asked at an iterate (default once). Of outputs in `mean` a walk sees the mean over all passes, of others
   * what the last pass gave: expectation over transformation (Athalye et al. 2018), for networks that answer at random.
   */
  readonly passes?: { readonly count: number; readonly mean: readonly string[] };
  /**
   * Set where the nearest adversarial image is sought, by this norm. A walk then goes on after a misclassified iterate, and the
   * nearest of all is kept. It breaks an example if it is within epsilon.
   */
  readonly minimalNorm?: { readonly norm: NormName; readonly epsilon: number };
}

export interface SearchContext {
  readonly images: ImageShape;
  readonly classes: number;
}

export interface AttackDescription<Options extends AttackOptions> {
  readonly name: string;
  /** One line for help and documentation. */
  readonly summary: string;
  /** What the model must give. */
  readonly asks: 'gradients' | 'logits';
  /** The first n of its steps are those of the attack of n steps, so that one run serves all numbers of steps. */
  readonly anytime?: boolean;
  /** Classes that a network must have for the attack with these options (default 2). */
  readonly leastClasses?: (options: Options) => number;
  readonly forms: readonly AttackForm[];
  /** Of complete options; see optionsSchema. */
  readonly options: z.ZodType<Options>;
  /** What is left out of options, at an epsilon. */
  readonly defaults: (epsilon: number) => Omit<AttackOptions, 'name' | 'epsilon'> & Record<string, unknown>;
  readonly search: (options: Options, context: SearchContext) => Search;
}

export interface AttackDefinition<Options extends AttackOptions = AttackOptions>
  extends Omit<AttackDescription<Options>, 'search' | 'anytime' | 'leastClasses'> {
  readonly anytime: boolean;
  /** Classes that a network must have for the attack with complete options. */
  leastClasses(options: AttackOptions): number;
  /** Fill in what is left out, and check all of it. @throws InputError that lists every option outside its range. */
  complete(given: Omit<AttackGiven, 'name'>): Options;
  /** The search with complete options. */
  search(options: AttackOptions, context: SearchContext): Search;
}

/**
 * Make an attack of its description.
 *
 *   export const mine = defineAttack({ name: 'mine', forms: [{ form: 'mine-<N>', summary: '...' }], ... });
 *   await attack(model, { name: 'mine', epsilon: 8 / 255 }, { attackTable: [...attackTable, mine] })(examples);
 */
export function defineAttack<Options extends AttackOptions>(
  description: AttackDescription<Options>,
): AttackDefinition<Options> {
  const { name, options: schema, defaults, anytime = false, leastClasses = () => 2 } = description;
  const complete = (given: Omit<AttackGiven, 'name'>): Options => {
    const said = Object.entries(given).filter(([, value]) => value !== undefined);
    const all: Record<string, unknown> = { ...defaults(given.epsilon), ...Object.fromEntries(said), name };
    const parsed = schema.safeParse(all);
    if (parsed.success) return parsed.data;
    throw new InputError(
      `the attack ${name} cannot be run:`,
      parsed.error.issues.flatMap((issue) => problemsOf(issue, all)),
    );
  };
  return {
    ...description,
    anytime,
    leastClasses: (options) => leastClasses(complete(options)),
    complete,
    search: (options, context) => description.search(complete(options), context),
  };
}

function problemsOf(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): Problem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ where: key, what: 'there is no such option' }));
  const [option] = issue.path.map(String);
  const where = issue.path.join('.');
  return [{ where, what: `${issue.message}, found ${JSON.stringify(given[option]) ?? 'nothing'}` }];
}
