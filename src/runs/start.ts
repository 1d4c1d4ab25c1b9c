/**
 * What a run starts from where that is not chance: the values of another run's checkpoint, put in their places by name. Read
 * once, when a run begins; from then on the run's own checkpoints hold all there is.
 */
import { type Configuration, regimeOf } from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { type Network, type NetworkVariable, shared } from '../nn/index.ts';
import { isAmong } from '../training/index.ts';
import { loadRunCheckpoint, openRun } from './run.ts';
import type { StoredTensor } from './safetensors/index.ts';
import { compareTensors, isOptimizerTensor } from './state.ts';

/** Which values they were, for the record. */
export interface StartOrigin {
  readonly run: string;
  readonly checkpoint: string;
  /** Whole epochs they were trained for. */
  readonly epoch: number;
  /** configurationHash of the run they come from. */
  readonly configuration: string;
}

export interface Start {
  /** By variable name; what is missing is new. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly origin: StartOrigin;
}

/** bn1.adv.weight goes by bn1.weight in a network of one set. */
const nameInOneSet = ({ name, branch }: NetworkVariable) => name.replace(`.${branch}.`, '.');

/**
 * The values that a configuration's `init` names, undefined where it names none. A variable takes the value of the same
 * name; a branch that the other network does not tell apart takes what it has one of. What the regime reinitializes stays new.
 *
 * @throws InputError if the run or its checkpoint is missing or damaged, or lists every tensor that does not fit.
 */
export async function loadStart(
  { init, regime }: Configuration,
  network: Network,
): Promise<Start | undefined> {
  if (!init) return undefined;
  const run = openRun(init.run);
  const { tensors, metadata } = await loadRunCheckpoint(run, init.checkpoint, new Map(), () => true);
  const reinitialized = regimeOf(regime).init?.reinitialized ?? [];
  const wanted = network.variables.filter((variable) => !isAmong(reinitialized, variable));

  const found = new Map<string, StoredTensor>([...tensors].filter(([name]) => !isOptimizerTensor(name)));
  const taken = new Set<string>();
  for (const variable of wanted) {
    const single = nameInOneSet(variable);
    const value = found.get(single);
    if (variable.branch === shared || !value || found.has(variable.name)) continue;
    found.set(variable.name, value);
    taken.add(single);
  }
  for (const name of taken) found.delete(name);
  const problems = compareTensors(found, new Map(wanted.map(({ name, shape }) => [name, shape])));
  if (problems.length > 0)
    throw new InputError(
      `the run ${init.run} does not fit what ${regime.name} on ${network.name} is initialized from:`,
      problems,
    );
  return {
    values: new Map([...found].map(([name, { values }]) => [name, values])),
    origin: { ...init, epoch: metadata.position.epoch, configuration: run.hash },
  };
}
