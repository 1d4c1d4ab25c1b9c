/**
 * A perturbation size as people write it: `8/255`, kept as written for display, with its value beside it.
 *
 * Not a number alone, because 8/255 rounded to 0.031 is a different attack and a frequent source of results that cannot
 * be reproduced.
 */

import { InputError } from '../errors.ts';

/** A size in the units of the inputs, which lie in [0, 1]. */
export interface Epsilon {
  /** As written, without spaces: `8/255`, `0.03`. */
  readonly text: string;
  readonly value: number;
}

const FRACTION = /^(\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)$/;
const DECIMAL = /^\d*\.?\d+(?:e[+-]?\d+)?$/i;

/**
 * Reads `8/255`, `0.03` or a number.
 *
 * @param most The largest value allowed: 1 in L-infinity, where inputs are in [0, 1]; L2 distances may be larger.
 * @throws InputError that says what was expected.
 */
export function parseEpsilon(written: unknown, most = 1): Epsilon {
  const epsilon = read(written);
  if (epsilon === undefined || !(epsilon.value >= 0) || !Number.isFinite(epsilon.value)) {
    throw new InputError(`expected a size such as 8/255 or a number, found ${JSON.stringify(written)}`);
  }
  if (epsilon.value > most) {
    const hint = Number.isInteger(epsilon.value) ? `; did you mean ${epsilon.value}/255?` : '';
    throw new InputError(`expected at most ${most}, for inputs in [0, 1], found ${epsilon.text}${hint}`);
  }
  return epsilon;
}

function read(written: unknown): Epsilon | undefined {
  if (typeof written === 'number') return { text: String(written), value: written };
  if (typeof written !== 'string') return undefined;
  const text = written.trim();
  if (DECIMAL.test(text)) return { text, value: Number(text) };
  const fraction = FRACTION.exec(text);
  if (fraction === null) return undefined;
  const [, numerator, denominator] = fraction;
  return { text: `${numerator}/${denominator}`, value: Number(numerator) / Number(denominator) };
}
