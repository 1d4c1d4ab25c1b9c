import { describe, expect, test } from 'vitest';
import { namedAttack, pgdAttack } from '../attacks/index.ts';
import type { Dataset } from '../data/index.ts';
import { createReferenceEngine } from '../engines/reference/engine.ts';
import { makeNetwork } from '../nn/index.ts';
import { integers } from '../random/index.ts';
import { regimes } from './regimes.ts';
import type { TrainingSetup } from './setup.ts';
import { createTrainer, type Listener, type Position } from './trainer.ts';

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
    learningRate: 0.05,
    momentum: 0.9,
    nesterov: false,
    weightDecay: { weight: 5e-4, affine: 0, adapter: 0, head: 0 },
  };
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

/** All values after training, by name, with what the listener was told. */
async function trained(setup: TrainingSetup, cutAfter?: number) {
  const told: unknown[] = [];
  const abort = new AbortController();
  const listener: Listener = {
    onStep: (report) => {
      told.push(report);
      if (report.step === cutAfter) abort.abort();
    },
    onEpoch: (report) => {
      told.push(report);
    },
  };
  const first = createReferenceEngine();
  const trainer = await createTrainer(setup, first);
  trainer.initialize();
  let outcome = await trainer.run(undefined, listener, abort.signal);
  let last = { engine: first, trainer };
  if (outcome.ended === 'interrupted') {
    const engine = createReferenceEngine();
    const next = await createTrainer(setup, engine);
    trainer.variables.forEach((variable, at) => {
      const same = next.variables[at];
      if (same) engine.write(same, first.readExact(variable));
    });
    // A checkpoint stores the position as JSON.
    const position: Position = JSON.parse(JSON.stringify(outcome.position));
    outcome = await next.run(position, listener);
    last = { engine, trainer: next };
  }
  const values = last.trainer.variables.map((variable) => [variable.name, [...last.engine.read(variable)]]);
  return { values, told, outcome };
}

describe('the trainer', () => {
  test('learns the toy data', async () => {
    const { told } = await trained(toySetup({ epochs: 6 }));
    expect(told.at(-1)).toMatchObject({ epoch: 6, validation: { clean: 1, examples: 10 } });
  });

  test('gives the same twice', async () => {
    expect(await trained(toySetup())).toEqual(await trained(toySetup()));
  });

  test.each([1, 3, 5])('continues after a cut at step %i to the same bits and reports', async (cut) => {
    expect(await trained(toySetup(), cut)).toEqual(await trained(toySetup()));
  });

  test('perturbs weights from the epoch that awp says, and goes on after a cut in either', async () => {
    const awp = { gamma: 0.05, fromEpoch: 1 };
    const lossesOf = async (setup: TrainingSetup, cut?: number) =>
      (await trained(setup, cut)).told.flatMap((report) =>
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
    await expect(trained(wild)).rejects.toThrow(
      /is (NaN|-?Infinity) in epoch 1, batch 2; the first variable/,
    );
  });
});
