/**
 * A network in which some variables are replaced by copies. What an analysis writes, it writes into the copies; the
 * network's own variables are read at the most. So nothing has to be restored afterwards, whatever happens in between.
 */
import type { Engine } from '../engines/index.ts';
import { type Variable, variable } from '../graph/index.ts';
import type { Network, NetworkVariable } from '../nn/index.ts';

export interface WorkingCopy {
  /** The network as it would be with the copies' values. Its forward takes no further substitution. */
  readonly network: Network;
  /** Set the copy of a variable of the network. @throws RangeError for one that was not copied. */
  write(original: NetworkVariable, values: ArrayLike<number>): void;
}

/** Copy the chosen variables, values included. The copies live as long as the engine. */
export function workingCopy(
  engine: Engine,
  network: Network,
  chosen: readonly NetworkVariable[],
): WorkingCopy {
  const copies = new Map<NetworkVariable, Variable>(
    chosen.map((original) => [original, { name: `${original.name} (copy)`, shape: original.shape }]),
  );
  for (const [original, copy] of copies) engine.write(copy, engine.read(original));
  return {
    network: {
      ...network,
      forward: (passes, moves) =>
        network.forward(passes, moves, { read: (each) => variable(copies.get(each) ?? each) }),
    },
    write(original, values) {
      const copy = copies.get(original);
      if (!copy) throw new RangeError(`${original.name} was not copied`);
      engine.write(copy, values);
    },
  };
}
