import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { attack } from './attack.ts';
import { namedAttack } from './names.ts';
import { attackTable as builtIn, formsOf } from './table.ts';
import { momentumAttack } from './testing/momentum.ts';
import { chosen, tinyExamples, tinyModel } from './testing/tiny.ts';

const attackTable = [...builtIn, momentumAttack];
const examples = tinyExamples(9);
const order = [7, 2, 0, 5];

describe('an attack that is defined outside', () => {
  test('has its names, with the number of steps in them', () => {
    expect(formsOf(attackTable).at(-1)).toBe('mifgsm-<N>');
    expect(namedAttack('mifgsm-7', 0.1, attackTable)).toEqual({
      ...{ name: 'mifgsm', norm: 'linf', epsilon: 0.1, steps: 7, restarts: 1, stepSize: 0.025, decay: 1 },
    });
    expect(() => namedAttack('mifgsm-7', 0.1)).toThrow(/no attack 'mifgsm-7'/);
    expect(() => namedAttack('mifgsm-0', 0.1, attackTable)).toThrow(/mifgsm-<N>/);
    expect(() => attack(tinyModel(), { name: 'mifgsm', epsilon: 0.1 })).toThrow(
      /no attack 'mifgsm': use one of pgd/,
    );
  });

  test('does not take the name of another', () => {
    const twice = [...attackTable, { ...momentumAttack }];
    expect(() => namedAttack('mifgsm-7', 0.1, twice)).toThrow(
      /'mifgsm-7' stands for mifgsm-<N> of mifgsm and/,
    );
    const given = { name: 'mifgsm', epsilon: 0.1 };
    expect(() => attack(tinyModel(), given, { attackTable: twice })).toThrow(
      /two attacks are called 'mifgsm'/,
    );
  });

  test('has its options checked', () => {
    const prepare = (options: object) =>
      attack(tinyModel(), { name: 'mifgsm', epsilon: 0.1, ...options }, { attackTable });
    expect(() => prepare({ decay: 2 })).toThrow(InputError);
    expect(() => prepare({ decay: 2, steps: -1, loss: 'ce' })).toThrow(/steps: (.|\n)*decay: (.|\n)*loss: /);
  });

  test('keeps what it likes of an example: batch size, order and neighbours change nothing', async () => {
    const given = { name: 'mifgsm', epsilon: 0.1, steps: 5, restarts: 2 };
    const whole = await attack(tinyModel(), given, { attackTable, seed: 4, earlyStop: true })(examples);
    expect(new Set(whole.firstMisclassified).size).toBeGreaterThan(1);
    for (const batchSize of [1, 3, 100]) {
      const run = attack(tinyModel(), given, { attackTable, seed: 4, earlyStop: true, batchSize });
      const some = await run(chosen(examples, order));
      for (const [at, from] of order.entries())
        expect(some.adversarial.subarray(16 * at, 16 * at + 16)).toEqual(
          whole.adversarial.subarray(16 * from, 16 * from + 16),
        );
    }
  });

  test('is PGD where nothing is kept, and another where something is', async () => {
    const run = attack(tinyModel(), { name: 'mifgsm', epsilon: 0.1, decay: 0 }, { attackTable });
    const pgd = await attack(tinyModel(), namedAttack('pgd-10', 0.1))(examples);
    expect(await run(examples)).toEqual(pgd);
    expect(await run(examples, { decay: 1 })).not.toEqual(pgd);
  });
});
