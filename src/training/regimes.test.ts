/** Every regime does what its line of the experiment matrix (testing/regime-lines.ts) says, on a tiny network. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type LossName, perturb } from '../attacks/index.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { add, clip, convolution, input, makeStep, type Tensor, variable } from '../graph/index.ts';
import {
  type Cell,
  classify,
  type Network,
  type NetworkVariable,
  type StatisticsChoice,
} from '../nn/index.ts';
import type { Regime } from './regime.ts';
import { regimeNamed, regimeNames } from './regimes.ts';
import { evaluationCells } from './setup.ts';
import { type Line, matrix, mean } from './testing/regime-lines.ts';
import { attack, batchSize, classes, givenInputs, labels, startOf, tinyStep } from './testing/tiny-step.ts';

/** The images and logits of all passes, as the line says that they come about. */
async function expectedOf(line: Line, network: Network) {
  const engine = createReferenceEngine();
  for (const of of network.variables) engine.write(of, startOf(of));
  const given = givenInputs();
  const images = input('images', [batchSize, 3, 8, 8]);
  const oneHot = input('labels', [batchSize, classes]);
  const startOn = (name: string) => input(`start.${name}`, images.shape);
  const attackedBy = (name: string, through: Cell, loss: LossName = 'ce', seen = through, share = 1) => {
    const bound = { epsilon: attack.epsilon * share, stepSize: attack.stepSize * share };
    const reference = classify(network, images, seen);
    const ascent = { ...attack, ...bound, loss, images, labels: oneHot, reference };
    const model = (x: Tensor) => classify(network, x, through);
    return perturb({ ...ascent, model }, { start: startOn(name), steps: attack.steps });
  };
  const made: Record<string, Tensor> = { clean: images, noise: clip(add(images, startOn('noise')), 0, 1) };
  if (line.attack) made.adv = attackedBy('adv', ...line.attack);
  for (const [name, { share, ...through }] of Object.entries(line.attacks ?? {}))
    made[name] = attackedBy(name, through, 'ce', through, share);
  const passes = [
    ...(['clean', 'adv'] as const).flatMap((name) =>
      line[name] ? [[name, name, ...line[name]] as const] : [],
    ),
    ...Object.entries(line.others ?? {}).map(([name, pass]) => [name, ...pass] as const),
  ].map(([name, source, by, affine, more]) => {
    const statistics: StatisticsChoice = by.startsWith('~')
      ? { running: by.slice(1) }
      : { batch: by.split('+') };
    return { name, statistics, affine, ...more, images: made[source] };
  });
  const { logits } = network.forward(passes);
  const stem = network.variables.find(({ name }) => name === 'conv1.weight');
  if (!stem) throw new Error('no stem');
  const stems = passes.map(
    (pass) =>
      [`stem.${pass.name}`, convolution(pass.images, variable(stem), { stride: 1, padding: 1 })] as const,
  );
  const program = await engine.compile(
    makeStep('expected', { outputs: { ...logits, ...Object.fromEntries(stems) } }),
  );
  const outputs = await program.run(
    Object.fromEntries(program.step.inputs.map(({ attributes: { name } }) => [name, given[name]])),
  );
  const rows = (values: Float32Array = new Float32Array()) =>
    labels.map((_, row) => [...values.subarray(row * classes, (row + 1) * classes)]);
  return { logits: Object.fromEntries(passes.map(({ name }) => [name, rows(outputs[name])])), outputs };
}

/** Channel 0 of the first normalization after moving by the named batches in turn: mean, and unbiased variance. */
function movedStatistics(
  start: readonly [number, number],
  updatesFrom: readonly string[],
  outputs: Record<string, Float32Array>,
) {
  return updatesFrom.reduce<readonly [number, number]>(([oldMean, oldVariance], from) => {
    const values = from.split('+').flatMap((half) => {
      const stem = outputs[`stem.${half}`];
      const area = 64;
      return labels.flatMap((_, n) => [...stem.subarray(n * 4 * area, n * 4 * area + area)]);
    });
    const now = mean(values);
    const unbiased = values.reduce((sum, x) => sum + (x - now) ** 2, 0) / (values.length - 1);
    return [0.9 * oldMean + 0.1 * now, 0.9 * oldVariance + 0.1 * unbiased];
  }, start);
}

/** A step of a row, and what its line says of the values before it. */
async function stepOnce(regime: Regime, line: Line) {
  const step = await tinyStep(regime);
  const expected = await expectedOf(line, step.network);
  const { loss } = await step.run();
  return { ...step, ...expected, loss: loss[0] };
}

const groupOf = ({ role, branch }: NetworkVariable) =>
  branch === 'shared' && role !== 'affine' ? role : `${role} ${branch}`;

describe.each(regimeNames)('%s', (name) => {
  const regime: Regime = regimeNamed(name);
  const line = matrix[name];
  let once: Awaited<ReturnType<typeof stepOnce>>;
  beforeAll(async () => {
    once = await stepOnce(regime, line);
  });

  test('has the loss of its row', () => {
    expect(once.loss).toBeCloseTo(line.loss(once.logits), 5);
  });

  test('gives gradients to just the parameters of its row', () => {
    const { network, parameters, engine, moved } = once;
    const velocities = new Map(
      parameters.map(({ variable: of, state: [velocity] }) => [of, engine.readExact(velocity)] as const),
    );
    for (const of of network.variables.filter(({ role }) => role !== 'statistic')) {
      const trains = line.trains.includes(groupOf(of));
      expect([of.name, moved(of)]).toEqual([of.name, trains]);
      expect([of.name, velocities.get(of)?.some((value) => value !== 0) ?? false]).toEqual([of.name, trains]);
    }
  });

  test('updates just the running NS of its definition, and to where it says', () => {
    const { network, engine, moved, outputs } = once;
    const statistics = network.variables.filter(({ role }) => role === 'statistic');
    for (const of of statistics)
      expect([of.name, moved(of)]).toEqual([of.name, of.branch in line.statisticsUpdates]);
    for (const [branch, updatesFrom] of Object.entries(line.statisticsUpdates)) {
      const [mu, sigma] = statistics.filter((of) => of.branch === branch && of.name.startsWith('bn1.'));
      const start = [startOf(mu)[0], startOf(sigma)[0]] as const;
      const [expectedMean, expectedVariance] = movedStatistics(start, updatesFrom, outputs);
      expect(engine.readExact(mu)[0]).toBeCloseTo(expectedMean, 5);
      expect(engine.readExact(sigma)[0]).toBeCloseTo(expectedVariance, 5);
    }
  });

  test('lowers its loss on the same batch', async () => {
    const { run } = await tinyStep(regime);
    const [first] = (await run(0.02)).loss;
    let last = first;
    for (let step = 0; step < 3; step += 1) [last] = (await run(0.02)).loss;
    expect(last).toBeLessThan(first);
  });

  test('is evaluated through the cells of its definition', () => {
    const { clean, robust } = evaluationCells(regime);
    expect([clean, robust]).toEqual(line.judged);
  });
});
