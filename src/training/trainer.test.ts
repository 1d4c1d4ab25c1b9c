import { describe, expect, test } from 'vitest';
import { defineLoss, logSoftmax, namedAttack, pgdAttack } from '../attacks/index.ts';
import { cropAndFlip, type Dataset } from '../data/index.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { greater, multiply, subtract, sum, variable } from '../graph/index.ts';
import { makeNetwork } from '../nn/index.ts';
import { integers } from '../random/index.ts';
import { type Callback, earlyStopping, type Position } from './callbacks.ts';
import { type Optimizer, optimizers } from './optimizers.ts';
import { defineRegime } from './regime-problems.ts';
import { regimes } from './regimes.ts';
import type { TrainingSetup } from './setup.ts';
import { createTrainer } from './trainer.ts';

const images = { channels: 1, height: 8, width: 8 };

/** Two classes told apart by the brighter half, with random pixels. */
function toyData(count: number): Dataset {
  const pixels = Uint8Array.from(integers({ seed: 3, purpose: 'noise' }, count * 64, 128));
  const labels = Uint16Array.from({ length: count }, (_, example) => example % 2);
  for (let at = 0; at < pixels.length; at += 1)
    if (Math.floor((at % 64) / 32) === labels[Math.floor(at / 64)]) pixels[at] = 255 - (pixels[at] ?? 0) / 4;
  const classes = ['top', 'bottom'];
  return {
    name: 'toy',
    displayName: 'Toy',
    split: 'train',
    classes,
    count,
    images: pixels,
    labels,
    checksum: '',
    directory: '',
    augmentation: { padding: 1, flip: false },
    ...images,
  };
}

function toySetup(change: Partial<TrainingSetup> = {}): TrainingSetup {
  const dataset = toyData(40);
  const regime = regimes['dual-bn'];
  const attack = {
    ...pgdAttack.complete({ epsilon: 8 / 255, steps: 1 }),
    start: { kind: 'gaussian', deviation: 0.001 },
  } as const;
  const optimizer = {
    kind: 'sgd',
    learningRate: 0.05,
    momentum: 0.9,
    nesterov: false,
    weightDecay: { weight: 5e-4, affine: 0, adapter: 0, head: 0 },
  } as const;
  return {
    seed: 7,
    regime,
    alpha: 0.5,
    network: makeNetwork('resnet8', { images, classes: 2, width: 2, sets: regime.sets }),
    dataset,
    train: Uint32Array.from({ length: 30 }, (_, at) => at),
    validation: Uint32Array.from({ length: 10 }, (_, at) => 30 + at),
    augmentation: dataset.augmentation,
    attack,
    optimizer,
    schedule: { kind: 'cosine', warmup: 0 },
    epochs: 2,
    batchSize: 8,
    validate: { attack: namedAttack('pgd-2', 8 / 255), everyEpochs: 1, batchSize: 4 },
    ...change,
  };
}

/** A signal that aborts at the n-th question whether it is aborted, so that any place of a training can be interrupted. */
function signalAfter(questions: number): AbortSignal {
  const controller = new AbortController();
  const ask = () => {
    if (questions-- <= 0) controller.abort();
    return controller.signal;
  };
  return new Proxy(controller.signal, {
    get(_, key) {
      if (key === 'throwIfAborted') return () => ask().throwIfAborted();
      return key === 'aborted' ? ask().aborted : Reflect.get(controller.signal, key);
    },
  });
}

interface Cut {
  readonly afterStep?: number;
  readonly signal?: AbortSignal;
  /** Made anew for each part of the training. */
  readonly callbacks?: () => readonly Callback[];
}

/** All values after training, by name, with what callbacks heard; in two parts where it is cut. */
async function trained(setup: TrainingSetup, { afterStep, signal, callbacks = () => [] }: Cut = {}) {
  const heard: unknown[] = [];
  const abort = new AbortController();
  const listener: Callback = {
    onStep: (report) => {
      heard.push(report);
      if (report.step === afterStep) abort.abort();
    },
    onEvaluation: (report) => {
      heard.push({ evaluation: report });
    },
    onEpoch: (report) => {
      heard.push(report);
    },
    onRecord: (record) => {
      heard.push(record);
    },
  };
  const first = createReferenceEngine();
  const trainer = await createTrainer(setup, first);
  trainer.initialize();
  let outcome = await trainer.run({
    callbacks: [listener, ...callbacks()],
    signal: signal ?? abort.signal,
  });
  let last = { engine: first, trainer };
  const cutAt = outcome.ended === 'interrupted' ? outcome.position : undefined;
  if (outcome.ended === 'interrupted') {
    const engine = createReferenceEngine();
    const next = await createTrainer(setup, engine);
    trainer.variables.forEach((variable, at) => {
      const same = next.variables[at];
      if (same) engine.write(same, first.readExact(variable));
    });
    // A checkpoint stores the position as JSON.
    const position: Position = JSON.parse(JSON.stringify(outcome.position));
    outcome = await next.run({ from: position, callbacks: [listener, ...callbacks()] });
    last = { engine, trainer: next };
  }
  const values = last.trainer.variables.map((variable) => [variable.name, [...last.engine.read(variable)]]);
  return { values, heard, outcome, cutAt };
}

const whole = ({ cutAt: _, ...rest }: Awaited<ReturnType<typeof trained>>) => rest;

describe('the trainer', () => {
  test('learns the toy data', async () => {
    const { heard } = await trained(toySetup({ epochs: 6 }));
    expect(heard.at(-1)).toMatchObject({ epoch: 6, validation: { clean: 1, examples: 10 } });
  });

  test('gives the same twice', async () => {
    expect(await trained(toySetup())).toEqual(await trained(toySetup()));
  });

  test.each([1, 3, 5])('continues after a cut at step %i to the same bits and reports', async (cut) => {
    expect(whole(await trained(toySetup(), { afterStep: cut }))).toEqual(whole(await trained(toySetup())));
  });

  test('perturbs weights from the epoch that awp says, and goes on after a cut in either', async () => {
    const awp = { gamma: 0.05, fromEpoch: 1 };
    const lossesOf = async (setup: TrainingSetup, cut?: number) =>
      (await trained(setup, cut === undefined ? {} : { afterStep: cut })).heard.flatMap((report) =>
        typeof report === 'object' && report && 'loss' in report ? [report.loss] : [],
      );
    const [plain, perturbed] = [await lossesOf(toySetup()), await lossesOf(toySetup({ awp }))];
    expect(perturbed.slice(0, 3)).toEqual(plain.slice(0, 3));
    expect(perturbed[3]).toBeGreaterThan(Number(plain[3]));
    for (const cut of [2, 4]) expect(await lossesOf(toySetup({ awp }), cut)).toEqual(perturbed);
  });

  test('refuses a batch larger than the training set', async () => {
    await expect(createTrainer(toySetup({ batchSize: 31 }), createReferenceEngine())).rejects.toThrow(
      'batch size 31 is larger than the 30 training images of Toy',
    );
  });

  test('stops at a loss that is not a number and says where', async () => {
    const setup = toySetup();
    const wild = { ...setup, optimizer: { ...setup.optimizer, learningRate: 1e38 } };
    await expect(trained(wild)).rejects.toMatchObject({
      name: 'RunError',
      code: 'not-finite',
      message: expect.stringMatching(
        /(the loss is|the variable \S+ is no longer finite).* in epoch 1, batch [12],/,
      ),
    });
  });

  test('stops at a variable that breaks where no loss shows it', async () => {
    const setup = toySetup();
    const engine = createReferenceEngine();
    const trainer = await createTrainer(setup, engine);
    trainer.initialize();
    // Statistics of the clean branch reach no loss in training, which normalizes by batches.
    const variable = setup.network.variables.find(({ role }) => role === 'statistic');
    if (!variable) throw new Error('a network without statistics');
    const breaking: Callback = {
      onStep({ step }) {
        if (step === 3) engine.write(variable, new Float32Array(variable.shape[0] ?? 0).fill(Number.NaN));
      },
    };
    await expect(trainer.run({ callbacks: [breaking] })).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringContaining(
        `the variable ${variable.name} is no longer finite (NaN or infinity) in epoch 2, batch 1,`,
      ),
    });
  });
});

describe('interruption of a validation', () => {
  test('ends between two steps of its attack, and is redone to the same reports', async () => {
    const uninterrupted = whole(await trained(toySetup()));
    const epochEnds = new Set<string>();
    // Places that ask the signal, until one is past the end of the training.
    for (let questions = 0; ; questions += 3) {
      const { cutAt, ...rest } = await trained(toySetup(), { signal: signalAfter(questions) });
      expect(rest).toEqual(uninterrupted);
      if (!cutAt) break;
      if (cutAt.batch === 3) epochEnds.add(`${cutAt.epoch}`);
    }
    expect([...epochEnds]).toEqual(['0', '1']);
  });
});

describe('callbacks', () => {
  test('leave every bit of the training as it is', async () => {
    const nosy: Callback = {
      onStart: ({ network }) => expect(network.classes).toBe(2),
      onStep: async ({ step }, { engine, network, record }) => {
        const [first] = network.variables;
        record('probe', { first: first ? (engine.read(first)[0] ?? 0) : 0, step });
      },
    };
    const plain = await trained(toySetup());
    const probed = await trained(toySetup(), { callbacks: () => [nosy] });
    expect(probed.values).toEqual(plain.values);
    const isRecord = (each: unknown) => typeof each === 'object' && each !== null && 'kind' in each;
    expect(probed.heard.filter((each) => !isRecord(each))).toEqual(plain.heard);
    expect(probed.heard.filter(isRecord)).toHaveLength(6);
    expect(probed.heard[1]).toMatchObject({ kind: 'probe', epoch: 0, step: 1, values: { step: 1 } });
  });

  test('hear of the end, whatever it is, and of all that was recorded', async () => {
    const heard: string[] = [];
    const listener: Callback = {
      onStart: () => void heard.push('start'),
      onEvaluation: ({ epoch, validation }) => void heard.push(`evaluation ${epoch} ${validation.examples}`),
      onEpoch: ({ epoch }) => void heard.push(`epoch ${epoch}`),
      onEnd: ({ ended }) => void heard.push(ended),
    };
    await trained(toySetup(), { callbacks: () => [listener] });
    expect(heard).toEqual(['start', 'evaluation 1 10', 'epoch 1', 'evaluation 2 10', 'epoch 2', 'done']);
    heard.length = 0;
    const failing: Callback = {
      onStep: () => {
        throw new Error('enough');
      },
    };
    await expect(trained(toySetup(), { callbacks: () => [listener, failing] })).rejects.toThrow('enough');
    expect(heard).toEqual(['start', 'failed']);
  });

  test('stop a training for good: the position says so', async () => {
    const stopping: Callback = {
      onStep: ({ step }, { stop }) => (step === 2 ? stop('seen enough') : undefined),
    };
    const { outcome, heard } = await trained(toySetup(), { callbacks: () => [stopping] });
    expect(outcome).toMatchObject({
      ended: 'stopped',
      reason: 'seen enough',
      position: { epoch: 0, batch: 2, stopped: 'seen enough' },
    });
    expect(heard).toHaveLength(2);
    const trainer = await createTrainer(toySetup(), createReferenceEngine());
    trainer.initialize();
    const again = await trainer.run({ from: outcome.position });
    expect(again).toEqual(outcome);
  });

  test('need a name of their own for a state', async () => {
    const nameless: Callback = { state: () => 1 };
    await expect(trained(toySetup(), { callbacks: () => [nameless] })).rejects.toThrow('needs a name');
  });
});

describe('early stopping', () => {
  const stopping = (minDelta = 0) => [
    earlyStopping({ metric: (report) => 9 - Math.abs(report.epoch - 2), patience: 2, minDelta }),
  ];

  test('ends after epochs without an improvement, interrupted or not', async () => {
    const setup = toySetup({ epochs: 9 });
    const run = await trained(setup, { callbacks: () => stopping() });
    expect(run.outcome).toMatchObject({
      ended: 'stopped',
      reason: 'the metric has not improved on 9 for 2 epochs',
      position: { epoch: 4, batch: 0 },
    });
    for (const afterStep of [4, 10]) {
      const cut = await trained(setup, { callbacks: () => stopping(), afterStep });
      expect(cut.cutAt).toBeDefined();
      expect(whole(cut)).toEqual(whole(run));
    }
  });

  test('counts small improvements as none', async () => {
    const { outcome } = await trained(toySetup({ epochs: 9 }), { callbacks: () => stopping(5) });
    expect(outcome.position.epoch).toBe(3);
  });

  test('refuses a patience of none', () => {
    expect(() => earlyStopping({ patience: 0 })).toThrow('patience 0');
  });
});

describe("values of one's own", () => {
  test('a loss, an optimizer, a schedule and an augmentation are trained with', async () => {
    const regime = regimes['dual-bn'];
    // The built-in ones written anew: the training must be the same to the bit.
    const ce = defineLoss((logits, { labels }) =>
      multiply(sum(multiply(labels, logSoftmax(logits)), [1]), -1),
    );
    const setup = toySetup();
    const { augmentation } = setup.dataset;
    const again = toySetup({
      regime: defineRegime({
        ...regime,
        sources: {
          ...regime.sources,
          adv: { kind: 'attack', cell: { statistics: 'adv', affine: 'adv' }, loss: ce },
        },
        terms: regime.terms.map((term) => ({ ...term, loss: ce })),
      }),
      optimizer: {
        learningRate: 0.05,
        ...optimizers.sgd.make(
          optimizers.sgd.options.parse({ weightDecay: { affine: 0, adapter: 0, head: 0 } }),
        ),
      },
      schedule: ({ base, epochs, position }) => (base * (1 + Math.cos((Math.PI * position) / epochs))) / 2,
      augmentation: cropAndFlip(augmentation),
    });
    const expected = await trained(setup);
    expect(await trained(again)).toEqual(expected);
    const sign: Optimizer = {
      state: () => [],
      updates: ({ variable: of }, gradient, rate) => [
        { variable: of, value: subtract(variable(of), multiply(greater(gradient, 0), rate)) },
      ],
    };
    const other = await trained(toySetup({ optimizer: { learningRate: 0.001, ...sign } }));
    expect(other.values.map(([name]) => name)).toEqual(setup.network.variables.map(({ name }) => name));
    expect(other.values).not.toEqual(expected.values.slice(0, other.values.length));
    const inverted = toySetup({
      augmentation: (source, _, __, out) => out.set(source.map((byte) => 255 - byte).map((byte) => byte % 2)),
    });
    expect((await trained(inverted)).values).not.toEqual(expected.values);
  });

  test('a loss that compares with clean images needs its reference', () => {
    const far = defineLoss((logits) => sum(logits, [1]), { label: 'far', comparesWithClean: true });
    const regime = regimes['dual-bn'];
    const terms = [{ weight: 1, loss: far, pass: 'adv' }, ...regime.terms];
    expect(() => defineRegime({ ...regime, terms })).toThrow(
      'terms.0.reference: expected the pass that far compares with',
    );
  });
});
