/**
 * From the tensors of a state dict to the variables of a network, or the list of all that does not fit.
 *
 * A variable of one branch takes the tensor of its own name (`bn1.adv.weight`) or, for the branches that a plain state
 * dict is to become, the plain one (`bn1.weight`). Branches that get nothing keep what training would start from.
 */
import { InputError, type Problem } from '../errors.ts';
import { showShape } from '../graph/index.ts';
import { type Branch, initialValue, type NetworkVariable, shared } from '../nn/index.ts';
import type { StoredTensor } from '../runs/index.ts';
import { plainName } from './plain-state.ts';

export interface StateMapping {
  /** By the names of the network, in its order. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
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

/** @throws InputError that lists every missing, misshapen and unexpected tensor. */
export function mapState(options: MappingOptions): StateMapping {
  const { variables, branches, seed } = options;
  const { state, notes } = translate(options.state, variables);
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
      if (found.shape.join() === shape.join()) tensors.set(name, found);
      else
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
  return { tensors, notes: [...notes, ...left] };
}

/** Other code bases' words made ours, each only where the network has ours and not theirs. */
function translate(state: ReadonlyMap<string, StoredTensor>, variables: readonly NetworkVariable[]) {
  const notes: string[] = [];
  const words = new Set(variables.flatMap(({ name }) => name.split('.')));
  let entries = [...state];
  for (const [theirs, ours] of otherWords) {
    if (!words.has(ours) || words.has(theirs)) continue;
    const before = entries.map(([name]) => name).join();
    entries = entries.map(([name, tensor]) => [
      name
        .split('.')
        .map((word) => (word === theirs ? ours : word))
        .join('.'),
      tensor,
    ]);
    if (entries.map(([name]) => name).join() !== before) notes.push(`read '${theirs}' in names as '${ours}'`);
  }
  return { state: new Map(entries), notes };
}

/** One plain tensor may be missing for several branches; once is enough. */
const distinct = (problems: readonly Problem[]) => [
  ...new Map(problems.map((problem) => [problem.where, problem])).values(),
];
