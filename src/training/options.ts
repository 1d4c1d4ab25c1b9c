/** How a table of definitions becomes a part of the configuration's schema. */
import { z } from 'zod';

/** Any of these mappings, told apart by `kind`. */
export function anyOf<Options extends z.ZodObject>(options: readonly Options[]) {
  const [first, ...others] = options;
  if (!first) throw new RangeError('a table without a definition has no options');
  return z.discriminatedUnion('kind', [first, ...others]);
}
