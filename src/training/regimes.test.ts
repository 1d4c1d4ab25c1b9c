/**
 * The experiment matrix a second time, written as what must come of each row: a row and its line here were made apart, and
 * the losses are worked out in numbers.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { type LossName, perturb } from '../attacks/index.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { convolution, input, makeStep, type Tensor, variable } from '../graph/index.ts';
import {
  type Cell,
  classify,
  type Network,
  type NetworkVariable,
  type StatisticsChoice,
} from '../nn/index.ts';
import type { Regime } from './regime.ts';
import { type RegimeName, regimeNamed, regimeNames } from './regimes.ts';
import { evaluationCells } from './setup.ts';
import { attack, batchSize, classes, givenInputs, labels, startOf, tinyStep } from './testing/tiny-step.ts';

const batchNames = ['clean', 'adv', 'half'] as const;
type BatchName = (typeof batchNames)[number];
type Logits = Readonly<Record<BatchName, readonly (readonly number[])[]>>;

const softmax = (z: readonly number[]) => {
  const powers = z.map(Math.exp);
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const ce = (z: Logits[BatchName]) => mean(z.map((row, at) => -Math.log(softmax(row)[labels[at]])));
const divergences = (p: Logits[BatchName], q: Logits[BatchName]) =>
  p.map((row, at) =>
    softmax(row).reduce((sum, each, j) => sum + each * Math.log(each / softmax(q[at])[j]), 0),
  );

const madry = ({ adv }: Logits) => ce(adv);
const hybrid = ({ clean, adv }: Logits) => 0.3 * ce(clean) + 0.7 * ce(adv);
const trades = ({ clean, adv }: Logits) => ce(clean) + 6 * mean(divergences(clean, adv));

interface Line {
  /** The cell that the attack looks through, what it climbs, and where it sees clean images for that. */
  readonly attack?: readonly [cell: Cell, loss?: LossName, reference?: Cell];
  /** Whose batch normalizes each half (a branch of running NS where it starts with ~), and the rest of its choices. */
  readonly clean?: readonly [by: string, affine: string, more?: Pick<Cell, 'adapter' | 'head'>];
  readonly adv?: readonly [by: string, affine: string, more?: Pick<Cell, 'adapter' | 'head'>];
  /** The batch of half the bound, and the cell that it is attacked through. */
  readonly half?: readonly [by: string, affine: string];
  readonly attackHalf?: Cell;
  /** What each running NS is updated towards, one after another; every other one must stay. */
  readonly statisticsUpdates: Readonly<Record<string, readonly string[]>>;
  /** Every role and branch that receives gradients; every other variable must stay. */
  readonly trains: readonly string[];
  readonly loss: (logits: Logits) => number;
  /** The cells it is evaluated through: clean, robust. */
  readonly judged: readonly [Cell, Cell];
}

const at = (statistics: string, affine = statistics, more: Pick<Cell, 'adapter' | 'head'> = {}): Cell => ({
  statistics,
  affine,
  ...more,
});
const [shared, clean, adv] = [at('shared'), at('clean'), at('adv')];
const plain = ['weight', 'head', 'affine shared'];
const apart = ['weight', 'head', 'affine clean', 'affine adv'];
const mixed = 'adv+clean';
const oneBn = { attack: [shared], trains: plain, judged: [shared, shared] } as const;
const hybridOne = { ...oneBn, loss: hybrid } as const;
const twoBn = {
  attack: [adv],
  clean: ['clean', 'clean'],
  adv: ['adv', 'adv'],
  statisticsUpdates: { clean: ['clean'], adv: ['adv'] },
  trains: apart,
  loss: hybrid,
  judged: [clean, adv],
} as const;
const inTurn = {
  ...oneBn,
  clean: ['clean', 'shared'],
  adv: ['adv', 'shared'],
  statisticsUpdates: { shared: ['clean', 'adv'] },
} as const;
const both = (by: string) =>
  ({ ...oneBn, clean: [by, 'shared'], adv: [by, 'shared'], statisticsUpdates: { shared: [by] } }) as const;
const onClean = {
  trains: ['affine clean'],
  loss: ({ clean }: Logits) => ce(clean),
  judged: [clean, clean],
} as const;
const onAdv = { attack: [adv], trains: ['affine adv'], loss: madry, judged: [adv, adv] } as const;

const severalBounds = ({ clean, adv, half }: Logits) => 0.5 * ce(clean) + 0.25 * ce(adv) + 0.25 * ce(half);
const three = 'clean+adv+half';

const ownPart = (axis: 'adapter' | 'head') => {
  const own = (half: BatchName) => ({ [axis]: half });
  return {
    attack: [at('shared', 'shared', own('adv'))],
    clean: [mixed, 'shared', own('clean')],
    adv: [mixed, 'shared', own('adv')],
    statisticsUpdates: { shared: [mixed] },
    loss: hybrid,
    judged: [at('shared', 'shared', own('clean')), at('shared', 'shared', own('adv'))],
  } as const;
};

const matrix: Record<RegimeName, Line> = {
  standard: {
    clean: ['clean', 'shared'],
    statisticsUpdates: { shared: ['clean'] },
    trains: plain,
    loss: ({ clean }) => ce(clean),
    judged: [shared, shared],
  },
  madry: { ...oneBn, adv: ['adv', 'shared'], statisticsUpdates: { shared: ['adv'] }, loss: madry },
  hybrid: { ...both(mixed), loss: hybrid },
  'hybrid-two-pass': { ...inTurn, loss: hybrid },
  'dual-bn': twoBn,
  'dual-ns': {
    ...twoBn,
    attack: [at('adv', 'shared')],
    clean: ['clean', 'shared'],
    adv: ['adv', 'shared'],
    trains: plain,
    judged: [at('clean', 'shared'), at('adv', 'shared')],
  },
  'dual-ap': {
    ...hybridOne,
    attack: [at('shared', 'adv')],
    clean: [mixed, 'clean'],
    adv: [mixed, 'adv'],
    statisticsUpdates: { shared: [mixed] },
    trains: apart,
    judged: [at('shared', 'clean'), at('shared', 'adv')],
  },
  'dual-ap-two-pass': {
    ...twoBn,
    attack: [at('shared', 'adv')],
    statisticsUpdates: { shared: ['clean', 'adv'] },
    judged: [at('shared', 'clean'), at('shared', 'adv')],
  },
  'cross-at-clean': { ...both('clean'), loss: madry },
  'cross-at-adv': { ...both('adv'), loss: madry },
  'cross-at-all': { ...both(mixed), loss: madry },
  'cross-hybrid-clean': { ...both('clean'), loss: hybrid },
  'cross-hybrid-adv': { ...both('adv'), loss: hybrid },
  'dual-bn-cross-clean': {
    ...twoBn,
    adv: ['clean', 'adv'],
    statisticsUpdates: { clean: ['clean'], adv: ['clean'] },
  },
  'dual-bn-cross-adv': {
    ...twoBn,
    clean: ['adv', 'clean'],
    statisticsUpdates: { clean: ['adv'], adv: ['adv'] },
  },
  'dual-bn-clamped': twoBn,
  'madry-dual-bn': { ...twoBn, trains: ['weight', 'head', 'affine adv'], loss: madry, judged: [adv, adv] },
  'bn-on-clean': { ...onClean, clean: ['clean', 'clean'], statisticsUpdates: { clean: ['clean'] } },
  'bn-on-clean-copied': { ...onClean, clean: ['~clean', 'clean'], statisticsUpdates: {} },
  'bn-on-adv': { ...onAdv, adv: ['adv', 'adv'], statisticsUpdates: { adv: ['adv'] } },
  'bn-on-adv-copied': { ...onAdv, adv: ['~adv', 'adv'], statisticsUpdates: {} },
  'hybrid-random-weights': { ...both(mixed), loss: hybrid, trains: ['affine shared'] },
  'dual-bn-random-weights': { ...twoBn, trains: ['affine clean', 'affine adv'] },
  trades: { ...inTurn, attack: [shared, 'kl', shared], loss: trades },
  'trades-dual-bn': { ...twoBn, attack: [adv, 'kl', clean], loss: trades },
  'trades-adv': {
    ...inTurn,
    attack: [shared, 'kl', shared],
    loss: ({ clean, adv }) => ce(adv) + 6 * mean(divergences(clean, adv)),
  },
  mart: {
    ...inTurn,
    loss: ({ clean, adv }) => {
      const second = (row: readonly number[], y: number) =>
        Math.max(...softmax(row).filter((_, j) => j !== y));
      const boosted = adv.map((row, i) => -Math.log(1 - second(row, labels[i])));
      const weighted = divergences(clean, adv).map((each, i) => each * (1 - softmax(clean[i])[labels[i]]));
      return ce(adv) + mean(boosted) + 5 * mean(weighted);
    },
  },
  'adapters-parallel': { ...ownPart('adapter'), trains: [...plain, 'adapter clean', 'adapter adv'] },
  'adapters-serial': { ...ownPart('adapter'), trains: [...plain, 'adapter clean', 'adapter adv'] },
  'dual-linear': { ...ownPart('head'), trains: ['weight', 'affine shared', 'head clean', 'head adv'] },
  'sandwich-dual-bn': { ...twoBn, trains: [...apart, 'affine shared'] },
  'epsilon-branches': {
    ...twoBn,
    half: ['half', 'half'],
    attackHalf: at('half'),
    statisticsUpdates: { clean: ['clean'], adv: ['adv'], half: ['half'] },
    trains: [...apart, 'affine half'],
    loss: severalBounds,
  },
  'epsilon-mixture': {
    ...both(three),
    half: [three, 'shared'],
    attackHalf: shared,
    loss: severalBounds,
  },
};

/** The images and logits of both halves, as the line says that they come about. */
async function expectedOf(line: Line, network: Network) {
  const engine = createReferenceEngine();
  for (const of of network.variables) engine.write(of, startOf(of));
  const given = givenInputs();
  const images = input('images', [batchSize, 3, 8, 8]);
  const oneHot = input('labels', [batchSize, classes]);
  const start = input('start.adv', images.shape);
  const made: Record<BatchName, Tensor> = { clean: images, adv: images, half: images };
  if (line.attack) {
    const [through, loss = 'ce', seen = through] = line.attack;
    const ascent = { ...attack, loss, images, labels: oneHot, reference: classify(network, images, seen) };
    const model = (x: Tensor) => classify(network, x, through);
    made.adv = perturb({ ...ascent, model }, { start, steps: attack.steps });
  }
  const { attackHalf } = line;
  if (attackHalf) {
    const bound = { epsilon: attack.epsilon / 2, stepSize: attack.stepSize / 2 };
    const ascent = { ...attack, ...bound, loss: 'ce', images, labels: oneHot } as const;
    const model = (x: Tensor) => classify(network, x, attackHalf);
    const from = { start: input('start.half', images.shape), steps: attack.steps };
    made.half = perturb({ ...ascent, model }, from);
  }
  const halves = batchNames.filter((half) => line[half]);
  const passes = halves.map((name) => {
    const [by, affine, more] = line[name] ?? ['', ''];
    const statistics: StatisticsChoice = by.startsWith('~')
      ? { running: by.slice(1) }
      : { batch: by.split('+') };
    return { name, statistics, affine, ...more, images: made[name] };
  });
  const { logits } = network.forward(passes);
  const stem = network.variables.find(({ name }) => name === 'conv1.weight');
  if (!stem) throw new Error('no stem');
  const stems = halves.map(
    (half) => [`stem.${half}`, convolution(made[half], variable(stem), { stride: 1, padding: 1 })] as const,
  );
  const program = await engine.compile(
    makeStep('expected', { outputs: { ...logits, ...Object.fromEntries(stems) } }),
  );
  const outputs = await program.run(
    Object.fromEntries(program.step.inputs.map(({ attributes: { name } }) => [name, given[name]])),
  );
  const rows = (values: Float32Array = new Float32Array()) =>
    labels.map((_, row) => [...values.subarray(row * classes, (row + 1) * classes)]);
  const logitsOf = { clean: rows(outputs.clean), adv: rows(outputs.adv), half: rows(outputs.half) };
  return { logits: logitsOf, outputs };
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
