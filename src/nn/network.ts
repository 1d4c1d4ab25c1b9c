/** A network: its variables, and what it makes of batches. It owns no values; an engine does. */
import { add, type Tensor, type Update, variable } from '../graph/index.ts';
import type { BranchSets, Cell } from './cell.ts';
import type { Layer, Pass, ReadVariable, StatisticsUpdate } from './pass.ts';
import type { Declare, NetworkVariable } from './variables.ts';

/** The images a network is made for. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export interface Forward {
  /** Logits [N, classes] by the name of the pass. */
  readonly logits: Readonly<Record<string, Tensor>>;
  /** The updates of running NS that were asked for, and no others. */
  readonly updates: readonly Update[];
}

export interface ForwardOptions {
  /**
   * What stands for a variable in the passes; its value unless said otherwise. Adversarial weight perturbation and the
   * interpolation of NS and AP put other tensors of the same shape in its place.
   */
  readonly read?: ReadVariable;
}

export interface Network {
  readonly name: string;
  readonly classes: number;
  readonly images: ImageShape;
  readonly sets: BranchSets;
  /** In PyTorch's order and under its names. */
  readonly variables: readonly NetworkVariable[];
  /** One joint forward pass of batches; running NS are updated only as `statisticsUpdates` says. */
  forward(
    passes: readonly Pass[],
    statisticsUpdates?: readonly StatisticsUpdate[],
    options?: ForwardOptions,
  ): Forward;
}

/** Logits [N, classes] in evaluation mode, through running NS: what attacks and evaluations look at. Updates nothing. */
export function classify(
  network: Network,
  images: Tensor,
  { statistics, ...rest }: Cell,
  options: ForwardOptions = {},
): Tensor {
  const pass = { name: 'only', images, statistics: { running: statistics }, ...rest };
  const { logits } = network.forward([pass], [], options);
  const { only } = logits;
  if (!only) throw new RangeError('the network gave no logits');
  return only;
}

/** Make a network from layers that declare their variables while they are built. */
export function defineNetwork(
  identity: Pick<Network, 'name' | 'classes' | 'images' | 'sets'>,
  build: (declare: Declare) => Layer,
): Network {
  const variables: NetworkVariable[] = [];
  const layer = build((declared) => {
    variables.push(declared);
    return declared;
  });
  return {
    ...identity,
    variables,
    forward(passes, statisticsUpdates = [], { read = variable } = {}) {
      for (const pass of passes) refuseUnknownParts(pass, identity.sets);
      const updates: Update[] = [];
      const tensors = layer(
        passes.map((pass) => pass.images),
        { passes, statisticsUpdates, updates, read },
      );
      const logits = Object.fromEntries(
        passes.flatMap(({ name }, at) => (tensors[at] ? [[name, tensors[at]]] : [])),
      );
      return { logits, updates };
    },
  };
}

/** An adapter or head that the network does not have would go unnoticed in a network without layers that look for it. */
function refuseUnknownParts(
  { name, adapter, head }: Pass,
  { adapters = [], heads = ['shared'] }: BranchSets,
) {
  const unknown = (what: string, branch: string, known: readonly string[]) =>
    new RangeError(`pass ${name} asks for ${what} ${branch}; there are: ${known.join(', ') || 'none'}`);
  if (adapter !== undefined && !adapters.includes(adapter)) throw unknown('adapter', adapter, adapters);
  if (head !== undefined && !heads.includes(head)) throw unknown('head', head, heads);
}

/** y = body(x) + shortcut(x), pass by pass. */
export const residual =
  (body: Layer, shortcut: Layer): Layer =>
  (tensors, joint) => {
    const straight = shortcut(tensors, joint);
    return body(tensors, joint).map((y, at) => {
      const x = straight[at];
      return x ? add(y, x) : y;
    });
  };
