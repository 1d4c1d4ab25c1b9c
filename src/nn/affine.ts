/**
 * The affine parameters (AP) of a normalization layer, by branch:
 *
 *   y = gamma_b xhat + beta_b                              one affine a branch
 *   y = xhat                                               none
 *   y = gamma_b (gamma_0 xhat + beta_0) + beta_b           sandwich: one shared by all, then one a branch
 *
 * (the last: Gong et al. 2022, arXiv 2102.11382, section 3.) The two maps of a sandwich are one, of scale gamma_b gamma_0
 * and shift gamma_b beta_0 + beta_b, so that the normalization stays a single operation and folds as any other.
 */
import { add, broadcast, constant, multiply, type Tensor } from '../graph/index.ts';
import type { BranchSets } from './cell.ts';
import { byBranch, nameIn, ownerIn, pick } from './cell.ts';
import type { NormalizationOptions } from './normalization-options.ts';
import type { ReadVariable } from './pass.ts';
import { type Branch, type Declare, shared } from './variables.ts';

/** gamma and beta of a branch, each [C]. */
export type Affine = (branch: Branch, read: ReadVariable) => { gamma: Tensor; beta: Tensor };

/** Declare the AP of a layer. Gamma starts at 1 and beta at 0, the shared ones of a sandwich too. */
export function affineParameters(
  declare: Declare,
  layer: string,
  channels: number,
  { affine: branches }: Pick<BranchSets, 'affine'>,
  { affine, sandwich }: Pick<NormalizationOptions, 'affine' | 'sandwich'>,
): Affine {
  const shape = [channels];
  if (!affine) {
    const sets = byBranch(branches, () => ({
      gamma: broadcast(constant(1), shape),
      beta: broadcast(constant(0), shape),
    }));
    return (branch) => pick(sets, branch, 'affine parameters');
  }
  const pair = (nameOf: (what: string) => string, branch: Branch) => {
    const common = { shape, role: 'affine', branch } as const;
    return {
      gamma: declare({
        name: nameOf('weight'),
        ...common,
        initialization: { kind: 'constant', value: 1 },
      }),
      beta: declare({ name: nameOf('bias'), ...common, initialization: { kind: 'constant', value: 0 } }),
    };
  };
  const first = sandwich ? pair((what) => `${layer}.${shared}.${what}`, shared) : undefined;
  const own = byBranch(branches, (branch) =>
    pair((what) => nameIn(layer, branches, branch, what), ownerIn(branches, branch)),
  );
  return (branch, read) => {
    const variables = pick(own, branch, 'affine parameters');
    const [gamma, beta] = [read(variables.gamma), read(variables.beta)];
    if (!first) return { gamma, beta };
    return {
      gamma: multiply(gamma, read(first.gamma)),
      beta: add(multiply(gamma, read(first.beta)), beta),
    };
  };
}
