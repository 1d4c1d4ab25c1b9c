/**
 * One cell of the grid as the state dict of a plain network: NS of one branch, AP of one, and names without branches
 * (`layer1.0.bn1.running_mean`), which any PyTorch network of that architecture loads.
 */
import { InputError } from '../errors.ts';
import { type Cell, type NetworkVariable, type Role, shared } from '../nn/index.ts';
import type { StoredTensor } from '../runs/index.ts';

/** `layer1.0.bn1.adv.weight` of branch adv as a network of one set names it: `layer1.0.bn1.weight`. */
export function plainName({ name, branch }: Pick<NetworkVariable, 'name' | 'branch'>): string {
  return branch === shared ? name : name.replace(`.${branch}.`, '.');
}

/** The axis on which a role's branches lie (weights have none); adapters are missing, as a plain network has none. */
const axisOf: Partial<Readonly<Record<Role, keyof Cell>>> = {
  weight: 'head',
  head: 'head',
  statistic: 'statistics',
  affine: 'affine',
};

/** The tensors of a cell under plain names. @throws InputError where the network has parts that a plain one lacks. */
export function plainState(
  variables: readonly NetworkVariable[],
  tensors: ReadonlyMap<string, StoredTensor>,
  cell: Cell,
): Map<string, StoredTensor> {
  const state = new Map<string, StoredTensor>();
  const foreign: NetworkVariable[] = [];
  for (const variable of variables) {
    const axis = axisOf[variable.role];
    if (axis === undefined) foreign.push(variable);
    const tensor = tensors.get(variable.name);
    if (tensor && axis && (variable.branch === shared || variable.branch === cell[axis]))
      state.set(plainName(variable), tensor);
  }
  if (foreign.length > 0)
    throw new InputError(
      'this network is more than a plain one, so no cell of it is a plain state dict: export all of it, or use --onnx',
      foreign.map(({ name, role }) => ({ where: name, what: `is of the role ${role}` })),
    );
  return foldSandwich(state);
}

/** A shared affine before that of the branch is one with it: y = gamma (gamma_0 x + beta_0) + beta. */
function foldSandwich(state: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const folded = new Map(state);
  for (const [name, first] of state) {
    const layer = name.endsWith(`.${shared}.weight`) ? name.slice(0, -`.${shared}.weight`.length) : undefined;
    const gamma = state.get(`${layer}.weight`);
    const beta = state.get(`${layer}.bias`);
    const shift = state.get(`${layer}.${shared}.bias`);
    if (layer === undefined || !gamma || !beta || !shift) continue;
    const of = (at: (i: number) => number) => ({ ...gamma, values: gamma.values.map((_, i) => at(i)) });
    folded.set(
      `${layer}.weight`,
      of((i) => gamma.values[i] * first.values[i]),
    );
    folded.set(
      `${layer}.bias`,
      of((i) => gamma.values[i] * shift.values[i] + beta.values[i]),
    );
    folded.delete(name);
    folded.delete(`${layer}.${shared}.bias`);
  }
  return folded;
}
