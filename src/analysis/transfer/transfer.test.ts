import { beforeAll, expect, test } from 'vitest';
import { attack, namedAttack, predictedClass, predictor } from '../../attacks/index.ts';
import { evaluateGrid } from '../../evaluation/index.ts';
import { gridOf, sameCell } from '../../nn/index.ts';
import { type Subject, tinySubject } from '../testing/subject.ts';
import { type Transfer, transfer } from './transfer.ts';

const options = { epsilon: 8 / 255, seed: 5, attack: 'pgd-3' };
let subject: Subject;
let found: Transfer;
beforeAll(async () => {
  subject = await tinySubject();
  const before = subject.values();
  found = await transfer({ ...subject, ...options, batchSize: 4 });
  expect(subject.values()).toEqual(before);
});

test('its diagonal is the grid', async () => {
  const { cells } = await evaluateGrid({ ...subject, ...options, attacks: ['pgd-3'] });
  expect(found.cells).toEqual(cells.map(({ cell, clean }) => ({ cell, clean })));
  const diagonal = found.matrix.filter(({ attacked, predicted }) => sameCell(attacked, predicted));
  expect(diagonal.map(({ robust }) => robust)).toEqual(cells.map(({ robust }) => robust['pgd-3']));
});

test('elsewhere, an example stands while the other cell is right on every iterate', async () => {
  const { examples, engine, network } = subject;
  const [attacked] = gridOf(network);
  // The iterates of a path are the ends of attacks of fewer steps, from the same start and with the same step size.
  const path = namedAttack('pgd-3', options.epsilon);
  const iterates = [examples.images];
  for (const steps of [0, 1, 2, 3]) {
    const run = attack({ engine, network, cell: attacked }, { ...path, steps }, { seed: 5 });
    iterates.push((await run(examples)).adversarial);
  }
  for (const predicted of gridOf(network)) {
    const standing = new Uint8Array(9).fill(1);
    for (const images of iterates) {
      const logits = await predictor({ engine, network, cell: predicted }, 9)(images);
      standing.forEach((_, at) => {
        if (predictedClass(logits, 3, at) !== examples.labels[at]) standing[at] = 0;
      });
    }
    const row = found.matrix.find(
      (each) => sameCell(each.attacked, attacked) && sameCell(each.predicted, predicted),
    );
    expect(row?.robust).toEqual(standing);
  }
});

test('the batch size changes nothing', async () => {
  expect(await transfer({ ...subject, ...options, batchSize: 100 })).toEqual(found);
});

test('noise transfers, too', async () => {
  const { matrix } = await transfer({
    ...subject,
    ...options,
    attack: 'noise',
    cells: gridOf(subject.network).slice(0, 2),
  });
  expect(matrix).toHaveLength(4);
});

test('an attack that searches by logits is refused', async () => {
  await expect(transfer({ ...subject, ...options, attack: 'square-5' })).rejects.toThrow(/follows gradients/);
});
