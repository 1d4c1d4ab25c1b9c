/**
 * From a step to a cheaper one that computes the same, but for rounding: what an engine does first with a step it is
 * given. Each pass is a pure function of a step in a file of its own; this one says in which order they run, and why.
 * A pass costs time in proportion to the number of tensors.
 */
import type { Step } from '../step.ts';
import { foldNormalization, fuseConvolution } from './fold-normalization.ts';
import { constants, identities, mergeCommonSubexpressions } from './identities.ts';
import { mergeAffine } from './merge-affine.ts';
import { type Pass, rewriting } from './rebuild.ts';

const tidy = rewriting(constants, identities);

const passes: readonly Pass[] = [
  tidy,
  // Before uses are counted: two copies of one convolution, each used once, are one that is used twice.
  mergeCommonSubexpressions,
  mergeAffine,
  // Folding makes the scaled weights anew at every use; they are one again after the next merge.
  foldNormalization,
  tidy,
  mergeCommonSubexpressions,
  // Last, as the fused forms are opaque to all other rules.
  fuseConvolution,
];

/** The simplified step: the same name, inputs, variables, output names and updated variables. */
export function simplify(step: Step): Step {
  return passes.reduce((simpler, pass) => pass(simpler), step);
}
