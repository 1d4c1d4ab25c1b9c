/** Sets of something by branch, as layers hold them: their names in PyTorch's style, and picking one for a pass. */
import { type Branch, shared } from './variables.ts';

/** fc.adv.weight in a network of several sets, fc.weight where there is one. */
export const nameIn = (layer: string, branches: readonly Branch[], branch: Branch, what: string) =>
  branches.length === 1 ? `${layer}.${what}` : `${layer}.${branch}.${what}`;

/** The branch that a variable is marked with: where there is one set, nobody's own. */
export const ownerIn = (branches: readonly Branch[], branch: Branch): Branch =>
  branches.length === 1 ? shared : branch;

/** One of each branch. */
export function byBranch<Value>(branches: readonly Branch[], make: (branch: Branch) => Value) {
  return new Map(branches.map((branch) => [branch, make(branch)]));
}

/**
 * A pick from sets; where there is one, it need not be named. A name that is not there is a bug of the regime or grid that
 * asked for it.
 */
export function pick<Value>(
  sets: ReadonlyMap<Branch, Value>,
  branch: Branch | undefined,
  what: string,
): Value {
  const names = [...sets.keys()];
  const wanted = branch ?? (names.length === 1 ? names[0] : undefined);
  if (wanted === undefined) throw new RangeError(`no ${what} is named; there are: ${names.join(', ')}`);
  const found = sets.get(wanted);
  if (found === undefined)
    throw new RangeError(`no ${what} of branch ${wanted}; there are: ${names.join(', ')}`);
  return found;
}
