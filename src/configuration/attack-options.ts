/** The attacks a configuration asks for, as the attacks room takes them. */

import { type AttackOptions, namedAttack, type PgdOptions } from '../attacks/index.ts';
import type { Configuration } from './schema/index.ts';

/** The attack in training. */
export function trainingAttack({ attack }: Configuration): PgdOptions {
  return { name: 'pgd', ...attack, epsilon: attack.epsilon.value, stepSize: attack.stepSize.value };
}

/** The attack on the validation images. */
export function validationAttack({ validation, evaluation }: Configuration): AttackOptions {
  return namedAttack(validation.attack, evaluation.epsilon.value);
}
