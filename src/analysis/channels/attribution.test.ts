import { expect, test } from 'vitest';
import { batchShape, losses, oneHot } from '../../attacks/index.ts';
import { input, makeStep, sumAll } from '../../graph/index.ts';
import { counterparts, placeOf, variablesOf } from '../branches.ts';
import { tinySubject } from '../testing/subject.ts';
import { attributeChannels } from './attribution.ts';

const branches = { receiver: { affine: 'clean' }, donor: { affine: 'adv' } };

async function tiny() {
  const subject = await tinySubject(8);
  const { engine, network, examples } = subject;
  const attribute = (attacked = examples, batchSize = 4) =>
    attributeChannels({ engine, network, ...branches, attacked, batchSize });
  return { ...subject, attribute };
}

test('is the gradient by the difference of the AP, of gamma and of beta, without signs', async () => {
  const { engine, network, attribute } = await tiny();
  const donors = variablesOf(network, 'affine', 'adv');
  const receivers = variablesOf(network, 'affine', 'clean');
  const set = (what: string, size: number) => {
    for (const [at, donor] of donors.entries()) {
      const own = engine.read(receivers[at]);
      engine.write(donor, donor.name.endsWith(what) ? own.map((value) => value + size) : own);
    }
  };
  const of = async (what: string, size: number) => {
    set(what, size);
    return attribute();
  };
  const gamma = await of('weight', 1);
  const beta = await of('bias', 1);
  // Twice the step is twice the attribution, whichever its sign, and the two parts add up.
  const twice = await of('weight', -2);
  set('', 1);
  const both = await attribute();
  for (const [at, { layer, values }] of both.entries()) {
    expect(twice[at].layer).toBe(layer);
    for (const [c, value] of values.entries()) {
      expect(twice[at].values[c]).toBeCloseTo(2 * gamma[at].values[c], 4);
      expect(value).toBeCloseTo(gamma[at].values[c] + beta[at].values[c], 4);
    }
  }
  expect(both.flatMap(({ values }) => [...values]).some((value) => value > 1e-3)).toBe(true);
});

test('is what a small exchange of one value does to the loss, by its size', async () => {
  const { engine, network, examples, attribute } = await tiny();
  const images = input('images', batchShape(network, 4));
  const labels = input('labels', [4, network.classes]);
  const pass = { name: 'only', images, statistics: { batch: ['only'] }, affine: 'clean' };
  const loss = sumAll(losses.ce(network.forward([pass]).logits.only, { labels }));
  const program = await engine.compile(makeStep('loss', { outputs: { loss } }));
  const lossOfAll = async () => {
    let total = 0;
    for (const first of [0, 4]) {
      const found = await program.run({
        images: examples.images.subarray(16 * first, 16 * (first + 4)),
        labels: oneHot(Array.from(examples.labels).slice(first, first + 4), network.classes),
      });
      total += found.loss[0];
    }
    return total;
  };
  const h = 1e-2;
  // Of the last stage: before it, normalization of a few values bends too much for differences of this size.
  const pairs = counterparts(network, 'affine', 'clean', 'adv');
  for (const { start, end } of pairs.filter(({ start: { name } }) => name.startsWith('layer3'))) {
    const [own, donor] = [engine.read(start), engine.read(end)];
    const lossAt = async (size: number) => {
      engine.write(start, [own[0] + size, ...own.slice(1)]);
      return lossOfAll();
    };
    const slope = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
    engine.write(start, own);
    // This value alone differs between the two AP.
    for (const each of pairs) engine.write(each.end, engine.read(each.start));
    engine.write(end, [own[0] + 0.5, ...own.slice(1)]);
    const found = await attribute();
    const { values } = found.find(({ layer }) => layer === placeOf(start).layer) ?? { values: [] };
    expect(values[0]).toBeCloseTo(Math.abs(slope) / 2, 3);
    engine.write(end, donor);
  }
});

test('is of the sum over images: over whole batches, in any order of them, and moves nothing', async () => {
  const { examples, attribute, values } = await tiny();
  const before = values();
  const all = await attribute();
  expect(values()).toEqual(before);
  const size = examples.images.length / 2;
  const swapped = {
    images: Float32Array.from([...examples.images.subarray(size), ...examples.images.subarray(0, size)]),
    labels: [...Array.from(examples.labels).slice(4), ...Array.from(examples.labels).slice(0, 4)],
  };
  const found = await attribute({ ...examples, ...swapped });
  for (const [at, { values: own }] of all.entries())
    for (const [c, value] of own.entries()) expect(found[at].values[c]).toBeCloseTo(value, 9);
});
