/** The attacks a configuration asks for, as the attacks room takes them. */

import { type AttackOptions, namedAttack, type PgdOptions } from '../attacks/index.ts';
import type { Configuration } from './schema/index.ts';

/** The attack in training. */
export function trainingAttack({ attack }: Configuration): PgdOptions {
  const { epsilon, stepSize } = attack;
  return { name: 'pgd', ...attack, epsilon: epsilon.value, stepSize: stepSize.value, restarts: 1 };
}

/** The attack on the validation images. */
export function validationAttack({ validation, evaluation }: Configuration): AttackOptions {
  return namedAttack(validation.attack, evaluation.epsilon.value);
}
