/**
 * Every key of the configuration does something: another value of it changes the step that trains, what is trained on, what is
 * evaluated, or what a run writes. A key without an entry here fails the test.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Configuration, configurationKeys, resolveConfiguration } from '../configuration/index.ts';
import { idxFile, syntheticDataset, writeFiles } from '../data/testing/fixtures.ts';
import { createEngine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { stepTensors } from '../graph/index.ts';
import { initialValue } from '../nn/index.ts';
import { loadData, loadStart, readCheckpoint, trainingSetup, trainRun } from '../runs/index.ts';
import { learningRateAt, trainingStep } from '../training/index.ts';
import { planEvaluation } from './evaluate-run.ts';
import { beginRun, openSession } from './training-session.ts';

const folder = mkdtempSync(join(tmpdir(), 'dualbn-keys-'));
const dataset = syntheticDataset(40, { classes: 2, height: 16, width: 16, channels: 3 });
const base = [
  'data.trainExamples=24',
  'data.validationExamples=6',
  'network.width=2',
  'batchSize=8',
  'epochs=3',
  'schedule.peak=1',
];
const resolved = (...overrides: readonly string[]) =>
  resolveConfiguration({
    preset: 'tiny',
    // What an entry sets is set once.
    overrides: [
      ...base.filter((each) => !overrides.some((own) => own.startsWith(each.split('=')[0] ?? ''))),
      ...overrides,
    ],
  });

/** The training step as text: every operation with its attributes and what it works on. */
function stepOf(configuration: Configuration): string {
  const setup = trainingSetup(configuration, dataset);
  const { network, awp } = setup;
  const step = trainingStep({ ...setup, perturbWeights: awp?.gamma });
  const tensors = stepTensors(step);
  const at = new Map(tensors.map((tensor, index) => [tensor, index]));
  const lines = tensors.map(({ operation, attributes, inputs, shape }) =>
    JSON.stringify([operation, attributes, shape, inputs.map((input) => at.get(input))]),
  );
  const updates = step.updates.map(({ variable, value }) => `${variable.name} <- ${at.get(value)}`);
  return [...lines, ...updates, ...network.variables.map((variable) => JSON.stringify(variable))].join('\n');
}

const setupPart =
  (...keys: readonly (keyof ReturnType<typeof trainingSetup>)[]) =>
  (configuration: Configuration) => {
    const setup = trainingSetup(configuration, dataset);
    return keys.map((key) => setup[key]);
  };

const ratesOf = (configuration: Configuration) => {
  const { schedule, optimizer, epochs } = trainingSetup(configuration, dataset);
  return [0, 0.5, 1, 1.5, 2, 2.5].map((at) => learningRateAt(schedule, optimizer.learningRate, epochs, at));
};

const planOf = (configuration: Configuration) => planEvaluation(configuration, {});

const messageOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing',
    (error: unknown) => (error instanceof InputError ? error.message : error),
  );
const dataSought = (configuration: Configuration) =>
  messageOf(loadData(configuration, 'train', { environment: {}, download: false }));
const initSought = (configuration: Configuration) =>
  messageOf(loadStart(configuration, trainingSetup(configuration, dataset).network));

const engineMade = async ({ engine }: Configuration) => {
  try {
    const made = await createEngine(engine);
    const described = made.describe();
    made.dispose();
    return described;
  } catch (error) {
    return String(error);
  }
};

/** What a short training writes: records without their times, checkpoints, and after which steps the last one was written. */
let runs = 0;
async function trainingOf(configuration: Configuration, overrides: readonly string[]) {
  const data = join(folder, 'idx');
  const digits = syntheticDataset(40, { classes: 2, height: 8, width: 8 });
  await writeFiles(
    data,
    Object.fromEntries(
      ['train', 't10k'].flatMap((split) => [
        [`${split}-images-idx3-ubyte`, idxFile([40, 8, 8], digits.images)],
        [`${split}-labels-idx1-ubyte`, idxFile([40], digits.labels)],
      ]),
    ),
  );
  const asked = resolved(
    `data.dataset=idx:${data}`,
    'engine.name=reference',
    'validation.attack=pgd-1',
    ...overrides,
  );
  expect(asked.configuration.seed).toBe(configuration.seed);
  const session = await openSession(asked.configuration, {});
  const run = await beginRun(session, asked, join(folder, `run-${runs++}`));
  const written: number[] = [];
  const callbacks = [
    ...('callbacks' in session && Array.isArray(session.callbacks) ? session.callbacks : []),
  ];
  await trainRun(
    {
      run,
      ...session,
      callbacks: [
        ...callbacks,
        {
          async onEpoch() {
            const { metadata } = await readCheckpoint(join(run.paths.checkpoints, 'last.safetensors'));
            written.push(metadata.step);
          },
        },
      ],
    },
    { resume: false },
  );
  const metrics = readFileSync(run.paths.metrics, 'utf8').replaceAll(/,"seconds":[\d.]+/g, '');
  return { metrics, written, checkpoints: await readdir(run.paths.checkpoints) };
}

type Seen = (configuration: Configuration, overrides: readonly string[]) => unknown;

interface Entry {
  /** Overrides of both. */
  readonly beside?: readonly string[];
  /** The value that it is compared with, where that is not the usual one. */
  readonly from?: string;
  readonly to: string;
  /** What else that value needs. */
  readonly also?: readonly string[];
  readonly seen: Seen;
}

const twoAffine =
  'regime={name: mine, definition: {sets: {affine: [clean, adv]}, sources: {clean: {kind: clean}, adv: {kind: attack, cell: {affine: adv}}}, passes: {clean: {statistics: {batch: [clean]}, affine: clean}, adv: {statistics: {batch: [adv]}, affine: adv}}, statisticsUpdates: [{branch: shared, from: [clean, adv]}], terms: [{weight: 0.5, loss: ce, pass: clean}, {weight: 0.5, loss: ce, pass: adv}]}}';
const oneOfAll =
  'regime={name: mine, definition: {sources: {clean: {kind: clean}}, passes: {clean: {statistics: {batch: [clean]}}}, statisticsUpdates: [{branch: shared, from: [clean]}], terms: [{weight: 1, loss: ce, pass: clean}]}}';
const adaptersOf = (...more: string[]) => [oneOfAll, 'regime.definition.sets.adapters=[shared]', ...more];
const definition = (key: string, value: string): Entry => ({
  beside: [twoAffine],
  to: `regime.definition.${key}=${value}`,
  seen: stepOf,
});

const entries: Readonly<Record<string, Entry>> = {
  seed: { to: 'seed=1', seen: setupPart('train', 'validation') },
  'data.dataset': { to: 'data.dataset=cifar-100', from: 'data.dataset=cifar-10', seen: dataSought },
  'data.directory': { from: 'data.directory=/nowhere', to: 'data.directory=/nowhere-else', seen: dataSought },
  'data.trainExamples': { to: 'data.trainExamples=16', seen: setupPart('train') },
  'data.validationExamples': { to: 'data.validationExamples=8', seen: setupPart('validation') },
  'data.augmentation.padding': { to: 'data.augmentation.padding=3', seen: setupPart('augmentation') },
  'data.augmentation.flip': { to: 'data.augmentation.flip=true', seen: setupPart('augmentation') },
  'network.name': { to: 'network.name=resnet10', seen: stepOf },
  'network.width': { to: 'network.width=3', seen: stepOf },
  'network.stem': { to: 'network.stem=large', seen: stepOf },
  'network.normalization.kind': {
    beside: ['regime.name=hybrid'],
    to: 'network.normalization.kind=layer',
    seen: stepOf,
  },
  'network.normalization.groups': {
    beside: ['regime.name=hybrid', 'network.normalization.kind=group'],
    from: 'network.normalization.groups=2',
    to: 'network.normalization.groups=1',
    seen: stepOf,
  },
  'network.normalization.momentum': { to: 'network.normalization.momentum=0.5', seen: stepOf },
  'network.normalization.affine': {
    beside: ['regime.name=hybrid'],
    to: 'network.normalization.affine=false',
    seen: stepOf,
  },
  'network.normalization.sandwich': { to: 'network.normalization.sandwich=true', seen: stepOf },
  'network.adapterRank': {
    beside: ['regime.name=adapters-serial'],
    to: 'network.adapterRank=1',
    seen: stepOf,
  },
  'regime.name': { to: 'regime.name=dual-ap', seen: stepOf },
  'regime.alpha': { to: 'regime.alpha=0.3', seen: stepOf },
  'regime.beta': { beside: ['regime.name=trades'], to: 'regime.beta=3', seen: stepOf },
  'regime.clamp': { beside: ['regime.name=dual-bn-clamped'], to: 'regime.clamp=0.3', seen: stepOf },
  'regime.noise': {
    beside: ['regime.name=hybrid-noise'],
    to: 'regime.noise=0.2',
    seen: (configuration) => trainingSetup(configuration, dataset).regime.sources,
  },
  'regime.awp.gamma': { beside: ['regime.awp={}'], to: 'regime.awp.gamma=0.1', seen: stepOf },
  'regime.awp.fromEpoch': { beside: ['regime.awp={}'], to: 'regime.awp.fromEpoch=1', seen: setupPart('awp') },
  'regime.definition.summary': {
    beside: [twoAffine],
    to: 'regime.definition.summary=mine',
    seen: (configuration) => trainingSetup(configuration, dataset).regime.summary,
  },
  'regime.definition.sets.statistics': {
    beside: [twoAffine],
    to: 'regime.definition.sets.statistics=[clean, adv]',
    also: [
      'regime.definition.sources.adv.cell.statistics=adv',
      'regime.definition.statisticsUpdates=[{branch: clean, from: [clean]}, {branch: adv, from: [adv]}]',
    ],
    seen: stepOf,
  },
  'regime.definition.sets.affine': {
    beside: [twoAffine],
    to: 'regime.definition.sets.affine=[clean, adv, other]',
    also: ['regime.definition.frozen=[{role: affine, branch: other}]'],
    seen: stepOf,
  },
  'regime.definition.sets.adapters': {
    beside: [oneOfAll],
    to: 'regime.definition.sets.adapters=[shared]',
    seen: stepOf,
  },
  'regime.definition.sets.heads': {
    beside: [oneOfAll],
    to: 'regime.definition.sets.heads=[one, two]',
    also: ['regime.definition.passes.clean.head=one', 'regime.definition.frozen=[{role: head, branch: two}]'],
    seen: stepOf,
  },
  'regime.definition.network.adapters': {
    beside: adaptersOf(),
    to: 'regime.definition.network.adapters=serial',
    seen: stepOf,
  },
  'regime.definition.network.sandwich': definition('network.sandwich', 'true'),
  'regime.definition.sources': definition('sources.adv.loss', 'margin'),
  'regime.definition.passes': definition('passes.adv.statistics', '{batch: [clean]}'),
  'regime.definition.statisticsUpdates': definition('statisticsUpdates', '[{branch: shared, from: [adv]}]'),
  'regime.definition.terms': definition(
    'terms',
    '[{weight: 0.4, loss: ce, pass: clean}, {weight: 0.6, loss: ce, pass: adv}]',
  ),
  'regime.definition.frozen': definition('frozen', '[{role: head}]'),
  'regime.definition.beta': {
    beside: [
      twoAffine,
      'regime.definition.terms=[{weight: beta, loss: ce, pass: clean}, {weight: 1, loss: ce, pass: adv}]',
    ],
    from: 'regime.definition.beta=1',
    to: 'regime.definition.beta=2',
    seen: stepOf,
  },
  'regime.definition.clamp.affine': {
    beside: [twoAffine, 'regime.definition.clamp.within=0.1'],
    from: 'regime.definition.clamp.affine=clean',
    to: 'regime.definition.clamp.affine=adv',
    seen: stepOf,
  },
  'regime.definition.clamp.within': {
    beside: [twoAffine, 'regime.definition.clamp.affine=clean'],
    from: 'regime.definition.clamp.within=0.1',
    to: 'regime.definition.clamp.within=0.2',
    seen: stepOf,
  },
  'regime.definition.init.reinitialized': {
    beside: [twoAffine, 'init.run=runs/any'],
    to: 'regime.definition.init.reinitialized=[{role: head}]',
    seen: (configuration) => trainingSetup(configuration, dataset).regime.init,
  },
  'init.run': { from: 'init.run=/nowhere', to: 'init.run=/nowhere-else', seen: initSought },
  'init.checkpoint': {
    beside: ['init.run=/nowhere'],
    to: 'init.checkpoint=best',
    seen: ({ init }) => init,
  },
  'attack.norm': { beside: ['evaluation.epsilon=8/255'], to: 'attack.norm=l2', seen: stepOf },
  'attack.epsilon': { to: 'attack.epsilon=0.05', seen: stepOf },
  'attack.steps': { to: 'attack.steps=3', seen: stepOf },
  'attack.stepSize': { to: 'attack.stepSize=0.01', seen: stepOf },
  'attack.start.kind': { to: 'attack.start.kind=uniform', seen: setupPart('attack') },
  'attack.start.deviation': { to: 'attack.start.deviation=0.01', seen: setupPart('attack') },
  'attack.loss': { to: 'attack.loss=margin', seen: stepOf },
  'optimizer.learningRate': { to: 'optimizer.learningRate=0.3', seen: ratesOf },
  'optimizer.momentum': { to: 'optimizer.momentum=0.5', seen: stepOf },
  'optimizer.nesterov': { to: 'optimizer.nesterov=true', seen: stepOf },
  'optimizer.weightDecay.weight': { to: 'optimizer.weightDecay.weight=0.1', seen: stepOf },
  'optimizer.weightDecay.head': { to: 'optimizer.weightDecay.head=0.1', seen: stepOf },
  'optimizer.weightDecay.affine': { to: 'optimizer.weightDecay.affine=0.1', seen: stepOf },
  'optimizer.weightDecay.adapter': {
    beside: ['regime.name=adapters-serial'],
    to: 'optimizer.weightDecay.adapter=0.1',
    seen: stepOf,
  },
  'schedule.kind': { to: 'schedule={kind: cosine}', seen: ratesOf },
  'schedule.milestones': {
    from: 'schedule={kind: piecewise, milestones: [1], factors: [0.1]}',
    to: 'schedule={kind: piecewise, milestones: [2], factors: [0.1]}',
    seen: ratesOf,
  },
  'schedule.factors': {
    from: 'schedule={kind: piecewise, milestones: [1], factors: [0.1]}',
    to: 'schedule={kind: piecewise, milestones: [1], factors: [0.2]}',
    seen: ratesOf,
  },
  'schedule.warmup': {
    from: 'schedule={kind: cosine}',
    to: 'schedule={kind: cosine, warmup: 1}',
    seen: ratesOf,
  },
  'schedule.peak': { to: 'schedule.peak=2', seen: ratesOf },
  epochs: { to: 'epochs=4', seen: setupPart('epochs') },
  batchSize: { to: 'batchSize=4', seen: stepOf },
  'validation.attack': { to: 'validation.attack=pgd-3', seen: setupPart('validate') },
  'validation.everyEpochs': { to: 'validation.everyEpochs=2', seen: trainingOf },
  'evaluation.attacks': { to: 'evaluation.attacks=[pgd-3]', seen: planOf },
  'evaluation.epsilon': { to: 'evaluation.epsilon=0.2', seen: planOf },
  'evaluation.examples': { to: 'evaluation.examples=7', seen: planOf },
  'evaluation.batchSize': { to: 'evaluation.batchSize=7', seen: planOf },
  'checkpoint.everyEpochs': { to: 'checkpoint.everyEpochs=2', seen: trainingOf },
  'checkpoint.best': { to: 'checkpoint.best=none', seen: trainingOf },
  'analysis.gapEverySteps': {
    from: 'analysis={gapEverySteps: 2, gapBatchSize: 4}',
    to: 'analysis={gapEverySteps: 3, gapBatchSize: 4}',
    seen: trainingOf,
  },
  'analysis.gapBatchSize': {
    beside: ['analysis.gapEverySteps=3'],
    from: 'analysis.gapBatchSize=4',
    to: 'analysis.gapBatchSize=6',
    seen: trainingOf,
  },
  'engine.name': { from: 'engine.name=onnx', to: 'engine.name=reference', seen: engineMade },
  'engine.device': { beside: ['engine.name=onnx'], to: 'engine.device=cuda', seen: engineMade },
  'engine.threads': {
    beside: ['engine.name=onnx'],
    from: 'engine.threads=1',
    to: 'engine.threads=3',
    seen: engineMade,
  },
  'engine.convolution': { beside: ['engine.name=onnx'], to: 'engine.convolution=direct', seen: engineMade },
};

describe('every key', () => {
  // Of a key that takes one value only, such as a choice of one, there is no other to compare with.
  const single = ({ values }: (typeof configurationKeys)[number]) => /^"[^"]*"$/.test(values);
  const keys = configurationKeys.filter((key) => !key.isSection && !single(key)).map(({ path }) => path);

  test('has an entry', () => {
    expect(keys.filter((key) => !(key in entries))).toEqual([]);
    expect(Object.keys(entries).filter((key) => !keys.includes(key))).toEqual([]);
  });

  test.each(Object.entries(entries))(
    '%s has an effect',
    async (_, { beside = [], from, to, also = [], seen }) => {
      const usual = [...beside, ...(from === undefined ? [] : [from])];
      const other = [...beside, to, ...also];
      const before = await seen(resolved(...usual).configuration, usual);
      const after = await seen(resolved(...other).configuration, other);
      expect(after).not.toEqual(before);
      // And it is that value which does it.
      expect(await seen(resolved(...usual).configuration, usual)).toEqual(before);
    },
  );

  test('the seed also decides the initial weights', () => {
    const { network } = trainingSetup(resolved().configuration, dataset);
    const [first] = network.variables;
    if (!first) throw new Error('a network without variables');
    expect(initialValue(first, 0)).not.toEqual(initialValue(first, 1));
  });
});
