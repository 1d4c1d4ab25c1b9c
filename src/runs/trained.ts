/**
 * A run's network with its trained values in an engine: what is evaluated, exported and looked into, and what another run may
 * start from.
 */

import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Configuration, regimeOf } from '../configuration/index.ts';
import type { Dataset, Split } from '../data/index.ts';
import type { Engine, EngineDescription } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { type Network, type NetworkVariable, shared } from '../nn/index.ts';
import { isAmong, type Regime } from '../training/index.ts';
import { type CheckpointName, loadRunCheckpoint, noteOf, openRun, type Run } from './run.ts';
import type { StoredTensor } from './safetensors/index.ts';
import { type DataOrigin, type GivenSetup, loadData, networkFor } from './setup.ts';
import { compareTensors, isOptimizerTensor, restore, shapesOf } from './state.ts';

/** Which values a network was given. */
export interface TrainedCheckpoint {
  readonly name: CheckpointName;
  /** Whole epochs they were trained for. */
  readonly epoch: number;
  /** Optimizer steps. */
  readonly step: number;
  /** sha256 of all that the checkpoint holds, in hexadecimal. */
  readonly digest: string;
  /** False for a checkpoint of version 0.1, which carries no digest to check it by. */
  readonly isSealed: boolean;
}

export interface Trained {
  readonly network: Network;
  readonly regime: Regime;
  /** The test split of the run's data. */
  readonly test: Dataset;
  /** Whole epochs the values were trained for. */
  readonly epoch: number;
  readonly checkpoint: TrainedCheckpoint;
}

export interface TrainedOptions extends DataOrigin {
  /** 'last' unless told otherwise. */
  readonly checkpoint?: CheckpointName;
  /** Told in a line what should be known of the checkpoint. */
  readonly announce?: ((line: string) => void) | undefined;
  /** What the run was trained with that its configuration does not name. */
  readonly given?: GivenSetup | undefined;
}

/**
 * Load a checkpoint into an engine, with the test data that it is evaluated on.
 *
 * @throws InputError as loadRunCheckpoint and loadRunData.
 */
export async function loadTrained(
  run: Run,
  engine: Engine,
  { checkpoint: name = 'last', announce, given = {}, ...origin }: TrainedOptions = {},
): Promise<Trained> {
  refuseMissingParts(run, given);
  const test = await loadRunData(run, 'test', origin);
  const { regime = regimeOf(run.configuration.regime) } = given;
  const network = given.network ?? networkFor(run.configuration, test, regime);
  const stored = await loadRunCheckpoint(run, name, shapesOf(network.variables), isOptimizerTensor);
  restore(engine, network.variables, stored.tensors);
  const { digest, isSealed, metadata } = stored;
  const note = noteOf(run, stored);
  if (note !== undefined) announce?.(note);
  const { epoch } = metadata.position;
  return { network, regime, test, epoch, checkpoint: { name, epoch, step: metadata.step, digest, isSealed } };
}

/** @throws InputError where a run that was trained with parts from code gets none of the kind: 'network', 'regime'. */
export function refuseMissingParts({ directory, environment }: Run, given: GivenSetup): void {
  const missing = (environment.given ?? []).filter((part) => !(part in given));
  if (missing.length > 0)
    throw new InputError(
      `${directory} was trained with a ${missing.join(' and a ')} from code: hand in the same as given.${missing[0]}`,
      [],
      { code: 'not-found' },
    );
}

/**
 * One split of the data of a run: loaded by name, or handed in.
 *
 * @throws InputError where data handed in are not those recorded; as refuseMissingData and loadData.
 */
export function loadRunData(run: Run, split: Split, origin: DataOrigin): Promise<Dataset> {
  refuseMissingData(run, split, origin);
  refuseOtherData(run, split, origin);
  return loadData(run.configuration, split, origin);
}

/** @throws InputError where a run that was trained on data from memory gets none. */
export function refuseMissingData(
  { directory, environment: { data } }: Run,
  split: Split,
  { datasets }: DataOrigin,
): void {
  const given = datasets?.[split];
  if (data.inMemory === true && given === undefined)
    throw new InputError(
      `${directory} was trained on data from memory (${data.name}): hand in the same as datasets.${split}`,
      [],
      { code: 'not-found' },
    );
}

function refuseOtherData(
  { directory, environment: { data } }: Run,
  split: Split,
  { datasets }: DataOrigin,
): void {
  const given = datasets?.[split];
  const recorded = split === 'train' ? data.checksum : data.testChecksum;
  if (given !== undefined && recorded !== undefined && given.checksum !== recorded)
    throw new InputError(
      `the data handed in for ${split} are not those of ${directory}: checksum recorded ${recorded}, now ${given.checksum}`,
      [],
      { code: 'mismatch' },
    );
}

/** What a result document says of what it is about. */
export interface RunSubject {
  /** Name of the run directory. */
  readonly run: string;
  /** configurationHash. */
  readonly configuration: string;
  readonly regime: string;
  /** Of training. */
  readonly seed: number;
  readonly network: string;
  readonly checkpoint: {
    readonly name: CheckpointName;
    readonly epoch: number;
    readonly step: number;
    readonly digest: string;
  };
  readonly dataset: { readonly name: string; readonly checksum: string };
  readonly engine: EngineDescription;
}

export function subjectOf(run: Run, { network, test, checkpoint }: Trained, engine: Engine): RunSubject {
  const { isSealed: _, ...taken } = checkpoint;
  return {
    run: basename(resolve(run.directory)),
    configuration: run.hash,
    regime: run.configuration.regime.name,
    seed: run.configuration.seed,
    network: network.name,
    checkpoint: taken,
    dataset: { name: test.name, checksum: test.checksum },
    engine: engine.describe(),
  };
}

// What a run starts from where that is not chance: the values of another run's checkpoint, put in their places by name. Read
// once, when a run begins; from then on the run's own checkpoints hold all there is.

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
 * @param beside a directory in which a relative `init.run` is sought first: that of the run's neighbours.
 * @throws InputError if the run or its checkpoint is missing or damaged, or lists every tensor that does not fit.
 */
export async function loadStart(
  { init, regime }: Configuration,
  network: Network,
  beside?: string,
): Promise<Start | undefined> {
  if (!init) return undefined;
  const neighbour = beside === undefined ? undefined : resolve(beside, init.run);
  const run = openRun(neighbour !== undefined && existsSync(neighbour) ? neighbour : init.run);
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
