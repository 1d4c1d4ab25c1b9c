/**
 * Optimizers, as updates of a step. A new one is a definition in the table, from which the configuration takes its keys; or, in a
 * program, an `Optimizer` of one's own in the training setup.
 *
 * Stochastic gradient descent with momentum is PyTorch's form:
 *
 *   d = gradient + weightDecay p      v <- momentum v + d      p <- p - learningRate v
 *
 * with Nesterov's form moving by d + momentum v instead of v. Weight decay is by role: affine parameters can be spared without
 * touching the optimizer.
 */
import { z } from 'zod';
import {
  add,
  multiply,
  type Operand,
  subtract,
  type Tensor,
  type Update,
  type Variable,
  variable,
} from '../graph/index.ts';
import { type NetworkVariable, type Role, trainableRoles } from '../nn/index.ts';
import { isAmong, type VariableFilter } from './regime.ts';

/** Roles that gradients move. */
export type TrainableRole = Exclude<Role, 'statistic'>;

/** A variable that is trained, and what an optimizer remembers of it. */
export interface Parameter {
  readonly variable: NetworkVariable;
  readonly state: readonly Variable[];
}

export interface Optimizer {
  /** What is remembered of a variable between steps, zeros at first; the names begin with `optimizer.`. */
  readonly state: (variable: NetworkVariable) => readonly Variable[];
  /** The updates of a parameter and its state; the learning rate is an input of the step. */
  readonly updates: (parameter: Parameter, gradient: Tensor, learningRate: Operand) => readonly Update[];
}

export interface OptimizerDefinition<Options extends z.ZodObject = z.ZodObject> {
  /** Its keys in a configuration beside `learningRate`; `kind` tells it from the others. */
  readonly options: Options;
  /** A method, as a table's rows take different options: `kind` has chosen the row that these are for. */
  make(options: Readonly<z.output<Options>>): Optimizer;
}

const learningRate = z
  .number()
  .positive()
  .default(0.1)
  .describe('The learning rate that the schedule scales.');

/** The definition, and `configured`: its keys with the learning rate among them. */
export function defineOptimizer<Shape extends z.ZodRawShape>(
  definition: OptimizerDefinition<z.ZodObject<Shape, z.core.$strict>>,
) {
  return { ...definition, configured: z.strictObject({ ...definition.options.shape, learningRate }) };
}

const decay = z.number().min(0).default(5e-4);

const weightDecay = z
  .strictObject({
    weight: decay.describe('L2 penalty of convolutions, added to the gradient.'),
    head: decay.describe('L2 penalty of the classifier, its bias included.'),
    affine: decay.describe('L2 penalty of the affine parameters (AP).'),
    adapter: decay.describe('L2 penalty of adapters, in regimes that have them.'),
  })
  .prefault({})
  .describe('By role of the variable. Running statistics never decay.');

const sgd = defineOptimizer({
  options: z.strictObject({
    kind: z
      .literal('sgd')
      .default('sgd')
      .describe('Stochastic gradient descent with momentum, as PyTorch defines it.'),
    momentum: z.number().min(0).lt(1).default(0.9).describe('Momentum of SGD.'),
    nesterov: z.boolean().default(false).describe("Nesterov's form of momentum."),
    weightDecay,
  }),
  make: ({ momentum, nesterov, weightDecay }) => ({
    state: ({ name, shape }) => [{ name: `optimizer.velocity.${name}`, shape }],
    updates({ variable: parameter, state: [velocity] }, gradient, learningRate) {
      if (!velocity) throw new RangeError(`${parameter.name} has no velocity`);
      const p = variable(parameter);
      const lambda = parameter.role === 'statistic' ? 0 : weightDecay[parameter.role];
      const d = lambda === 0 ? gradient : add(gradient, multiply(p, lambda));
      const v = add(multiply(variable(velocity), momentum), d);
      const direction = nesterov ? add(d, multiply(v, momentum)) : v;
      return [
        { variable: velocity, value: v },
        { variable: parameter, value: subtract(p, multiply(direction, learningRate)) },
      ];
    },
  }),
});

export const optimizers = { sgd } as const;

/** How a table of definitions becomes a part of the configuration's schema: any of these mappings, told apart by `kind`. */
export function anyOf<Options extends z.ZodObject>(options: readonly Options[]) {
  const [first, ...others] = options;
  if (!first) throw new RangeError('a table without a definition has no options');
  return z.discriminatedUnion('kind', [first, ...others]);
}

/** The options of any optimizer of the table, as a configuration says them, each with the learning rate. */
export const optimizerOptions = anyOf(Object.values(optimizers).map(({ configured }) => configured));

/** The options of an optimizer of the table, told apart by `kind`. */
export type OptimizerOptions = Readonly<Omit<z.output<typeof optimizerOptions>, 'learningRate'>>;

/** An optimizer by its options, or as it is. */
export function optimizerOf(options: OptimizerOptions | Optimizer): Optimizer {
  if ('updates' in options) return options;
  const definition: OptimizerDefinition = optimizers[options.kind];
  return definition.make(options);
}

/** The variables of a network that gradients move, with their state; those that a regime freezes are not among them. */
export function parametersOf(
  variables: readonly NetworkVariable[],
  { state }: Optimizer,
  frozen: readonly VariableFilter[] = [],
): Parameter[] {
  return variables
    .filter((each) => trainableRoles.includes(each.role) && !isAmong(frozen, each))
    .map((trained) => ({ variable: trained, state: state(trained) }));
}
