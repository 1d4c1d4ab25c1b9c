/**
 * What an attack is: values only. Names such as 'pgd-10' stand for such values; the table below says which.
 *
 * The test attacks are those of Pang et al. 2021 (arXiv 2010.00467): uniform start in the ball, step epsilon / 4.
 */
import { InputError, type Problem } from '../errors.ts';
import type { LossName } from './losses.ts';
import type { NormName } from './norms.ts';

/** Where an attack starts: at the image, uniformly in the ball, or at a normal deviation from the image. */
export type Start =
  | { readonly kind: 'none' }
  | { readonly kind: 'uniform' }
  | { readonly kind: 'gaussian'; readonly deviation: number };

export interface AttackOptions {
  readonly norm: NormName;
  /** Radius of the ball, images being in [0, 1]. */
  readonly epsilon: number;
  /** Gradient steps, or queries of a search; 0 leaves the start, which makes noise an attack. */
  readonly steps: number;
  readonly stepSize: number;
  readonly start: Start;
  readonly loss: LossName;
  /** Starts tried for an example, one after another. */
  readonly restarts: number;
  /** 'square' searches at random, by logits alone (square.ts); without it, steps follow the gradient. */
  readonly search?: 'square';
}

/** Every name with the number N in place of <N>, as help and errors list them. */
export const attackForms = [
  'fgsm',
  'pgd-<N>',
  'pgd-<N>-l2',
  'margin-<N>',
  'square-<N>',
  'square-<N>-l2',
  'noise',
  'gaussian-noise',
] as const;

const uniform = { kind: 'uniform' } as const;

/** The options that a name stands for at a given epsilon, or an InputError that lists the names. */
export function namedAttack(name: string, epsilon: number): AttackOptions {
  const usual = { norm: 'linf', epsilon, start: uniform, loss: 'ce', restarts: 1 } as const;
  const steps = Number(/^(?:pgd|margin|square)-([1-9]\d*)(?:-l2)?$/.exec(name)?.[1] ?? Number.NaN);
  if (name === 'fgsm') return { ...usual, steps: 1, stepSize: 1.25 * epsilon };
  if (name === 'noise') return { ...usual, steps: 0, stepSize: 0 };
  if (name === 'gaussian-noise')
    return { ...usual, steps: 0, stepSize: 0, start: { kind: 'gaussian', deviation: epsilon / 2 } };
  if (Number.isNaN(steps) || (name.startsWith('margin') && name.endsWith('-l2')))
    throw new InputError(`there is no attack '${name}'`, [
      { where: 'attacks', what: `use one of ${attackForms.join(', ')} with a number of steps for <N>` },
    ]);
  const norm = name.endsWith('-l2') ? 'l2' : 'linf';
  if (name.startsWith('square'))
    return { ...usual, steps, stepSize: 0, start: { kind: 'none' }, norm, loss: 'margin', search: 'square' };
  return {
    ...usual,
    steps,
    stepSize: epsilon / 4,
    norm,
    loss: name.startsWith('margin') ? 'margin' : 'ce',
  };
}

/** @throws InputError that lists every option outside its range. */
export function checkAttack({ norm, epsilon, steps, stepSize, restarts }: AttackOptions): void {
  const problems: Problem[] = [];
  const check = (holds: boolean, where: keyof AttackOptions, expected: string, found: number) => {
    if (!holds) problems.push({ where, what: `expected ${expected}, found ${found}` });
  };
  const size = 'a number of at least 0';
  if (norm === 'linf')
    check(epsilon >= 0 && epsilon <= 1, 'epsilon', 'a number from 0 to 1, images being in [0, 1]', epsilon);
  else check(epsilon >= 0 && Number.isFinite(epsilon), 'epsilon', size, epsilon);
  check(stepSize >= 0 && Number.isFinite(stepSize), 'stepSize', size, stepSize);
  check(Number.isInteger(steps) && steps >= 0, 'steps', 'a whole number of at least 0', steps);
  check(Number.isInteger(restarts) && restarts >= 1, 'restarts', 'a whole number of at least 1', restarts);
  if (problems.length > 0) throw new InputError('this attack cannot be run:', problems);
}
