/** The kinds of value a configuration is made of, each with the words an error and the reference use for it. */

import { z } from 'zod';
import {
  type Epsilon,
  namedAttack,
  namedForms,
  parseEpsilon,
  suiteForms,
  suiteNamed,
} from '../../attacks/index.ts';
import { InputError } from '../../errors.ts';

/** A whole number of at least 1. */
export const count = z.int().min(1);

/** A finite number above 0. */
export const positive = z.number().positive();

/** A share: a number in [0, 1]. */
export const fraction = z.number().min(0).max(1);

/** A number of things, or `all` of them. */
export const countOrAll = z.union([z.literal('all'), count], {
  error: 'expected all or a whole number of at least 1',
});

/** `8/255` or a number, as an Epsilon. How large it may be depends on the norm: see attack.ts. */
export const epsilon = z
  .codec(z.unknown(), z.custom<Epsilon>(), {
    decode: (written, context) => {
      try {
        return parseEpsilon(written, Number.POSITIVE_INFINITY);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        context.issues.push({ code: 'custom', message: error.message, input: written });
        return z.NEVER;
      }
    },
    encode: ({ text, value }) => (text.includes('/') ? text : value),
  })
  .meta({ values: '"8/255" or a number' });

const attackNames = namedForms().map(({ name }) => name);

/** The name of an attack, as the attacks room knows them. */
export const attackName = nameAmong(attackNames, (name) => namedAttack(name, 0));

/** The name of an attack or of a suite of them. */
export const evaluatedName = nameAmong(
  [...attackNames, ...suiteForms],
  (name) => suiteNamed(name, 0) ?? namedAttack(name, 0),
);

function nameAmong(forms: readonly string[], look: (name: string) => unknown) {
  const isKnown = (name: string): boolean => {
    try {
      look(name);
      return true;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  };
  return z
    .string()
    .refine(isKnown, { error: `expected one of ${forms.join(', ')} with a number for <N>` })
    .meta({ values: forms.map((form) => `"${form}"`).join(', ') });
}

/** A value whose every part is read only: what a schema gives is made once and never changed. */
export type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
