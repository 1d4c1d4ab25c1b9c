/**
 * Where in a checkpoint the state dict is: the value itself, or under a name that code bases of the field use. A module that was saved
 * whole is one, too, of its parameters and buffers; its code is not looked at.
 */
import { InputError } from '../../errors.ts';
import { calleeOf, entriesOf, isNode, type PickleValue, walk } from '../../pickle/index.ts';
import { isTensor } from './tensors.ts';

export interface FoundState {
  /** By their names in the file. */
  readonly tensors: ReadonlyMap<string, PickleValue>;
  readonly notes: readonly string[];
}

/** Names of a state dict in a checkpoint, the likeliest first. What comes of training alone is not among them. */
const usualNames: readonly string[] = [
  'state_dict',
  'model_state_dict',
  'model',
  'net',
  'network',
  'module',
  'weights',
  'params',
  'ema',
  'model_ema',
  'ema_state_dict',
  'state_dict_ema',
];

const ofTraining = /optim|sched|scaler|lr_|history|grad/i;
const DEEPEST = 4;

interface Candidate {
  /** Empty for the value itself. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, PickleValue>;
  readonly leftOut: readonly string[];
  readonly isModule: boolean;
}

/**
 * @param key names one of several, as the file nests them: 'ema', 'model.state_dict'.
 * @throws InputError with the names that are there: where none is given and none is usual, or the given one is not there; and for a
 *   tensor inside of something unknown.
 */
export function findState(path: string, value: PickleValue, key?: string): FoundState {
  const candidates = candidatesIn(path, value);
  if (candidates.length === 0)
    throw new InputError(`${path} holds no state dict: nothing in it is a dict of tensors, or a module`);
  const chosen = choose(path, candidates, key);
  const others = candidates.filter((each) => each !== chosen).map((each) => each.path || 'the whole');
  const { tensors, leftOut, isModule } = chosen;
  return {
    tensors,
    notes: [
      ...(chosen.path === '' ? [] : [`took the state dict '${chosen.path}'`]),
      ...(others.length === 0 ? [] : [`there are others, which --key takes: ${others.join(', ')}`]),
      ...(isModule ? ['read a whole module by its parameters and buffers; its code was not run'] : []),
      ...(leftOut.length === 0 ? [] : [`left out what is no tensor: ${leftOut.join(', ')}`]),
    ],
  };
}

function choose(path: string, candidates: readonly Candidate[], key: string | undefined): Candidate {
  const list = candidates.map((each) => ({
    where: each.path || '(the whole)',
    what: `${each.tensors.size} tensors`,
  }));
  if (key !== undefined) {
    const asked = candidates.find((each) => each.path === key);
    if (!asked)
      throw new InputError(`${path} has no state dict '${key}'; it has`, list, { code: 'not-found' });
    return asked;
  }
  const [first] = candidates;
  if (candidates.length === 1 || first.path === '') return first;
  const rank = ({ path: place }: Candidate) => {
    const found = usualNames.indexOf(place.split('.')[0]);
    return found < 0 ? usualNames.length : found;
  };
  const ranked = candidates.toSorted((a, b) => rank(a) - rank(b));
  if (rank(ranked[0]) === usualNames.length)
    throw new InputError(`${path} has several state dicts; choose one with --key`, list);
  return ranked[0];
}

/** The value itself first, then breadth first by keys. */
function candidatesIn(file: string, root: PickleValue): Candidate[] {
  const found: Candidate[] = [];
  let level: { path: string; value: PickleValue }[] = [{ path: '', value: root }];
  const seen = new Set<PickleValue>();
  for (let depth = 0; depth <= DEEPEST && level.length > 0; depth += 1) {
    const next: typeof level = [];
    for (const { path, value } of level) {
      if (seen.has(value)) continue;
      seen.add(value);
      const candidate = candidateOf(file, path, value);
      if (candidate) {
        found.push(candidate);
        continue;
      }
      for (const [name, each] of entriesOf(value) ?? [])
        if (!ofTraining.test(name)) next.push({ path: path === '' ? name : `${path}.${name}`, value: each });
    }
    level = next;
  }
  return found;
}

function candidateOf(file: string, path: string, value: PickleValue): Candidate | undefined {
  const module = moduleTensors(file, value);
  if (module) return module.size > 0 ? { path, tensors: module, leftOut: [], isModule: true } : undefined;
  const entries = entriesOf(value);
  if (!entries) return undefined;
  const tensors = new Map([...entries].filter(([, each]) => isTensor(each)));
  // An accuracy that is a tensor, beside the state dict, does not make one of what is around it.
  const holdsOthers = [...entries].some(([name, each]) => !ofTraining.test(name) && isState(each));
  if (tensors.size === 0 || holdsOthers) return undefined;
  const rest = [...entries].filter(([name]) => !tensors.has(name));
  for (const [name, each] of rest) {
    const isContainer = entriesOf(each) !== undefined || !isNode(each) || each.kind !== 'call';
    if (!isContainer && holdsTensor(each)) throw unknownType(file, name, each);
  }
  return { path, tensors, leftOut: rest.map(([name]) => name), isModule: false };
}

const isState = (value: PickleValue) =>
  isModule(value) || [...(entriesOf(value) ?? [])].some(([, each]) => isTensor(each));

const holdsTensor = (value: PickleValue) => [...walk(value)].some(isTensor);

const unknownType = (file: string, name: string, value: PickleValue) =>
  new InputError(`${file}: ${name} is a tensor inside of something that is not known here`, [
    {
      where: name,
      what: `it is made by ${calleeOf(value) ?? 'a call'}; load the file with torch and save plain tensors`,
    },
  ]);

/** The parameters and buffers of a torch.nn.Module that was pickled whole; undefined for anything else. */
function moduleTensors(file: string, root: PickleValue): Map<string, PickleValue> | undefined {
  if (!isModule(root)) return undefined;
  const tensors = new Map<string, PickleValue>();
  const seen = new Set<PickleValue>();
  const waiting: { prefix: string; module: PickleValue }[] = [{ prefix: '', module: root }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { prefix, module } = next;
    if (seen.has(module)) continue;
    seen.add(module);
    const attributes = attributesOf(module);
    for (const kind of ['_parameters', '_buffers'])
      for (const [name, each] of entriesOf(attributes?.get(kind)) ?? [])
        if (isTensor(each)) tensors.set(`${prefix}${name}`, each);
        else if (each !== null && holdsTensor(each)) throw unknownType(file, `${prefix}${name}`, each);
    for (const [name, each] of [...(entriesOf(attributes?.get('_modules')) ?? [])].reverse())
      waiting.push({ prefix: `${prefix}${name}.`, module: each });
  }
  return tensors;
}

const isModule = (value: PickleValue) =>
  ['_parameters', '_buffers', '_modules'].every((name) => attributesOf(value)?.has(name));

function attributesOf(value: PickleValue): ReadonlyMap<string, PickleValue> | undefined {
  if (!isNode(value) || value.kind !== 'call' || value.state === undefined) return undefined;
  return entriesOf(value.state);
}
