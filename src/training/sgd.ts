/**
 * Stochastic gradient descent with momentum, as updates of a step (PyTorch's form):
 *
 *   d = gradient + weightDecay p      v <- momentum v + d      p <- p - learningRate v
 *
 * with Nesterov's form moving by d + momentum v instead of v.
 *
 * Weight decay is a filter over roles: affine parameters can be spared without touching the optimizer.
 */
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

export interface SgdOptions {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: Readonly<Record<TrainableRole, number>>;
}

/** The velocity of a parameter, a variable beside it. */
export function velocityOf({ name, shape }: Variable): Variable {
  return { name: `optimizer.velocity.${name}`, shape };
}

export interface Parameter {
  readonly variable: NetworkVariable;
  readonly velocity: Variable;
}

/** The variables of a network that gradients move, each with its velocity; those that a regime keeps are not among them. */
export function parametersOf(
  variables: readonly NetworkVariable[],
  keeps: readonly VariableFilter[] = [],
): Parameter[] {
  return variables
    .filter((each) => trainableRoles.includes(each.role) && !isAmong(keeps, each))
    .map((trained) => ({ variable: trained, velocity: velocityOf(trained) }));
}

/** The updates of one parameter and its velocity; the learning rate may be an input of the step. */
export function sgdUpdates(
  { variable: parameter, velocity }: Parameter,
  gradient: Tensor,
  learningRate: Operand,
  { momentum, nesterov, weightDecay }: SgdOptions,
): Update[] {
  const p = variable(parameter);
  const decay = parameter.role === 'statistic' ? 0 : weightDecay[parameter.role];
  const d = decay === 0 ? gradient : add(gradient, multiply(p, decay));
  const v = add(multiply(variable(velocity), momentum), d);
  const direction = nesterov ? add(d, multiply(v, momentum)) : v;
  return [
    { variable: velocity, value: v },
    { variable: parameter, value: subtract(p, multiply(direction, learningRate)) },
  ];
}
