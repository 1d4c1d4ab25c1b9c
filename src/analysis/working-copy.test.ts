import { expect, test } from 'vitest';
import { predictor } from '../attacks/index.ts';
import { tinySubject } from './testing/subject.ts';
import { workingCopy } from './working-copy.ts';

test('starts as the network, then follows what is written, which the network does not', async () => {
  const { engine, network, examples, values } = await tinySubject(3);
  const cell = { statistics: 'adv', affine: 'adv' };
  const other = { statistics: 'adv', affine: 'clean' };
  const logits = (of: typeof network, through: typeof cell) =>
    predictor({ engine, network: of, cell: through }, 3)(examples.images);
  const before = values();
  const own = network.variables.filter(({ role, branch }) => role === 'affine' && branch === 'adv');
  const copy = workingCopy(engine, network, own);
  expect(await logits(copy.network, cell)).toEqual(await logits(network, cell));

  for (const variable of own) {
    const source = network.variables.find(({ name }) => name === variable.name.replace('.adv.', '.clean.'));
    if (source) copy.write(variable, engine.readExact(source));
  }
  expect(await logits(copy.network, cell)).toEqual(await logits(network, other));
  expect(await logits(copy.network, other)).toEqual(await logits(network, other));
  expect(values()).toEqual(before);
});

test('a variable that was not copied cannot be written', async () => {
  const { engine, network } = await tinySubject(1);
  const [first, second] = network.variables;
  const copy = workingCopy(engine, network, [first]);
  expect(() => copy.write(second, [])).toThrow(`${second.name} was not copied`);
});
