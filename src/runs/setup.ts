/** From a configuration to what it names: the data, the split, the network, the regime. */
import { type Configuration, regimeOf, trainingAttack, validationAttack } from '../configuration/index.ts';
import { type Dataset, type LoadOptions, loadDataset, subset, trainValidationSplit } from '../data/index.ts';
import { InputError } from '../errors.ts';
import { makeNetwork, type Network, plainAdapters } from '../nn/index.ts';
import { type Regime, type TrainingSetup, trainingStep } from '../training/index.ts';

/** The network of a configuration for images like those of a data set. @throws InputError where they do not fit. */
export function networkFor(
  { network, regime }: Configuration,
  dataset: Dataset,
  row: Regime = regimeOf(regime),
): Network {
  const { name, width, stem, normalization, adapterRank } = network;
  const { channels, height, width: imageWidth, classes } = dataset;
  const adapters = row.sets.adapters ? { ...plainAdapters, ...row.network?.adapters } : undefined;
  if (adapterRank !== undefined && !adapters)
    throw new InputError(`regime ${regime.name} has no adapters`, [
      { where: 'network.adapterRank', what: 'leave it out, or choose a regime that has' },
    ]);
  return makeNetwork(name, {
    images: { channels, height, width: imageWidth },
    classes: classes.length,
    sets: row.sets,
    stem,
    // What a row is about is not for the configuration to undo.
    normalization: { ...normalization, ...row.network?.normalization },
    ...(adapters ? { adapters: { ...adapters, rank: adapterRank ?? adapters.rank } } : {}),
    ...(width === undefined ? {} : { width }),
  });
}

/** Data sets that a program has in memory, in place of those that the configuration's name would load. */
export interface Datasets {
  readonly train?: Dataset | undefined;
  readonly test?: Dataset | undefined;
}

/** Where data come from: loaded by name, as LoadOptions say, or handed in. */
export interface DataOrigin extends LoadOptions {
  readonly datasets?: Datasets | undefined;
}

/**
 * One split of the data of a configuration: the one handed in, else loaded; `directory` overrules where it is looked for.
 *
 * @throws InputError for a data set handed in that has another name than the configuration's, or is the other split.
 */
export async function loadData(
  { data }: Configuration,
  split: 'train' | 'test',
  { datasets, ...options }: DataOrigin = {},
): Promise<Dataset> {
  const given = datasets?.[split];
  if (given === undefined)
    return loadDataset(data.dataset, split, {
      ...(data.directory === undefined ? {} : { directory: data.directory }),
      ...options,
    });
  if (given.name !== data.dataset || given.split !== split)
    throw new InputError(
      `the data set handed in for ${split} is ${given.name} (${given.split}), the configuration says ${data.dataset}`,
      [{ where: 'data.dataset', what: `set it to ${given.name}, or hand in ${data.dataset}` }],
      { code: 'mismatch' },
    );
  return given;
}

/** Which examples train and which validate: the validation images are set apart first, so that no subset moves them. */
export function splitExamples({ data, seed }: Configuration, dataset: Dataset) {
  const { validationExamples, trainExamples } = data;
  const wanted = validationExamples + (trainExamples === 'all' ? 1 : trainExamples);
  if (wanted > dataset.count)
    throw new InputError(
      `${dataset.displayName} has ${dataset.count} training images, fewer than are asked for`,
      [
        { where: 'data.trainExamples', what: String(trainExamples) },
        { where: 'data.validationExamples', what: String(validationExamples) },
      ],
    );
  const { train: rest, validation } = trainValidationSplit(dataset, { count: validationExamples, seed });
  const train = trainExamples === 'all' ? rest : subset(dataset, trainExamples, { seed, among: rest });
  return { train, validation };
}

/**
 * What a program may give in place of what a configuration names. A run directory records that it was given, not what it is:
 * whoever resumes the run, or evaluates it, gives the same again.
 */
export type GivenSetup = Partial<
  Pick<TrainingSetup, 'regime' | 'optimizer' | 'schedule' | 'augmentation' | 'network'>
>;

/** Everything a training depends on, from its configuration and its data, with values of one's own in place of named ones. */
export function trainingSetup(
  configuration: Configuration,
  dataset: Dataset,
  given: GivenSetup = {},
): TrainingSetup {
  const { seed, regime, data, optimizer, schedule, epochs, batchSize, evaluation } = configuration;
  const { padding, flip } = data.augmentation;
  const setup: TrainingSetup = {
    seed,
    regime: regimeOf(regime),
    alpha: regime.alpha,
    beta: regime.beta,
    clamp: regime.clamp,
    awp: regime.awp,
    network: given.network ?? networkFor(configuration, dataset, given.regime),
    dataset,
    ...splitExamples(configuration, dataset),
    augmentation: {
      padding: padding === 'auto' ? dataset.augmentation.padding : padding,
      flip: flip === 'auto' ? dataset.augmentation.flip : flip,
    },
    attack: trainingAttack(configuration),
    optimizer,
    schedule,
    epochs,
    batchSize,
    validate: {
      attack: validationAttack(configuration),
      everyEpochs: configuration.validation.everyEpochs,
      batchSize: evaluation.batchSize,
    },
    ...given,
  };
  refuseWhatCannotTrain(setup);
  return setup;
}

/** What the trainer would say too: later it would come with a run directory made. The step is built for its errors alone. */
function refuseWhatCannotTrain(setup: TrainingSetup): void {
  const { batchSize, train } = setup;
  if (train.length < batchSize)
    throw new InputError(
      `batchSize is ${batchSize}, more than the ${train.length} training images: lower it or raise data.trainExamples`,
    );
  trainingStep({ ...setup, parameters: [], attack: { ...setup.attack, steps: 0 } });
}
