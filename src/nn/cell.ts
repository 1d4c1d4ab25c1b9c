/**
 * What a network has several of, and a choice of one of each. NS and AP are two independent axes; adapters and heads, where
 * a network has more than one, are a third, and go together by name.
 */
import { type Branch, shared } from './variables.ts';

/**
 * The branches of every axis of a network: any number of names, 'shared' where there is one. One NS and one AP is a plain
 * network, two of both is Dual BN. Without `adapters` there are none; without `heads` there is one head.
 */
export interface BranchSets {
  readonly statistics: readonly Branch[];
  readonly affine: readonly Branch[];
  readonly adapters?: readonly Branch[];
  readonly heads?: readonly Branch[];
}

/** A cell of a network's grid, in evaluation mode. Adapter and head are said where the network has several. */
export interface Cell {
  readonly statistics: Branch;
  readonly affine: Branch;
  readonly adapter?: Branch;
  readonly head?: Branch;
}

/** A cell's keys, and the field's terms for them. */
export const cellAxes = [
  ['statistics', 'NS'],
  ['affine', 'AP'],
  ['adapter', 'adapter'],
  ['head', 'head'],
] as const satisfies readonly (readonly [keyof Cell, string])[];

/** Every cell of a network: the product of its NS, its AP, and its adapters and heads. */
export function gridOf({ sets }: { readonly sets: BranchSets }): Cell[] {
  const rest = adaptersAndHeads(sets);
  return sets.statistics.flatMap((statistics) =>
    sets.affine.flatMap((affine) => rest.map((more) => ({ statistics, affine, ...more }))),
  );
}

/** An adapter goes with the head of its own name; one that has none goes with every head, and the other way round. */
function adaptersAndHeads({ adapters, heads }: BranchSets): Pick<Cell, 'adapter' | 'head'>[] {
  const adapterChoices = several(adapters).map((adapter) => ({ adapter }));
  const headChoices = several(heads).map((head) => ({ head }));
  if (adapterChoices.length === 0) return headChoices.length === 0 ? [{}] : headChoices;
  if (headChoices.length === 0) return adapterChoices;
  return adapterChoices.flatMap(({ adapter }) =>
    headChoices
      .filter(({ head }) => adapter === head || !heads?.includes(adapter) || !adapters?.includes(head))
      .map(({ head }) => ({ adapter, head })),
  );
}

/** The branches to choose from; where there is one, nothing is to be chosen. */
const several = (branches: readonly Branch[] = []) => (branches.length > 1 ? branches : []);

/** A cell as people read it: 'NS adv, AP clean', then adapter and head where the cell says them. */
export function cellLabel(cell: Cell): string {
  return cellAxes
    .flatMap(([key, term]) => (cell[key] === undefined ? [] : [`${term} ${cell[key]}`]))
    .join(', ');
}

/** Whether two cells choose the same of everything. */
export function sameCell(a: Cell, b: Cell): boolean {
  return cellAxes.every(([key]) => a[key] === b[key]);
}

/** A cell's own keys out of something that has more, without those that it does not say. */
export function cellOf(more: Cell): Cell {
  const { statistics, affine, adapter, head } = more;
  return {
    statistics,
    affine,
    ...(adapter === undefined ? {} : { adapter }),
    ...(head === undefined ? {} : { head }),
  };
}

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
