/**
 * Between the tensors of a state dict and the variables of a network, both ways.
 *
 * In: a variable of one branch takes the tensor of its own name (`bn1.adv.weight`) or, for the branches that a plain state
 * dict is to become, the plain one (`bn1.weight`). Branches that get nothing keep what training would start from.
 *
 * Out: one cell of the grid as the state dict of a plain network: NS of one branch, AP of one, and names without branches
 * (`layer1.0.bn1.running_mean`), which any PyTorch network of that architecture loads.
 */

import { InputError, type Problem } from '../errors.ts';
import { showShape } from '../graph/index.ts';
import {
  type Branch,
  type Cell,
  initialValue,
  type NetworkVariable,
  type Role,
  shared,
} from '../nn/index.ts';
import type { StoredTensor } from '../runs/index.ts';

export interface StateMapping {
  /** By the names of the network, in its order. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** By the same names, that in the state dict; absent for what keeps the values that training starts from. */
  readonly sources: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
}

export interface MappingOptions {
  readonly variables: readonly NetworkVariable[];
  readonly state: ReadonlyMap<string, StoredTensor>;
  /** The branches that plain names become; of an empty list, every branch needs tensors of its own name. */
  readonly branches: readonly Branch[];
  /** Of the values that training would start from. */
  readonly seed: number;
}

/** Parts of names that other code bases have for the same thing: kuangliu/pytorch-cifar's ResNets, for one. */
const otherWords: readonly (readonly [theirs: string, ours: string])[] = [
  ['shortcut', 'downsample'],
  ['linear', 'fc'],
];

/** Parts that a published network makes and never uses: a second first stage of the wide ResNets of TRADES' code. */
const unusedParts: readonly { readonly part: string; readonly beside: string }[] = [
  { part: 'sub_block1', beside: 'block1' },
];

/** @throws InputError that lists every missing, misshapen and unexpected tensor. */
export function mapState(options: MappingOptions): StateMapping {
  const { variables, branches, seed } = options;
  const { state, notes, origins } = translate(options.state, variables);
  const sources = new Map<string, string>();
  const tensors = new Map<string, StoredTensor>();
  const used = new Set<string>();
  const started = new Set<Branch>();
  const missing: Problem[] = [];
  const misshapen: Problem[] = [];
  for (const variable of variables) {
    const { name, shape, branch } = variable;
    const plain = plainName(variable);
    const filled = branch === shared || branches.length === 0 || branches.includes(branch);
    const from = state.has(name) ? name : plain;
    const found = filled || from === name ? state.get(from) : undefined;
    if (found) {
      used.add(from);
      if (found.shape.join() === shape.join()) {
        tensors.set(name, found);
        sources.set(name, origins.get(from) ?? from);
      } else
        misshapen.push({
          where: from,
          what: `expected shape ${showShape(shape)}, found ${showShape(found.shape)}`,
        });
    } else if (filled) {
      missing.push({
        where: branches.length > 0 ? plain : name,
        what: `missing, expected shape ${showShape(shape)}`,
      });
    } else {
      tensors.set(name, { shape, values: initialValue(variable, seed) });
      started.add(branch);
    }
  }
  const unexpected = [...state].flatMap(([name, { shape }]) =>
    used.has(name) ? [] : [{ where: name, what: `unexpected, of shape ${showShape(shape)}` }],
  );
  const problems = [...distinct(missing), ...distinct(misshapen), ...unexpected];
  if (problems.length > 0)
    throw new InputError(
      `the weights do not fit the network: ${distinct(missing).length} missing, ${distinct(misshapen).length} misshapen, ${unexpected.length} unexpected`,
      problems,
    );
  const left = [...started].map((branch) => `branch ${branch} keeps the values that training starts from`);
  return { tensors, sources, notes: [...notes, ...left] };
}

/** Other code bases' words made ours, each only where the network has ours and not theirs. */
function translate(state: ReadonlyMap<string, StoredTensor>, variables: readonly NetworkVariable[]) {
  const notes: string[] = [];
  const words = new Set(variables.flatMap(({ name }) => name.split('.')));
  let entries = [...state].map(([from, tensor]) => ({ name: from, from, tensor }));
  for (const [theirs, ours] of otherWords) {
    if (!words.has(ours) || words.has(theirs)) continue;
    const renamed = (name: string) =>
      name
        .split('.')
        .map((word) => (word === theirs ? ours : word))
        .join('.');
    if (entries.some(({ name }) => renamed(name) !== name))
      notes.push(`read '${theirs}' in names as '${ours}'`);
    entries = entries.map(({ name, ...entry }) => ({ name: renamed(name), ...entry }));
  }
  for (const { part, beside } of unusedParts) {
    if (words.has(part) || !words.has(beside)) continue;
    const kept = entries.filter(({ name }) => !name.startsWith(`${part}.`));
    if (kept.length < entries.length)
      notes.push(`left out ${entries.length - kept.length} tensors of ${part}, which its network never uses`);
    entries = kept;
  }
  return {
    state: new Map(entries.map(({ name, tensor }) => [name, tensor])),
    origins: new Map(entries.map(({ name, from }) => [name, from])),
    notes,
  };
}

/** One plain tensor may be missing for several branches; once is enough. */
const distinct = (problems: readonly Problem[]) => [
  ...new Map(problems.map((problem) => [problem.where, problem])).values(),
];

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
  const beyond: NetworkVariable[] = [];
  for (const variable of variables) {
    const axis = axisOf[variable.role];
    if (axis === undefined) beyond.push(variable);
    const tensor = tensors.get(variable.name);
    if (tensor && axis && (variable.branch === shared || variable.branch === cell[axis]))
      state.set(plainName(variable), tensor);
  }
  if (beyond.length > 0)
    throw new InputError(
      'this network is more than a plain one, so no cell of it is a plain state dict: export all of it, or use --onnx',
      beyond.map(({ name, role }) => ({ where: name, what: `is of the role ${role}` })),
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
